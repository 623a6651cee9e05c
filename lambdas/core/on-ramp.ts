/**
 * 3-on-ramp: USD becomes USDC in our treasury. What was never asked is asked (on-ramp-send.ts); what was asked before
 * is followed, and a lost answer is looked up, never simply repeated.
 */
import { all } from './all.ts';
import { commitGroups } from './commit.ts';
import type { Instant, WithdrawalId } from './ids.ts';
import {
  callTimeoutMs,
  onRampProofMs,
  onRampSettleMs,
  providerClockSkewMs,
  quoteMarginMs,
  recordReserveMs,
} from './limits.ts';
import type { OnRampEffect } from './on-ramp-effect.ts';
import { counted, onRampGuards, reading } from './on-ramp-guards.ts';
import {
  type Converting,
  claim,
  type OnRampWorld,
  plausible,
  quoteAndSend,
  sendAll,
} from './on-ramp-send.ts';
import type { Transfer } from './on-ramp-transfer.ts';
import type { Breakers, Change } from './ports.ts';
import { retryOrRefund } from './retry.ts';
import { type Failure, type In, moveTo, needsOnRamp, type Withdrawal } from './withdrawal.ts';

export const makeOnRamp =
  ({ breakers, ...given }: Omit<OnRampWorld, 'guards'> & { breakers: Breakers }) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const now = given.clock.now();
    const due = (await given.store.withdrawals(ids)).filter(
      ({ nextAttemptAt }) => nextAttemptAt === null || nextAttemptAt <= now,
    );
    const reserved = due
      .filter((one): one is In<'reserved'> => one.stage === 'reserved')
      .filter(needsOnRamp);
    const underway = due.filter((one): one is In<'converting'> => one.stage === 'converting');
    if (reserved.length + underway.length === 0) return;
    const guards = await onRampGuards(breakers, given.onRamp, given.clock);
    const world: OnRampWorld = { ...given, onRamp: counted(given.onRamp, guards), guards };
    try {
      await all([
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
      ]);
    } finally {
      await guards.report();
    }
  };

