/** Each planted difference between our wires and the brokerage is found, and nothing else is. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FirmWire } from '../../lambdas/core/brokerage/brokerage.ts';
import { providerClockSkewMs, wireArrivalMs } from '../../lambdas/core/kernel/limits.ts';
import type { Transfer } from '../../lambdas/core/on-ramp/provider.ts';
import { type DifferenceKind, differenceKinds } from '../../lambdas/core/reconcile/difference.ts';
import type { Stage, Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import {
  bookedAt,
  effectOf,
  inFlightMs,
  justNow,
  kindsOf,
  longAgo,
  type Made,
  made,
  period,
  reportOf,
  stages,
  transferOf,
  wireEffectOf,
  wireOf,
} from '../support/books.ts';
import { at, minorOf } from '../support/things.ts';

const ways = ['wire', 'virtual-account'] as const;
type Way = (typeof ways)[number];
const paidByWire = (list: readonly Stage[], updatedAt = longAgo, way: Way = 'wire'): Made =>
  made(list, updatedAt, 'here', way);

test('a world in which everything agrees has no differences, whatever is in it', async () => {
  const times = fc.integer({ min: period.from, max: period.to });
  const some = fc.array(fc.constantFrom(...stages), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(some, times, fc.constantFrom(...ways), async (list, updatedAt, way) => {
      expect(await kindsOf(paidByWire(list, at(updatedAt), way))).toEqual([]);
    }),
  );
});

// Every world has the same first withdrawals. The refunded one has given its only wire up.
const common: readonly Stage[] = ['settled', 'settled', 'converting', 'refunded'];
function world(updatedAt = longAgo, payIn: Way = 'wire'): Made {
  const all = paidByWire(common, updatedAt, payIn);
  const refunded = bookedAt(all, 3);
  const { withdrawal } = refunded;
  const effect = { ...effectOf(withdrawal, payIn === 'wire' ? 'tf_given_up' : null), payIn };
  const wire = wireEffectOf(withdrawal, effect);
  refunded.effect = { ...effect, transferId: null, refusedCode: 'wire-returned' };
  refunded.wires = [{ ...wire, refusedCode: 'wire-returned' }];
  all.wires.push({ ...wireOf(wire), state: 'returned', status: 'RETURNED' });
  return all;
}
const wireAt = ({ wires }: Made, index: number): FirmWire => {
  const found = wires[index];
  if (found === undefined) throw new Error('no such wire');
  return found;
};
const changeWire = (w: Made, index: number, given: Partial<FirmWire>): void => {
  Object.assign(wireAt(w, index), given);
};
/** Changes our record of the wire. */
const change = (w: Made, index: number, given: object): void => {
  const one = bookedAt(w, index);
  one.wires = one.wires.map((wire) => ({ ...wire, ...given }));
};
/** The transfer still waits for our dollars, or the deposit has made none yet. */
const unpaid = (w: Made): void => {
  const one = bookedAt(w, 2);
  if (one.effect?.payIn === 'virtual-account') {
    w.transfers = w.transfers.filter(({ id }) => id !== one.effect?.transferId);
    one.effect = { ...one.effect, transferId: null };
  }
  for (const transfer of w.transfers)
    if (transfer.state === 'pending') transfer.state = 'awaiting-funds';
};
/** The withdrawal ended before the period, and its wire has changed since. */
const endedEarlier = (w: Made, index: number): void => {
  const [one] = w.booked.splice(index, 1);
  if (one === undefined) throw new Error('no such withdrawal');
  w.wired.push(one);
  w.transfers = w.transfers.filter(({ id }) => id !== one.effect?.transferId);
  w.chain.outgoing = w.chain.outgoing.filter(({ height }) => height !== 200 + index);
};
/** The client cancelled it while its wire was under way. */
const cancelled = (w: Made): void => {
  const one = bookedAt(w, 3);
  const { payIn = 'ach' } = one.effect ?? {};
  const transferId = payIn === 'wire' ? 'tf_given_up' : null;
  one.effect = { ...effectOf(one.withdrawal, transferId), payIn };
};
const back = { state: 'returned', status: 'RETURNED' } as const;
const stray: FirmWire = {
  id: 'stray',
  state: 'sent',
  status: 'COMPLETE',
  amount: minorOf(5n),
  bankId: 'bank-of-somebody',
  memo: '',
  createdAt: longAgo,
  updatedAt: longAgo,
};

/** It has just been written that it still waits. */
const stillWaits = (w: Made): void => {
  const one = bookedAt(w, 2);
  one.withdrawal = { ...one.withdrawal, updatedAt: justNow } as Withdrawal;
};

