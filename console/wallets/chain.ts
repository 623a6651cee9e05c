/**
 * Computes a wallet's chain of blocks again, from its entries alone, as lambdas/core/ledger/ledger.ts made it. If an entry had
 * been changed, left out or put in afterwards, a block would have another hash than the one that the next block was made with.
 */
import type { Entry } from '../api/types.ts';
import { minor } from '../words/format.ts';

export type Block = { sequence: number; hash: string; entries: readonly Entry[] };
export type Verdict =
  | { is: 'whole'; blocks: number }
  | { is: 'broken'; at: Block; why: string }
  | { is: 'unknown'; why: string };

export const genesisHash = '0'.repeat(64);

/** The blocks, oldest first, of entries that come oldest first. The entries of a block stand together. */
export function blocksOf(entries: readonly Entry[]): Block[] {
  const blocks: (Block & { entries: Entry[] })[] = [];
  for (const entry of entries) {
    const last = blocks.at(-1);
    if (last !== undefined && last.hash === entry.blockHash) last.entries.push(entry);
    else blocks.push({ sequence: blocks.length + 1, hash: entry.blockHash, entries: [entry] });
  }
  return blocks;
}

type Balance = { available: bigint; held: bigint; entries: number };

/** The verdict over all blocks of a wallet, oldest first. */
export async function checked(
  walletId: string,
  currency: string,
  blocks: readonly Block[],
): Promise<Verdict> {
  // Browsers offer SHA-256 to pages that came by https or from this machine only.
  if (globalThis.crypto?.subtle === undefined)
    return {
      is: 'unknown',
      why: 'This page came without https, so the browser computes no hashes for it.',
    };
  let prevHash = genesisHash;
  let balance: Balance = { available: 0n, held: 0n, entries: 0 };
  for (const block of blocks) {
    const content: unknown[] = [];
    for (const entry of block.entries) {
      const after = entered(balance, entry, currency);
      if (typeof after === 'string') return { is: 'broken', at: block, why: after };
      balance = after.balance;
      content.push(after.hashed);
    }
    const at = Date.parse(block.entries[0]?.at ?? '');
    const hash = await sha256(JSON.stringify([prevHash, walletId, block.sequence, at, content]));
    if (hash !== block.hash)
      return {
        is: 'broken',
        at: block,
        why: 'Its content has another hash than the one that it is kept under.',
      };
    prevHash = block.hash;
  }
  return { is: 'whole', blocks: blocks.length };
}

/** The balance after an entry, computed from the one before and held against what the entry says. */
function entered(
  before: Balance,
  entry: Entry,
  currency: string,
): { balance: Balance; hashed: unknown[] } | string {
  const amount = minor(entry.amount, currency);
  const available = minor(entry.availableAfter, currency);
  const held = minor(entry.heldAfter, currency);
  if (amount === null || available === null || held === null)
    return `Entry ${entry.sequence} has an amount that is none.`;
  const moved = (account: string): bigint =>
    (entry.credit === account ? amount : 0n) - (entry.debit === account ? amount : 0n);
  const balance = {
    available: before.available + moved('wallet:available'),
    held: before.held + moved('wallet:held'),
    entries: before.entries + 1,
  };
  if (entry.sequence !== balance.entries) return `Entry ${balance.entries} is missing.`;
  if (balance.available !== available || balance.held !== held)
    return `The balance after entry ${entry.sequence} is not the one before and the entry together.`;
  const { sequence, kind, debit, credit, sourceId } = entry;
  return {
    balance,
    hashed: [
      sequence,
      kind,
      debit,
      credit,
      String(amount),
      String(available),
      String(held),
      sourceId,
    ],
  };
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