/** Taken up by the client: what was asked of the on-ramp in an earlier round is followed first, never asked twice. */
async function startAgain(world: OnRampWorld, reserved: readonly In<'reserved'>[]): Promise<void> {
  if (reserved.length === 0) return;
  const asked = new Set(
    (await world.store.effects(reserved.map(({ id }) => id))).map((one) => one.withdrawalId),
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
  const withdrawals = underway.slice(0, world.guards.begin(underway.length, reading).allowed);
  if (withdrawals.length === 0) return;
  const effects = await world.store.effects(withdrawals.map(({ id }) => id));
  const byId = new Map(effects.map((effect) => [effect.withdrawalId, effect]));
  const requote: In<'converting'>[] = [];
  const groups = await all(
    withdrawals.map(async (withdrawal): Promise<{ changes: Change[] }> => {
      const effect = byId.get(withdrawal.id);
      if (effect === undefined) throw new Error(`${withdrawal.id} is converting without an effect`);
      if (effect.transferId !== null)
        return { changes: await follow(world, { withdrawal, effect }, effect.transferId) };
      if (effect.refusedCode !== null) requote.push(withdrawal);
      else if ((await lookUp(world, { withdrawal, effect })) === 'quote-is-dead')
        requote.push(withdrawal);
      return { changes: [] };
    }),
  );
  await commitGroups(world.store, groups);
  await quoteAndSend(world, requote, byId);
}

/** What became of a known transfer. */
async function follow(
  { onRamp, clock, dice }: OnRampWorld,
  { withdrawal: from, effect }: Converting,
  transferId: string,
): Promise<Change[]> {
  const answer = await onRamp.status(transferId);
  if (!answer.ok) return []; // A question may be asked again at any time: sweep does.
  const { state, payout, fee, returned } = answer.value;
  const now = clock.now();
  const review = (message: string): Change[] => {
    const failure: Failure = { code: 'OUTCOME_UNKNOWN', message, retryable: false };
    const facts = { failure, heldFrom: from.stage } as const;
    return [{ change: 'withdrawal', from, to: moveTo(from, 'review', facts, now, message) }];
  };
  switch (state) {
    case 'awaiting-funds':
    case 'pending':
    case 'held':
    case 'returning':
    case 'unknown':
      return [];
    case 'paid': {
      if (!plausible(from, payout) || fee >= from.amount)
        return review('The on-ramp paid another amount than it quoted.');
      const to: Withdrawal = moveTo(from, 'converted', { payout, fee }, now);
      return [{ change: 'withdrawal', from, to }];
    }
    case 'returned': {
      if (returned !== null && returned < effect.source)
        return review('The on-ramp gave back less than it had taken.');
      // No USDC will come of it, and the dollars are back: it is as if it had been refused.
      const code = 'returned';
      const failure: Failure = {
        code: 'ON_RAMP_REJECTED',
        message: 'The on-ramp gave the money back.',
        retryable: true,
      };
      const to = retryOrRefund(from, failure, { proof: 'refused', code }, now, dice);
      const again = { ...effect, version: effect.version + 1, transferId: null, refusedCode: code };
      return [
        { change: 'effect', to: again },
        { change: 'withdrawal', from, to },
      ];
    }
    case 'failed':
      return review('The on-ramp did not complete the transfer.');
    default:
      return state satisfies never;
  }
}

/**
 * Looks for the transfer that a lost answer may have made, and claims it. Transfers of the same amount are alike, so
 * any one that is nobody's serves. When there is none: the same quote again while it lives (it makes one transfer at
 * most), and a new one only when the old one is dead and its time to appear is over.
 */
async function lookUp(
  world: OnRampWorld,
  { withdrawal, effect }: Converting,
): Promise<'waiting' | 'quote-is-dead'> {
  const { store, onRamp, clock, budget } = world;
  const now = clock.now();
  if (now < effect.lastSentAt + onRampSettleMs) return 'waiting';
  const from = (effect.firstSentAt - providerClockSkewMs) as Instant;
  const to = (effect.lastSentAt + callTimeoutMs + providerClockSkewMs) as Instant;
  const listed = await onRamp.transfersBetween(from, to);
  if (!listed.ok) return 'waiting';
  // One that was given back is nothing that a payout can be made of; one that failed is the last choice.
  const candidates = listed.value
    .filter((one) => matches(withdrawal, effect, one) && one.state !== 'returned')
    .sort((a, b) => Number(a.state === 'failed') - Number(b.state === 'failed'));
  for (const transfer of candidates) {
    if ((await store.commit(claim({ withdrawal, effect }, transfer.id))).length === 0)
      return 'waiting';
  }
  // Sent more than once: a refusal may mean that the first was taken, and that would be seen by then.
  const proofMs = effect.sends > 1 ? onRampProofMs : onRampSettleMs;
  if (now > effect.quoteExpiresAt + proofMs) return 'quote-is-dead';
  if (now > effect.quoteExpiresAt - quoteMarginMs) return 'waiting';
  if (budget.remainingMs() < callTimeoutMs + recordReserveMs) return 'waiting';
  const again: OnRampEffect = {
    ...effect,
    version: effect.version + 1,
    sends: effect.sends + 1,
    lastSentAt: now,
  };
  const [made] = await commitGroups(store, [{ changes: [{ change: 'effect', to: again }] }]);
  if (made !== undefined) await sendAll(world, [{ withdrawal, effect: again }]);
  return 'waiting';
}

const matches = (withdrawal: Withdrawal, effect: OnRampEffect, transfer: Transfer): boolean =>
  (transfer.rail === null || transfer.rail === withdrawal.network) &&
  transfer.source === effect.source &&
  transfer.payout === effect.payout &&
  (transfer.recipientId === null || transfer.recipientId === effect.recipientId);