// biome-ignore format: columns are the point
const plants: readonly [string, DifferenceKind, (w: Made) => void][] = [
  ['a wire of nobody',                        'wire-unknown',       (w) => w.wires.push(stray)],
  ['a wire of nobody that waits',             'wire-unknown',       (w) => w.wires.push({ ...stray, state: 'pending' })],
  ['a wire of nobody in an unknown state',    'wire-unknown',       (w) => w.wires.push({ ...stray, state: 'unknown' })],
  ['a wire of nobody that was made just now', 'wire-unknown',       (w) => w.wires.push({ ...stray, createdAt: justNow })],
  ['a wire whose record is gone',             'wire-unknown',       (w) => { bookedAt(w, 0).wires = []; }],
  ['a memo of two conversions',               'wire-claimed-twice', (w) => { change(w, 1, { memo: wireAt(w, 0).memo }); w.wires.splice(1, 1); }],
  ['dollars wired twice',                     'wire-twice',         (w) => w.wires.push({ ...wireAt(w, 0), id: 'again' })],
  ['dollars about to be wired twice',         'wire-twice',         (w) => w.wires.push({ ...wireAt(w, 2), id: 'again', state: 'pending' })],
  ['a wire that went on from is not there',   'wire-missing',       (w) => w.wires.splice(0, 1)],
  ['one that we know by its id',              'wire-missing',       (w) => changeWire(w, 2, { id: 'another' })],
  ['one that never had an answer',            'wire-missing',       (w) => { change(w, 2, { wireId: null }); w.wires.splice(2, 1); }],
  ['one that was never found, and paid for',  'wire-missing',       (w) => { change(w, 0, { wireId: null }); w.wires.splice(0, 1); }],
  ['another amount wired',                    'wire-differs',       (w) => changeWire(w, 0, { amount: minorOf(9_975n) })],
  ['wired to another bank',                   'wire-differs',       (w) => changeWire(w, 0, { bankId: 'bank-2' })],
  ['another amount about to be wired',        'wire-differs',       (w) => changeWire(w, 2, { amount: minorOf(1n), state: 'pending' })],
  ['what we asked for, edited',               'wire-differs',       (w) => change(w, 0, { amount: minorOf(1n) })],
  ['returned after it was settled',           'wire-state',         (w) => changeWire(w, 0, back)],
  ['refused after it was settled',            'wire-state',         (w) => changeWire(w, 0, { state: 'refused', status: 'REJECTED' })],
  ['returned long after it was settled',      'wire-state',         (w) => { changeWire(w, 0, { ...back, updatedAt: justNow }); endedEarlier(w, 0); }],
  ['returned long ago, and not noticed',      'wire-state',         (w) => changeWire(w, 2, back)],
  ['given up, and it went all the same',      'wire-state',         (w) => changeWire(w, 3, { state: 'sent' })],
  ['sent for more than a day, and long paid', 'wire-state',         (w) => { Object.assign(w.transfers[2] ?? {}, { state: 'paid' }); changeWire(w, 2, { updatedAt: at(period.to - wireArrivalMs) }); }],
  ['sent for more than a day, and told of a moment ago', 'wire-state', (w) => { unpaid(w); changeWire(w, 2, { updatedAt: at(period.to - wireArrivalMs) }); stillWaits(w); }],
  ['returned long ago, and told of a moment ago', 'wire-state',     (w) => { unpaid(w); changeWire(w, 2, back); stillWaits(w); }],
  ['waited for since before what is listed',  'wire-state',         (w) => { unpaid(w); change(w, 2, { firstSentAt: at(period.from) }); w.wires.splice(2, 1); w.wiresSince = at(period.from); }],
  ['sent for more than a day, and not there', 'wire-state',         (w) => { unpaid(w); changeWire(w, 2, { updatedAt: at(period.to - wireArrivalMs) }); }],
];

const inEachWay = ways.flatMap((way) => plants.map((plant) => [way, ...plant] as const));
test.each(inEachWay)('%s: %s is found, as one %s', async (way, _name, kind, plant) => {
  const planted = world(longAgo, way);
  plant(planted);
  const { differences } = await reportOf(planted);
  expect(differences.map((one) => one.kind)).toEqual([kind]);
  expect(differences[0]?.expected).not.toBe(differences[0]?.found);
});

