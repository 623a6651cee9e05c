import type { OperationId, WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Address, Network } from '../kernel/networks.ts';
import type { EntryKind } from '../ledger/ledger.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import type { JournalRecord } from '../store/journal-record.ts';
import type { WireRecord } from '../store/wire-record.ts';
import type { Stage, Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Difference } from './difference.ts';

/** A transfer of the asset to the treasury in a final block. */
export type Incoming = { txId: string; height: number; index: number; value: bigint };

/** A transfer from the treasury in a final block. `key` names the exclusive resource that it used; `null`: none of a payout. */
export type Outgoing = Incoming & { to: Address; key: string | null };

/** All of the treasury's transfers at the heights from..to, which are final. */
export type ChainBook = {
  network: Network;
  treasury: Address;
  /** The exclusive resource of a withdrawal's payout (payout/rail.ts). */
  keyOf(id: WithdrawalId): string;
  from: number;
  to: number;
  outgoing: readonly Outgoing[];
  incoming: readonly Incoming[];
};

/** What is held for an operation, and how its last hold ended. */
export type Hold = { open: bigint; spent: bigint; fee: bigint; ended: EntryKind | null };
/** With what came from the brokerage for it, and what went back there. */
export type Flow = Hold & { funded: bigint; returned: bigint };
export type WalletBook = {
  walletId: WalletId;
  difference: Difference | null;
  /** Of those that are open, and those that ended in the period. `null` when the ledger does not hold: they mean nothing then. */
  holds: ReadonlyMap<OperationId, Flow> | null;
};

/** Stages that only a paid transfer leads to. */
export const afterPaid: readonly Stage[] = [
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'settled',
];

/** A withdrawal with what was recorded of its doings. */
export type Booked = {
  withdrawal: Withdrawal;
  effect: ConversionRecord | null;
  /** What was asked of the brokerage: one for each direction at most. */
  journals: readonly JournalRecord[];
  /** The wires to the on-ramp: one for each transfer that was to be paid for. */
  wires: readonly WireRecord[];
  /** Whether the payout attempt that it names is saved. */
  attempt: boolean;
};

/** A row that cannot be what we wrote. Of a withdrawal's: whose it is, and which transfer it claimed, as far as that is known. */
export type Unreadable = {
  row: string;
  why: string;
  withdrawalId: WithdrawalId | null;
  transferId: string | null;
  /** Of the wires that are recorded for it. */
  memos: readonly string[];
};
/** What belongs to withdrawals that cannot be read: it is reported as that, once. */
export type Lost = {
  withdrawals: ReadonlySet<WithdrawalId>;
  transfers: ReadonlySet<string>;
  memos: ReadonlySet<string>;
};
