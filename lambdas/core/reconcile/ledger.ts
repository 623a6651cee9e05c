/**
 * A wallet's ledger against itself and against its withdrawals: the chain of hashes, the sums of double entry, the balance
 * that they lead to, and what is held for each withdrawal.
 */
import type { OperationId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import {
  type Balance,
  type Block,
  type EntryKind,
  emptyBalance,
  enter,
  fits,
  hashOf,
} from '../ledger/ledger.ts';
import type { Stage, Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Booked, Flow, Hold, Lost, WalletBook } from './books.ts';
import { type Difference, unlike } from './difference.ts';

/** A block as it was read. One that cannot be read is as bad as one that is missing. */
export type ReadBlock = Block | { sequence: number; unreadable: string };

/**
 * Reads a wallet's blocks in order, from the first to the one that its balance names. The first block that is wrong is the
 * difference, for every later one rests on it. Holds that ended before `from` are not kept.
 */
export async function readLedger(
  balance: Balance,
  blocks: AsyncIterable<ReadBlock>,
  from: Instant,
): Promise<WalletBook> {
  const { walletId } = balance;
  const holds = new Map<OperationId, Flow>();
  const broken = (sequence: number, expected: string, found: string): WalletBook => {
    const what = `${walletId} block ${sequence}`;
    const difference: Difference = { kind: 'ledger-block', what, walletId, expected, found };
    return { walletId, difference, holds: null };
  };
  let running = emptyBalance(walletId);
  for await (const block of blocks) {
    const sequence = running.version + 1;
    if ('unreadable' in block) return broken(sequence, 'a block', block.unreadable);
    if (block.sequence !== sequence)
      return broken(sequence, `block ${sequence}`, `block ${block.sequence}`);
    const hash = hashOf(block);
    const linked = unlike(
      { wallet: walletId, before: running.lastHash, hash },
      { wallet: block.walletId, before: block.prevHash, hash: block.hash },
    );
    if (linked !== null) return broken(sequence, linked.expected, linked.found);
    for (const entry of block.entries) {
      if (!fits(running, entry))
        return broken(sequence, 'an entry within the balance', `${entry.kind} ${entry.amount}`);
      const step = enter(running, entry);
      const wrong = unlike({ ...step.entry }, { ...entry });
      if (wrong !== null) return broken(sequence, wrong.expected, wrong.found);
      running = step.balance;
      const { kind, sourceId, amount } = entry;
      if (kind !== 'CREDIT' && kind !== 'DEBIT')
        holds.set(sourceId, after(holds.get(sourceId) ?? none, kind, amount));
    }
    if (block.at < from)
      for (const { sourceId } of block.entries)
        if (holds.get(sourceId)?.open === 0n) holds.delete(sourceId);
    running = { ...running, version: sequence, lastHash: block.hash };
  }
  if (running.version < balance.version)
    return broken(running.version + 1, `block ${running.version + 1}`, 'none');
  const wrong = unlike({ ...running }, { ...balance });
  const difference: Difference | null =
    wrong === null ? null : { kind: 'wallet-balance', what: walletId, walletId, ...wrong };
  return { walletId, difference, holds };
}

const none: Flow = { open: 0n, spent: 0n, fee: 0n, ended: null, funded: 0n, returned: 0n };

function after(before: Flow, kind: EntryKind, amount: bigint): Flow {
  const open = before.open - amount;
  const spent = before.spent + amount;
  switch (kind) {
    case 'CREDIT':
    case 'DEBIT':
      return before;
    case 'HOLD':
      return { ...before, open: before.open + amount, spent: 0n, fee: 0n, ended: null };
    case 'PAYOUT':
      return { ...before, open, spent, ended: 'PAYOUT' };
    case 'FEE':
      return { ...before, open, spent, fee: before.fee + amount, ended: 'PAYOUT' };
    case 'RELEASE':
      return { ...before, open, ended: 'RELEASE' };
    case 'FUND':
      return { ...before, funded: before.funded + amount };
    case 'RETURN':
      return { ...before, returned: before.returned + amount };
    default:
      return kind satisfies never;
  }
}

const holding: readonly Stage[] = [
  'reserved',
  'converting',
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'refunding',
];

/** What the ledger has to hold for a withdrawal in this stage; `null`: only that nothing is open. */
function expectedOf(withdrawal: Withdrawal): Hold | null {
  const { stage, amount } = withdrawal;
  const standsIn = withdrawal.stage === 'review' ? withdrawal.heldFrom : stage;
  if (holding.includes(standsIn)) return { open: amount, spent: 0n, fee: 0n, ended: null };
  switch (stage) {
    case 'settled':
      return { open: 0n, spent: amount, fee: withdrawal.fee, ended: 'PAYOUT' };
    case 'refunded':
      return { open: 0n, spent: 0n, fee: 0n, ended: 'RELEASE' };
    default:
      return null; // It may have been rejected or cancelled before it was held, or after.
  }
}

/** Compares the holds of one wallet with its withdrawals. `isStill`: as in core/reconcile/chain.ts. */
export function holdDifferences(
  { walletId, holds }: WalletBook,
  booked: readonly Booked[],
  lost: Lost,
  isStill: (withdrawal: Withdrawal) => boolean,
): Difference[] {
  if (holds === null) return [];
  const differences: Difference[] = [];
  const known = new Set<OperationId>(lost.withdrawals);
  for (const { withdrawal } of booked) {
    known.add(withdrawal.id);
    if (!isStill(withdrawal)) continue;
    const found = holds.get(withdrawal.id) ?? none;
    const expected = expectedOf(withdrawal);
    const wrong =
      expected === null
        ? unlike({ open: 0n }, { open: found.open })
        : unlike({ ...expected }, { ...found });
    if (wrong === null) continue;
    const { id } = withdrawal;
    differences.push({ kind: 'hold', what: id, withdrawalId: id, walletId, ...wrong });
  }
  for (const [id, { open }] of holds) {
    if (open === 0n || known.has(id)) continue;
    const found = `${open} held`;
    differences.push({ kind: 'hold', what: id, walletId, expected: 'a withdrawal', found });
  }
  return differences;
}
