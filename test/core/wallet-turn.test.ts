/** A turn of a wallet: what waits in it, and holds that end, wait for each other for moments only, and nothing is lost between two turns. */
import { expect, test } from '@jest/globals';
import { heldIn } from '../../lambdas/core/kernel/ids.ts';
import { postingsMax, walletTurnMs } from '../../lambdas/core/wallet/limits.ts';
import type { Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { idsOf, listedWalletIn, many, nameOf } from '../support/listed-wallet.ts';
import { shared } from '../support/shared.ts';
import { at } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const it = shared(() => startWorld());
const stageOf = async ({ id }: Withdrawal) => (await it.now(id)).stage;

test('holds that end wait for no more than one transaction of what else is accepted, and the rest has its turn behind them', async () => {
  const { accept, ring, wallet, clock, applied, giveBack, handedOn, reset } =
    await listedWalletIn(it);
  const ends = await many(postingsMax + 5, () => accept());
  await ring([wallet.id, ...ends.map(nameOf)]);
  for (const one of ends) await giveBack(one);
  const waiting = await many(2 * postingsMax, () => accept());
  const before = clock.now();
  clock.advance(walletTurnMs);
  reset();
  const holds = ends.map(({ id }) => heldIn(wallet.id, id));
  await ring([wallet.id, ...waiting.map(nameOf), ...holds], clock.now(), before);
  const first = waiting.slice(0, postingsMax - 5);
  expect(applied).toEqual(idsOf([...ends, ...first]));
  expect(handedOn()).toBe(1);
  // Who was rung for before that has the ring behind it still, and rings no more.
  await ring([wallet.id], before);
  expect(applied.length).toBeGreaterThan(ends.length + first.length);
  expect(applied.length).toBeLessThan(ends.length + waiting.length);
  expect(handedOn()).toBe(1);
  // What is handed on has all of a turn.
  await ring([wallet.id]);
  expect(applied).toEqual(idsOf([...ends, ...waiting]));
  expect(handedOn()).toBe(1);
});

type Some = (all: readonly Withdrawal[]) => readonly Withdrawal[];
const butOne: Some = (all) => all.filter((_, nth) => nth !== postingsMax + 3);
test.each<[string, Some, Some]>([
  ['nothing, and then the last of them', () => [], (all) => all.slice(-1)],
  ['all of them but one', butOne, butOne],
])(
  'whoever was named before a turn was over is not passed where the index shows %s',
  async (_, first, then) => {
    const { accept, ring, wallet, clock, applied, fallBehind, handedOn } = await listedWalletIn(it);
    await accept();
    await ring([wallet.id]);
    applied.length = 0;
    clock.advance(500);
    const before = clock.now();
    const all = await many(postingsMax + 20, () => accept());
    clock.advance(walletTurnMs);
    fallBehind(...idsOf(first(all)));
    await ring([wallet.id, ...all.map(nameOf)], clock.now(), before);
    expect([applied.length, handedOn()]).toEqual([postingsMax, 1]);
    fallBehind(...idsOf(then(all)));
    await ring([wallet.id]);
    expect(applied).toEqual(idsOf(all));
  },
);

test('what was read ahead is not taken for all that waits', async () => {
  const { accept, ring, wallet, clock, applied, reset } = await listedWalletIn(it);
  const before = clock.now();
  const first = await many(postingsMax + 5, () => accept());
  clock.advance(walletTurnMs);
  reset();
  await ring([wallet.id], clock.now(), before);
  expect(applied).toEqual(idsOf(first.slice(0, postingsMax)));
  const later = await accept();
  await ring([wallet.id, nameOf(later)]);
  expect(applied).toEqual(idsOf([...first, later]));
});

const nothing = { accepted: 0, inbox: 0, items: 0, reads: 0, commits: 0 };

test('a burst of more than one block is remembered as taken, and rings from before it cost nothing', async () => {
  const { accept, ring, wallet, clock, calls, applied, reset } = await listedWalletIn(it);
  const all = await many(postingsMax + 20, () => accept());
  const rungAt = clock.now();
  await ring([wallet.id, ...all.map(nameOf)], rungAt);
  expect(applied).toEqual(idsOf(all));
  reset();
  await ring([wallet.id, ...all.slice(-20).map(nameOf)], rungAt);
  expect(calls).toEqual(nothing);
});

test('who was named before a turn was over is not read again once all is taken', async () => {
  const { accept, ring, wallet, clock, calls, applied, reset } = await listedWalletIn(it);
  const before = clock.now();
  const all = await many(3 * postingsMax, () => accept());
  clock.advance(walletTurnMs);
  await ring([wallet.id, ...all.map(nameOf)], before);
  await ring([wallet.id]);
  expect(applied).toEqual(idsOf(all));
  reset();
  clock.advance(20);
  await ring([wallet.id], before);
  expect(calls).toEqual(nothing);
});

test('a run that only ends holds reads once, also when a turn before it has read ahead', async () => {
  const { accept, ring, wallet, clock, calls, giveBack, handedOn, reset } =
    await listedWalletIn(it);
  const ends = await many(2, () => accept());
  await ring([wallet.id, ...ends.map(nameOf)]);
  for (const one of ends) await giveBack(one);
  const before = clock.now();
  await many(postingsMax + 20, () => accept());
  clock.advance(walletTurnMs);
  await ring([wallet.id], clock.now(), before);
  expect(handedOn()).toBe(1);
  reset();
  await ring(ends.map(({ id }) => heldIn(wallet.id, id)));
  expect(calls).toEqual({ ...nothing, items: 2, reads: 1, commits: 1 });
});

test('what came late has its entry in the inbox before the turn is over', async () => {
  const { accept, ring, wallet, clock, giveBack, handedOn, inbox } = await listedWalletIn(it);
  const ends = await many(postingsMax, () => accept());
  await ring([wallet.id, ...ends.map(nameOf)]);
  for (const one of ends) await giveBack(one);
  const before = clock.now();
  clock.advance(walletTurnMs);
  const late = await accept({ createdAt: at(before - 5_000) });
  const holds = ends.map(({ id }) => heldIn(wallet.id, id));
  await ring([wallet.id, nameOf(late), ...holds], clock.now(), before);
  expect([handedOn(), await inbox()]).toEqual([1, [late.id]]);
  await ring([wallet.id]);
  expect(await stageOf(late)).toBe('reserved');
});

test('what may not move now is not handed on', async () => {
  const { accept, ring, wallet, clock, giveBack, handedOn, suspend } = await listedWalletIn(it);
  const ends = await many(2, () => accept());
  await ring([wallet.id, ...ends.map(nameOf)]);
  for (const one of ends) await giveBack(one);
  await suspend('SUSPENDED');
  await many(postingsMax + 10, () => accept());
  const before = clock.now();
  clock.advance(walletTurnMs);
  for (const { id } of ends) await ring([wallet.id, heldIn(wallet.id, id)], clock.now(), before);
  expect(handedOn()).toBe(0);
  for (const one of ends) expect(await stageOf(one)).toBe('refunded');
});
