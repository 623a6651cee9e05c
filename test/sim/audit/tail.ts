/**
 * Where blocks stand: in the item of their balance, and then in a row for ever. A block is entered once, wherever that is, and what
 * has moved is the same as before.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Commit } from './news.ts';
import type { Block } from './rows.ts';

const sameAs = (block: Block) => (other: Block) => isDeepStrictEqual(block, other);
const tailsBefore = ({ balances }: Commit): Block[] =>
  balances.flatMap(({ before }) => before?.tail ?? []);
const tailsAfter = ({ balances }: Commit): Block[] =>
  balances.flatMap(({ after }) => after?.tail ?? []);
const newInRows = ({ blocks }: Commit): Block[] =>
  blocks.flatMap(({ before, after }) => (before === null && after !== null ? [after] : []));

/** The blocks that nobody has seen before this write, in their order. */
export function enteredIn(commit: Commit): Block[] {
  const known = tailsBefore(commit);
  return [...newInRows(commit), ...tailsAfter(commit)]
    .filter((block) => !known.some(sameAs(block)))
    .sort((a, b) => a.sequence - b.sequence);
}

/** Blocks that stood in a balance's item and now stand nowhere as they were, and those that stand in a row as well. */
export function strayIn(commit: Commit): { block: Block; detail: string }[] {
  const [rows, after] = [newInRows(commit), tailsAfter(commit)];
  const gone = tailsBefore(commit).filter((block) => ![...rows, ...after].some(sameAs(block)));
  const twice = after.filter((block) => rows.some(sameAs(block)));
  return [
    ...gone.map((block) => ({ block, detail: 'it is gone, or is another' })),
    ...twice.map((block) => ({ block, detail: 'it stands in two places' })),
  ];
}
