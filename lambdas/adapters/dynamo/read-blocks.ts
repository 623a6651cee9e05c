/** The blocks of a wallet's ledger for who has to go on behind those that cannot be read: anybody may have written them. */
import * as z from 'zod';
import { isTransactionId, isWithdrawalId, type OperationId } from '../../core/kernel/ids.ts';
import type { ReadBlock } from '../../core/reconcile/ledger.ts';
import { blocksFrom, tailFrom } from './block-row.ts';
import type { Row } from './keys.ts';
import { endless } from './ledger-blocks.ts';
import { readable } from './unreadable.ts';

/** The blocks of a row. Of one that cannot be read it is the first, and what the row names all the same. */
export function rowBlocks(row: Row): readonly ReadBlock[] {
  const blocks = readable(row, blocksFrom);
  if (!('row' in blocks)) return blocks;
  const sequence = Number(String(row['sk']).split('#')[1]);
  return [{ sequence, unreadable: blocks.why, mentions: mentionsIn([row['posted'], row['more']]) }];
}

/** The same of the tail in a balance's item. If it does not even say where it begins, it stands for the newest block. */
export function tailBlocks(row: Row): readonly ReadBlock[] {
  const blocks = readable(row, tailFrom);
  if (!('row' in blocks)) return blocks;
  const { data: { sequence, posted, more } = {} } = anyTail.safeParse(row['tail']);
  const newest = [sequence, row['version'], endless].find((one) => Number.isInteger(Number(one)));
  const mentions = mentionsIn([posted, more]);
  return [{ sequence: Number(newest), unreadable: blocks.why, mentions }];
}
const anyTail = z.looseObject({ sequence: z.unknown(), posted: z.unknown(), more: z.unknown() });

const mentionsIn = (lists: readonly unknown[]): OperationId[] =>
  lists
    .flat(Number.POSITIVE_INFINITY)
    .filter(
      (one): one is OperationId =>
        typeof one === 'string' && (isWithdrawalId(one) || isTransactionId(one)),
    );
