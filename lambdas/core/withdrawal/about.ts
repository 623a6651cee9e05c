/** Says that work is about a withdrawal. */
import { about, type Subject } from '../kernel/about.ts';
import { all } from '../kernel/all.ts';
import { stageSpanId, traceIdOf } from './trace.ts';
import type { Withdrawal } from './withdrawal.ts';

export type Watched = Pick<Withdrawal, 'id' | 'walletId' | 'createdAt' | 'history'>;

export const subjectOf = (withdrawal: Watched): Subject => ({
  withdrawalId: withdrawal.id,
  walletId: withdrawal.walletId,
  trace: { traceId: traceIdOf(withdrawal), parentId: stageSpanId(withdrawal) },
});

export const aboutWithdrawal = <T>(withdrawal: Watched, work: () => T): T =>
  about(subjectOf(withdrawal), work);

/** Does the work for each, side by side, and says meanwhile which withdrawal it is about. */
export const eachAbout = <O extends { withdrawal: Watched }, T>(
  ones: readonly O[],
  work: (one: O, index: number) => Promise<T>,
): Promise<T[]> =>
  all(ones.map((one, index) => aboutWithdrawal(one.withdrawal, () => work(one, index))));
