import type { Instant } from '../kernel/time.ts';

/**
 * What the record of every effect says. `sends` counts a call before it is made, and no more when it was kept back: no record,
 * or 0, is all that means "never sent".
 */
export type SendRecord = {
  sends: number;
  firstSentAt: Instant;
  lastSentAt: Instant;
  /** The provider's no to the last send. To the only send it is certain; otherwise it has to be looked up first. */
  refusedCode: string | null;
  /** Since when look-ups after the last send have shown that nothing came of it; `null`: none has yet. */
  nothingSince: Instant | null;
};

/** What a visit that proved nothing has learned, for the next one: to be saved in the effect. */
export type Learned = Pick<SendRecord, 'refusedCode' | 'nothingSince'>;

export const firstSend = (now: Instant): SendRecord => ({
  sends: 1,
  firstSentAt: now,
  lastSentAt: now,
  refusedCode: null,
  nothingSince: null,
});

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

/** After a call that was kept back. */
export const notSent = <E extends SendRecord & { version: number }>(effect: E): E => ({
  ...effect,
  version: effect.version + 1,
  sends: effect.sends - 1,
});
