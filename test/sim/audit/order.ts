/**
 * INV-O1, O5, O6: a wallet's operations are applied in the order in which they were accepted, and judged by the balance then,
 * also where that is the cash of an account at the brokerage.
 */
import { before } from './books.ts';
import { isAtBrokerage } from './brokerage.ts';
import type { Fault, Invariant, Seen } from './invariant.ts';
import type { Commit } from './news.ts';
import type { Transaction, Withdrawal } from './rows.ts';

/** Two that were accepted side by side have no order: the first was there before the second was even begun. */
const thereSince = ({ audit }: Seen, one: { id: string; acceptedAt: number }): number =>
  audit.movedAt.get(`${one.id} requested`) ?? one.acceptedAt;

const outOfOrder = (seen: Seen): Fault[] =>
  [...seen.audit.applied].flatMap(([wallet, applied]) =>
    applied.flatMap((one, index) => {
      const thereAt = thereSince(seen, one);
      const overtook = applied.slice(0, index).find(({ acceptedAt }) => thereAt < acceptedAt);
      const detail = `${one.id}, accepted at ${thereAt}, after ${overtook?.id}, accepted at ${overtook?.acceptedAt}`;
      return overtook === undefined ? [] : [{ subject: wallet, detail }];
    }),
  );

export const inOrder: Invariant = {
  id: 'INV-O1',
  says: "A wallet's withdrawals, credits and debits leave its inbox in the order of their acceptance, but for those that are cancelled in it.",
  quiescent: outOfOrder,
  ghosts: outOfOrder,
};

type Operation = { id: string; acceptedAt: number; kind: string; amount: bigint; applied: boolean };

const operationOf = (from: Withdrawal, to: Withdrawal): Operation[] =>
  from.stage === 'requested' && (to.stage === 'reserved' || to.stage === 'rejected')
    ? [
        {
          id: to.id,
          acceptedAt: from.acceptedAt,
          kind: 'HOLD',
          amount: to.amount,
          applied: to.stage === 'reserved',
        },
      ]
    : [];
const entryOf = (from: Transaction, { id, acceptedAt, type, amount, status }: Transaction) =>
  from.status === 'PENDING' && status !== 'PENDING'
    ? [{ id, acceptedAt, kind: type, amount, applied: status === 'PROCESSED' }]
    : [];

/** Applied one after the other to the balance before them: who should have had their way? */
function judge({ audit }: Seen, commit: Commit): Fault[] {
  const operations: Operation[] = [
    ...commit.withdrawals.flatMap((one) =>
      one.before && one.after ? operationOf(one.before, one.after) : [],
    ),
    ...commit.transactions.flatMap((one) =>
      one.before && one.after ? entryOf(one.before, one.after) : [],
    ),
  ].sort((a, b) => (before(a, b) ? -1 : 1));
  const [first] = operations;
  if (first === undefined) return [];
  const walletId =
    audit.withdrawals.get(first.id)?.walletId ?? audit.transactions.get(first.id)?.walletId ?? '';
  // Holds that are released in the same block come before whatever waits in the inbox.
  const released = commit.withdrawals
    .filter(
      ({ before: from, after: to }) => from?.stage === 'refunding' && to?.stage !== from.stage,
    )
    .reduce((sum, { after: to }) => sum + (to?.stage === 'review' ? 0n : (to?.amount ?? 0n)), 0n);
  // Without a block the balance stayed as it was.
  const balance = (commit.steps[0]?.before ?? audit.folds.get(walletId))?.available ?? 0n;
  let available = balance + released;
  const decimals = audit.wallets.get(walletId)?.currency === 'USD' ? 2 : 6;
  const most = 10n ** BigInt(18 + decimals) - 1n;
  return operations.flatMap(({ id: subject, kind, amount, applied }) => {
    const fits = kind === 'CREDIT' ? available + amount <= most : available >= amount;
    const detail = `${kind} of ${amount} with ${available} available: ${applied ? 'done' : 'refused'}`;
    if (applied) available += kind === 'CREDIT' ? amount : -amount;
    return fits === applied ? [] : [{ subject, detail }];
  });
}

const judged = (seen: Seen): Fault[] => seen.news.commits.flatMap((commit) => judge(seen, commit));

export const fairlyJudged: Invariant = {
  id: 'INV-O5',
  says: 'An operation is refused for want of money when, and only when, the balance that those before it left is too small.',
  event: judged,
  quiescent: judged,
  ghosts: judged,
};

/** What the account at the brokerage had before any journal moved anything. */
function firstCash({ truth }: Seen, account: string): bigint {
  const { cash, journals } = truth.brokerage;
  return journals.reduce((sum, { from, to, cents, moved }) => {
    if (!moved) return sum;
    return sum + (from === account ? cents : 0n) - (to === account ? cents : 0n);
  }, cash.get(account) ?? 0n);
}

/** Refused for want of cash, although there was enough without what those behind it have taken, and everybody else. */
const gaveWay = (seen: Seen, withdrawals: readonly Withdrawal[]): Fault[] =>
  withdrawals.flatMap((one) => {
    const isPoor = one.stage === 'rejected' && one.failure?.code === 'INSUFFICIENT_FUNDS';
    const account = seen.audit.wallets.get(one.walletId)?.account ?? null;
    if (!isPoor || account === null || !isAtBrokerage(seen, one)) return [];
    const isBehind = (id: string): boolean => {
      const other = seen.audit.withdrawals.get(id);
      return other?.walletId === one.walletId && thereSince(seen, one) < other.acceptedAt;
    };
    const taken = seen.truth.brokerage.journals
      .filter(({ from, id }) => from === account && seen.audit.everMoved.has(id))
      .filter(({ description }) => !isBehind(description))
      .reduce((sum, { cents }) => sum + cents, 0n);
    const left = firstCash(seen, account) - taken;
    const detail = `${one.amount} was refused with ${left} left by those before it`;
    return left < one.amount ? [] : [{ subject: one.id, detail }];
  });

export const nobodyGivesWay: Invariant = {
  id: 'INV-O6',
  says: 'No withdrawal is refused for want of cash at the brokerage that a later one of its wallet has taken.',
  event: (seen) =>
    gaveWay(
      seen,
      seen.news.commits.flatMap((commit) => commit.withdrawals.flatMap(({ after }) => after ?? [])),
    ),
  quiescent: (seen) => gaveWay(seen, [...seen.audit.withdrawals.values()]),
  ghosts: (seen) => gaveWay(seen, [...seen.audit.withdrawals.values()]),
};
