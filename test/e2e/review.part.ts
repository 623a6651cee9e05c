/** The operators' way out: a refund that the brokerage refused, made by hand there, and found by us; two of them agree on it. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { exits } from '../../bin/cli/exits.ts';
import { alpacaCredentials } from '../../local/simulators/alpaca/service.ts';
import { alice as account, act, ask, cashOf, journal } from '../simulators/alpaca-client.ts';
import { clientOf, done, newKey } from './client.ts';
import { testSystem } from './system.ts';

const { dataDir, system, alice } = testSystem();

const run = promisify(execFile);
const drawbridge = path.join(import.meta.dirname, '../../bin/cli/drawbridge.ts');
const env = { ...process.env, DATA_DIR: dataDir };
/** What the command prints, and whether it is happy. */
async function review(...args: string[]): Promise<{ said: string; code: number }> {
  try {
    const { stdout } = await run(process.execPath, [drawbridge, 'review', ...args], { env });
    return { said: stdout, code: 0 };
  } catch (error) {
    const { stderr, code } = error as { stderr: string; code: number };
    return { said: stderr, code };
  }
}

test('a withdrawal in REVIEW is shown, resumed in vain, made good by hand, and resumed', async () => {
  const brokerage = {
    baseUrl: system.outputs.simulators['alpaca'] ?? '',
    ...alpacaCredentials,
  };
  const funding = { type: 'alpaca', accountId: account } as const;
  const wallet = done(
    await alice.api.createWallet({ currency: 'USD', funding }, alice.options),
    201,
  );

  // Cancelled while its journal waits, so that what was taken has to be given back.
  await ask(brokerage, 'POST', '/_journals', { hold: true });
  const { id } = (await alice.withdraw(wallet.id, { amount: '10.00' }, newKey())).body;
  const waiting = async (from: string) =>
    alice.until(
      async () =>
        (await ask(brokerage, 'GET', `/v1/journals?from_account=${from}`)).body as unknown as {
          description: string;
        }[],
      (journals) => journals.some(({ description }) => description === id),
    );
  await waiting(account);
  await alice.call('POST', `/v1/withdrawals/${id}/cancel`);
  await act(brokerage, id, { do: 'execute' });
  await waiting(brokerage.firmAccountId);
  expect((await act(brokerage, id, { do: 'refuse' })).status).toBe(200);
  const inReview = () =>
    alice.until(
      () => alice.withdrawal(id),
      ({ status }) => status === 'REVIEW',
    );
  await inReview();

  const listed = await review();
  expect(listed.said).toMatch(new RegExp(`${id}  alice .* refunding +10.00 USD`));
  const shown = await review('show', id);
  for (const part of ['Journal (debit)', 'Journal (return)', 'Payouts signed: none'])
    expect(shown.said).toContain(part);
  expect(shown.said).toMatch(
    /resume: possible\nrefund: no\. Its money is being given back already.*\ncancel-payout: no\. There is no signed payout/,
  );
  const operator = await clientOf(system.outputs, 'dk_local_operator');
  const second = ['--key', 'dk_local_operator2'];
  const { failed, refused: no, wrongCall } = exits;
  for (const [refused, code] of [
    [['refund', id, '--reason', 'x'], no],
    [['cancel-payout', id, '--reason', 'x'], no],
    [['resume', id], wrongCall],
    [['resume', id, '--reason', ' '], wrongCall],
    [['resume', id, '--reason', 'x', '--attest', 'Ada'], wrongCall],
    [['resume', id, '--reason', 'x', '--key', 'dk_local_alice'], no],
    [['resume', id, '--reason', 'x', '--key', 'dk_nobody'], no],
    [['show', `wd_${'0'.repeat(26)}`], failed],
    [['pay', id], wrongCall],
  ] as const)
    expect([refused, (await review(...refused)).code]).toEqual([refused, code]);

  const proposed = await review('resume', id, '--reason', 'Once more.');
  expect(proposed.said).toMatch(/^Proposed by operator\. Nothing is done until somebody else/);
  // Not by another key of the same person either.
  const { stdout: hers } = await run(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', drawbridge, 'keys', 'create'],
      ...['--tenant', 'other', '--scopes', 'operations', '--principal', ' Operator '],
    ],
    { env },
  );
  for (const own of [[], ['--key', hers.trim()]])
    expect(await review('resume', id, '--reason', 'Really.', ...own)).toMatchObject({
      code: exits.refused,
      said: expect.stringMatching(/^Refused \(FORBIDDEN\)\. You proposed this yourself/),
    });
  expect((await review('show', id)).said).toMatch(
    /resume: possible\n {2}proposed by operator at .*: Once more\.\n/,
  );
  const open = await operator.get<{ data: { id: string; proposals: unknown[] }[] }>(
    '/v1/operations/withdrawals?status=REVIEW&tenant=alice&olderThan=1s',
  );
  expect(open.data).toMatchObject([
    {
      id,
      heldFrom: 'refunding',
      waitingFor: { reason: 'review' },
      proposals: [{ resolution: 'resume', proposed: { by: 'operator', reason: 'Once more.' } }],
    },
  ]);
  expect((await review('resume', id, '--reason', 'I agree.', ...second)).said).toMatch(
    /^Proposed by operator and confirmed by operator2: wd_\w+ is refunding\./,
  );
  await alice.until(
    () => alice.get<{ stage: string }[]>(`/v1/withdrawals/${id}/events`),
    (events) => events.filter(({ stage }) => stage === 'review').length === 2,
  );
  expect((await inReview()).status).toBe('REVIEW');

  await ask(brokerage, 'POST', '/_journals', { hold: false });
  const { firmAccountId } = brokerage;
  const mirror = { from_account: firmAccountId, to_account: account, description: id };
  await journal(brokerage, '10.00', mirror);
  // Whoever was second may be first, and through the API itself.
  const resume = (key: string, reason: string) =>
    clientOf(system.outputs, key).then(({ api, options }) =>
      api.resumeWithdrawal(id, { reason }, options),
    );
  done(await resume('dk_local_operator2', 'Made by hand: ticket 4711.'), 202);
  const answers = await Promise.all([1, 2, 3].map(() => resume('dk_local_operator', 'Seen.')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const end = await alice.until(
    () => alice.withdrawal(id),
    ({ status }) => status === 'CANCELLED' || status === 'REVIEW',
  );
  expect(end.failure?.code).toBe('CANCELLED_BY_CLIENT');
  expect(await alice.get(`/v1/wallets/${wallet.id}`)).toMatchObject({
    available: '0.00',
    held: '0.00',
  });
  expect(await cashOf(brokerage, account)).toBe('1000000');
  expect(JSON.stringify(await alice.get(`/v1/withdrawals/${id}/events`))).not.toContain('4711');
  expect((await review('show', id)).said).toContain('ticket 4711');
  expect((await review()).said).toBe('Nothing is in REVIEW.\n');
});