test('every kind of difference can be planted', () => {
  const planted = new Set(plants.map(([, kind]) => kind));
  const ours = differenceKinds.filter((kind) => kind.startsWith('wire-'));
  expect(ours.filter((kind) => !planted.has(kind))).toEqual([]);
});

// biome-ignore format: columns are the point
test.each<[string, (w: Made) => void]>([
  ['nothing at all',                            () => {}],
  ['a wire of nobody that moved nothing',       (w) => w.wires.push({ ...stray, state: 'refused' }, { ...stray, id: 'x', state: 'returned' })],
  ['a wire of nobody from before the period',   (w) => w.wires.push({ ...stray, createdAt: at(period.from + providerClockSkewMs - 1) })],
  ['a wire by hand, where the on-ramp draws',   (w) => { w.wiresAreOurs = false; w.wires.push(stray); }],
  ['a refused wire beside the one that stands', (w) => w.wires.push({ ...wireAt(w, 0), id: 'x', state: 'refused' })],
  ['one that has not arrived within a day',     (w) => { unpaid(w); changeWire(w, 2, { updatedAt: at(period.to - wireArrivalMs + 1) }); }],
  ['one that has arrived, and is held there',   (w) => changeWire(w, 2, { updatedAt: at(period.to - wireArrivalMs) })],
  ['one that was paid for a moment ago',        (w) => { Object.assign(w.transfers[2] ?? {}, { state: 'paid' }); changeWire(w, 2, { updatedAt: at(period.to - wireArrivalMs) }); stillWaits(w); }],
  ['one that came back a moment ago',           (w) => { unpaid(w); changeWire(w, 2, { ...back, updatedAt: justNow }); }],
  ['a refused request of which nothing came',   (w) => { change(w, 2, { wireId: null, refusedCode: 'not-available' }); w.wires.splice(2, 1); }],
  ['one asked for before what was read',        (w) => { change(w, 2, { firstSentAt: at(period.from) }); w.wires.splice(2, 1); }],
  ['one that the on-ramp gave back, and a new one', (w) => { const one = bookedAt(w, 2); const { withdrawal } = one; const old = wireEffectOf(withdrawal, effectOf(withdrawal, 'tf_old')); one.wires = [old, ...one.wires]; w.wires.push(wireOf(old)); }],
  ['one whose withdrawal was cancelled',        (w) => { cancelled(w); change(w, 3, { refusedCode: null }); changeWire(w, 3, { state: 'sent' }); }],
  ['one whose withdrawal cannot be read',       (w) => { const [one] = w.booked.splice(2, 1); w.unreadable.push({ row: 'WD#', why: '', withdrawalId: one?.withdrawal.id ?? null, transferId: null, memos: [wireAt(w, 2).memo] }); }],
])('%s is no difference of the wires', async (_name, plant) => {
  for (const way of ways) {
    const planted = world(longAgo, way);
    plant(planted);
    expect((await kindsOf(planted)).filter((kind) => kind.startsWith('wire-'))).toEqual([]);
  }
});

const deposit = (given: Partial<Transfer> = {}): Transfer =>
  transferOf('tf_deposit', { accountId: 'va_1', confirmation: null, ...given });
