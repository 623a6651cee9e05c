/** What Alpaca's replies mean for who asked: certain only where it says so in its documented words (providers.md §1.1). */
import * as z from 'zod';
import type { BrokerageRefusal } from '../../core/brokerage/brokerage.ts';
import type { Answer, Attempted, NotNow } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';
import { type HttpReply, noAnswer, noOutcome } from '../net/http.ts';

const ErrorShape = z.object({ code: z.number().int(), message: z.string() });

/** Why it was refused, when Alpaca says so in its own envelope: the code begins with the status (§1.1). Else null. */
function refusalIn(status: number, body: unknown): BrokerageRefusal | null {
  const { data } = ErrorShape.safeParse(body);
  if (data === undefined || !String(data.code).startsWith(String(status))) return null;
  const refusals: Record<number, BrokerageRefusal> = {
    400: 'invalid',
    403: 'not-available',
    404: 'no-such-account',
  };
  return refusals[status] ?? null;
}

/** For people: what an error is called. */
const errorCode = (body: unknown): string => {
  const { data } = ErrorShape.safeParse(body);
  return data === undefined ? 'unknown_error' : String(data.code);
};

export const unexpected = {
  ok: false,
  refused: false,
  why: 'an answer of another shape than documented',
} as const;

type Answered = HttpReply & { reply: 'answered' };

/** Anything that is not in documented words. */
export const unknown = ({ status, body }: Answered): { outcome: 'UNKNOWN'; why: string } => ({
  outcome: 'UNKNOWN',
  why: `${status} ${errorCode(body)}`,
});

/** The end of the wait that a 429 asks for; null when it is none, or does not say in the documented header. */
function resetOf({ status, headers }: Answered): Instant | null {
  const reset = headers.get('x-ratelimit-reset');
  if (status !== 429 || reset === null || !/^\d{1,11}$/.test(reset)) return null;
  return (Number(reset) * 1_000) as Instant;
}

/** A 429 that says until when. */
export const notNow = (reply: Answered): NotNow | null => {
  const until = resetOf(reply);
  return until === null ? null : { outcome: 'NOT_NOW', until, why: `429 ${errorCode(reply.body)}` };
};

/** What a question was answered with. */
export function answerFrom<T>(shape: z.ZodType<T>, reply: HttpReply): Answer<T> {
  if (reply.reply !== 'answered') return noAnswer(reply);
  const { status, body } = reply;
  if (status >= 200 && status < 300) {
    const parsed = shape.safeParse(body);
    return parsed.success ? { ok: true, value: parsed.data } : unexpected;
  }
  const why = `${status} ${errorCode(body)}`;
  const until = resetOf(reply);
  if (until !== null) return { ok: false, refused: false, why, until };
  return { ok: false, refused: refusalIn(status, body) !== null, why };
}

/** The classification of reliability.md §4.0.1: certain only when the provider says so in its documented words. */
export function outcomeFrom<T>(
  reply: HttpReply,
  shape: z.ZodType<T>,
  isAsked: (made: T) => boolean,
): Attempted<T> {
  if (reply.reply !== 'answered') return noOutcome(reply);
  const { status, body } = reply;
  if (status >= 200 && status < 300) {
    const parsed = shape.safeParse(body);
    if (!parsed.success) return { outcome: 'UNKNOWN', why: unexpected.why };
    if (!isAsked(parsed.data)) return { outcome: 'UNKNOWN', why: 'something else was made' };
    return { outcome: 'APPLIED', value: parsed.data };
  }
  const code = refusalIn(status, body);
  if (code !== null) return { outcome: 'NOT_APPLIED', code };
  // 422: the key was used with other bytes. That is a bug of ours, and says nothing about the cash.
  return notNow(reply) ?? unknown(reply);
}
