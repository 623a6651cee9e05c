/** Each way in which a transfer can go wrong at Due has the outcome that fits what really happened there. */
import { beforeAll, beforeEach, expect, jest, test } from '@jest/globals';

import { dueVirtualAccounts } from '../../lambdas/adapters/due/accounts.ts';
import { dueOnRamp } from '../../lambdas/adapters/due/on-ramp.ts';
import { callTimeoutMs } from '../../lambdas/core/kernel/limits.ts';
import type { OnRamp, VirtualAccounts } from '../../lambdas/core/on-ramp/provider.ts';
import { treasury } from '../../local/chains/dev-accounts.ts';
import { control, nowhere, startDue, truthOf, until } from '../simulators/due-client.ts';
import { shared } from '../support/shared.ts';
import { at, minorOf } from '../support/things.ts';

jest.setTimeout(3 * callTimeoutMs); // Silence is waited out.
const chains = { ethereum: nowhere, base: nowhere, polygon: nowhere };
const due = shared(() => startDue({ chains, autoFund: false, accountDetailsMs: 0 }));
let onRamp: OnRamp;
let accounts: VirtualAccounts;
beforeAll(async () => {
  const config = { ...due, treasury: treasury.address };
  onRamp = dueOnRamp(config);
  accounts = dueVirtualAccounts(config);
});
beforeEach(async () => {
  for (const rules of ['/_faults', '/_courses'])
    await fetch(due.baseUrl + rules, { method: 'DELETE' });
});

const strike = async (rule: object, at_ = '/_faults'): Promise<void> => {
  expect((await control(due, at_, { times: 1, ...rule })).status).toBe(200);
};
const known = async <T>(answer: Promise<{ ok: true; value: T } | { ok: false; why: string }>) => {
  const one = await answer;
  if (!one.ok) throw new Error(one.why);
  return one.value;
};
const quoted = () => known(onRamp.quote('ethereum', minorOf(10_000n), 'wire'));
/** The transfers that were really made of this quote. */
const madeOf = async (quote: string): Promise<Record<string, unknown>[]> =>
  (await truthOf(due)).transfers.filter((one) => one['quote'] === quote);
const create = 'transfer.create';

// biome-ignore format: columns are the point
test.each<[string, object, string, 0 | 1]>([
  // fault                                                                  outcome     transfers made
  ['applied-then-timeout', {},                                              'UNKNOWN', 1],
  ['applied-then-timeout', { answer: 'silence' },                           'UNKNOWN', 1],
  ['timeout-not-applied',  {},                                              'UNKNOWN', 0],
  ['error-after-applying', { status: 500 },                                 'UNKNOWN', 1],
  ['error',                { status: 503 },                                 'UNKNOWN', 0],
  ['duplicate',            {},                                              'APPLIED', 1],
  ['slow',                 { byMs: 50 },                                    'APPLIED', 1],
  ['reset',                {},                                              'UNKNOWN', 0],
  ['429',                  {},                                              'UNKNOWN', 0],
])('%s %j: %s, with %i made', async (kind, more, outcome, made) => {
  const { token } = await quoted();
  const recipient = await known(onRamp.recipient('ethereum'));
  await strike({ operation: create, kind, ...more });
  const reply = await onRamp.transfer(token, recipient);
  expect(reply.outcome).toBe(outcome);
  const truth = await madeOf(token);
  expect(truth).toHaveLength(made);
  if (reply.outcome === 'APPLIED') expect(truth[0]?.['id']).toBe(reply.value.id);
});

test('a request that is applied late is unknown, and found when it has been', async () => {
  const { token } = await quoted();
  const recipient = await known(onRamp.recipient('ethereum'));
  await strike({ operation: create, kind: 'delayed-apply', afterMs: 100, answer: 'error' });
  expect((await onRamp.transfer(token, recipient)).outcome).toBe('UNKNOWN');
  const [made] = await until(async () => {
    const found = await madeOf(token);
    return found.length > 0 && found;
  });
  const madeAt = Date.parse(String(made?.['createdAt']));
  const listed = await known(onRamp.transfersBetween(at(madeAt), at(madeAt)));
  expect(listed.map(({ id }) => id)).toContain(made?.['id']);
});

// biome-ignore format: columns are the point
test.each([
  ['err_policy_breached',            { outcome: 'NOT_APPLIED', code: 'err_policy_breached' }],
  ['err_aml_risk_score_hit',         { outcome: 'NOT_APPLIED', code: 'err_aml_risk_score_hit' }],
  ['err_validation',                 { outcome: 'NOT_APPLIED', code: 'err_validation' }],
  ['err_signin_invalid_credentials', { outcome: 'UNKNOWN' }],
  ['err_kyc_not_passed',             { outcome: 'UNKNOWN' }],
  ['err_platform_deactivated',       { outcome: 'UNKNOWN' }],
])('refused as %s, nothing is made and the outcome says what that proves', async (refuse, want) => {
  const { token } = await quoted();
  const recipient = await known(onRamp.recipient('ethereum'));
  await strike({ refuse }, '/_courses');
  expect(await onRamp.transfer(token, recipient)).toMatchObject(want);
  expect(await madeOf(token)).toEqual([]);
});

test('a repeated quote is refused, and that says nothing about the first request', async () => {
  const { token } = await quoted();
  const recipient = await known(onRamp.recipient('ethereum'));
  await strike({ operation: create, kind: 'applied-then-timeout' });
  await onRamp.transfer(token, recipient);
  expect(await onRamp.transfer(token, recipient)).toMatchObject({ outcome: 'NOT_APPLIED' });
  expect(await madeOf(token)).toHaveLength(1);
});

test('a list that is behind lacks what was just made, and has it the next time', async () => {
  const { token } = await quoted();
  const recipient = await known(onRamp.recipient('ethereum'));
  const from = at(Date.now());
  const made = await onRamp.transfer(token, recipient);
  const id = made.outcome === 'APPLIED' ? made.value.id : '';
  await strike({ operation: 'transfer.list', kind: 'stale-list', byMs: 60_000 });
  const ids = async (): Promise<string[]> =>
    (await known(onRamp.transfersBetween(from, at(Date.now() + 1_000)))).map((one) => one.id);
  expect(await ids()).toEqual([]);
  expect(await ids()).toEqual([id]);
});

test.each(['error', 'reset', '429', 'timeout-not-applied'])(
  'a question that meets %s is no answer, and no refusal',
  async (kind) => {
    await strike({ operation: '*', kind });
    expect(await onRamp.status('tf_x')).toMatchObject({ ok: false, refused: false });
    await strike({ operation: '*', kind });
    const quote = await onRamp.quote('ethereum', minorOf(10_000n), 'ach');
    expect(quote).toMatchObject({ ok: false, refused: false });
  },
);

test.each([
  ['applied-then-timeout', 'ethereum'],
  ['error-after-applying', 'base'],
  ['duplicate', 'polygon'],
] as const)(
  'a virtual account whose making meets %s is there once, and found',
  async (kind, network) => {
    await strike({ operation: 'account.create', kind });
    const first = await known(accounts.ensure(network));
    const { body } = await control(due, '/_faults');
    expect(body['rules']).toMatchObject([{ strikes: 1 }]);
    const { payIn, id } = await known(accounts.ensure(network));
    expect(id).toBe(first.id);
    expect(payIn).toMatchObject({ accountNumber: expect.any(String), memo: null });
  },
);
