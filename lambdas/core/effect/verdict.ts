/**
 * What an answer and a look-up prove of an effect (effect/effect.ts). A yes is believed at once. A no to what may have been sent
 * before, and a list that does not show it, are believed only when a second look says the same (reliability.md §4.5, §4.6).
 */
import type { Attempted } from '../kernel/outcome.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Learned, SendRecord } from '../store/send-record.ts';
import type { EffectKind, End, Found } from './kind.ts';

/** The code of what was not made because it can no longer be. */
export const expired = 'EXPIRED_UNUSED';

export const learnedBy = ({ refusedCode, nothingSince }: SendRecord): Learned => ({
  refusedCode,
  nothingSince,
});

/** What the answer to a call says of the effect, which may have been sent before. */
export function afterCall<I extends { effect: SendRecord }, T>(
  { settleMs, proofMs }: Pick<EffectKind<I, T>, 'settleMs' | 'proofMs'>,
  { effect }: I,
  answer: Attempted<T>,
  now: Instant,
): End<T> {
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
      return { is: 'waiting', until: later(now, settleMs), learned };
    default:
      return answer satisfies never;
  }
}

/** What never left us goes now, and nothing has to be looked up first, unless its key has run out in the meantime. */
export const neverSent = <I extends { effect: SendRecord }>(
  provider: Pick<EffectKind<I, never>, 'again' | 'deadFrom'>,
  item: I,
  now: Instant,
): End<never> | { is: 'to-send' } =>
  provider.deadFrom(item) === null || now < provider.again(item).until
    ? { is: 'to-send' }
    : { is: 'not-made', code: expired };

/** What a look-up says of it; `these`: one of them is it. */
export function afterLookUp<I extends { effect: SendRecord }, T>(
  provider: Pick<EffectKind<I, T>, 'settleMs' | 'proofMs' | 'reviewMs' | 'again' | 'deadFrom'>,
  item: I,
  found: Found<T>,
  now: Instant,
): End<T> | { is: 'to-send' } {
  const { sends, firstSentAt, refusedCode } = item.effect;
  const learned = learnedBy(item.effect);
  const wait = (until: Instant): End<T> => ({ is: 'waiting', until, learned });
  const seenTwice = (code: string): End<T> => {
    const nothingSince = learned.nothingSince ?? now;
    const until = later(nothingSince, provider.proofMs);
    return now < until
      ? { is: 'waiting', until, learned: { refusedCode, nothingSince } }
      : { is: 'not-made', code };
  };
  switch (found.found) {
    case 'void':
      return seenTwice(found.code);
    case 'wrong':
      return { is: 'for-a-person', why: found.why };
    case 'unclear':
      return now < later(firstSentAt, provider.reviewMs)
        ? wait(later(now, provider.settleMs))
        : { is: 'for-a-person', why: 'The provider does not say what became of it.' };
    case 'these': {
      const [value] = found.values;
      if (value !== undefined) return { is: 'taken', value, by: 'look-up' };
      // What was sent before the refused one may have been taken.
      if (refusedCode !== null)
        return sends === 1 ? { is: 'not-made', code: refusedCode } : seenTwice(refusedCode);
      const { from, until } = provider.again(item);
      if (now < from) return wait(from);
      if (now < until) return { is: 'to-send' };
      const deadFrom = provider.deadFrom(item);
      if (deadFrom === null)
        return { is: 'for-a-person', why: 'The provider may have forgotten what it was asked.' };
      return now < deadFrom ? wait(deadFrom) : seenTwice(expired);
    }
    default:
      return found satisfies never;
  }
}
