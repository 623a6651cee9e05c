/** A transfer at Due can take other courses than being paid, and the truth tells how its dollars came and went. */
import { beforeAll, beforeEach, expect, test } from '@jest/globals';

import { treasury } from '../../local/chains/dev-accounts.ts';
import { shared } from '../support/shared.ts';
import {
  ask,
  control,
  convert,
  link,
  listen,
  quoteFor,
  reaches,
  read,
  startDue,
  type TransferBody,
  truthAbout,
  truthOf,
  until,
} from './due-client.ts';

const due = shared(() => startDue({ fundingDelayMs: 0, accountDetailsMs: null }));
const events = shared(listen);
let wallet: string;
beforeAll(async () => {
  wallet = await link(due, treasury.address);
  const subscribed = ['transfer.status_changed', 'virtual_account.updated'];
  await ask(due, 'POST', '/v1/webhook_endpoints', { url: events.url, events: subscribed });
});
beforeEach(async () => {
  await fetch(`${due.baseUrl}/_courses`, { method: 'DELETE' });
});

const payIn = (amount: string, more: object, rail = 'wire') =>
  ask(due, 'POST', '/dev/payin', { currency: 'USD', rail, amount, ...more });
const course = async (rule: object): Promise<void> => {
  expect((await control(due, '/_courses', rule)).status).toBe(200);
};

test('Due draws an ach transfer itself, and a wire transfer waits for whoever wires it', async () => {
  const drawn = await convert(due, '10.00', wallet);
  const wired = await convert(due, '10.00', wallet, 'wire');
  await reaches(due, drawn.id, 'approved');
  expect(await read(due, wired.id)).toEqual(wired);
  expect(await truthAbout(due, wired.id)).toMatchObject({ consumed: null, paid: null });
  const { memo } = wired.transferInstructions;
  expect((await payIn('10.00', { reference: memo })).status).toBe(200);
  await reaches(due, wired.id, 'approved');
  expect(await truthAbout(due, drawn.id)).toMatchObject({ consumed: '10.00', funding: 'drawn' });
  expect(await truthAbout(due, wired.id)).toMatchObject({ consumed: '10.00', funding: 'wire' });
  expect((await payIn('10.00', { reference: memo })).status).toBe(422);
  const paid = (await truthOf(due)).receipts.filter(({ transfer }) => transfer === wired.id);
  expect(paid).toEqual([{ source: 'wire', reference: memo, amount: '10.00', transfer: wired.id }]);
});

test('a transfer that is not to be drawn waits for its dollars', async () => {
  await course({ fund: false, times: 1 });
  const waiting = await convert(due, '10.00', wallet);
  const drawn = await convert(due, '10.00', wallet);
  await reaches(due, drawn.id, 'approved');
  expect((await read(due, waiting.id)).status).toBe('awaiting_funds');
});

test.each([
  [['manual_review'], null],
  [['manual_review', 'approved'], null],
  [['action_required'], null],
  [['failed'], null],
  [['failed', 'approved'], null],
  [['manual_review', 'refund_submitted'], null],
  [['manual_review', 'refund_submitted', 'refund_processed'], '10.00'],
  [['manual_review', 'canceled'], '10.00'],
] as const)('a transfer may go %j, and what goes back is %s', async (steps, refunded) => {
  await course({ steps, times: 1 });
  const { id } = await convert(due, '10.00', wallet);
  const end = await reaches(due, id, steps.at(-1) ?? '');
  expect(await truthAbout(due, id)).toMatchObject({ consumed: '10.00', refunded, paid: null });
  const movements = end.breakdown.filter(({ component }) => component === 'refund');
  expect(movements.map(({ amount }) => amount)).toEqual(refunded === null ? [] : ['10.00']);
});

test('less may come back than came in', async () => {
  await course({ steps: ['refund_processed'], refund: '9.25', times: 1 });
  const { id } = await convert(due, '10.00', wallet);
  const { breakdown } = await reaches(due, id, 'refund_processed');
  expect(breakdown).toContainEqual(
    expect.objectContaining({ leg: 'source', component: 'refund', amount: '9.25' }),
  );
  expect(await truthAbout(due, id)).toMatchObject({ refunded: '9.25' });
});

test('a person at Due can decide on any transfer, and its dollars go back once', async () => {
  const { id } = await convert(due, '10.00', wallet, 'wire');
  await control(due, `/_transfers/${id}`, { status: 'canceled' });
  expect(await truthAbout(due, id)).toMatchObject({ status: 'canceled', refunded: null });

  await course({ steps: ['manual_review'], times: 1 });
  const held = await convert(due, '10.00', wallet);
  await reaches(due, held.id, 'manual_review');
  for (const refund of ['8.00', '9.00'])
    await control(due, `/_transfers/${held.id}`, { status: 'refund_processed', refund });
  expect(await truthAbout(due, held.id)).toMatchObject({ refunded: '8.00' });
  expect((await control(due, '/_transfers/tf_x', { status: 'failed' })).status).toBe(404);
});

