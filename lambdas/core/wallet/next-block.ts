/** The changes that write a wallet's next block. */
import type { Instant } from '../kernel/time.ts';
import type { Posting } from '../ledger/ledger.ts';
import { append, type BalanceItem } from '../ledger/tail.ts';
import type { Change } from '../store/change.ts';

/** With `active`, they are refused also while the wallet is suspended. */
export function nextBlock(
  before: BalanceItem,
  postings: readonly Posting[],
  at: Instant,
  active: { active?: true } = {},
): Change[] {
  const { to, row } = append(before, postings, at);
  const balance: Change = { change: 'balance', to, ...active };
  return row.length === 0 ? [balance] : [balance, { change: 'blocks', blocks: row }];
}
