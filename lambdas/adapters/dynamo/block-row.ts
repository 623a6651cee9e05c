/**
 * Translates ledger blocks to and from rows of the `money` table. A row has the postings, in order, and the balance before
 * them; the rest of each entry follows from those, so it takes a fifth of the bytes. The stored hash covers whole entries:
 * if later code derives them differently, the hash no longer matches.
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

const blockRow = z.object({
  pk: idInKey<WalletId>(),
  sk: z.string().transform((text) => Number(text.slice(text.indexOf('#') + 1))),
  at: instant,
  prevHash: digest,
  hash: digest,
  before: z.object({ available: minorNumber, held: minorNumber, entries: integer }),
  posted: z.array(posting),
});

/** The balance of one account before the entry. */
function beforeOf(entry: Entry, account: Entry['debit'], after: Minor): bigint {
  const left = entry.debit === account ? entry.amount : 0n;
  const entered = entry.credit === account ? entry.amount : 0n;
  return after + left - entered;
}

/** The row of a block. Throws when the block has no entries. */
export function blockToRow({ walletId, sequence, at, entries, prevHash, hash }: Block): Row {
  const [first] = entries;
  if (first === undefined) throw new Error(`block ${sequence} of ${walletId} has no entries`);
  return {
    ...keyOf.block(walletId, sequence),
    at,
    prevHash: bytesOf(prevHash),
    hash: bytesOf(hash),
    before: {
      available: beforeOf(first, 'wallet:available', first.availableAfter),
      held: beforeOf(first, 'wallet:held', first.heldAfter),
      entries: first.sequence - 1,
    },
    posted: entries.map((entry) => [entry.kind, entry.amount, entry.sourceId]),
  };
}

/** The block with its entries derived again. The hash is the stored one; `hashOf` (core/ledger) tells if it still matches. */
export function blockFrom(row: unknown): Block {
  const { pk: walletId, sk: sequence, at, prevHash, hash, before, posted } = blockRow.parse(row);
  let balance = { walletId, version: sequence - 1, lastHash: prevHash, ...before };
  const entries = posted.map((one) => {
    const step = enter(balance, one);
    balance = step.balance;
    return step.entry;
  });
  return { walletId, sequence, at, entries, prevHash, hash };
}
