/** Whether there will be enough in a wallet for all that the form asks for. */
import type { Wallet } from '../api/types.ts';
import { minor } from '../words/format.ts';

type Asked = { amount: string; copies: number; credit: string | null };

/** That a ledger's wallet will not have enough for all that is asked for, and what then; `null`: it will, or nobody can tell yet. */
export function shortage(
  { amount, copies, credit }: Asked,
  currency: Wallet['currency'],
  available: string,
): string | null {
  const [each, put, has] = [amount, credit ?? '0', available].map((one) => minor(one, currency));
  if (each == null || put == null || has == null || each === 0n) return null;
  const enoughFor = (has + put) / each;
  if (enoughFor >= BigInt(copies)) return null;
  return copies === 1
    ? 'The wallet will not have as much: this withdrawal will be rejected, and nothing taken.'
    : `The wallet will have enough for ${enoughFor} of ${copies}: the others will be rejected, and nothing taken for them.`;
}
