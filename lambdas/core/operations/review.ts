/**
 * What two people may do about a withdrawal in REVIEW: resume it, so that its step asks again; or refund it, if no payout was
 * ever signed and they attest what became of it. Neither moves money by itself. core/operations/four-eyes.ts sees to the two.
 * They may also refund what has stood for long because a provider leaves open what becomes of it: nothing else would ever end that.
 */
import type { WithdrawalId } from '../kernel/ids.ts';
import { journalProofMs, onRampProofMs, wireProofMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import { payInModes } from '../on-ramp/pay-in.ts';
import { latestAttempt } from '../store/attempt.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import type { JournalRecord } from '../store/journal-record.ts';
import type { Store, WireStore } from '../store/store.ts';
import type { WireRecord } from '../store/wire-record.ts';
import { backTo, byClient } from '../withdrawal/endings.ts';
import type { Proof } from '../withdrawal/proof.ts';
import { inStageSince } from '../withdrawal/timeline.ts';
import {
  type Failure,
  type In,
  moveTo,
  type Stage,
  stages,
  type Withdrawal,
} from '../withdrawal/withdrawal.ts';
import { endableAfterMs } from './limits.ts';
import type { Principal } from './principal.ts';

/** Everything that is recorded of a withdrawal. */
export type Evidence = {
  withdrawal: Withdrawal;
  onRamp: ConversionRecord | null;
  journals: readonly JournalRecord[];
  /** The wires to the on-ramp for its present transfer. */
  wires: readonly WireRecord[];
  /** Whether a payout attempt is saved. */
  attempt: boolean;
};
/** Two people, and what they say became of the withdrawal. */
export type Attestation = { by: readonly [Principal, Principal]; note: string };
export type Refused = { refused: string };

/** Reads the withdrawal first: a payout attempt is saved in one write with it, so none that it names is missed. */
export async function evidenceOf(
  store: Store & WireStore,
  id: WithdrawalId,
): Promise<Evidence | null> {
  const [withdrawal] = await store.withdrawals([id]);
  if (withdrawal === undefined) return null;
  const known = 'attempts' in withdrawal ? withdrawal.attempts : undefined;
  const [[onRamp = null], debits, returns, attempt] = await Promise.all([
    store.conversions([id]),
    store.journals([id], 'debit'),
    store.journals([id], 'return'),
    latestAttempt(store, { ...withdrawal, attempts: known ?? 1 }),
  ]);
  const transferId = onRamp && payInModes[onRamp.payIn].wiredFor(onRamp);
  const wires = transferId === null ? [] : await store.wires([{ withdrawalId: id, transferId }]);
  const journals = [...debits, ...returns];
  return { withdrawal, onRamp, journals, wires, attempt: attempt !== null };
}

const notInReview = ({ stage }: Withdrawal): Refused => ({
  refused: `It is not in REVIEW, it is ${stage}.`,
});

/** The step that asks again needs the record of what it asked before: nothing is ever begun anew. */
function whyNotResumed(held: In<'review'>, { onRamp, journals, attempt }: Evidence): string | null {
  const isDebited = journals.some(({ purpose }) => purpose === 'debit');
  switch (held.heldFrom) {
    case 'debiting':
      return isDebited ? null : 'The journal that it waits for is not on record.';
    case 'converting':
      return onRamp === null ? 'What was asked of the on-ramp is not on record.' : null;
    case 'converted':
      if (attempt || held.attempts !== undefined) return 'It was converted only, and has a payout.';
      return held.payout === undefined ? 'What it is to be paid is not on record.' : null;
    case 'broadcast':
      return attempt && held.attempts !== undefined ? null : 'Its signed payout is not on record.';
    case 'refunding':
      return held.refundFor === undefined || held.proof === undefined
        ? 'What its money is given back for is not on record.'
        : null;
    case 'requested':
    case 'reserved':
    case 'signed':
    case 'confirmed':
    case 'settled':
    case 'refunded':
    case 'rejected':
    case 'cancelled':
    case 'review':
      return `No step asks again for what was ${held.heldFrom}.`;
    default:
      return held.heldFrom satisfies never;
  }
}

const wasSigned =
  'A payout was signed. Only the chain can say that it was not paid, nobody can attest it.';

function whyNotRefunded(held: In<'review'>, evidence: Evidence, now: Instant): string | null {
  if (evidence.attempt || held.attempts !== undefined) return wasSigned;
  const { heldFrom } = held;
  if (heldFrom === 'refunding') return 'Its money is being given back already: resume it.';
  if (heldFrom !== 'debiting' && heldFrom !== 'converting' && heldFrom !== 'converted')
    return `There is nothing to be given back of what was ${heldFrom}.`;
  return whyNotYet(evidence, now);
}

/** What was asked of others, and may still be carried out though nobody sees it. */
function whyNotYet({ onRamp, journals, wires }: Evidence, now: Instant): string | null {
  const until = Math.max(
    ...journals.map(({ lastSentAt }) => lastSentAt + journalProofMs),
    ...wires.map(({ lastSentAt }) => lastSentAt + wireProofMs),
    onRamp === null ? 0 : onRamp.lastSentAt + onRampProofMs,
  );
  return now < until
    ? `What was sent may still take effect. Look again after ${new Date(until).toISOString()}.`
    : null;
}

/** The stages in which a withdrawal waits for a provider's word, which may never come. */
export type Standing = In<'debiting' | 'converting'>;
export const isStanding = (withdrawal: Withdrawal): withdrawal is Standing =>
  withdrawal.stage === 'debiting' || withdrawal.stage === 'converting';

/**
 * Its step goes on asking until they have decided. What the on-ramp says that it has paid is on the chain or goes to REVIEW, so
 * there is nothing to attest.
 */
function whyNotEnded(standing: Standing, evidence: Evidence, now: Instant): string | null {
  const { stage, history, createdAt } = standing;
  if (evidence.attempt) return wasSigned;
  const since = inStageSince(history) ?? createdAt;
  if (now < since + endableAfterMs)
    return `It is not in REVIEW, it is ${stage}, and not for long. Look again after ${new Date(since + endableAfterMs).toISOString()}.`;
  if (evidence.onRamp?.lastSaid === 'paid')
    return 'The on-ramp says that it has paid: its payment is looked for on the chain.';
  return whyNotYet(evidence, now);
}

/** The withdrawal, back in its stage. Its step looks first, and sends nothing again that may have been carried out. */
export function resumed(
  evidence: Evidence,
  { note }: Attestation,
  now: Instant,
  dueAfterMs: number,
): Withdrawal | Refused {
  const { withdrawal } = evidence;
  if (withdrawal.stage !== 'review') return notInReview(withdrawal);
  const refused = whyNotResumed(withdrawal, evidence);
  if (refused !== null) return { refused };
  const { failure, heldFrom, ...held } = withdrawal;
  const to = backTo(heldFrom, held, now, 'Taken up again after a review.');
  return asked(to, note, now, dueAfterMs);
}

/**
 * The withdrawal on its way to be refunded; the same write closes the payout barrier, so none can be signed from here on. A
 * withdrawal that waited for its journal holds nothing in our ledger, so it ends at once.
 */
export function refunded(
  evidence: Evidence,
  attestation: Attestation,
  now: Instant,
  dueAfterMs: number,
): Withdrawal | Refused {
  const { withdrawal } = evidence;
  if (isStanding(withdrawal)) {
    const refused = whyNotEnded(withdrawal, evidence, now);
    return refused === null
      ? endedBy(attestation, withdrawal, withdrawal.stage, now, dueAfterMs)
      : { refused };
  }
  if (withdrawal.stage !== 'review') return notInReview(withdrawal);
  const refused = whyNotRefunded(withdrawal, evidence, now);
  if (refused !== null) return { refused };
  const { failure: _, heldFrom, ...held } = withdrawal;
  return endedBy(attestation, held, heldFrom, now, dueAfterMs);
}

function endedBy(
  { by, note }: Attestation,
  held: Standing | Omit<In<'review'>, 'failure' | 'heldFrom'>,
  heldFrom: Stage,
  now: Instant,
  dueAfterMs: number,
): Withdrawal {
  const proof: Proof = { proof: 'attested', by, note };
  const detail = 'Ended after a review.';
  if (heldFrom !== 'debiting') {
    const failure = ended('ON_RAMP_REJECTED', 'The money is given back after a review.');
    const to = moveTo(held, 'refunding', { failure, proof }, now, detail);
    return asked(to, note, now, dueAfterMs);
  }
  const failure = ended('BROKERAGE_REJECTED', 'The brokerage did not make the journal.');
  const to: Withdrawal = held.cancelRequested
    ? moveTo(held, 'cancelled', { failure: byClient, proof }, now, detail)
    : moveTo(held, 'rejected', { failure, proof }, now, detail);
  return asked({ ...to, payoutBarrier: 'CLOSED' }, note, now, dueAfterMs);
}

export const ended = (code: Failure['code'], message: string): Failure => ({
  code,
  message,
  retryable: false,
});

/** Adds the reason to the last line of the timeline, and makes the withdrawal due if a step acts on it. */
export function asked(to: Withdrawal, note: string, now: Instant, dueAfterMs: number): Withdrawal {
  const history = to.history.map((line, index) =>
    index === to.history.length - 1 ? { ...line, note } : line,
  );
  const dueAt = stages[to.stage].step === null ? null : ((now + dueAfterMs) as Instant);
  return { ...to, history, dueAt };
}
