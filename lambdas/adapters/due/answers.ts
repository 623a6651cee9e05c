/**
 * Says what Due's replies prove. Only an error code that Due documents (due.readme.io/docs/api-error-codes) proves that
 * nothing was done, and only if it is about the request: one about our account passes when somebody puts that right.
 */
import type * as z from 'zod';
import type { Answer, Attempted } from '../../core/kernel/outcome.ts';
import { type HttpReply, noAnswer, noOutcome } from '../net/http.ts';
import { unexpectedAnswer } from '../net/reading.ts';
import { codeIn, errorAboutRequest, refusalIn } from './refusals.ts';

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Whether Due works for us. It refuses a request in good health; if it refuses us (key, limits), all requests would fail. */
export const isDueWell = (reply: HttpReply): boolean =>
  reply.reply === 'answered' &&
  (isSuccess(reply.status) ? reply.body !== null : errorAboutRequest(reply) !== null);

/** The answer to a question. It is `refused` only by a documented error about this request. */
export function answerFrom<T>(shape: z.ZodType<T>, reply: HttpReply): Answer<T> {
  if (reply.reply !== 'answered') return noAnswer(reply);
  const { status, body } = reply;
  if (!isSuccess(status))
    return { ok: false, refused: refusalIn(reply) !== null, why: `${status} ${codeIn(body)}` };
  const parsed = shape.safeParse(body);
  return parsed.success ? { ok: true, value: parsed.data } : unexpectedAnswer;
}

/** The outcome of an action: only a success about what was asked for or a documented refusal leaves it not UNKNOWN. */
export function outcomeFrom<T>(
  shape: z.ZodType<T>,
  reply: HttpReply,
  expected: (value: T) => boolean,
): Attempted<T> {
  if (reply.reply !== 'answered') return noOutcome(reply);
  const { status, body } = reply;
  if (isSuccess(status)) {
    const parsed = shape.safeParse(body);
    if (!parsed.success) return { outcome: 'UNKNOWN', why: unexpectedAnswer.why };
    return expected(parsed.data)
      ? { outcome: 'APPLIED', value: parsed.data }
      : { outcome: 'UNKNOWN', why: 'an answer about something else than was asked for' };
  }
  const code = refusalIn(reply);
  return code === null
    ? { outcome: 'UNKNOWN', why: `${status} ${codeIn(body)}` }
    : { outcome: 'NOT_APPLIED', code };
}
