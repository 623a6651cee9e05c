/** Says what Alpaca's replies prove. An outcome is certain only where Alpaca says so in documented words. */
import * as z from 'zod';
import type { BrokerageRefusal } from '../../core/brokerage/brokerage.ts';
import type { Answer, Attempted, NotNow } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';
import { type HttpReply, noAnswer, noOutcome } from '../net/http.ts';
import { unexpectedAnswer } from '../net/reading.ts';

const ErrorShape = z.object({ code: z.number().int(), message: z.string() });

/** The refusal in Alpaca's error envelope, whose code begins with the status (as in 40310000 for 403); null without one. */
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

/** The code of an error, for people who read logs. Nothing is decided by it. */
const errorCode = (body: unknown): string => {
  const { data } = ErrorShape.safeParse(body);
  return data === undefined ? 'unknown_error' : String(data.code);
};

type Answered = HttpReply & { reply: 'answered' };

/** The outcome of a reply that no document explains. */
export const unknownOutcome = ({
  status,
  body,
}: Answered): { outcome: 'UNKNOWN'; why: string } => ({
  outcome: 'UNKNOWN',
  why: `${status} ${errorCode(body)}`,
});

/** The end of the wait that a 429 asks for in `X-RateLimit-Reset` (Unix seconds); null for any other reply. */
function resetOf({ status, headers }: Answered): Instant | null {
  const reset = headers['x-ratelimit-reset'];
  if (status !== 429 || typeof reset !== 'string' || !/^\d{1,11}$/.test(reset)) return null;
  return (Number(reset) * 1_000) as Instant;
}

/** The outcome of a 429 that says how long to wait: Alpaca did nothing. Null for any other reply. */
export const notNow = (reply: Answered): NotNow | null => {
  const until = resetOf(reply);
  return until === null ? null : { outcome: 'NOT_NOW', until, why: `429 ${errorCode(reply.body)}` };
};

/** The answer to a question. It is `refused` only by a documented error about this request. */
export function answerFrom<T>(shape: z.ZodType<T>, reply: HttpReply): Answer<T> {
  if (reply.reply !== 'answered') return noAnswer(reply);
  const { status, body } = reply;
  if (status >= 200 && status < 300) {
    const parsed = shape.safeParse(body);
    return parsed.success ? { ok: true, value: parsed.data } : unexpectedAnswer;
  }
  const why = `${status} ${errorCode(body)}`;
  const until = resetOf(reply);
  if (until !== null) return { ok: false, refused: false, why, until };
  return { ok: false, refused: refusalIn(status, body) !== null, why };
}

/** The outcome of an action: only a success about what was asked for or a documented refusal leaves it not UNKNOWN. */
export function outcomeFrom<T>(
  reply: HttpReply,
  shape: z.ZodType<T>,
  isAsked: (made: T) => boolean,
): Attempted<T> {
  if (reply.reply !== 'answered') return noOutcome(reply);
  const { status, body } = reply;
  if (status >= 200 && status < 300) {
    const parsed = shape.safeParse(body);
    if (!parsed.success) return { outcome: 'UNKNOWN', why: unexpectedAnswer.why };
    if (!isAsked(parsed.data)) return { outcome: 'UNKNOWN', why: 'something else was made' };
    return { outcome: 'APPLIED', value: parsed.data };
  }
  const code = refusalIn(status, body);
  if (code !== null) return { outcome: 'NOT_APPLIED', code };
  // 422 says that the key was used with other bytes: a bug of ours, which says nothing about the cash.
  return notNow(reply) ?? unknownOutcome(reply);
}
