/** Each planted difference between our ledger and the brokerage is found, and nothing else is. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FirmJournal } from '../../lambdas/core/brokerage/brokerage.ts';
import { providerClockSkewMs } from '../../lambdas/core/kernel/limits.ts';
import { post } from '../../lambdas/core/ledger/ledger.ts';
import { type DifferenceKind, differenceKinds } from '../../lambdas/core/reconcile/difference.ts';
import type { JournalPurpose } from '../../lambdas/core/store/journal-record.ts';
import type { Stage } from '../../lambdas/core/withdrawal/withdrawal.ts';
import {
  bookedAt,
  customer,
  firm,
  journalEffectOf,
  journalOf,
  justNow,
  kindsOf,
  longAgo,
  type Made,
  made,
  period,
  reportOf,
  stages,
} from '../support/books.ts';
import { at, minorOf, requestedOf } from '../support/things.ts';

/** With a brokerage there is one stage more, before anything is held. */
const stagesThere: readonly Stage[] = [...stages, 'debiting'];
const away = (list: readonly Stage[], updatedAt = longAgo): Made =>
  made(list, updatedAt, 'at-brokerage');

test('a world in which everything agrees has no differences, whatever is in it', async () => {
  const times = fc.integer({ min: period.from, max: period.to });
  const some = fc.array(fc.constantFrom(...stagesThere), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(some, times, async (list, updatedAt) => {
      expect(await kindsOf(away(list, at(updatedAt)))).toEqual([]);
    }),
  );
});

// Every world has the same first withdrawals.
const common: readonly Stage[] = ['settled', 'settled', 'refunded', 'debiting', 'refunding'];
const journalAt = (world: Made, index: number, purpose: JournalPurpose = 'debit'): FirmJournal => {
  const { id } = bookedAt(world, index).withdrawal;
  const found = world.journals.find((one) => one.id === `${purpose} ${id}`);
  if (found === undefined) throw new Error('no such journal');
  return found;
};
const without = (world: Made, journal: FirmJournal): void => {
  world.journals.splice(world.journals.indexOf(journal), 1);
};
const forget = (world: Made, index: number): void => {
  bookedAt(world, index).journals = [];
};
const rename = (world: Made, index: number, given: object): void => {
  const one = bookedAt(world, index);
  one.journals = one.journals.map((effect) => ({ ...effect, ...given }));
};
/** Replaces the journal by another one, as the brokerage does when it corrects it. */
const correct = (world: Made, index: number, ...successors: Partial<FirmJournal>[]): void => {
  const journal = journalAt(world, index);
  world.journals.push(...successors.map((one) => ({ ...journal, id: 'successor', ...one })));
  Object.assign(journal, { state: 'moved-elsewhere', status: 'correct' });
};
/** Adds a block to the wallet's ledger, as an attacker would write it: every hash is right. */
const enter = (world: Made, index: number, kind: 'FUND' | 'RETURN'): void => {
  const { id: sourceId, amount } = bookedAt(world, index).withdrawal;
  const next = post(world.balance, [{ kind, amount, sourceId }], longAgo);
  world.balance = next.balance;
  world.blocks.push(next.block);
};
const other = 'b0b00000-0000-4000-8000-000000000001';
const stray: FirmJournal = {
  id: 'stray',
  from: other,
  to: firm,
  amount: minorOf(5n),
  description: 'made by hand',
  state: 'executed',
  status: 'executed',
  bookedOn: null,
};
const stranger = requestedOf(made([]).wallet).id;
/** The withdrawal ended before the period, and its journal is in the list nevertheless. */
const endedEarlier = (world: Made, index: number): void => {
  const { id } = bookedAt(world, index).withdrawal;
  world.earlier.push(...world.booked.splice(index, 1));
  world.transfers = world.transfers.filter((one) => one.id !== `tf_${id}`);
  world.chain.outgoing = world.chain.outgoing.filter((one) => one.height !== 200 + index);
};

