/** The adapter, asked through the simulator's faults, says what is in the brokerage's books. */
import { beforeEach, expect, test } from '@jest/globals';

import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import {
  type Brokerage,
  debitJournal,
  type Journal,
  type JournalIntent,
  journalKey,
  returnJournal,
} from '../../lambdas/core/brokerage/brokerage.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { act, alice, ask, bob, cashOf, startAlpaca, truth } from '../simulators/alpaca-client.ts';
import { until } from '../simulators/due-client.ts';
import { fresh } from '../support/shared.ts';
import { at, minorOf } from '../support/things.ts';

const journals = { pendingMs: null, activityMs: 3_600_000 };
const alpaca = fresh(() => startAlpaca({ journals, wires: { stepMs: 0 } }));
let brokerage: Brokerage;
beforeEach(() => {
  brokerage = alpacaBrokerage(alpaca);
});

const id: WithdrawalId = `wd_${'0'.repeat(26)}`;
const debit = (cents: bigint, given: Partial<JournalIntent> = {}): JournalIntent => ({
  ...debitJournal(id, minorOf(cents), alice, brokerage.firm, 1),
  ...given,
});
const make = (intent: JournalIntent) => brokerage.journal(brokerage.prepare(intent));
const fault = (rule: object) => ask(alpaca, 'POST', '/_faults', { times: 1, ...rule });
const all = () =>
  brokerage.journalsOf({
    description: id,
    from: alice,
    to: brokerage.firm,
    amount: minorOf(1_000n),
    since: at(Date.now()),
    until: at(Date.now()),
  });