test.each([
  ['err_policy_breached', 400],
  ['err_aml_risk_score_hit', 403],
  ['err_signin_invalid_credentials', 401],
  ['err_validation', 422],
])('a transfer can be refused as %s, and nothing is made', async (code, status) => {
  await course({ refuse: code, times: 1 });
  const { body: quote } = await ask(due, 'POST', '/v1/transfers/quote', quoteFor('5.00'));
  const before = (await truthOf(due)).transfers.length;
  const request = { quote: quote['token'], recipient: wallet };
  const refused = await ask(due, 'POST', '/v1/transfers', request);
  expect(refused.status).toBe(status);
  expect(refused.body['error_code'] ?? refused.body['code']).toBe(code);
  expect((await truthOf(due)).transfers).toHaveLength(before);
});

test.each([
  { steps: ['payment_processed'] },
  { steps: ['approved', 'failed'] },
  { steps: [] },
  { refuse: 'err_nothing' },
  { payout: 'much' },
  { unknown: 1 },
])('a rule that means nothing is refused: %j', async (rule) => {
  expect((await control(due, '/_courses', rule)).status).toBe(400);
});

const account = { schemaIn: 'bank_us', railOut: 'ethereum', currencyOut: 'USDC' };
const common = { schemaIn: 'bank_us', currencyIn: 'USD', railOut: 'ethereum', isActive: true };
const typesOf = () => events.received.map(({ text }) => JSON.parse(text) as { type: string });

test('a virtual account gets its details later, with an event, and turns every deposit into a transfer', async () => {
  const request = { ...account, destination: wallet, reference: 'ours' };
  const made = await ask(due, 'POST', '/v1/virtual_accounts', request);
  expect(made.body).toMatchObject({
    ...common,
    destinationId: wallet,
    nonce: 'ours',
    details: null,
  });
  const known = await ask(due, 'GET', '/v1/virtual_accounts/ours');
  expect(known.body).toMatchObject({
    ...common,
    id: made.body['id'],
    destination: wallet,
    reference: 'ours',
    details: null,
  });
  expect((await ask(due, 'POST', '/v1/virtual_accounts', request)).status).toBe(422);
  expect(typesOf().some(({ type }) => type === 'virtual_account.updated')).toBe(false);

  await control(due, '/_virtual_accounts/ours', {});
  const { body } = await ask(due, 'GET', '/v1/virtual_accounts/ours');
  const details = body['details'] as Record<string, unknown>;
  expect(details).toMatchObject({ schema: 'bank_us', accountNumber: expect.any(String) });
  const told = await until(
    async () => typesOf().find(({ type }) => type === 'virtual_account.updated') ?? null,
  );
  expect(told).toMatchObject({ data: { id: made.body['id'], details } });

  expect((await payIn('250.75', { recipient: details })).status).toBe(200);
  const { body: list } = await ask(due, 'GET', '/v1/transfers?limit=1');
  const [transfer] = list['items'] as TransferBody[];
  expect(transfer).toMatchObject({
    source: { amount: '250.75', virtualAccountId: body['id'] },
    destination: { amount: '250.25', id: wallet },
  });
  expect(await truthAbout(due, transfer?.id ?? '')).toMatchObject({ consumed: '250.75' });
});

test('virtual accounts are listed by what they are for', async () => {
  const request = { ...account, destination: wallet, reference: 'listed' };
  await ask(due, 'POST', '/v1/virtual_accounts', request);
  const listed = async (query: string): Promise<unknown[]> => {
    const { body } = await ask(due, 'GET', `/v1/virtual_accounts/list?${query}`);
    return (body as unknown as { reference: string }[]).map(({ reference }) => reference);
  };
  expect(await listed(`destination=${wallet}&railOut=ethereum`)).toContain('listed');
  expect(await listed('destination=wlt_other')).toEqual([]);
});

test.each([
  [{ destination: 'wlt_other' }, 400],
  [{ railOut: 'bitcoin' }, 400],
  [{ schemaIn: 'sepa' }, 400],
  [{ reference: '' }, 422],
])('a virtual account with %j is refused', async (change, status) => {
  const request = { ...account, destination: wallet, reference: 'never', ...change };
  expect((await ask(due, 'POST', '/v1/virtual_accounts', request)).status).toBe(status);
  expect((await ask(due, 'GET', '/v1/virtual_accounts/never')).status).toBe(404);
});