/** The withdrawal was cancelled while its wire was under way, which then made these deposits. */
const bought = (w: Made, ...deposits: Transfer[]): void => {
  cancelled(w);
  change(w, 3, { refusedCode: null });
  changeWire(w, 3, { state: 'sent' });
  w.transfers.push(...deposits);
};
// biome-ignore format: columns are the point
test.each<[string, DifferenceKind[], (w: Made) => void]>([
  ['a deposit that nobody asked for',             ['transfer-unclaimed'], (w) => w.transfers.push(deposit())],
  ['one of a conversion that still waits for it', ['transfer-unclaimed'], (w) => { unpaid(w); w.transfers.push(deposit()); }],
  ['one of a withdrawal that was cancelled',      [],                     (w) => bought(w, deposit())],
  ['one of a withdrawal in review',               [],                     (w) => { bought(w, deposit()); const one = bookedAt(w, 3); one.withdrawal = { ...one.withdrawal, stage: 'review', heldFrom: 'converting' } as Withdrawal; w.wires[3] = { ...wireAt(w, 3) }; }],
  ['one of a withdrawal that ended before',       [],                     (w) => { bought(w, deposit()); endedEarlier(w, 3); }],
  ['two of one that was cancelled',               ['transfer-unclaimed'], (w) => bought(w, deposit(), deposit({ id: 'tf_again' }))],
  ['one of another amount',                       ['transfer-unclaimed'], (w) => bought(w, deposit({ source: minorOf(9_975n) }))],
  ['of a wire that was never sent, from before what is listed', [], (w) => { unpaid(w); change(w, 2, { firstSentAt: at(period.from), sends: 0, wireId: null }); w.wires.splice(2, 1); w.wiresSince = at(period.from); }],
  ['one whose wire is from before what is listed', ['transfer-unclaimed'], (w) => { bought(w, deposit()); change(w, 3, { firstSentAt: at(1) }); w.wires.splice(3, 1); w.wiresSince = at(2); }],
  ['one into another account',                    ['transfer-unclaimed'], (w) => bought(w, deposit({ accountId: 'va_2' }))],
  ['one from before its wire',                    ['transfer-unclaimed'], (w) => { bought(w, deposit()); change(w, 3, { firstSentAt: at(longAgo + providerClockSkewMs + 1) }); }],
  ['one although the wire is taken to be back',   ['transfer-unclaimed'], (w) => w.transfers.push(deposit())],
  ['one that buys less than was quoted, and is not paid yet', [],         (w) => Object.assign(w.transfers[2] ?? {}, { payout: minorOf(1n), fee: minorOf(9_000n) })],
  ['one that is held, and was made before the period', [],                (w) => { w.transfers.splice(2, 1); const one = bookedAt(w, 2); if (one.effect !== null) one.effect = { ...one.effect, firstSentAt: at(1) }; changeWire(w, 2, { updatedAt: at(period.to - wireArrivalMs) }); }],
  ['less USDC than we went on with',              ['transfer-differs'],   (w) => Object.assign(w.transfers[0] ?? {}, { payout: minorOf(1n) })],
])('virtual account: %s, is found as %j', async (_name, kinds, plant) => {
  const planted = world(longAgo, 'virtual-account');
  plant(planted);
  expect((await kindsOf(planted)).filter((kind) => kind !== 'hold')).toEqual(kinds);
});

// biome-ignore format: columns are the point
test.each<[string, (w: Made) => void]>([
  ['a wire that the list does not have yet',     (w) => w.wires.splice(2, 1)],
  ['a wire that came back a moment ago',         (w) => changeWire(w, 2, back)],
  ['a wire that we have just taken for one that is back', (w) => changeWire(w, 3, { state: 'sent' })],
])('%s is no difference while it is young, and is one when it is not', async (_name, plant) => {
  const young = world(justNow);
  plant(young);
  expect(await kindsOf(young)).toEqual([]);
  const old = world();
  plant(old);
  expect(await kindsOf(old)).toHaveLength(1);
});

test('what waited for its wire may have been converted a moment ago', async () => {
  for (const way of ways) {
    const paid = world(longAgo, way);
    Object.assign(paid.transfers[2] ?? {}, { state: 'paid' });
    expect(await kindsOf(paid)).toEqual([]);
    // The deposit was claimed after its withdrawal was read.
    const claimed = world(longAgo, way);
    const one = bookedAt(claimed, 2);
    if (one.effect !== null) one.effect = { ...one.effect, transferId: null };
    Object.assign(claimed.transfers[2] ?? {}, { createdAt: justNow });
    expect(await kindsOf(claimed)).toEqual([]);
    // The deposit was made after the on-ramp was read.
    const made = world(longAgo, way);
    const other = bookedAt(made, 2);
    if (other.effect !== null) other.effect = { ...other.effect, lastSentAt: justNow };
    made.transfers.splice(2, 1);
    expect(await kindsOf(made)).toEqual([]);
  }
});

test('the age of what a list may not show yet is exact', async () => {
  const plant = async (lastSentAt: number) => {
    const planted = world();
    change(planted, 2, { lastSentAt: at(lastSentAt) });
    planted.wires.splice(2, 1);
    return (await kindsOf(planted)).length;
  };
  expect(await plant(period.to - inFlightMs)).toBe(1);
  expect(await plant(period.to - inFlightMs + 1)).toBe(0);
});

test('the difference names the wire at the brokerage and its withdrawal', async () => {
  const planted = world();
  changeWire(planted, 0, back);
  const { differences } = await reportOf(planted);
  const { id: withdrawalId } = bookedAt(planted, 0).withdrawal;
  expect(differences).toMatchObject([{ providerId: wireAt(planted, 0).id, withdrawalId }]);
});

test('where there is no brokerage no wire is missed at it', async () => {
  const planted = world();
  planted.wires.splice(0);
  expect(await kindsOf(planted)).not.toEqual([]);
  expect((await reportOf({ ...planted, firm: null })).differences).toEqual([]);
});
