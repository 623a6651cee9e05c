/** What a scenario excuses, held against what the counterparty really did: an excuse without its deed is a violation. */
import { isAtBrokerage, journalsOf } from './brokerage.ts';
import type { Exception } from './expectations.ts';
import type { Fault, Invariant, Seen } from './invariant.ts';
import type { Withdrawal } from './rows.ts';

/** The stages in which each may end. */
const endings: Readonly<Record<Exception, readonly string[]>> = {
  'loss-after-payout': ['settled', 'review'],
  'debit-undone': ['review', 'rejected', 'cancelled', 'refunded'],
  'return-undone': ['refunded', 'cancelled', 'review'],
  'on-ramp-short': ['settled', 'review', 'refunded', 'cancelled'],
};

/** Whether the counterparty's own truth shows the deed. */
function happened(seen: Seen, withdrawal: Withdrawal, exception: Exception): boolean {
  const { id } = withdrawal;
  const { tampered } = journalsOf(seen, id);
  switch (exception) {
    case 'loss-after-payout':
      return isAtBrokerage(seen, withdrawal) && undoneAfterSigning(seen, id);
    case 'debit-undone':
      return isAtBrokerage(seen, withdrawal) && tampered.debit && !isSignedFor(seen, id);
    case 'return-undone':
      return isAtBrokerage(seen, withdrawal) && tampered.return && !isSignedFor(seen, id);
    case 'on-ramp-short':
      return cutShort(seen, withdrawal);
    default:
      return exception satisfies never;
  }
}

const isSignedFor = ({ audit }: Seen, id: string): boolean =>
  (audit.attempts.get(id)?.length ?? 0) > 0;

/** Only what was signed while its cash was still with us is a loss that nobody could have foreseen. */
function undoneAfterSigning(seen: Seen, id: string): boolean {
  const signedAt = seen.audit.attempts.get(id)?.[0]?.index;
  if (signedAt === undefined) return false;
  const undone = journalsOf(seen, id).debits.flatMap(
    (one) => seen.audit.undoneAt.get(one.id) ?? [],
  );
  return undone.some((index) => index > signedAt) && undone.every((index) => index > signedAt);
}

/** Less came, or less came back, than was said. */
function cutShort({ audit, truth }: Seen, { id, network }: Withdrawal): boolean {
  const chain = truth.chains.find((one) => one.network === network);
  const said = audit.conversions.get(id)?.payout;
  return truth.onRamp.transfers.some((one) => {
    const owner = audit.claims.get(one.id) ?? audit.byQuote.get(one.quoteToken)?.withdrawalId;
    if (owner !== id || !one.consumed) return false;
    const came = chain?.transfers.find(({ txHash }) => txHash === one.paidBy);
    const kept = one.refundedCents > 0n && one.refundedCents < one.sourceCents;
    const gone = one.paidBy === null && one.refundedCents < one.sourceCents;
    return kept || gone || one.payoutMicros !== said || (came?.micros ?? 0n) < one.payoutMicros;
  });
}

const check = (seen: Seen): Fault[] =>
  [...seen.expectations.exceptions].flatMap(([subject, exception]) => {
    const withdrawal = seen.audit.withdrawals.get(subject);
    if (withdrawal === undefined)
      return [{ subject, detail: `excused (${exception}) and not there` }];
    const { stage } = withdrawal;
    return [
      ...(endings[exception].includes(stage)
        ? []
        : [{ subject, detail: `excused (${exception}), but it is ${stage}` }]),
      ...(happened(seen, withdrawal, exception)
        ? []
        : [{ subject, detail: `excused (${exception}), but nobody did that` }]),
    ];
  });

export const excusesHaveDeeds: Invariant = {
  id: 'INV-E1',
  says: 'What a scenario excuses was really done by the counterparty, and the withdrawal ended as that allows.',
  quiescent: check,
  ghosts: check,
};
