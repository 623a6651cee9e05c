/** The saved record of a journal: what a withdrawal asks of the brokerage, once in each direction. */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { SendRecord } from './send-record.ts';

/** `debit` takes a withdrawal's cash from the customer's account, `return` gives it back. */
export type JournalPurpose = 'debit' | 'return';

export type JournalRecord = SendRecord & {
  kind: 'journal';
  withdrawalId: WithdrawalId;
  purpose: JournalPurpose;
  version: number;
  /** Part of the key. Always 1: each direction has one journal (docs/decisions/0016-wallets-at-a-brokerage.md). */
  attempt: number;
  key: string;
  bytes: string;
  from: string;
  to: string;
  amount: Minor;
  /** Whether the sums of what is asked of the account have it (core/store/asked-cash.ts); older code counted nothing. */
  counted: boolean;
  /** The brokerage's id of the journal, once it is known. */
  journalId: string | null;
};