// biome-ignore format: columns are the point
const plants: readonly [string, DifferenceKind, (world: Made) => void][] = [
  ['a journal of nobody',                        'journal-unknown', (w) => w.journals.push(stray)],
  ['a journal of nobody out of the firm',        'journal-unknown', (w) => w.journals.push({ ...stray, from: firm, to: other })],
  ['a journal of nobody that waits',             'journal-unknown', (w) => w.journals.push({ ...stray, state: 'pending' })],
  ['a journal of nobody in an unknown state',    'journal-unknown', (w) => w.journals.push({ ...stray, state: 'unknown' })],
  ['a journal of a withdrawal that is gone',     'journal-unknown', (w) => w.journals.push({ ...stray, description: stranger })],
  ['a debit that was never asked for',           'journal-unknown', (w) => forget(w, 1)],
  ['a return that was never asked for',          'journal-unknown', (w) => w.journals.push({ ...journalAt(w, 0), id: 'x', from: firm, to: customer })],
  ['a return while it is being decided',         'journal-unknown', (w) => w.journals.push({ ...journalAt(w, 4), id: 'x', from: firm, to: customer, state: 'pending' })],
  ['a debit that the brokerage does not have',   'journal-missing', (w) => without(w, journalAt(w, 0))],
  ['a return that the brokerage does not have',  'journal-missing', (w) => without(w, journalAt(w, 2, 'return'))],
  ['a debit moved twice',                        'journal-twice',   (w) => w.journals.push({ ...journalAt(w, 0), id: 'again' })],
  ['a return moved twice',                       'journal-twice',   (w) => w.journals.push({ ...journalAt(w, 2, 'return'), id: 'again' })],
  ['a correction that left both executed',       'journal-twice',   (w) => { correct(w, 0, {}, { id: 'other' }); }],
  ['another amount taken',                       'journal-differs', (w) => Object.assign(journalAt(w, 0), { amount: minorOf(9_999n) })],
  ['another amount given back',                  'journal-differs', (w) => Object.assign(journalAt(w, 2, 'return'), { amount: minorOf(10_001n) })],
  ['taken from another account',                 'journal-differs', (w) => Object.assign(journalAt(w, 0), { from: other })],
  ['given back to another account',              'journal-differs', (w) => Object.assign(journalAt(w, 2, 'return'), { to: other })],
  ['about to be taken from another account',     'journal-differs', (w) => Object.assign(journalAt(w, 3), { from: other })],
  ['corrected to another amount',                'journal-differs', (w) => correct(w, 0, { amount: minorOf(1n) })],
  ['what we asked for, edited',                  'journal-differs', (w) => rename(w, 0, { amount: minorOf(1n) })],
  ['corrected, and the successor is nowhere',    'journal-state',   (w) => correct(w, 0)],
  ['reversed after it was settled',              'journal-state',   (w) => Object.assign(journalAt(w, 0), { state: 'reversed', status: 'deleted' })],
  ['back to pending after it was settled',       'journal-state',   (w) => Object.assign(journalAt(w, 0), { state: 'pending' })],
  ['a word that we do not know, after it was settled', 'journal-state', (w) => Object.assign(journalAt(w, 0), { state: 'unknown', status: 'settling' })],
  ['a debit reversed after it was given back',   'journal-state',   (w) => Object.assign(journalAt(w, 2), { state: 'reversed' })],
  ['a return that was refused, and the hold released', 'journal-state', (w) => Object.assign(journalAt(w, 2, 'return'), { state: 'refused' })],
  ['taken long ago, and still debiting',         'journal-state',   (w) => Object.assign(journalAt(w, 3), { state: 'executed', bookedOn: '1969-12-30' })],
  ['taken on a day that is not said, and still debiting', 'journal-state', (w) => Object.assign(journalAt(w, 3), { state: 'executed', bookedOn: null })],
  ['cash booked that never came',                'journal-state',   (w) => enter(w, 3, 'FUND')],
  ['cash booked twice',                          'journal-state',   (w) => enter(w, 0, 'FUND')],
  ['cash booked as given back that never went',  'journal-state',   (w) => enter(w, 4, 'RETURN')],
  ['cash booked for what was never at a brokerage', 'journal-state', (w) => { forget(w, 0); without(w, journalAt(w, 0)); }],
  ['reversed after it ended, before the period', 'journal-state',   (w) => { Object.assign(journalAt(w, 0), { state: 'reversed' }); endedEarlier(w, 0); }],
  ['refunded before the period, and never given back', 'journal-state', (w) => { Object.assign(journalAt(w, 2, 'return'), { state: 'refused' }); endedEarlier(w, 2); }],
];

test.each(plants)('%s is found, as one %s', async (_name, kind, plant) => {
  const world = away(common);
  plant(world);
  const { differences } = await reportOf(world);
  expect(differences.map((one) => one.kind)).toEqual([kind]);
  expect(differences[0]?.expected).not.toBe(differences[0]?.found);
});

test('every kind of difference can be planted', () => {
  const planted = new Set(plants.map(([, kind]) => kind));
  const ours = differenceKinds.filter((kind) => kind.startsWith('journal-'));
  expect(ours.filter((kind) => !planted.has(kind))).toEqual([]);
});

