/** Reconciliation finds what is done behind our back to the wires of 3-on-ramp or to the books of the brokerage. */

import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, test } from '@jest/globals';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import { alpacaFirmJournals } from '../../lambdas/adapters/alpaca/firm-journals.ts';
import { alpacaFirmWires } from '../../lambdas/adapters/alpaca/firm-wires.ts';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import { dynamoBooks } from '../../lambdas/adapters/dynamo/reconcile.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import type { Transfer } from '../../lambdas/core/on-ramp/provider.ts';
import { reconcileSince } from '../../lambdas/core/reconcile/run.ts';
import { makeCancel } from '../../lambdas/core/requests/cancel.ts';
import { ask, startAlpaca, truth } from '../simulators/alpaca-client.ts';
import { until } from '../simulators/due-client.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { allOn, testGates } from '../support/gates.ts';
import { noAccounts, testOnRamp } from '../support/on-ramp.ts';
import { fresh } from '../support/shared.ts';
import {
  at,
  evenDice,
  plenty,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { debitIn, endIn, startWorld, stepWorld, type TestWorld } from '../support/world.ts';

const hourMs = 3_600_000;
const alpaca = fresh(() => startAlpaca({ accounts: [], wires: { stepMs: 0 } }));
const database = fresh(startDatabase);
let world: TestWorld;
let due: ReturnType<typeof testOnRamp>;
let ids: WithdrawalId[];
/** One withdrawal is converted, one waits for its wire to arrive, one was cancelled while its wire was under way. */
beforeEach(async () => {
  world = await startWorld(database);
  const clock = testClock(Date.now() - 2 * hourMs);
  due = testOnRamp(clock);
  const wallet = walletOf();
  await world.requests.createWallet(wallet);
  await world.requests.createTransaction(transactionOf(wallet, 'CREDIT', 1_000_000n));
  const requested = [1, 2, 3].map(() => requestedOf(wallet, { createdAt: clock.now() }));
  for (const one of requested) await world.requests.createWithdrawal(one, []);
  ids = requested.map(({ id }) => id);
  clock.advance(1_000);
  const ours = stepWorld(world.store, clock);
  await debitIn(ours)(wallet.id);
  const { store } = world;
  const { onRamp } = due;
  const brokerage = alpacaBrokerage(alpaca);
  const common = {
    clock,
    dice: evenDice,
    budget: plenty,
    switches: allOn,
    gates: testGates(clock).gates,
  };
  const provider = { onRamp, accounts: noAccounts, arrivals: due.arrivals };
  const convert = makeOnRamp({ ...common, store, ...provider, brokerage, payIn: 'wire' });
  for (const id of ids) await convert([id]);
  for (const [index, transfer] of due.transfers.entries())
    Object.assign(transfer, { state: 'awaiting-funds', payIn: payInOf(index) });
  await until(async () => {
    await convert(ids);
    return (await wires()).length === 3;
  });
  await until(async () => (await wires()).every(({ status }) => status === 'COMPLETE'));
  transferAt(0).state = 'paid';
  await convert(ids);
  await makeCancel(store, clock)(idAt(2));
  await endIn(ours)([idAt(2)]);
});

const payInOf = (index: number) => ({
  bankName: 'Bank',
  accountName: 'Due',
  accountNumber: '1',
  routingNumber: '021000021',
  memo: `MEMO-${index}`,
});
const wires = async () => (await truth(alpaca)).wires;
const idAt = (index: number): WithdrawalId => {
  const id = ids[index];
  if (id === undefined) throw new Error('no such withdrawal');
  return id;
};
const transferAt = (index: number): Transfer => {
  const transfer = due.transfers[index];
  if (transfer === undefined) throw new Error('no such transfer');
  return transfer;
};

/** The report `hours` later, about the time since `from`. `unread`: memos of wires that the brokerage lists unreadably. */
async function kinds(
  hours = 12,
  from: Instant = at(Date.now() - 3 * hourMs),
  pageItems = 1,
  unread: readonly (string | null)[] = [],
) {
  const firmWires = alpacaFirmWires(alpaca);
  const { differences } = await reconcileSince(
    {
      books: dynamoBooks(database.client, database.tables, pageItems),
      onRamp: due.onRamp,
      brokerage: {
        ...alpacaFirmJournals(alpaca),
        wires: async (since) => {
          const listed = await firmWires.wires(since);
          return listed.ok ? { ok: true, value: { ...listed.value, unread } } : listed;
        },
        wiresAreOurs: true,
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

test.each([1, 2, 1_000])(
  'books that the step made agree with the brokerage, read %i items at a time, until a wire is away for a day',
  async (pageItems) => {
    const stages = await Promise.all(ids.map(async (id) => (await world.now(id)).stage));
    expect(stages).toEqual(['converted', 'converting', 'cancelled']);
    expect(await kinds(0, undefined, pageItems)).toEqual([]);
    expect(await kinds(12, undefined, pageItems)).toEqual([]);
    expect(await kinds(25, undefined, pageItems)).toEqual(['wire-state']);
    transferAt(1).state = 'held';
    expect(await kinds(25, undefined, pageItems)).toEqual([]);
  },
);

test('another’s wire that cannot be read is passed over; one that may be ours makes no report', async () => {
  expect(await kinds(12, undefined, 1, ['rent'])).toEqual([]);
  await expect(kinds(12, undefined, 1, ['rent', 'MEMO-1'])).rejects.toThrow('cannot be read');
  await expect(kinds(12, undefined, 1, [null])).rejects.toThrow('cannot be read');
});

const key = (index: number) => keyOf.wire(idAt(index), transferAt(index).id);
const money = (Key: object) => ({ TableName: 'money', Key });
const edit = (index: number, field: string, value: unknown) =>
  database.client.send(
    new UpdateCommand({
      ...money(key(index)),
      UpdateExpression: 'SET #field = :value',
      ExpressionAttributeNames: { '#field': field },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
/** Sends a wire as anybody could who has the brokerage's key. */
async function wire(memo: string, amount = '100.00'): Promise<void> {
  const ofFirm = `/v1/accounts/${alpaca.firmAccountId}`;
  const banks = (await ask(alpaca, 'GET', `${ofFirm}/recipient_banks`)).body;
  const [bank] = banks as unknown as { id: string }[];
  await ask(alpaca, 'POST', `${ofFirm}/transfers`, {
    transfer_type: 'wire',
    bank_id: bank?.id,
    amount,
    direction: 'OUTGOING',
    fee_payment_method: 'invoice',
    additional_information: memo,
  });
}
async function say(index: number, status: string): Promise<void> {
  const found = (await wires()).find(({ information }) => information === `MEMO-${index}`);
  await ask(alpaca, 'POST', `/_wires/${found?.id}`, { status });
}
// biome-ignore format: columns are the point
test.each<[string, string[], () => Promise<unknown>]>([
  ['a wire by hand',                          ['wire-unknown'],       () => wire('by hand', '7.00')],
  ['a wire made once more',                   ['wire-twice'],         () => wire('MEMO-0')],
  ['a wire returned after we went on',        ['wire-state'],         () => say(0, 'RETURNED')],
  ['a wire returned, and nobody looks',       ['wire-state'],         () => say(1, 'RETURNED')],
  ['a wire of a cancelled one, returned',     [],                     () => say(2, 'RETURNED')],
  ['a word that we do not know',              [],                     () => say(0, 'SETTLING')],
  ['the amount that we asked for, edited',    ['wire-differs'],       () => edit(0, 'amount', 10_001n)],
  ['the memo that we asked for, edited',      ['wire-unknown', 'wire-missing'], () => edit(0, 'memo', 'MEMO-9')],
  ['the memo of another one',                 ['wire-unknown', 'wire-claimed-twice'], () => edit(0, 'memo', 'MEMO-1')],
  ['the wire that we know, edited',           ['wire-missing'],       () => edit(0, 'wireId', 'another')],
  ['what we asked for, deleted',              ['wire-unknown'],       () => database.client.send(new DeleteCommand(money(key(0))))],
  ['what we asked for, garbled',              ['unreadable'],         () => edit(1, 'amount', 'much')],
])('%s, is found as %j', async (_name, found, plant) => {
  await plant();
  expect(await kinds()).toEqual(found);
});

test('a wire that comes back is seen however long ago its withdrawal ended', async () => {
  const set = ['attempts', 'fromBlock', 'blockNumber', 'logIndex', 'confirmations'];
  await database.client.send(
    new UpdateCommand({
      ...money(keyOf.withdrawal(idAt(0))),
      UpdateExpression: `SET stage = :settled, txHash = :hash, blockHash = :hash, ${set.map((field) => `${field} = :n`).join(', ')}`,
      ExpressionAttributeValues: { ':settled': 'settled', ':n': 1, ':hash': new Uint8Array(32) },
    }),
  );
  // The test's on-ramp has not paid on the chain.
  const lastHour = async () =>
    (await kinds(12, at(Date.now() - hourMs))).filter((kind) => kind !== 'hold');
  expect(await lastHour()).toEqual([]);
  await say(0, 'RETURNED');
  expect(await lastHour()).toEqual(['wire-state']);
});

test('without the word of the brokerage there is no report', async () => {
  await ask(alpaca, 'POST', '/_faults', { operation: 'wire.list', kind: 'error', times: 1 });
  await expect(kinds()).rejects.toMatchObject({ name: 'UnavailableError' });
});
