/**
 * Calls that leave the product in a small world of one rail: each can be its last, be lost, or arrive twice, and before each of them
 * somebody else can do something.
 */
import { UnavailableError } from '../../../lambdas/core/kernel/errors.ts';

const losses = ['crash-before', 'crash-after', 'lost-before', 'lost-after', 'twice'] as const;
/** What others do at any moment: an operator, whoever deploys, the chain. Each world knows how. */
const happenings = ['ended', 'treasury-changed', 'undone'] as const;
export type Happening = (typeof happenings)[number];
export const faults = [...losses, ...happenings] as const;
export type Fault = (typeof faults)[number];
/** The call, counted from 0, that fails or before which it happens, and how. */
export type FaultAt = { call: number; fault: Fault };

/** The function has died: whatever it was about to do is not done. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

const isHappening = (fault: Fault): fault is Happening =>
  happenings.some((happening) => happening === fault);

/** Only calls of a visit count, and fail: what a script does meanwhile is not the product's. */
export function makeCalls(faultAt: FaultAt | null, happen: (what: Happening) => void) {
  let calls = 0;
  let isCalm = true;
  /** `arrives` is what comes twice, as when somebody between us and a node sends it again. */
  const crossing = async <T>(apply: () => Promise<T>, arrives: 'once' | 'perhaps-twice') => {
    const number = calls;
    if (!isCalm) calls += 1;
    const fault = !isCalm && faultAt?.call === number ? faultAt.fault : null;
    if (fault === 'crash-before') throw new Crash();
    if (fault === 'lost-before') throw new UnavailableError('lost');
    if (fault !== null && isHappening(fault)) happen(fault);
    if (fault === 'twice' && arrives === 'perhaps-twice') await apply();
    const answer = await apply();
    if (fault === 'crash-after') throw new Crash();
    if (fault === 'lost-after') throw new UnavailableError('lost');
    return answer;
  };
  return {
    count: (): number => calls,
    /** A write of our own books. The SDK repeats it under one token, so it never takes effect twice. */
    saving: <T>(apply: () => Promise<T>) => crossing(apply, 'once'),
    asking: <T>(apply: () => Promise<T>) => crossing(apply, 'perhaps-twice'),
    /** Answers whether the visit has come to its end. */
    visit: async (step: () => Promise<void>): Promise<boolean> => {
      isCalm = false;
      try {
        await step();
        return true;
      } catch (error) {
        // It is rung for again: what a step throws is never the end of anything.
        if (!(error instanceof Crash) && !(error instanceof UnavailableError)) throw error;
        return false;
      } finally {
        isCalm = true;
      }
    },
  };
}
