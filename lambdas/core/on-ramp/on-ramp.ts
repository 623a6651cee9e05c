/**
 * 3-on-ramp: USD becomes USDC in our treasury. What was never asked is asked (on-ramp/quote.ts); what was asked before
 * is followed, and a lost answer is looked up, never simply repeated.
 */

import { reading } from '../breakers/names.ts';
import { lookUpAndSend } from '../effect/effect.ts';
import { expired } from '../effect/verdict.ts';
import { all } from '../kernel/all.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Change } from '../store/change.ts';
import { commitGroups } from '../store/store.ts';
import { inReview } from '../withdrawal/retry.ts';
import { type In, moveTo, needsOnRamp, type Withdrawal } from '../withdrawal/withdrawal.ts';
import {
  type Converting,
  conversionEffect,
  type OnRampWorld,
  withoutTransfer,
} from './conversion.ts';
import { convertByDeposit } from './deposit.ts';
import { exchangeQuotes } from './exchange.ts';
import { plausible, quoteAndSend } from './quote.ts';
import { payByWire, type Unpaid } from './wire.ts';

export const makeOnRamp =
  (world: OnRampWorld) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const now = world.clock.now();
    const due = (await world.store.withdrawals(ids)).filter(
      ({ nextAttemptAt }) => nextAttemptAt === null || nextAttemptAt <= now,
    );
    const reserved = due
      .filter((one): one is In<'reserved'> => one.stage === 'reserved')
      .filter(needsOnRamp);
    const underway = due.filter((one): one is In<'converting'> => one.stage === 'converting');
    if (reserved.length + underway.length === 0) return;
    await world.gates.during(() =>
      all([
        quoteAndSend(
          world,
          reserved.filter(({ takeUps }) => takeUps === 0),
          new Map(),
        ),
        startAgain(
          world,
          reserved.filter(({ takeUps }) => takeUps > 0),
        ),
        resume(world, underway),
      ]),
    );
  };

/** Taken up by the client: what was asked of the on-ramp in an earlier round is followed first, never asked twice. */
async function startAgain(world: OnRampWorld, reserved: readonly In<'reserved'>[]): Promise<void> {
  if (reserved.length === 0) return;
  const asked = new Set(
    (await world.store.conversions(reserved.map(({ id }) => id))).map((one) => one.withdrawalId),
  );
  const now = world.clock.now();
  const groups = reserved
    .filter(({ id }) => asked.has(id))
    .map((from) => {
      const to = moveTo(from, 'converting', {}, now);
      return { to, changes: [{ change: 'withdrawal', from, to } satisfies Change] };
    });
  const moved = await commitGroups(world.store, groups);
  const never = reserved.filter(({ id }) => !asked.has(id));
  await all([
    quoteAndSend(world, never, new Map()),
    resume(
      world,
      moved.map(({ to }) => to),
    ),
  ]);
}

/** Visits those that were sent before: asks for the transfer, or looks for one whose answer was lost. */
async function resume(world: OnRampWorld, underway: readonly In<'converting'>[]): Promise<void> {
  // A question that may not be asked now is asked when sweep rings again: nothing is lost by it.
  if (underway.length === 0) return;
  const { allowed } = await world.gates.begin(underway.length, reading);
  const withdrawals = underway.slice(0, allowed);
  const effects = await world.store.conversions(withdrawals.map(({ id }) => id));
  const byId = new Map(effects.map((effect) => [effect.withdrawalId, effect]));
  const requote: In<'converting'>[] = [];
  const lost: Converting[] = [];
  const unpaid: Unpaid[] = [];
  const deposits: Converting[] = [];
  const groups = await all(
    withdrawals.map(async (withdrawal): Promise<{ changes: Change[] }> => {
      const effect = byId.get(withdrawal.id);
      if (effect === undefined) throw new Error(`${withdrawal.id} is converting without an effect`);
      if (effect.transferId !== null)
        return { changes: await follow(world, { withdrawal, effect }, effect.transferId, unpaid) };
      if (effect.refusedCode !== null) requote.push(withdrawal);
      else if (effect.payIn === 'virtual-account') deposits.push({ withdrawal, effect });
      else lost.push({ withdrawal, effect });
      return { changes: [] };
    }),
  );
  await commitGroups(world.store, groups);
  await payByWire(world, unpaid);
  const claimed = await convertByDeposit(world, deposits);
  const found = claimed.map(async ({ transferId, ...one }) => ({
    changes: await follow(world, one, transferId, []),
  }));
  await commitGroups(world.store, await all(found));
  const ended = await lookUpAndSend(world, conversionEffect(world), lost);
  for (const { item, end } of ended)
    if (end.is === 'not-made' && end.code === expired) requote.push(item.withdrawal);
  const stranded = ended.flatMap(({ item, end }) => (end.is === 'waiting' ? [item] : []));
  await lookUpAndSend(world, conversionEffect(world), await exchangeQuotes(world, stranded));
  await quoteAndSend(world, requote, byId);
}

/** What became of a known transfer. */
async function follow(
  { onRamp, clock, dice }: OnRampWorld,
  { withdrawal: from, effect }: Converting,
  transferId: string,
  unpaid: Unpaid[],
): Promise<Change[]> {
  const answer = await onRamp.status(transferId);
  if (!answer.ok) return []; // A question may be asked again at any time: sweep does.
  const { state, payout, fee, returned } = answer.value;
  const now = clock.now();
  const review = (why: string): Change[] => [
    { change: 'withdrawal', from, to: inReview(from, why, now) },
  ];
  switch (state) {
    case 'awaiting-funds':
      if (effect.payIn === 'wire')
        unpaid.push({ withdrawal: from, effect, transfer: answer.value });
      return [];
    case 'pending':
    case 'held':
    case 'returning':
    case 'unknown':
      return [];
    case 'paid': {
      // What a deposit buys was quoted to nobody.
      const isRight =
        effect.payIn === 'virtual-account' ? plausible(from, payout) : payout === effect.payout;
      if (!isRight || fee >= from.amount)
        return review('The on-ramp paid another amount than it quoted.');
      const to: Withdrawal = moveTo(from, 'converted', { payout, fee }, now);
      return [{ change: 'withdrawal', from, to }];
    }
    case 'returned': {
      if (returned === null)
        return review('The on-ramp gave the money back and does not say how much of it.');
      if (returned < effect.source) return review('The on-ramp gave back less than it had taken.');
      // No USDC will come of it, and the dollars are back: it is as if it had been refused.
      const message = 'The on-ramp gave the money back.';
      return withoutTransfer({ withdrawal: from, effect }, 'returned', message, now, dice);
    }
    case 'failed':
      return review('The on-ramp did not complete the transfer.');
    default:
      return state satisfies never;
  }
}
