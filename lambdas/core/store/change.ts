/** What can be saved together: each change has its condition, and a list of changes is one transaction (`Store.commit`). */
import type { WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { Address, Network } from '../kernel/networks.ts';
import type { Place } from '../kernel/place.ts';
import type { Balance, Block } from '../ledger/ledger.ts';
import type { BalanceItem } from '../ledger/tail.ts';
import type { WalletTransaction } from '../ledger/wallet.ts';
import type { CounterChange } from '../withdrawal/counters.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { AskedCash } from './asked-cash.ts';
import type { PayoutAttempt, PayoutBatch } from './attempt.ts';
import type { ConversionRecord } from './conversion-record.ts';
import type { JournalRecord } from './journal-record.ts';
import type { ProposalRecord } from './proposal-record.ts';
import type { Lot, Payouts, Promised, Treasury } from './treasury.ts';
import type { WireRecord } from './wire-record.ts';

/** The record of an effect: what is asked of a provider, saved before it is asked. */
export type EffectRecord = ConversionRecord | JournalRecord | WireRecord;

/** The numbers of parts that stand in a wallet's item. */
export type ShardsOf = 'inboxShards' | 'listShards';

/** One write. A list of them is made as a whole or not at all. */
export type Change =
  /** Refused when the item is not at the version before `to`'s. */
  | { change: 'withdrawal'; from: Withdrawal; to: Withdrawal }
  | { change: 'transaction'; from: WalletTransaction; to: WalletTransaction }
  /** Refused when the wallet has a newer block; `active`: also when it is suspended. */
  | { change: 'balance'; to: BalanceItem; active?: true }
  /** Refused when the wallet is not ACTIVE; writes nothing. */
  | { change: 'wallet-active'; walletId: WalletId }
  /** Gives the wallet's inbox, or the list of its withdrawals, more parts. Refused when it has not `from` any more. */
  | { change: 'more-shards'; walletId: WalletId; of: ShardsOf; from: number; to: number }
  | CounterChange
  /** Refused in the same cases; writes at most up to where the list has been taken. */
  | { change: 'balance-unchanged'; balance: Balance; active?: true; takenUpTo?: Place }
  /** From now on withdrawals of the wallet need no entry in the inbox. */
  | { change: 'wallet-listed'; walletId: WalletId }
  /** Writes blocks that follow one another as a row. Refused when there is a row of the first of them. */
  | { change: 'blocks'; blocks: readonly Block[] }
  /** Refused when the record is not at the version before `to`'s; at version 1, when there is a record. */
  | { change: 'record'; to: EffectRecord }
  /** Refused when the proposal is not at the version before `to`'s; at version 1, when there is one. */
  | { change: 'proposal'; to: ProposalRecord }
  /** Refused when the sums are not at the version before `to`'s; at version 1, when there are some. */
  | { change: 'asked'; to: AskedCash }
  /** Lowers what was asked for; never refused. */
  | { change: 'asked-less'; accountId: string; walletId: WalletId; by: Minor }
  /** Refused when another withdrawal has claimed this on-ramp transfer. */
  | { change: 'claim'; transferId: string; withdrawalId: WithdrawalId; walletId: WalletId }
  /** Refused when the attempt exists. */
  | { change: 'attempt'; attempt: PayoutAttempt }
  /** Refused when the batch exists. */
  | { change: 'batch'; batch: PayoutBatch }
  /** Refused when the sequence's next number is not `from` any more (`null`: when the sequence is not new). */
  | { change: 'sequence'; sequence: Sequence; from: number | null; to: number }
  /** Binds an output of the treasury to the payout that spends it. Refused when it is bound, to whatever payout. */
  | { change: 'output'; network: Network; outpoint: string; withdrawalId: WithdrawalId }
  /**
   * Refused when more than `most` would be promised, or when a payment above `height` is taken off the sum already. It names `named`
   * beside the sum, and takes `moved` away from there, for a lot of the same transaction: refused when one of those is gone.
   */
  | ({ change: 'promise'; treasury: Treasury; by: bigint; most: bigint; height: number } & {
      named: Payouts;
      moved: Payouts;
    })
  /**
   * Takes `by` off the sum, and the names of `decided` from beside it. Refused when somebody else has taken something off since `from`
   * was read, or one of those names.
   */
  | ({ change: 'release'; treasury: Treasury; by: bigint; from: Promised; height: number } & {
      decided: Payouts;
    })
  /** Refused when the lot exists. */
  | { change: 'lot'; treasury: Treasury; lot: Lot }
  /** Deletes the lot. Refused when it is gone. */
  | { change: 'lot-done'; treasury: Treasury; lot: Lot };

/** Numbers that are given out in order, each once, by whoever `address` is on the network. */
export type Sequence = { network: Network; address: Address };
