/** Reads rows that reconciliation compares: anybody may have written them. */
import { isWithdrawalId } from '../../core/kernel/ids.ts';
import type { Unreadable } from '../../core/reconcile/books.ts';
import { idIn } from './fields.ts';
import type { Row } from './keys.ts';

/** A row that does not parse is a difference to report and must not stop the run: anybody may have written it. */
export function readable<T extends object>(row: Row, from: (row: unknown) => T): T | Unreadable {
  try {
    return from(row);
  } catch (error) {
    const [pk, sk] = [String(row['pk']), String(row['sk'])];
    const id = idIn(pk);
    const withdrawalId = isWithdrawalId(id) ? id : null;
    const claimed = row['transferId'];
    const transferId = typeof claimed === 'string' ? claimed : null;
    return { row: `${pk} ${sk}`, why: reasonOf(error), withdrawalId, transferId, memos: [] };
  }
}

const reasonMax = 200;
export const reasonOf = (error: unknown): string =>
  String((error as { message?: unknown }).message).slice(0, reasonMax);
