/** Calls a provider once, and tells what came of it. */
import { about } from '../kernel/about.ts';
import { errorName } from '../kernel/errors.ts';
import type { Attempted } from '../kernel/outcome.ts';
import type { Clock } from '../kernel/world.ts';
import { subjectOf } from '../withdrawal/about.ts';
import { type News, tell } from '../withdrawal/news.ts';
import { spanIdOf } from '../withdrawal/trace.ts';
import type { EffectKind, Sending } from './kind.ts';

/** The call of `kind`; what is asked of the provider meanwhile belongs to this attempt. */
export function ask<I extends Sending, T>(
  clock: Clock,
  kind: Pick<EffectKind<I, T>, 'name' | 'call'>,
  item: I,
): Promise<Attempted<T>> {
  const subject = subjectOf(item.withdrawal);
  const startedAt = clock.now();
  const { sends: send } = item.effect;
  const spanId = spanIdOf(item.withdrawal.id, kind.name, send, startedAt);
  const attempt = { is: 'attempt', what: kind.name, send, spanId, startedAt } as const;
  const ended = (how: Pick<News & { is: 'attempt' }, 'outcome' | 'why'>): void =>
    about(subject, () => tell({ ...attempt, endedAt: clock.now(), ...how }));
  const within = { ...subject, trace: { traceId: subject.trace?.traceId ?? '', parentId: spanId } };
  return about(within, async () => {
    try {
      const answer = await kind.call(item);
      ended({ outcome: answer.outcome, ...whyIn(answer) });
      return answer;
    } catch (error) {
      ended({ outcome: 'THREW', why: errorName(error) });
      throw error;
    }
  });
}

/** A provider may put any words into its codes. */
const whyMax = 80;

function whyIn(answer: Attempted<unknown>): { why?: string } {
  switch (answer.outcome) {
    case 'APPLIED':
      return {};
    case 'NOT_APPLIED':
      return { why: answer.code.slice(0, whyMax) };
    case 'NOT_NOW':
    case 'NOT_SENT':
    case 'UNKNOWN':
      return { why: answer.why.slice(0, whyMax) };
    default:
      return answer satisfies never;
  }
}
