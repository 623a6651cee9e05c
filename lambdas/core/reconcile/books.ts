/** What reconciliation compares: our own books, and what it reads of the chain. */
import type { OperationId, WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Address, Route } from '../kernel/networks.ts';
import type { EntryKind } from '../ledger/ledger.ts';
import type { PayoutAttempt } from '../store/attempt.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import type { JournalRecord } from '../store/journal-record.ts';
import type { WireRecord } from '../store/wire-record.ts';
import type { Stage, Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Difference } from './difference.ts';

/** A transfer of the asset to the treasury in a final block. */
export type Incoming = { txId: string; height: number; index: number; value: bigint };

/** A transfer from the treasury in a final block. `key` names the exclusive resource that it used; `null`: none. */
export type Outgoing = Incoming & { to: Address; key: string | null };

/** All transfers of one asset of the treasury, and of those before it, at the heights from..to, which are final. */
export type ChainBook = Route & {
  treasury: Address;
  /** Treasuries that signed what is booked, and are not the treasury any more; in the form of `comparable`. */
  formerPayers: readonly Address[];
  /**
   * The exclusive resource of a withdrawal's payout (core/payout/rail.ts). Some rails choose it when they sign: then its latest
   * attempt says it, and `null` is none that can be read.
   */
  keyOf(id: WithdrawalId, latest: PayoutAttempt | null): string;
  from: number;
  to: number;
  outgoing: readonly Outgoing[];
  incoming: readonly Incoming[];
};

/** What is held for an operation, and how its last hold ended. */
export type Hold = { open: bigint; spent: bigint; fee: bigint; ended: EntryKind | null };
/** A hold with what came from the brokerage for it, and what went back there. */
export type Flow = Hold & { funded: bigint; returned: bigint };
export type WalletBook = {
  walletId: WalletId;
  difference: Difference | null;
  /** The holds that are open, and those that ended in the period. `null`: the ledger is broken, so they mean nothing. */
  holds: ReadonlyMap<OperationId, Flow> | null;
};

/** The stages that a withdrawal with a conversion reaches only by a paid transfer. */
export const afterPaid: readonly Stage[] = [
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'settled',
];

/** A withdrawal with the records of its effects. */
export type Booked = {
  withdrawal: Withdrawal;
  effect: ConversionRecord | null;
  /** The journals that were asked for: one in each direction at most. */
  journals: readonly JournalRecord[];
  /** The wires to the on-ramp: one for each transfer that was paid for. */
  wires: readonly WireRecord[];
  /** Whether the payout attempt that it names is saved, and that attempt if it can be read. */
  attempt: boolean;
  latest?: PayoutAttempt;
};

/** A row that cannot be what we wrote, with the withdrawal, the claimed transfer and the wires' memos that it tells of. */
export type Unreadable = {
  row: string;
  why: string;
  withdrawalId: WithdrawalId | null;
  transferId: string | null;
  memos: readonly string[];
};
/** What belongs to withdrawals that cannot be read: they are reported as unreadable, and not once more for each of these. */
export type Lost = {
  withdrawals: ReadonlySet<WithdrawalId>;
  transfers: ReadonlySet<string>;
  memos: ReadonlySet<string>;
};

/** Whether the withdrawal is paid on this route. */
export const isOn = (route: Route, withdrawal: Pick<Withdrawal, 'network' | 'asset'>): boolean =>
  withdrawal.network === route.network && withdrawal.asset === route.asset;

/** The on-ramp pays nothing but this. */
export const isConverted = ({ asset }: Pick<Route, 'asset'>): boolean => asset === 'USDC';
