/** The operator's way out: a refund that the brokerage refused, made by hand there, and found by us. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import { alpacaCredentials } from '../../local/simulators/alpaca/service.ts';
import { alice as account, act, ask, cashOf, journal } from '../simulators/alpaca-client.ts';
import { done, newKey } from './client.ts';
import { testSystem } from './system.ts';

jest.setTimeout(180_000);

const { dataDir, system, alice } = testSystem();

const run = promisify(execFile);
/** What the command prints, and whether it is happy. */
async function review(...args: string[]): Promise<{ said: string; code: number }> {
  const program = path.join(import.meta.dirname, '../../bin/review.ts');
  const env = { ...process.env, DATA_DIR: dataDir };
  try {
    const { stdout } = await run(process.execPath, [program, ...args], { env });
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
    /resume: possible\nrefund: no\. Its money is being given back already/,
  );
  const attest = ['--attest', 'Ada', '--attest', 'Grace'];
  for (const refused of [
    ['refund', id, '--reason', 'x', ...attest],
    ['resume', id],
    ['resume', id, '--reason', ' '],
    ['resume', id, '--reason', 'x', '--attest', 'Ada'],
    ['show', `wd_${'0'.repeat(26)}`],
    ['pay', id],
  ])
    expect([refused, (await review(...refused)).code]).toEqual([refused, 1]);

  expect((await review('resume', id, '--reason', 'Once more.')).said).toContain('refunding again');
  await alice.until(
    () => alice.get<{ stage: string }[]>(`/v1/withdrawals/${id}/events`),
    (events) => events.filter(({ stage }) => stage === 'review').length === 2,
  );
  expect((await inReview()).status).toBe('REVIEW');

  await ask(brokerage, 'POST', '/_journals', { hold: false });
  const { firmAccountId } = brokerage;
  const mirror = { from_account: firmAccountId, to_account: account, description: id };
  await journal(brokerage, '10.00', mirror);
  await review('resume', id, '--reason', 'Made by hand: ticket 4711.');
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
