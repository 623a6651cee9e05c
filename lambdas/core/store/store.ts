/** The port of the database that the steps share, and how they commit the changes of many withdrawals at once. */
import { all } from '../kernel/all.ts';
import type { OperationId, TransactionId, WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Place } from '../kernel/place.ts';
import type { Instant } from '../kernel/time.ts';
import type { BalanceItem } from '../ledger/tail.ts';
import type { Wallet, WalletTransaction } from '../ledger/wallet.ts';
import type { Counter } from '../withdrawal/counters.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { AskedCash } from './asked-cash.ts';
import type { PayoutAttempt, PayoutBatch } from './attempt.ts';
import type { Change, Sequence } from './change.ts';
import type { ConversionRecord } from './conversion-record.ts';
import type { JournalPurpose, JournalRecord } from './journal-record.ts';
import type { Lot, Promised, Treasury } from './treasury.ts';
import { chunksOf } from './weight.ts';
import type { WireRecord } from './wire-record.ts';

/**
 * Commits each group as a whole or not at all, many in one transaction. A group with a refused change is left out, for what
 * it was decided on is no longer true. Answers the groups that were committed.
 */
export async function commitGroups<G extends { changes: readonly Change[] }>(
  store: Store,
  groups: readonly G[],
): Promise<G[]> {
  // A single change is an update of its own, which costs half of one in a transaction (DynamoDB pricing, write units).
  const single = groups.filter(({ changes }) => changes.length === 1);
  const made = groups.filter(({ changes }) => changes.length === 0);
  if (single.length > 0) {
    const refused = new Set(await store.commitEach(single.flatMap(({ changes }) => changes)));
    made.push(...single.filter((_, index) => !refused.has(index)));
  }
  for (const chunk of chunksOf(groups.filter(({ changes }) => changes.length > 1))) {
    let rest = chunk;
    while (rest.length > 0) {
      const owners = rest.flatMap((group) => group.changes.map(() => group));
      const refused = await store.commit(rest.flatMap(({ changes }) => changes));
      if (refused.length === 0) {
        made.push(...rest);
        break;
      }
      const left = new Set(refused.map((index) => owners[index]));
      rest = rest.filter((group) => !left.has(group));
    }
  }
  return made;
}

/** Each with a commit of its own, side by side. */
export const commitsOfOne =
  (commit: Store['commit']): Store['commitEach'] =>
  async (changes) => {
    const refused = await all(
      changes.map(async (one, index) => ((await commit([one])).length === 0 ? [] : [index])),
    );
    return refused.flat();
  };

/** How old what is asked for may be, in milliseconds, and what else may be asked for soon, so that it had better come along, too. */
export type Travelling = { goodMs: number; with: readonly Sequence[] };

/** The port of withdrawals, wallets and effects. Reads are consistent where nothing else is said. */
export type Store = {
  /** Makes all changes or none. Answers the indexes of the refused ones; empty: all are made. */
  commit(changes: readonly Change[]): Promise<readonly number[]>;
  /** Makes each change by itself, whatever becomes of the others. Answers the indexes of the refused ones. */
  commitEach(changes: readonly Change[]): Promise<readonly number[]>;
  /**
   * Those that exist, as they are now, in no order. What only newer code can read is left out; where there is nothing else
   * it throws UnavailableError.
   */
  withdrawals(ids: readonly WithdrawalId[]): Promise<Withdrawal[]>;
  /**
   * As `withdrawals`, for who looks at them because of others: what only newer code can read is left out, or nobody, even where there is
   * nothing else. Sweep tells of those.
   */
  readable(ids: readonly WithdrawalId[]): Promise<Withdrawal[]>;
  transactions(ids: readonly TransactionId[]): Promise<WalletTransaction[]>;
  wallet(id: WalletId): Promise<{ wallet: Wallet; balance: BalanceItem } | null>;
  /** The wallet together with those of the operations that exist, in one read. */
  walletWith(id: WalletId, ids: readonly OperationId[]): Promise<WalletWith | null>;
  /**
   * The oldest operations in the first `shards` parts of the wallet's inbox, in order of acceptance; a moment old, so some may
   * wait no longer.
   */
  inbox(
    walletId: WalletId,
    shards: number,
    limit: number,
  ): Promise<{ id: OperationId; acceptedAt: Instant }[]>;
  /**
   * Of the first `shards` parts of the list of all withdrawals of the wallet, in order of creation: the oldest behind a place, or the
   * newest (`null`). It is a moment old, and has those that wait no longer.
   */
  accepted(
    walletId: WalletId,
    shards: number,
    after: Place | null,
    limit: number,
  ): Promise<{ id: WithdrawalId; acceptedAt: Instant }[]>;
  conversions(ids: readonly WithdrawalId[]): Promise<ConversionRecord[]>;
  journals(ids: readonly WithdrawalId[], purpose: JournalPurpose): Promise<JournalRecord[]>;
  /** What was ever asked of this account at the brokerage, by wallet. */
  asked(accountId: string): Promise<AskedCash[]>;
  /** One that was submitted alone. core/store/attempt.ts says which is a withdrawal's latest. */
  attempt(id: WithdrawalId, number: number): Promise<PayoutAttempt | null>;
  batch(id: string): Promise<PayoutBatch | null>;
  /**
   * The next number of the sequence; `null`: none was ever given out. With `travelling` it may be so old, and is only for who writes
   * it under the condition that it still is the next.
   */
  nextNumber(sequence: Sequence, travelling?: Travelling): Promise<number | null>;
  promised(treasury: Treasury): Promise<Promised>;
  /** The treasury's oldest lots. */
  lots(treasury: Treasury, limit: number): Promise<Lot[]>;
  /** The counter's sum, in the currency's smallest unit: 0 when nothing was counted. */
  counted(counter: Counter): Promise<bigint>;
};

/** A wallet and some of its operations, as they are now. */
export type WalletWith = {
  wallet: Wallet;
  balance: BalanceItem;
  withdrawals: readonly Withdrawal[];
  transactions: readonly WalletTransaction[];
  /** Those of them that only newer code can read, or nobody. */
  odd: readonly OperationId[];
};

/** The port of the rows about wires and claims. */
export type WireStore = {
  wires(wanted: readonly Pick<WireRecord, 'withdrawalId' | 'transferId'>[]): Promise<WireRecord[]>;
  /** The withdrawal that has claimed each of these transfers of the on-ramp; unclaimed ones are missing. */
  claims(transferIds: readonly string[]): Promise<ReadonlyMap<string, WithdrawalId>>;
};
