/**
 * What an answer and a look-up prove of an effect. A yes is believed at once; a no to a repetition, or a list without the
 * effect, only when a second look-up agrees: the first request may still be under way, and a list may be behind.
 */
import { retryDelaysSeconds } from '../kernel/limits.ts';
import type { Attempted } from '../kernel/outcome.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Learned, SendRecord } from '../store/send-record.ts';
import type { EffectKind, End, Found, Sending } from './kind.ts';

/** The code of an effect that was not made and can no longer be made. */
export const expired = 'EXPIRED_UNUSED';

/** What earlier looks have learned of an effect. */
export const learnedBy = ({ refusedCode, nothingSince }: SendRecord): Learned => ({
  refusedCode,
  nothingSince,
});

/** How long a call without an answer waits for its repetition, or for the look-up that comes before it. */
function unansweredMs<I extends Sending>(
  kind: Pick<EffectKind<I, never>, 'settleMs' | 'replay'>,
  item: I,
  now: Instant,
): number {
  const replay = kind.replay?.(item) ?? null;
  if (replay === null || now >= replay.until) return kind.settleMs;
  const { length } = retryDelaysSeconds;
  const seconds = retryDelaysSeconds[Math.min(item.effect.sends, length) - 1] ?? 0;
  return Math.min(seconds * 1_000, kind.settleMs);
}

/** What the answer to a call proves of the effect, which may have been sent before. */
export function afterCall<I extends Sending, T>(
  kind: Pick<EffectKind<I, T>, 'settleMs' | 'proofMs'> & Pick<EffectKind<I, never>, 'replay'>,
  item: I,
  answer: Attempted<T>,
  now: Instant,
): End<T> {
  const { effect } = item;
  const { settleMs, proofMs } = kind;
  const learned = learnedBy(effect);
  switch (answer.outcome) {
    case 'APPLIED':
      return { is: 'taken', value: answer.value, by: 'answer' };
    case 'NOT_APPLIED':
      return effect.sends === 1 || proofMs === 0
        ? { is: 'not-made', code: answer.code }
        : {
            is: 'waiting',
            until: later(now, settleMs),
            learned: { ...learned, refusedCode: answer.code },
          };
    case 'NOT_NOW':
      return { is: 'waiting', until: answer.until, learned };
    case 'NOT_SENT':
      return { is: 'not-sent', until: answer.until };
    case 'UNKNOWN':
      return { is: 'waiting', until: later(now, unansweredMs(kind, item, now)), learned };
    default:
      return answer satisfies never;
  }
}

/** An effect that was never sent is sent without a look-up, unless its key has run out in the meantime. */
export const neverSent = <I extends Sending>(
  kind: Pick<EffectKind<I, never>, 'again' | 'deadFrom'>,
  item: I,
  now: Instant,
): End<never> | { is: 'to-send' } =>
  kind.deadFrom(item) === null || now < kind.again(item).until
    ? { is: 'to-send' }
    : { is: 'not-made', code: expired };

/** What a look-up proves of the effect; the first of `these` is taken for it. */
export function afterLookUp<I extends Sending, T>(
  kind: Pick<
    EffectKind<I, T>,
    'settleMs' | 'proofMs' | 'looksApartMs' | 'reviewMs' | 'again' | 'deadFrom'
  >,
  item: I,
  found: Found<T>,
  now: Instant,
): End<T> | { is: 'to-send' } {
  const { sends, firstSentAt, refusedCode } = item.effect;
  const learned = learnedBy(item.effect);
  const wait = (until: Instant): End<T> => ({ is: 'waiting', until, learned });
  /** What two looks so far apart prove; until then, the wait for the second one. */
  const seenTwice = <E>(apartMs: number, proven: E): E | (End<T> & { is: 'waiting' }) => {
    const nothingSince = learned.nothingSince ?? now;
    const until = later(nothingSince, apartMs);
    return now < until ? { is: 'waiting', until, learned: { refusedCode, nothingSince } } : proven;
  };
  const gone = (code: string) => seenTwice<End<T>>(kind.proofMs, { is: 'not-made', code });
  const apartMs = kind.looksApartMs ?? 0;
  switch (found.found) {
    case 'void':
      return withSeen(gone(found.code), found.value);
    case 'wrong':
      return { is: 'for-a-person', why: found.why };
    case 'unclear':
      // Where looks are all that keeps it from being made twice, one that is unclear has them begin anew.
      if (apartMs > 0) learned.nothingSince = null;
      return now < later(firstSentAt, kind.reviewMs)
        ? wait(later(now, kind.settleMs))
        : { is: 'for-a-person', why: 'The provider does not say what became of it.' };
    case 'these': {
      const [value] = found.values;
      if (value !== undefined) return { is: 'taken', value, by: 'look-up' };
      // A send before the refused one may have been carried out.
      if (refusedCode !== null)
        return sends === 1 ? { is: 'not-made', code: refusedCode } : gone(refusedCode);
      const { from, until } = kind.again(item);
      if (now < from) return wait(from);
      if (now < until) return seenTwice(apartMs, { is: 'to-send' } as const);
      const deadFrom = kind.deadFrom(item);
      if (deadFrom === null)
        return { is: 'for-a-person', why: 'The provider may have forgotten what it was asked.' };
      return now < deadFrom ? wait(deadFrom) : gone(expired);
    }
    default:
      return found satisfies never;
  }
}

const withSeen = <T>(end: End<T>, seen: T | undefined): End<T> =>
  end.is === 'waiting' && seen !== undefined ? { ...end, seen } : end;
