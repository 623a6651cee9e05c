/** The ledger, added up again from its blocks by rules of the auditor's own. */
import { createHash } from 'node:crypto';
import type { Block } from './rows.ts';

export type Fold = {
  available: bigint;
  held: bigint;
  blocks: number;
  entries: number;
  lastHash: string;
};
export const emptyFold: Fold = {
  available: 0n,
  held: 0n,
  blocks: 0,
  entries: 0,
  lastHash: '0'.repeat(64),
};

/** What stands in the ledger for one withdrawal. It may be held again only after it was released. */
export type Hold = {
  walletId: string;
  state: 'none' | 'held' | 'spent' | 'released';
  amount: bigint;
  /** What is still held of it. */
  open: bigint;
  holds: number;
  /** Whether the brokerage's money for it is in the wallet. */
  funded: boolean;
};
export const noHold = (walletId: string): Hold => ({
  walletId,
  state: 'none',
  amount: 0n,
  open: 0n,
  holds: 0,
  funded: false,
});

export type Step = {
  block: Block;
  before: Fold;
  after: Fold;
  /** What its hash must be. */
  hash: string;
  /** Postings that do not follow from what stood there for their source. */
  outOfTurn: readonly string[];
};

type Account =
  | 'wallet:available'
  | 'wallet:held'
  | 'external:deposit'
  | 'external:brokerage'
  | 'external:payout'
  | 'fees';

/** Debit, credit. */
export const accountsOf: ReadonlyMap<string, readonly [Account, Account]> = new Map([
  ['CREDIT', ['external:deposit', 'wallet:available']],
  ['DEBIT', ['wallet:available', 'external:deposit']],
  ['HOLD', ['wallet:available', 'wallet:held']],
  ['PAYOUT', ['wallet:held', 'external:payout']],
  ['FEE', ['wallet:held', 'fees']],
  ['RELEASE', ['wallet:held', 'wallet:available']],
  ['FUND', ['external:brokerage', 'wallet:available']],
  ['RETURN', ['wallet:available', 'external:brokerage']],
]);

/** What an entry adds to the wallet, both accounts together. */
export function inflow({ kind, amount }: { kind: string; amount: bigint }): bigint {
  const [debit, credit] = accountsOf.get(kind) ?? [];
  const inside = (account?: string): boolean => account?.startsWith('wallet:') === true;
  return (inside(credit) ? amount : 0n) - (inside(debit) ? amount : 0n);
}

/** The block entered into what was before it. The holds of its sources are changed with it. */
export function enterBlock(before: Fold, block: Block, holds: Map<string, Hold>): Step {
  let { available, held, entries } = before;
  const outOfTurn: string[] = [];
  const hashed: unknown[] = [];
  for (const posting of block.posted) {
    const { kind, amount, sourceId } = posting;
    const [debit = '', credit = ''] = accountsOf.get(kind) ?? [];
    if (debit === 'wallet:available') available -= amount;
    if (debit === 'wallet:held') held -= amount;
    if (credit === 'wallet:available') available += amount;
    if (credit === 'wallet:held') held += amount;
    entries += 1;
    hashed.push([
      entries,
      kind,
      debit,
      credit,
      String(amount),
      String(available),
      String(held),
      sourceId,
    ]);
    const was = holds.get(sourceId) ?? noHold(block.walletId);
    const is = nextHold(was, kind, amount);
    if (typeof is === 'string') outOfTurn.push(`${kind} ${amount} of ${sourceId}: ${is}`);
    else holds.set(sourceId, is);
    if (was.walletId !== block.walletId)
      outOfTurn.push(`${sourceId} is ${was.walletId}'s, not ${block.walletId}'s`);
  }
  const { prevHash, walletId, sequence, at } = block;
  const hash = createHash('sha256')
    .update(JSON.stringify([prevHash, walletId, sequence, at, hashed]))
    .digest('hex');
  const after = { available, held, entries, blocks: before.blocks + 1, lastHash: block.hash };
  return { block, before, after, hash, outOfTurn };
}

/** The hold after this posting, or why there can be no such posting. */
function nextHold(was: Hold, kind: string, amount: bigint): Hold | string {
  switch (kind) {
    case 'CREDIT':
    case 'DEBIT':
      // A client's own operation is entered once, and has nothing to do with a hold.
      return was.state === 'none' ? { ...was, state: 'spent', amount } : 'it was entered before';
    case 'FUND':
      return was.funded || was.state === 'held' ? 'it was funded before' : { ...was, funded: true };
    case 'HOLD':
      if (was.state === 'held') return 'it is held already';
      if (was.state === 'spent') return 'it was spent';
      return { ...was, state: 'held', amount, open: amount, holds: was.holds + 1 };
    case 'PAYOUT':
    case 'FEE': {
      if (was.state !== 'held') return `it is ${was.state}`;
      if (amount > was.open) return `only ${was.open} is held`;
      const open = was.open - amount;
      return { ...was, open, state: open === 0n ? 'spent' : 'held' };
    }
    case 'RELEASE':
      if (was.state !== 'held') return `it is ${was.state}`;
      if (amount !== was.open || amount !== was.amount)
        return `${was.open} of ${was.amount} is held`;
      return { ...was, state: 'released', open: 0n };
    case 'RETURN':
      if (!was.funded) return 'nothing was funded';
      if (was.state !== 'released' || amount !== was.amount) return `it is ${was.state}`;
      return { ...was, funded: false };
    default:
      return 'there is no such kind of entry';
  }
}
