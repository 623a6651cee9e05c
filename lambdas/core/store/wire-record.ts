import type { WithdrawalId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { SendRecord } from './send-record.ts';

/** One for each transfer of the on-ramp that was to be made: its record is never written over by another's. */
export type WireRecord = SendRecord & {
  kind: 'wire';
  withdrawalId: WithdrawalId;
  /** What it pays for; of a deposit, which makes its own transfer, the memo. */
  transferId: string;
  /** The virtual account that it pays into, where it pays for no transfer that waits for it. */
  accountId?: string | undefined;
  version: number;
  bankId: string;
  amount: Minor;
  /** By which the on-ramp knows whose dollars they are, and we the wire. */
  memo: string;
  /** The brokerage's id, once it is known. */
  wireId: string | null;
};