test('a rejected withdrawal whose cash is taken after all is found', async () => {
  const world = away(['rejected']);
  const one = bookedAt(world, 0);
  one.journals = [journalEffectOf(one.withdrawal, 'debit')];
  world.journals.push(...one.journals.map(journalOf));
  expect(await kindsOf(world)).toEqual(['journal-state']);
  for (const journal of world.journals) journal.state = 'pending';
  expect(await kindsOf(world)).toEqual(['journal-state']);
  for (const journal of world.journals) journal.state = 'refused';
  expect(await kindsOf(world)).toEqual([]);
});

test('what was given back without a journal is missed on both sides while the debit is corrected into nowhere', async () => {
  const world = away(common);
  without(world, journalAt(world, 2, 'return'));
  bookedAt(world, 2).journals = bookedAt(world, 2).journals.slice(0, 1);
  correct(world, 2);
  expect(await kindsOf(world)).toEqual(['journal-state', 'journal-state']);
});

test('two withdrawals with the same trouble are two differences, each with its journal', async () => {
  const world = away(common);
  for (const index of [0, 1]) Object.assign(journalAt(world, index), { state: 'reversed' });
  const ids = [0, 1].map((index) => journalAt(world, index).id);
  const { differences } = await reportOf(world);
  expect(differences.map(({ providerId }) => providerId)).toEqual(ids);
});

// biome-ignore format: columns are the point
test.each<[string, (world: Made) => void]>([
  ['a debit that the brokerage gave back by itself', (w) => { Object.assign(journalAt(w, 2), { state: 'reversed' }); without(w, journalAt(w, 2, 'return')); rename(w, 2, { journalId: null }); }],
  ['a journal of nobody that moved nothing',     (w) => w.journals.push({ ...stray, state: 'refused' }, { ...stray, state: 'reversed' })],
  ['a correction to the same amount',            (w) => correct(w, 0, {})],
  ['a refused journal beside the one that moved', (w) => w.journals.push({ ...journalAt(w, 0), id: 'x', state: 'refused' })],
  ['one that is taken today, and not followed yet', (w) => Object.assign(journalAt(w, 3), { state: 'executed', bookedOn: '1970-01-01' })],
  ['one that ended before the period, and agrees', (w) => endedEarlier(w, 0)],
  ['one that was refunded before the period, and agrees', (w) => endedEarlier(w, 2)],
  ['one whose row cannot be read',               (w) => { const [lost] = w.booked.splice(4, 1); w.unreadable.push({ row: 'WD#', why: '', withdrawalId: lost?.withdrawal.id ?? null, transferId: null, memos: [] }); }],
])('%s is no difference of the brokerage', async (_name, plant) => {
  const world = away(common);
  plant(world);
  expect((await kindsOf(world)).filter((kind) => kind.startsWith('journal-'))).toEqual([]);
});

// biome-ignore format: columns are the point
test.each<[string, Stage, (world: Made) => void]>([
  ['a journal that the list does not have yet',  'reserved',  (w) => without(w, journalAt(w, 0))],
  ['a journal that was reversed a moment ago',   'reserved',  (w) => Object.assign(journalAt(w, 0), { state: 'reversed' })],
  ['a block that was written after it was read', 'reserved',  (w) => enter(w, 0, 'FUND')],
])('%s is no difference while it is young, and is one when it is not', async (_name, stage, plant) => {
  const young = away([stage], justNow);
  plant(young);
  expect(await kindsOf(young)).toEqual([]);
  const old = away([stage], longAgo);
  plant(old);
  expect(await kindsOf(old)).toHaveLength(1);
});

test('a journal from the first moments of the period may not be among those that were read', async () => {
  const world = away(common);
  const firstSentAt = at(period.from + providerClockSkewMs - 1);
  rename(world, 0, { firstSentAt });
  const journal = journalAt(world, 0);
  without(world, journal);
  expect(await kindsOf(world)).toEqual([]);
  // Another journal with its description is not the one that we know.
  world.journals.push({ ...journal, id: 'again' });
  expect(await kindsOf(world)).toEqual(['journal-unknown']);
});

test('one whose journal is not known yet may have been made long ago', async () => {
  const world = away(['debiting']);
  rename(world, 0, { firstSentAt: at(1), journalId: null });
  expect(await kindsOf(world)).toEqual([]);
});

test('where there is no brokerage nothing is missed at it', async () => {
  const world = away(common);
  world.journals.splice(0);
  expect(await kindsOf(world)).not.toEqual([]);
  expect((await reportOf({ ...world, firm: null })).differences).toEqual([]);
});
