/** The saved record of a wire: what the brokerage is asked to wire to the on-ramp. */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { SendRecord } from './send-record.ts';

/** Each transfer of the on-ramp that is paid for has a record of its own, which no other writes over. */
export type WireRecord = SendRecord & {
  kind: 'wire';
  withdrawalId: WithdrawalId;
  /** The transfer that it pays for; a deposit makes its transfer itself, so there it is the memo. */
  transferId: string;
  /** The virtual account that it pays into, when no transfer waits for it. */
  accountId?: string | undefined;
  version: number;
  bankId: string;
  amount: Minor;
  /** The on-ramp knows by it whose dollars they are, and we find the wire by it. */
  memo: string;
  /** The brokerage's id of the wire, once it is known. */
  wireId: string | null;
};
