/** The saved sums of what the debit journals of one wallet ask of its account at a brokerage. */
import type { WalletId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';

/** Both sums only grow, but for debits that came to nothing: so what lies between two looks at them is known. */
export type AskedCash = {
  accountId: string;
  walletId: WalletId;
  /** Counts the writes of this row; 0: it was never written. */
  version: number;
  /** Everything that was ever asked for, less what is proven to have come to nothing. */
  asked: Minor;
  /** The part of it that the account is known to have paid. */
  booked: Minor;
  /** When `booked` last grew; `null`: never. */
  bookedAt: Instant | null;
  /** What `booked` was at some earlier times, the oldest first. */
  marks: readonly { at: Instant; booked: Minor }[];
};
