/** What the saved record of every effect says about its sends. */
import type { Instant } from '../kernel/time.ts';

/** `sends` counts a call before it is made, unless our breaker kept it back: only 0, or no record, means never sent. */
export type SendRecord = {
  sends: number;
  firstSentAt: Instant;
  lastSentAt: Instant;
  /** The provider's refusal of the last send: certain if that was the only one, otherwise look-ups decide. */
  refusedCode: string | null;
  /** When a look-up after the last send first showed that nothing came of it; `null`: none has. */
  nothingSince: Instant | null;
};

/** What a look that proved nothing has learned: it is saved in the record for the next look. */
export type Learned = Pick<SendRecord, 'refusedCode' | 'nothingSince'>;

/** The record of an effect that is about to be sent for the first time. */
export const firstSend = (now: Instant): SendRecord => ({
  sends: 1,
  firstSentAt: now,
  lastSentAt: now,
  refusedCode: null,
  nothingSince: null,
});

/** The record of an effect that is about to be sent once more. */
export const sentAgain = <E extends SendRecord & { version: number }>(
  effect: E,
  now: Instant,
): E => ({
  ...effect,
  version: effect.version + 1,
  sends: effect.sends + 1,
  firstSentAt: effect.sends === 0 ? now : effect.firstSentAt,
  lastSentAt: now,
  refusedCode: null,
  nothingSince: null,
});

/** The record after a call that our circuit breaker kept back: that send does not count. */
export const notSent = <E extends SendRecord & { version: number }>(effect: E): E => ({
  ...effect,
  version: effect.version + 1,
  sends: effect.sends - 1,
});
