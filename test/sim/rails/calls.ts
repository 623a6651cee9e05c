/** Calls that leave the product in a small world of one rail: each can be its last, or be lost. */
import { UnavailableError } from '../../../lambdas/core/kernel/errors.ts';

export const faults = ['crash-before', 'crash-after', 'lost-before', 'lost-after'] as const;
export type Fault = (typeof faults)[number];
/** The call, counted from 0, that fails, and how. */
export type FaultAt = { call: number; fault: Fault };

/** The function has died: whatever it was about to do is not done. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** Only calls of a visit count, and fail: what a script does meanwhile is not the product's. */
export function makeCalls(faultAt: FaultAt | null) {
  let calls = 0;
  let isCalm = true;
  return {
    count: (): number => calls,
    crossing: async <T>(apply: () => Promise<T>): Promise<T> => {
      const number = calls;
      if (!isCalm) calls += 1;
      const fault = !isCalm && faultAt?.call === number ? faultAt.fault : null;
      if (fault === 'crash-before') throw new Crash();
      if (fault === 'lost-before') throw new UnavailableError('lost');
      const answer = await apply();
      if (fault === 'crash-after') throw new Crash();
      if (fault === 'lost-after') throw new UnavailableError('lost');
      return answer;
    },
    visit: async (step: () => Promise<void>): Promise<void> => {
      isCalm = false;
      try {
        await step();
      } catch (error) {
        // It is rung for again: what a step throws is never the end of anything.
        if (!(error instanceof Crash) && !(error instanceof UnavailableError)) throw error;
      } finally {
        isCalm = true;
      }
    },
  };
}
