/** INV-O1, O5: a wallet's operations are applied in the order in which they were accepted, and judged by the balance then. */
import { before } from './books.ts';
import type { Fault, Invariant, Seen } from './invariant.ts';
import type { Commit } from './news.ts';
import type { Transaction, Withdrawal } from './rows.ts';

/** Two that were accepted side by side have no order: the first was there before the second was even begun. */
const outOfOrder = ({ audit }: Seen): Fault[] =>
  [...audit.applied].flatMap(([wallet, applied]) =>
    applied.flatMap((one, index) => {
      const thereAt = audit.movedAt.get(`${one.id} requested`) ?? one.acceptedAt;
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
  // Without a block the balance stayed as it was.
  let available = (commit.steps[0]?.before ?? audit.folds.get(walletId))?.available ?? 0n;
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
