/** Asking the on-ramp to convert: a quote for each, which moves nothing, is saved as the intent, and that is sent (effect/effect.ts). */

import type { Guard } from '../breakers/breaker.ts';
import { quoting, transferring } from '../breakers/names.ts';
import { sendSaved } from '../effect/effect.ts';
import { all } from '../kernel/all.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import {
  onRampReviewMs,
  payoutAbovePercentMax,
  payoutBelowAlwaysCents,
  payoutBelowPercentMax,
} from '../kernel/limits.ts';
import { convertAtPar, type Minor, minor } from '../kernel/money.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import { firstSend } from '../store/send-record.ts';
import { commitGroups } from '../store/store.ts';
import type { Proof } from '../withdrawal/proof.ts';
import { inReview, retryOrRefund } from '../withdrawal/retry.ts';
import { type Failure, type In, moveTo } from '../withdrawal/withdrawal.ts';
import { type Converting, conversionEffect, type OnRampWorld, waiting } from './conversion.ts';
import { accountOf, waitForAccount } from './deposit.ts';

/** Takes a quote for each, saves the intent with it, and sends what was saved. */
export async function quoteAndSend(
  world: OnRampWorld,
  withdrawals: readonly In<'reserved' | 'converting'>[],
  earlier: ReadonlyMap<WithdrawalId, ConversionRecord>,
): Promise<void> {
  if (withdrawals.length === 0) return;
  const { clock, dice, gates } = world;
  const guard = await gates.begin(withdrawals.length, quoting, transferring);
  const later = withdrawals.slice(guard.allowed).map(
    (from): Intent => ({
      changes: [waiting(from, guard.until, clock.now(), dice)],
      send: null,
    }),
  );
  const begun = await all(
    withdrawals
      .slice(0, guard.allowed)
      .map((withdrawal) => intentFor(world, withdrawal, earlier.get(withdrawal.id), guard)),
  );
  const groups = [...begun, ...later];
  const made = await commitGroups(world.store, groups);
  await sendSaved(
    world,
    conversionEffect(world),
    made.flatMap(({ send }) => send ?? []),
  );
}

type Intent = { changes: Change[]; send: Converting | null };

async function intentFor(
  world: OnRampWorld,
  from: In<'reserved' | 'converting'>,
  earlier: ConversionRecord | undefined,
  guard: Guard,
): Promise<Intent> {
  const { onRamp, clock, dice, budget, payIn } = world;
  if (payIn === 'virtual-account' && (await accountOf(world, from.network)) === null)
    return { changes: [waitForAccount(from, world)], send: null };
  const recipient = await onRamp.recipient(from.network);
  const quote = recipient.ok ? await onRamp.quote(from.network, from.amount, payIn) : recipient;
  const now = clock.now();
  if (!recipient.ok || !quote.ok || !plausible(from, quote.value.payout)) {
    // An earlier request whose fate is not known: nothing may be given back, the next visit asks again.
    if (earlier !== undefined && earlier.refusedCode === null && earlier.sends > 0) {
      if (now - earlier.firstSentAt < onRampReviewMs) return { changes: [], send: null };
      const why = 'What became of the conversion is not known, and no other can be had.';
      const to = inReview(from, why, now);
      return { changes: [{ change: 'withdrawal', from, to }], send: null };
    }
    const refused = quote.ok || quote.refused;
    // It was not asked, or is taken to be ill: that counts against nobody.
    if (!refused && ('until' in quote || !guard.isWell)) {
      const until = 'until' in quote ? quote.until : guard.until;
      return { changes: [waiting(from, until, now, dice)], send: null };
    }
    const failure: Failure = {
      code: refused ? 'ON_RAMP_REJECTED' : 'RETRIES_EXHAUSTED',
      message: refused ? 'The on-ramp gave no usable quote.' : 'The on-ramp could not be reached.',
      retryable: !refused,
    };
    const code = earlier?.refusedCode ?? null;
    const proof: Proof = code === null ? { proof: 'never-sent' } : { proof: 'refused', code };
    const to = retryOrRefund(from, failure, proof, now, dice);
    return { changes: [{ change: 'withdrawal', from, to }], send: null };
  }
  if (!budget.allows({ calls: 1 })) return { changes: [], send: null };

  const { token, source, payout, fee, expiresAt } = quote.value;
  const effect: ConversionRecord = {
    kind: 'conversion',
    withdrawalId: from.id,
    version: (earlier?.version ?? 0) + 1,
    quoteNumber: (earlier?.quoteNumber ?? 0) + 1,
    quoteToken: token,
    quoteExpiresAt: expiresAt,
    recipientId: recipient.value,
    payIn,
    source,
    payout,
    fee,
    ...firstSend(now),
    quoteUsed: false,
    transferId: null,
  };
  const withdrawal: In<'converting'> =
    from.stage === 'converting'
      ? { ...from, version: from.version + 1, updatedAt: now, nextAttemptAt: null }
      : moveTo(from, 'converting', {}, now);
  const changes: Change[] = [
    { change: 'record', to: effect },
    { change: 'withdrawal', from, to: withdrawal },
  ];
  // A deposit needs no request: the next visit wires it (on-ramp/deposit.ts).
  return { changes, send: payIn === 'virtual-account' ? null : { withdrawal, effect } };
}

/** What was taken from the wallet, but for a little above and the usual fees below. */
export function plausible(withdrawal: In<'reserved' | 'converting'>, payout: Minor): boolean {
  const { amount, currency, asset } = withdrawal;
  const atPar = convertAtPar(amount, currency, asset);
  const small = convertAtPar(minor(payoutBelowAlwaysCents), 'USD', asset);
  const missing = atPar - payout;
  return (
    payout > 0n &&
    payout * 100n <= atPar * (100n + payoutAbovePercentMax) &&
    (missing <= small || missing * 100n <= atPar * payoutBelowPercentMax)
  );
}
