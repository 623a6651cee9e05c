/**
 * Translates ledger blocks to and from rows of the `money` table, and the tail of a balance, which is such a row before it is one. A
 * row has the postings of its first block, in order, and the balance before them; the rest of each entry follows from those, so
 * it takes a fifth of the bytes. What follows on that block has its time, hash and postings alone. The stored hash covers whole
 * entries: if later code derives them differently, the hash no longer matches.
 */
import * as z from 'zod';
import type { OperationId, WalletId } from '../../core/kernel/ids.ts';
import type { Minor } from '../../core/kernel/money.ts';
import {
  type Block,
  type Entry,
  enter,
  entryKinds,
  type Posting,
} from '../../core/ledger/ledger.ts';
import { bytesOf, digest, idInKey, idText, instant, integer, minorNumber } from './fields.ts';
import { keyOf, type Row } from './keys.ts';

const kind = z.enum(entryKinds);
const sourceId = idText<OperationId>();
/** A posting is stored as `[kind, amount, source]`. */
const posting = z.array(z.unknown()).transform(
  ([what, amount, source]): Posting => ({
    kind: kind.parse(what),
    amount: minorNumber.parse(amount),
    sourceId: sourceId.parse(source),
  }),
);

const postings = z.array(posting);
const following = z
  .array(z.unknown())
  .transform(
    ([at, hash, posted]) =>
      [instant.parse(at), digest.parse(hash), postings.parse(posted)] as const,
  );
const sums = z.object({ available: minorNumber, held: minorNumber, entries: integer });
const kept = {
  at: instant,
  prevHash: digest,
  hash: digest,
  before: sums,
  posted: postings,
  more: z.array(following).default([]),
};
const blocksRow = z.object({
  pk: idInKey<WalletId>(),
  sk: z.string().transform((text) => Number(text.slice(text.indexOf('#') + 1))),
  ...kept,
});
/** It says which block is its first, for it has no key. */
const tailOf = z.object({
  pk: idInKey<WalletId>(),
  tail: z.object({ sequence: integer, ...kept }).optional(),
});

/** The balance of one account before the entry. */
function beforeOf(entry: Entry, account: Entry['debit'], after: Minor): bigint {
  const left = entry.debit === account ? entry.amount : 0n;
  const entered = entry.credit === account ? entry.amount : 0n;
  return after + left - entered;
}

const postedIn = ({ entries }: Block): Row[string][] =>
  entries.map((entry) => [entry.kind, entry.amount, entry.sourceId]);

/** What a row says of blocks that follow one another. Throws when the first one has no entries. */
function fieldsOf(first: Block, rest: readonly Block[]): Row {
  const { walletId, sequence, at, prevHash, hash } = first;
  const [entry] = first.entries;
  if (entry === undefined) throw new Error(`block ${sequence} of ${walletId} has no entries`);
  return {
    at,
    prevHash: bytesOf(prevHash),
    hash: bytesOf(hash),
    before: {
      available: beforeOf(entry, 'wallet:available', entry.availableAfter),
      held: beforeOf(entry, 'wallet:held', entry.heldAfter),
      entries: entry.sequence - 1,
    },
    posted: postedIn(first),
    ...(rest.length === 0
      ? {}
      : { more: rest.map((one) => [one.at, bytesOf(one.hash), postedIn(one)]) }),
  };
}

/** The row of blocks that follow one another; it is named after the first of them. */
export function blocksToRow([first, ...rest]: readonly Block[]): Row {
  if (first === undefined) throw new Error('a row without a block');
  return { ...keyOf.block(first.walletId, first.sequence), ...fieldsOf(first, rest) };
}

/** The tail as its balance's item has it; undefined when it is empty. */
export const tailToField = ([first, ...rest]: readonly Block[]): Row | undefined =>
  first && { sequence: first.sequence, ...fieldsOf(first, rest) };

type Kept = { [K in keyof typeof kept]: z.infer<(typeof kept)[K]> };

/** The blocks with their entries derived again. The hashes are the stored ones; `hashOf` (core/ledger) tells if they still match. */
function blocksIn(walletId: WalletId, from: number, { before, prevHash, ...row }: Kept): Block[] {
  let balance = { walletId, version: from - 1, lastHash: prevHash, ...before };
  return [[row.at, row.hash, row.posted] as const, ...row.more].map(([at, hash, posted]) => {
    const { version, lastHash } = balance;
    const entries = posted.map((one) => {
      const step = enter(balance, one);
      balance = step.balance;
      return step.entry;
    });
    balance = { ...balance, version: version + 1, lastHash: hash };
    return { walletId, sequence: version + 1, at, entries, prevHash: lastHash, hash };
  });
}

/** The blocks of a row, in order: one, or several that were the tail of their balance. */
export function blocksFrom(row: unknown): Block[] {
  const { pk: walletId, sk: from, ...rest } = blocksRow.parse(row);
  return blocksIn(walletId, from, rest);
}

/** The blocks that stand in the item of the balance. */
export function tailFrom(row: unknown): Block[] {
  const { pk: walletId, tail } = tailOf.parse(row);
  return tail === undefined ? [] : blocksIn(walletId, tail.sequence, tail);
}
