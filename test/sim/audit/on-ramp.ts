/** INV-X4: one conversion for each withdrawal, and none without its dollars. */
import type { Fault, Invariant, Seen } from './invariant.ts';
import type { Transfer } from './news.ts';
import type { Withdrawal } from './rows.ts';
import { isSigned } from './stages.ts';
import { doubled } from './wires.ts';

/** Dollars were taken for it, and are not back. */
export const isConsuming = ({ consumed, refundedCents, sourceCents }: Transfer): boolean =>
  consumed && refundedCents < sourceCents;

/** Whether the on-ramp has nothing of this withdrawal: neither by its claims nor by its quotes. */
export function isUnwound({ audit, truth }: Seen, withdrawalId: string): boolean {
  return !truth.onRamp.transfers.some((transfer) => {
    if (!isConsuming(transfer)) return false;
    const claimed = audit.claims.get(transfer.id);
    // Equal transfers stand in for each other: what another one has claimed is another one's.
    const owner = claimed ?? audit.byQuote.get(transfer.quoteToken)?.withdrawalId;
    return owner === withdrawalId;
  });
}

/** The transfers that this withdrawal has claimed and that are not undone. */
export const conversionsOf = ({ audit, truth }: Seen, withdrawalId: string): Transfer[] =>
  truth.onRamp.transfers.filter(
    (one) => audit.claims.get(one.id) === withdrawalId && isConsuming(one),
  );

const byClaim = ({ audit, truth }: Seen): Fault[] => {
  const first = new Map<string, string>();
  return truth.onRamp.transfers.filter(isConsuming).flatMap(({ id }): Fault[] => {
    const owner = audit.claims.get(id);
    if (owner === undefined) return [];
    const other = first.get(owner);
    first.set(owner, id);
    return other === undefined
      ? []
      : [{ subject: owner, detail: `converted by ${other} and ${id}` }];
  });
};

/** By amount alone: no more conversions than withdrawals that asked for one. */
const byCount = (seen: Seen): Fault[] => {
  const { audit, truth } = seen;
  const asked = new Map<bigint, number>();
  for (const { withdrawalId } of audit.conversions.values()) {
    const cents = audit.withdrawals.get(withdrawalId)?.amount ?? 0n;
    asked.set(cents, (asked.get(cents) ?? 0) + 1);
  }
  // A request for a wire that was carried out twice on its way brings a deposit too many.
  for (const { cents } of [...doubled(seen).values()].flat())
    asked.set(cents, (asked.get(cents) ?? 0) + 1);
  const made = new Map<bigint, number>();
  for (const one of truth.onRamp.transfers)
    if (isConsuming(one)) made.set(one.sourceCents, (made.get(one.sourceCents) ?? 0) + 1);
  return [...made].flatMap(([cents, count]) => {
    const most = asked.get(cents) ?? 0;
    const detail = `${count} conversions of ${cents} cents for ${most} withdrawals`;
    return count > most ? [{ subject: 'on-ramp', detail }] : [];
  });
};

/** What a deposit makes nobody asks for: it is asked for by its wire (INV-X14, X15). */
const unasked = ({ audit, news }: Seen): Fault[] =>
  news.transfers.flatMap(({ id, quoteToken, sourceCents, accountId, afterWrites }) => {
    if (accountId !== null) return [];
    const saved = audit.byQuote.get(quoteToken);
    const before = afterWrites ?? Number.MAX_SAFE_INTEGER;
    if (saved === undefined || saved.sends < 1 || saved.index >= before)
      return [{ subject: id, detail: 'made of a quote that nobody had saved before' }];
    const { amount } = audit.withdrawals.get(saved.withdrawalId) ?? {};
    return amount === sourceCents
      ? []
      : [
          {
            subject: saved.withdrawalId,
            detail: `${id} is of ${sourceCents}, not ${amount} cents`,
          },
        ];
  });

const reclaimed = ({ news }: Seen): Fault[] =>
  news.commits.flatMap((commit) =>
    commit.claims.flatMap(({ before, after }) =>
      before !== null && after?.withdrawalId !== before.withdrawalId
        ? [{ subject: before.transferId, detail: `${before.withdrawalId}'s claim was taken away` }]
        : [],
    ),
  );

/** `converted` is said only of what the on-ramp has really paid out. */
const tooEarly = (seen: Seen): Fault[] =>
  seen.news.commits.flatMap((commit) =>
    commit.withdrawals.flatMap(({ before, after }) => {
      if (before?.stage !== 'converting' || after?.stage !== 'converted') return [];
      const paid = conversionsOf(seen, after.id).some(({ paidBy }) => paidBy !== null);
      return paid ? [] : [{ subject: after.id, detail: 'converted without a paid transfer' }];
    }),
  );

/** Everything that was signed stands on one transfer that brought the treasury just as much. */
function fundingFaults(seen: Seen, withdrawal: Withdrawal): Fault[] {
  const { audit, truth, expectations } = seen;
  const { id: subject, currency, asset, payout, network } = withdrawal;
  if (currency === asset || !isSigned(withdrawal)) return [];
  const [transfer] = conversionsOf(seen, subject);
  if (transfer === undefined) return [{ subject, detail: 'signed without a conversion' }];
  // Whatever came: nobody is owed anything else than what the on-ramp said.
  const said = [transfer.payoutMicros, audit.conversions.get(subject)?.payout];
  const isExcused = expectations.exceptions.get(subject) === 'on-ramp-short';
  if (isExcused && said.includes(payout ?? 0n)) return [];
  const chain = truth.chains.find((one) => one.network === network);
  const treasuries = chain?.treasuries.map((one) => one.toLowerCase()) ?? [];
  const came = chain?.transfers.find(
    ({ txHash, to }) => txHash === transfer.paidBy && treasuries.includes(to.toLowerCase()),
  );
  const detail = `signed for ${payout}; ${transfer.id} paid ${transfer.payoutMicros}, and ${came?.micros ?? 'nothing'} came`;
  return transfer.payoutMicros === payout && came?.micros === payout ? [] : [{ subject, detail }];
}

const sharedReceipts = ({ truth }: Seen): Fault[] => {
  const first = new Map<string, string>();
  return truth.onRamp.transfers.flatMap(({ id, paidBy }) => {
    if (paidBy === null) return [];
    const other = first.get(paidBy);
    first.set(paidBy, id);
    return other === undefined ? [] : [{ subject: id, detail: `${paidBy} paid ${other} as well` }];
  });
};

const isTouched = ({ isWhole, news: { changed, commits } }: Seen): boolean =>
  isWhole ||
  changed.onRamp ||
  commits.some(({ claims, conversions }) => claims.length + conversions.length > 0);

const anyTime = (seen: Seen): Fault[] => [
  ...(isTouched(seen) ? [...byClaim(seen), ...byCount(seen)] : []),
  ...unasked(seen),
  ...reclaimed(seen),
  ...tooEarly(seen),
];

export const convertedOnce: Invariant = {
  id: 'INV-X4',
  says: 'A withdrawal has at most one conversion that took dollars and did not give them back, made of a quote that was saved first; what was signed stands on one.',
  event: anyTime,
  quiescent: (seen) => [
    ...anyTime(seen),
    ...seen.withdrawals.flatMap((one) => fundingFaults(seen, one)),
    ...sharedReceipts(seen),
  ],
  ghosts: anyTime,
};
