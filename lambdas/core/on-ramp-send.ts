/**
 * Asking the on-ramp to convert. It has no idempotency key, so the order is everything: a quote (moves nothing), the
 * saved intent, then the one call, then the record of what was said.
 */
import { all } from './all.ts';
import { commitGroups } from './commit.ts';
import type { Guards } from './guards.ts';
import type { Instant, WithdrawalId } from './ids.ts';
import { callTimeoutMs, onRampReviewMs, payoutAbovePercentMax, recordReserveMs } from './limits.ts';
import { convertAtPar, type Minor } from './money.ts';
import type { OnRampEffect } from './on-ramp-effect.ts';
import { quoting, transferring } from './on-ramp-guards.ts';
import type { Budget, Change, Clock, Dice, OnRamp, Store } from './ports.ts';
import { retryOrRefund, waitFor } from './retry.ts';
import { type Failure, type In, moveTo } from './withdrawal.ts';

export type Converting = { withdrawal: In<'converting'>; effect: OnRampEffect };
export type OnRampWorld = {
  store: Store;
  onRamp: OnRamp;
  clock: Clock;
  dice: Dice;
  budget: Budget;
  guards: Guards;
};

/** Takes a quote for each, saves the intent with it, and sends what was saved. */
export async function quoteAndSend(
  world: OnRampWorld,
  withdrawals: readonly In<'reserved' | 'converting'>[],
  earlier: ReadonlyMap<WithdrawalId, OnRampEffect>,
): Promise<void> {
  if (withdrawals.length === 0) return;
  const { clock, dice, guards } = world;
  const guard = guards.begin(withdrawals.length, quoting, transferring);
  const later = withdrawals.slice(guard.allowed).map((from): Intent => {
    const to = waitFor(from, guard.until, clock.now(), dice);
    return { changes: [{ change: 'withdrawal', from, to }], send: null };
  });
  const begun = await all(
    withdrawals
      .slice(0, guard.allowed)
      .map((withdrawal) => intentFor(world, withdrawal, earlier.get(withdrawal.id), guard)),
  );
  const groups = [...begun, ...later];
  const made = await commitGroups(world.store, groups);
  await sendAll(
    world,
    made.flatMap(({ send }) => send ?? []),
  );
}

type Intent = { changes: Change[]; send: Converting | null };

async function intentFor(
  { onRamp, clock, dice, budget }: OnRampWorld,
  from: In<'reserved' | 'converting'>,
  earlier: OnRampEffect | undefined,
  { isWell, until }: { isWell: boolean; until: Instant },
): Promise<Intent> {
  const recipient = await onRamp.recipient(from.network);
  const quote = recipient.ok ? await onRamp.quote(from.network, from.amount, 'ach') : recipient;
  const now = clock.now();
  if (!recipient.ok || !quote.ok || !plausible(from, quote.value.payout)) {
    // An earlier request whose fate is not known: nothing may be given back, the next visit asks again.
    if (earlier !== undefined && earlier.refusedCode === null) {
      if (now - earlier.firstSentAt < onRampReviewMs) return { changes: [], send: null };
      const message = 'What became of the conversion is not known, and no other can be had.';
      const unknown: Failure = { code: 'OUTCOME_UNKNOWN', message, retryable: false };
      const facts = { failure: unknown, heldFrom: from.stage } as const;
      const to = moveTo(from, 'review', facts, now, message);
      return { changes: [{ change: 'withdrawal', from, to }], send: null };
    }
    const why = quote.ok ? `implausible quote: ${quote.value.payout}` : quote.why;
    const refused = quote.ok || quote.refused;
    if (!refused && !isWell) {
      const to = waitFor(from, until, now, dice);
      return { changes: [{ change: 'withdrawal', from, to }], send: null };
    }
    const failure: Failure = {
      code: refused ? 'ON_RAMP_REJECTED' : 'RETRIES_EXHAUSTED',
      message: refused ? 'The on-ramp gave no usable quote.' : 'The on-ramp could not be reached.',
      retryable: !refused,
    };
    const proof =
      from.stage === 'reserved'
        ? ({ proof: 'never-sent' } as const)
        : ({ proof: 'refused', code: earlier?.refusedCode ?? why } as const);
    const to = retryOrRefund(from, failure, proof, now, dice);
    return { changes: [{ change: 'withdrawal', from, to }], send: null };
  }
  if (budget.remainingMs() < callTimeoutMs + recordReserveMs) return { changes: [], send: null };

  const { token, source, payout, fee, expiresAt } = quote.value;
  const effect: OnRampEffect = {
    withdrawalId: from.id,
    version: (earlier?.version ?? 0) + 1,
    quoteNumber: (earlier?.quoteNumber ?? 0) + 1,
    quoteToken: token,
    quoteExpiresAt: expiresAt,
    recipientId: recipient.value,
    source,
    payout,
    fee,
    sends: 1,
    firstSentAt: now,
    lastSentAt: now,
    refusedCode: null,
    transferId: null,
  };
  const withdrawal: In<'converting'> =
    from.stage === 'converting'
      ? { ...from, version: from.version + 1, updatedAt: now, nextAttemptAt: null }
      : moveTo(from, 'converting', {}, now);
  const changes: Change[] = [
    { change: 'effect', to: effect },
    { change: 'withdrawal', from, to: withdrawal },
  ];
  return { changes, send: { withdrawal, effect } };
}