async function made(intent: JournalIntent): Promise<Journal> {
  const outcome = await make(intent);
  if (outcome.outcome !== 'APPLIED') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

test('an account: what it may move, to the cent, and whether it may', async () => {
  const value = { id: alice, usable: true, transferable: 100_000_000n };
  expect(await brokerage.account(alice)).toEqual({ ok: true, value });
  expect(await brokerage.account(id)).toMatchObject({ ok: false, refused: true });
});

test.each([
  { status: 'ACCOUNT_CLOSED' },
  { status: 'A_WORD_OF_NEXT_YEAR' },
  { transfersBlocked: true },
  { accountBlocked: true },
])('an account that may not be used: %j', async (change) => {
  await ask(alpaca, 'POST', `/_accounts/${alice}`, change);
  expect(await brokerage.account(alice)).toMatchObject({ ok: true, value: { usable: false } });
});

test('a journal, and its mirror that gives back what was moved', async () => {
  expect(await made(debit(4_550n))).toMatchObject({
    from: alice,
    to: alpaca.firmAccountId,
    amount: 4_550n,
    description: id,
    state: 'executed',
    status: 'executed',
  });
  expect(await cashOf(alpaca, alice)).toBe('999954.5');
  await made(returnJournal(id, minorOf(4_550n), alice, brokerage.firm, 1));
  expect(await cashOf(alpaca, alice)).toBe('1000000');
  expect(await all()).toMatchObject({ value: [{ from: alice, amount: 4_550n }] });
});

// biome-ignore format: columns are the point
test.each<[string, object, object, string]>([
  ['nothing goes wrong',        { kind: 'slow', byMs: 0 },                               { outcome: 'APPLIED' },     '999990'],
  ['it is slow',                { kind: 'slow', byMs: 50 },                              { outcome: 'APPLIED' },     '999990'],
  ['applied, answer lost',      { kind: 'applied-then-timeout' },                        { outcome: 'UNKNOWN' },     '999990'],
  ['not applied, no answer',    { kind: 'timeout-not-applied' },                         { outcome: 'UNKNOWN' },     '1000000'],
  ['500 after applying',        { kind: 'error-after-applying' },                        { outcome: 'UNKNOWN' },     '999990'],
  ['502 after applying',        { kind: 'error-after-applying', status: 502 },           { outcome: 'UNKNOWN' },     '999990'],
  ['503, not applied',          { kind: 'error' },                                       { outcome: 'UNKNOWN' },     '1000000'],
  ['applied much later',        { kind: 'delayed-apply', afterMs: 86_400_000 },          { outcome: 'UNKNOWN' },     '1000000'],
  ['504, applied much later',   { kind: 'delayed-apply', afterMs: 86_400_000, answer: 'error' }, { outcome: 'UNKNOWN' }, '1000000'],
  ['a connection reset',        { kind: 'reset' },                                       { outcome: 'UNKNOWN' },     '1000000'],
  ['too many requests',         { kind: '429', forMs: 60_000 },                          { outcome: 'NOT_NOW' },     '1000000'],
])('a journal when %s; the same again is the same journal', async (_, rule, outcome, cash) => {
  await fault({ operation: 'journal.create', ...rule });
  expect(await make(debit(1_000n))).toMatchObject(outcome);
  expect(await cashOf(alpaca, alice)).toBe(cash);
  const again = await made(debit(1_000n));
  expect((await made(debit(1_000n))).id).toBe(again.id);
  expect(await cashOf(alpaca, alice)).toBe('999990');
  expect(await all()).toMatchObject({ ok: true, value: [{ id: again.id }] });
});

test('429 says until when', async () => {
  await fault({ operation: '*', kind: '429', forMs: 60_000, times: 2 });
  const before = Date.now();
  const outcome = await make(debit(1_000n));
  const answer = await brokerage.account(alice);
  for (const { until } of [outcome, answer] as { until?: number }[]) {
    expect(until).toBeGreaterThanOrEqual(before + 60_000);
    expect(until).toBeLessThan(Date.now() + 62_000);
  }
  expect(answer).toMatchObject({ ok: false, refused: false });
});

test('a provider that makes it twice for one key is found out by all its journals', async () => {
  await fault({ operation: 'journal.create', kind: 'duplicate' });
  await made(debit(1_000n));
  expect(await all()).toMatchObject({ ok: true, value: [{}, {}] });
});

// biome-ignore format: columns are the point
test.each<[string, Partial<JournalIntent>, object]>([
  ['for want of cash',      { amount: minorOf(100_000_001n) },             { outcome: 'NOT_APPLIED', code: 'not-available' }],
  ['an account of nobody',  { from: 'c0000000-0000-4000-8000-000000000001' }, { outcome: 'NOT_APPLIED', code: 'no-such-account' }],
  ['an amount of nothing',  { amount: minorOf(0n) },                       { outcome: 'NOT_APPLIED', code: 'invalid' }],
])('a journal is refused: %s', async (_, given, want) => {
  expect(await make(debit(1_000n, given))).toEqual(want);
  expect((await truth(alpaca)).movements).toEqual([]);
});

test('a key that was used for another body is a bug of ours, and proves nothing', async () => {
  await made(debit(1_000n));
  expect(await make(debit(2_000n))).toEqual({ outcome: 'UNKNOWN', why: '422 42210000' });
});

// biome-ignore format: columns are the point
test.each([
  ['queued',           'pending'],
  ['sent_to_clearing', 'pending'],
  ['pending',          'pending'],
  ['executed',         'executed'],
  ['activity_created', 'executed'],
  ['rejected',         'refused'],
  ['refused',          'refused'],
  ['canceled',         'refused'],
  ['deleted',          'reversed'],
  ['correct',          'moved-elsewhere'],
  ['EXECUTED',         'unknown'],
  ['next_year',        'unknown'],
  ['',                 'unknown'],
])('a journal that is "%s" is %s, whichever way it is asked about', async (status, state) => {
  const journal = await made(debit(1_000n));
  await act(alpaca, journal.id, { do: 'say', status });
  const want = { id: journal.id, state, status };
  expect(await brokerage.status(journal.id)).toMatchObject({ ok: true, value: want });
  expect(await all()).toMatchObject({ ok: true, value: [want] });
  expect(await make(debit(1_000n))).toMatchObject({ outcome: 'APPLIED', value: want });
});

test('a corrected journal: both are found, the successor under its new id', async () => {
  const journal = await made(debit(4_000n));
  await act(alpaca, journal.id, { do: 'correct', amount: '39.00' });
  expect(await all()).toMatchObject({
    ok: true,
    value: [
      { state: 'executed', amount: 3_900n },
      { id: journal.id, state: 'moved-elsewhere' },
    ],
  });
});

test('journals of others are not among those of a withdrawal', async () => {
  await made(debit(1_000n));
  await made(debit(1_000n, { key: journalKey(id, 'debit', 2), from: bob }));
  await made(debit(1_000n, { key: journalKey(id, 'debit', 3), description: `${id}0` }));
  expect(await all()).toMatchObject({ ok: true, value: [{ from: alice, description: id }] });
});

// biome-ignore format: columns are the point
test.each<[string, object]>([
  ['error', { kind: 'error' }],
  ['lost',  { kind: 'timeout-not-applied' }],
  ['reset', { kind: 'reset' }],
])('a question without an answer is not an empty list, nor "there is no such journal": %s', async (_, rule) => {
  await fault({ operation: '*', times: 3, ...rule });
  const nothing = { ok: false, refused: false, why: expect.any(String) };
  expect(await all()).toEqual(nothing);
  expect(await brokerage.status('x')).toEqual(nothing);
  expect(await brokerage.account(alice)).toEqual(nothing);
  expect(await brokerage.status('x')).toMatchObject({ ok: false, refused: true });
});

test('cancelled while pending; too late is said so; anything else proves nothing', async () => {
  const pending = await made(debit(100_000n));
  expect(pending.state).toBe('pending');
  await fault({ operation: 'journal.cancel', kind: 'error' });
  expect(await brokerage.cancel(pending.id)).toMatchObject({ outcome: 'UNKNOWN' });
  await fault({ operation: 'journal.cancel', kind: '429' });
  expect(await brokerage.cancel(pending.id)).toMatchObject({ outcome: 'NOT_NOW' });
  await fault({ operation: 'journal.cancel', kind: 'applied-then-timeout' });
  expect(await brokerage.cancel(pending.id)).toMatchObject({ outcome: 'UNKNOWN' });
  expect(await brokerage.status(pending.id)).toMatchObject({ value: { state: 'refused' } });
  expect(await brokerage.cancel(pending.id)).toEqual({
    outcome: 'NOT_APPLIED',
    code: 'not-pending',
  });
  expect(await brokerage.cancel('nothing')).toMatchObject({ outcome: 'UNKNOWN' });
  const other = await made(debit(100_000n, { key: journalKey(id, 'debit', 2) }));
  expect(await brokerage.cancel(other.id)).toEqual({ outcome: 'APPLIED', value: null });
});

const details = { name: 'Due', routingNumber: '021000021', accountNumber: '12345' };
const bank = (): Promise<string> =>
  until(async () => {
    const answer = await brokerage.bank(details);
    return answer.ok && answer.value;
  });
const wire = (bankId: string, cents = 50_000n) =>
  brokerage.wire({ bankId, amount: minorOf(cents), memo: 'DUE-1' });

test('the bank of the on-ramp is made known once', async () => {
  expect(await bank()).toBe(await bank());
  expect(
    (await ask(alpaca, 'GET', `/v1/accounts/${brokerage.firm}/recipient_banks`)).body,
  ).toHaveLength(1);
});

test('a wire carries its memo and all of its amount; there is one for each time it is asked for', async () => {
  const to = await bank();
  const sent = await wire(to);
  expect(sent).toMatchObject({ outcome: 'APPLIED', value: { amount: 50_000n, memo: 'DUE-1' } });
  await fault({ operation: 'wire.create', kind: 'error-after-applying' });
  expect(await wire(to)).toMatchObject({ outcome: 'UNKNOWN' });
  await fault({ operation: 'wire.create', kind: '429' });
  expect(await wire(to)).toMatchObject({ outcome: 'NOT_NOW' });
  expect(await wire(to, 10_000_000_001n)).toEqual({
    outcome: 'NOT_APPLIED',
    code: 'not-available',
  });
  await brokerage.wire({ bankId: to, amount: minorOf(1n), memo: 'DUE-2' });
  expect(await brokerage.wiresSeen()).toMatchObject({
    ok: true,
    value: expect.arrayContaining(
      ['DUE-1', 'DUE-2'].map((memo) => expect.objectContaining({ memo })),
    ),
  });
  await fault({ operation: 'wire.list', kind: 'error' });
  expect(await brokerage.wiresSeen()).toMatchObject({ ok: false });
});
