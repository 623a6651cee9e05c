/** Dollars that arrive nowhere, payments that are counted twice, and stock that is none: each is a difference. */
import { expect, test } from '@jest/globals';
import type { FirmWire } from '../../lambdas/core/brokerage/brokerage.ts';
import type { Transfer } from '../../lambdas/core/on-ramp/provider.ts';
import type { Stage } from '../../lambdas/core/withdrawal/withdrawal.ts';
import {
  bookedAt,
  effectOf,
  inFlightMs,
  kindsOf,
  longAgo,
  type Made,
  made,
  period,
  transferOf,
  wireEffectOf,
  wireOf,
} from '../support/books.ts';
import { at } from '../support/things.ts';

type Way = 'ach' | 'wire' | 'virtual-account';
const common: readonly Stage[] = ['settled', 'settled', 'converting', 'refunded'];
const world = (way: Way): Made => made(common, longAgo, 'here', way);

/** The client has cancelled, and the dollars were wired all the same. */
function cancelled(way: 'wire' | 'virtual-account', given: Partial<FirmWire> = {}) {
  const all = world(way);
  const one = bookedAt(all, 3);
  const { withdrawal } = one;
  const effect = { ...effectOf(withdrawal, way === 'wire' ? 'tf_gone' : null), payIn: way };
  const wire = wireEffectOf(withdrawal, effect);
  Object.assign(one, { effect, wires: [wire] });
  if (effect.transferId !== null) all.claims.set(effect.transferId, withdrawal.id);
  const sentLongAgo = {
    createdAt: at(period.from + 20_000),
    updatedAt: at(period.from - 24 * inFlightMs),
  };
  all.wires.push({ ...wireOf(wire), ...sentLongAgo, ...given });
  const transfer = (its: Partial<Transfer>) =>
    all.transfers.push(
      transferOf('tf_gone', { accountId: way === 'wire' ? null : 'va_1', ...its }),
    );
  return { all, transfer };
}
const back = { state: 'returned', status: 'RETURNED' } as const;

test('dollars of a cancelled one that were wired and arrived nowhere are missed', async () => {
  expect(await kindsOf(cancelled('virtual-account').all)).toEqual(['wire-state']);
  const waits = cancelled('wire');
  waits.transfer({ state: 'awaiting-funds', confirmation: null });
  expect(await kindsOf(waits.all)).toEqual(['wire-state']);
});

test.each(['wire', 'virtual-account'] as const)(
  'those that became stock, came back, or may be on their way yet are not (%s)',
  async (way) => {
    const stock = cancelled(way);
    stock.transfer({});
    expect(await kindsOf(stock.all)).toEqual([]);
    const young = cancelled(way, { updatedAt: longAgo });
    const returned = cancelled(way, back);
    // What it made may have been made before the time of the list.
    const older = cancelled(way, { createdAt: at(period.from - 1) });
    for (const one of [young, returned, older]) {
      if (way === 'wire') one.transfer({ state: 'awaiting-funds', confirmation: null });
      expect(await kindsOf(one.all)).toEqual([]);
    }
  },
);

test('a deposit of nobody is no stock of a wire that is back', async () => {
  const paid = cancelled('virtual-account', back);
  paid.transfer({ id: 'tf_nobody' });
  expect(await kindsOf(paid.all)).toEqual(['transfer-unclaimed']);
  const returned = cancelled('virtual-account', back);
  returned.transfer({ state: 'returned' });
  expect(await kindsOf(returned.all)).toEqual([]);
});

// biome-ignore format: columns are the point
test.each([[null, null], [1, 2], [null, 1], [1, null]])('two that name one payment on the chain are told of (%s, %s)', async (one, two) => {
  const planted = world('ach');
  const [first, second] = planted.transfers;
  if (!first?.confirmation || !second) throw new Error('no transfers');
  const { txHash } = first.confirmation;
  first.confirmation = { txHash, logIndex: one };
  second.confirmation = { txHash: txHash.toUpperCase().replace('0X', '0x'), logIndex: two };
  planted.chain.incoming.splice(1, 1);
  expect(await kindsOf(planted)).toEqual(['deposit-claimed-twice']);
  // One transaction may have paid both.
  const [log] = planted.chain.incoming;
  if (log === undefined) throw new Error('no log');
  planted.chain.incoming.push({ ...log, index: 2 });
  expect(await kindsOf(planted)).toEqual([]);
});

test('one that went on, and names no transaction now, is missed unless a payment of nobody may be its own', async () => {
  const planted = world('ach');
  const [first] = planted.transfers;
  if (first === undefined) throw new Error('no transfer');
  first.confirmation = null;
  expect(await kindsOf(planted)).toEqual([]);
  planted.chain.incoming.splice(0, 1);
  expect(await kindsOf(planted)).toEqual(['deposit-differs']);
});

test('a wire whose memo the brokerage wrote in its own way is known by its id', async () => {
  const planted = world('wire');
  for (const one of planted.wires) one.memo = one.memo.toUpperCase().slice(0, 9);
  expect(await kindsOf(planted)).toEqual([]);
});