/** Hands each saved quote to the provider once, then records what it said. */
export async function sendAll(world: OnRampWorld, saved: readonly Converting[]): Promise<void> {
  const groups = await all(
    saved.map(async ({ withdrawal, effect }): Promise<{ changes: Change[] }> => {
      const reply = await world.onRamp.transfer(effect.quoteToken, effect.recipientId);
      switch (reply.outcome) {
        case 'APPLIED':
          return { changes: claim({ withdrawal, effect }, reply.value.id) };
        case 'NOT_APPLIED':
          return { changes: refused(world, withdrawal, effect, reply.code) };
        case 'UNKNOWN':
          return { changes: [] }; // Recorded as sent already. The next visit looks it up.
        default:
          return reply satisfies never;
      }
    }),
  );
  await commitGroups(world.store, groups);
}

/** The provider's transfer is this withdrawal's and nobody else's. */
export const claim = ({ withdrawal, effect }: Converting, transferId: string): Change[] => [
  { change: 'claim', transferId, withdrawalId: withdrawal.id, walletId: withdrawal.walletId },
  { change: 'effect', to: { ...effect, version: effect.version + 1, transferId } },
];

/** A definite no. To the only send it means that nothing was made; to a repetition, only that the quote is used up. */
function refused(
  { clock, dice }: OnRampWorld,
  withdrawal: In<'converting'>,
  effect: OnRampEffect,
  code: string,
): Change[] {
  const now = clock.now();
  const next = { ...effect, version: effect.version + 1 };
  if (effect.sends > 1) return [{ change: 'effect', to: { ...next, quoteExpiresAt: now } }];
  const failure: Failure = {
    code: 'ON_RAMP_REJECTED',
    message: 'The on-ramp refused the transfer.',
    retryable: true,
  };
  const to = retryOrRefund(withdrawal, failure, { proof: 'refused', code }, now, dice);
  return [
    { change: 'effect', to: { ...next, refusedCode: code } },
    { change: 'withdrawal', from: withdrawal, to },
  ];
}

/** More than nothing, and not more than was taken from the wallet, but for a little. */
export function plausible(withdrawal: In<'reserved' | 'converting'>, payout: Minor): boolean {
  const atPar = convertAtPar(withdrawal.amount, withdrawal.currency, withdrawal.asset);
  return payout > 0n && payout * 100n <= atPar * (100n + payoutAbovePercentMax);
}
