/** Reconciliation finds what is done behind our back to a brokerage wallet's books or to those of the brokerage. */

import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, test } from '@jest/globals';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import { alpacaFirmJournals } from '../../lambdas/adapters/alpaca/firm-journals.ts';
import { alpacaFirmWires } from '../../lambdas/adapters/alpaca/firm-wires.ts';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import { dynamoBooks } from '../../lambdas/adapters/dynamo/reconcile.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import { reconcileSince } from '../../lambdas/core/reconcile/run.ts';
import { makeCancel } from '../../lambdas/core/requests/cancel.ts';
import { followDebits } from '../../lambdas/core/wallet/follow-debit.ts';
import { act, alice, ask, bob, journal, startAlpaca } from '../simulators/alpaca-client.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { fresh } from '../support/shared.ts';
import { at, minorOf, requestedOf, testClock, walletOf } from '../support/things.ts';
import { debitIn, endIn, startWorld, stepWorld, type TestWorld } from '../support/world.ts';

const hourMs = 3_600_000;
const journals = { pendingMs: null, activityMs: hourMs, perJournalCents: 5_000 };
const alpaca = fresh(() => startAlpaca({ journals }));
const database = fresh(startDatabase);
let world: TestWorld;
let ids: WithdrawalId[];
/** One withdrawal waits at the brokerage, one is held, one was cancelled and given back, one was rejected. */
beforeEach(async () => {
  world = await startWorld(database);
  const clock = testClock(Date.now());
  const step = { ...stepWorld(world.store, clock), brokerage: alpacaBrokerage(alpaca) };
  const wallet = walletOf({ funding: { type: 'alpaca', accountId: alice } });
  await world.requests.createWallet(wallet);
  ids = [];
  for (const amount of [9_000n, 1_000n, 2_000n, 10n ** 12n]) {
    const createdAt = clock.now();
    const requested = requestedOf(wallet, { amount: minorOf(amount), createdAt });
    await world.requests.createWithdrawal(requested, []);
    ids.push(requested.id);
    clock.advance(1);
  }
  await debitIn(step)(wallet.id);
  await followDebits(step, ids);
  await makeCancel(world.store, clock)(idAt(2));
  await endIn(step)([idAt(2)]);
});

const idAt = (index: number): WithdrawalId => {
  const id = ids[index];
  if (id === undefined) throw new Error('no such withdrawal');
  return id;
};

/** The report `hours` later, about the time since `from`. */
async function kinds(hours = 24, from: Instant = at(Date.now() - hourMs)): Promise<string[]> {
  const { differences } = await reconcileSince(
    {
      books: dynamoBooks(database.client, database.tables),
      onRamp: { transfersBetween: async () => ({ ok: true, value: [] }) },
      brokerage: {
        ...alpacaFirmJournals(alpaca),
        ...alpacaFirmWires(alpaca),
        wiresAreOurs: false,
      },
      routes: [],
      record: async () => Promise.reject(new Error('no chain')),
      clock: testClock(Date.now() + hours * hourMs),
      inFlightMs: hourMs,
    },
    from,
    null,
  );
  return differences.map(({ kind }) => kind);
}

test('books that the steps made agree with the brokerage, now, a day later, and when all of it is long over', async () => {
  const stages = await Promise.all(ids.map(async (id) => (await world.now(id)).stage));
  expect(stages).toEqual(['debiting', 'reserved', 'cancelled', 'rejected']);
  expect(await kinds(0)).toEqual([]);
  expect(await kinds(24)).toEqual([]);
  expect(await kinds(48, at(Date.now() + 24 * hourMs))).toEqual([]);
});

const remove = (Key: object): Promise<unknown> =>
  database.client.send(new DeleteCommand({ TableName: 'money', Key }));
// biome-ignore format: columns are the point
test.each<[string, string[], () => Promise<unknown>]>([
  ['a journal by hand',                      ['journal-unknown'], () => journal(alpaca, '7.00', { from_account: bob, description: 'by hand' })],
  ['a journal by hand, out of the firm',     ['journal-unknown'], () => journal(alpaca, '7.00', { from_account: alpaca.firmAccountId, to_account: bob })],
  ['the debit, made once more',              ['journal-twice'],   () => journal(alpaca, '10.00', { description: idAt(1) })],
  ['a part of what was rejected, taken',     ['journal-differs'], () => journal(alpaca, '10.00', { description: idAt(3) })],
  ['the debit, reversed',                    ['journal-state'],   () => act(alpaca, idAt(1), { do: 'reverse' })],
  ['the return, reversed',                   ['journal-state'],   () => act(alpaca, idAt(2), { do: 'reverse' })],
  ['the debit, corrected',                   ['journal-differs'], () => act(alpaca, idAt(1), { do: 'correct', amount: '9.99' })],
  ['the return, corrected',                  ['journal-differs'], () => act(alpaca, idAt(2), { do: 'correct', amount: '20.01' })],
  ['the debit, corrected to what it was',    [],                  () => act(alpaca, idAt(1), { do: 'correct', amount: '10.00' })],
  ['the one that waits, executed long ago',  ['journal-state'],   () => act(alpaca, idAt(0), { do: 'execute' })],
  ['the one that waits, refused',            [],                  () => act(alpaca, idAt(0), { do: 'refuse' })],
  ['what we asked for, deleted',             ['journal-unknown'], () => remove(keyOf.journal(idAt(1), 'debit'))],
  ['what we asked for, deleted while it waits', ['state-without-effect', 'journal-unknown'], () => remove(keyOf.journal(idAt(0), 'debit'))],
  ['a withdrawal that is over, deleted',     ['journal-unknown', 'journal-unknown'], () => remove(keyOf.withdrawal(idAt(2)))],
  ['what we asked for, garbled',             ['unreadable'],      () => database.client.send(new PutCommand({ TableName: 'money', Item: { ...keyOf.journal(idAt(1), 'debit'), amount: 'much' } }))],
])('%s, is found as %j', async (_name, found, plant) => {
  await plant();
  expect(await kinds(48)).toEqual(found);
});

test('what ended before the period is compared too while its journals are listed', async () => {
  await act(alpaca, idAt(2), { do: 'reverse' });
  const later = at(Date.now() + 24 * hourMs);
  // The stage of a cancelled withdrawal does not tell whether it was given back or never taken.
  expect(await kinds(48, later)).toEqual([]);
  await journal(alpaca, '20.00', { description: idAt(2) });
  expect(await kinds(48, later)).toEqual(['journal-twice']);
});

test('without the word of the brokerage there is no report', async () => {
  await ask(alpaca, 'POST', '/_faults', { operation: 'journal.list', kind: 'error', times: 1 });
  await expect(kinds()).rejects.toMatchObject({ name: 'UnavailableError' });
});
