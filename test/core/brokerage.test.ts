import { expect, test } from '@jest/globals';
import { owners } from '../../lambdas/boot/setting-checks.ts';
import {
  debitJournal,
  type Journal,
  type JournalState,
  journalKey,
  returnJournal,
  verdictOf,
} from '../../lambdas/core/brokerage/brokerage.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { minorOf } from '../support/things.ts';

const id: WithdrawalId = `wd_${'0'.repeat(26)}`;

test('a journal has one key, always the same, of the 36 characters that are allowed', () => {
  const key = journalKey(id, 'debit', 1);
  // Python's uuid.uuid5 gives the same.
  expect(key).toBe('494c5966-5ae8-5626-845c-1573467a7d71');
  expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('every movement has a key of its own', () => {
  const other: WithdrawalId = `wd_${'0'.repeat(25)}1`;
  const keys = [id, other].flatMap((one) =>
    (['debit', 'return'] as const).flatMap((purpose) =>
      [1, 2, 11].map((attempt) => journalKey(one, purpose, attempt)),
    ),
  );
  expect(new Set(keys).size).toBe(12);
});

test('the mirror goes the other way under the same description', () => {
  const there = debitJournal(id, minorOf(100n), 'customer', 'firm', 1);
  const back = returnJournal(id, minorOf(99n), 'customer', 'firm', 1);
  expect(there).toMatchObject({ from: 'customer', to: 'firm', amount: 100n, description: id });
  expect(back).toMatchObject({ from: 'firm', to: 'customer', amount: 99n, description: id });
  expect(back.key).not.toBe(there.key);
});

const journalIn = (state: JournalState, index: number): Journal => ({
  id: String(index),
  from: 'customer',
  to: 'firm',
  amount: minorOf(100n),
  description: id,
  state,
  status: state,
});

// biome-ignore format: columns are the point
test.each<[JournalState[], object]>([
  [[],                                    { verdict: 'none' }],
  [['pending'],                           { verdict: 'open' }],
  [['unknown'],                           { verdict: 'open' }],
  [['executed'],                          { verdict: 'moved', journal: { id: '0' } }],
  [['refused'],                           { verdict: 'not-moved' }],
  [['reversed'],                          { verdict: 'not-moved' }],
  [['refused', 'reversed'],               { verdict: 'not-moved' }],
  // Alpaca refuses a fast replay while the first journal is still on its way.
  [['refused', 'executed'],               { verdict: 'moved', journal: { id: '1' } }],
  [['refused', 'pending'],                { verdict: 'open' }],
  [['moved-elsewhere'],                   { verdict: 'open' }],
  [['moved-elsewhere', 'refused'],        { verdict: 'open' }],
  [['moved-elsewhere', 'executed'],       { verdict: 'moved', journal: { id: '1' } }],
  [['moved-elsewhere', 'pending'],        { verdict: 'open' }],
  [['executed', 'pending'],               { verdict: 'open' }],
  [['executed', 'unknown'],               { verdict: 'open' }],
  [['executed', 'executed'],              { verdict: 'twice', journals: [{ id: '0' }, { id: '1' }] }],
  [['executed', 'pending', 'executed'],   { verdict: 'twice' }],
])('%j', (states, verdict) => {
  expect(verdictOf(states.map(journalIn))).toMatchObject(verdict);
});

const [one, two] = ['a11ce000-0000-4000-8000-000000000001', 'b0b00000-0000-4000-8000-000000000001'];
test('who owns which account is read from a list', () => {
  expect([...(owners.read(`Alice_1:${one.toUpperCase()}, bob:${two}`) ?? [])]).toEqual([
    [one, 'Alice_1'],
    [two, 'bob'],
  ]);
});

test.each([
  ['nothing', ''],
  ['no account', 'alice'],
  ['no tenant', `:${one}`],
  ['no UUID', 'alice:42'],
  ['more than a UUID', `alice:${one}0`],
  ['no name of a tenant', `al ice:${one}`],
  ['a comma at the end', `alice:${one},`],
  ['one account of two tenants', `alice:${one},bob:${one.toUpperCase()}`],
])('no such list: %s', (_, text) => {
  expect(owners.read(text)).toBeUndefined();
});
