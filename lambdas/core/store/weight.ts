/**
 * What changes weigh as one transaction. DynamoDB refuses one that is too large whenever it is tried, so how much goes into
 * one is reckoned before it is decided: with every action and every byte of it, and not by the number of withdrawals.
 */
import { transactionActionsMax, transactionBytesMax } from '../kernel/limits.ts';
import type { AskedCash } from './asked-cash.ts';
import type { Change } from './change.ts';

/** Keys, partitions of indexes and defaults that a row has beyond the thing that it stands for. */
const rowBytes = 1_500;
/** What DynamoDB adds for a list or a map, and for each member (DynamoDB guide, "DynamoDB item sizes and formats"). */
const memberBytes = 4;

/** No fewer bytes than the value has in a row: numbers and hashes are shorter there than their digits. */
function bytesOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value);
    case 'bigint':
    case 'number':
      return value.toString().length + 1;
    case 'object':
      if (value instanceof Uint8Array) return value.length;
      if (value instanceof Map) return bytesOf([...value].flat());
      return Object.entries(value ?? {}).reduce(
        (sum, [name, one]) => sum + memberBytes + Buffer.byteLength(name) + bytesOf(one),
        memberBytes,
      );
    default:
      return 1;
  }
}

/** The whole item counts, also where a write changes little of it; it is as large as the larger of before and after. */
const changeBytes = (change: Change): number =>
  rowBytes +
  ('from' in change && 'to' in change
    ? Math.max(bytesOf(change.from), bytesOf(change.to))
    : bytesOf(change));

export type Weight = { actions: number; bytes: number };

export const weightOf = (changes: readonly Change[]): Weight => ({
  actions: changes.length,
  bytes: changes.reduce((sum, change) => sum + changeBytes(change), 0),
});

export const isOneTransaction = ({ actions, bytes }: Weight): boolean =>
  actions <= transactionActionsMax && bytes <= transactionBytesMax;

/** The changes that as many of the items make, from the first on, as one transaction holds; at least those of one. */
export function asManyAsFit<T>(
  items: readonly T[],
  changesOf: (some: readonly T[]) => readonly Change[],
): readonly Change[] {
  const whole = changesOf(items);
  if (items.length < 2 || isOneTransaction(weightOf(whole))) return whole;
  let [fit, over] = [1, items.length];
  let best = changesOf(items.slice(0, fit));
  while (over - fit > 1) {
    const middle = Math.floor((fit + over) / 2);
    const changes = changesOf(items.slice(0, middle));
    if (isOneTransaction(weightOf(changes))) [fit, best] = [middle, changes];
    else over = middle;
  }
  return best;
}

/** The item that groups of different withdrawals may both name, which a transaction may do only once; `null`: none. */
const sharedItemOf = (change: Change): string | null =>
  change.change === 'counter'
    ? JSON.stringify(change.counter)
    : change.change === 'sequence'
      ? JSON.stringify(change.sequence)
      : change.change === 'promise' || change.change === 'release'
        ? JSON.stringify(change.treasury)
        : change.change === 'asked'
          ? askedItemOf(change.to)
          : change.change === 'asked-less'
            ? askedItemOf(change)
            : null;

const askedItemOf = ({ accountId, walletId }: Pick<AskedCash, 'accountId' | 'walletId'>): string =>
  `${accountId} ${walletId}`;

/**
 * The groups in their order, as many in one transaction as it holds with what else is to go into it. A group is never
 * split.
 */
export function chunksOf<G extends { changes: readonly Change[] }>(
  groups: readonly G[],
  besides: Weight = { actions: 0, bytes: 0 },
): G[][] {
  const chunks: G[][] = [];
  let sum = besides;
  let named = new Set<string>();
  for (const group of groups) {
    const { actions, bytes } = weightOf(group.changes);
    const shared = group.changes.flatMap((change) => sharedItemOf(change) ?? []);
    const isNext =
      isOneTransaction({ actions: sum.actions + actions, bytes: sum.bytes + bytes }) &&
      !shared.some((item) => named.has(item));
    if (chunks.length === 0 || !isNext) {
      chunks.push([]);
      named = new Set();
      sum = besides;
    }
    sum = { actions: sum.actions + actions, bytes: sum.bytes + bytes };
    chunks.at(-1)?.push(group);
    for (const item of shared) named.add(item);
  }
  return chunks;
}
