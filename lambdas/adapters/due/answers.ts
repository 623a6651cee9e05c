/**
 * Says what Due's replies prove. Only an error code that Due documents (due.readme.io/docs/api-error-codes) proves that
 * nothing was done, and only if it is about the request: one about our account passes when somebody puts that right.
 */
import * as z from 'zod';
import type { Answer, Attempted } from '../../core/kernel/outcome.ts';
import { type HttpReply, noAnswer, noOutcome } from '../net/http.ts';

/** Due writes errors in two shapes: `error_code` beside `http_code`, or `code` beside `statusCode`. */
const ErrorShape = z.object({ code: z.string().optional(), error_code: z.string().optional() });

const codeIn = (body: unknown): string => {
  const { data } = ErrorShape.safeParse(body);
  return data?.code ?? data?.error_code ?? 'unknown_error';
};

/** These statuses say nothing about the request itself: credentials, limits and timeouts. */
const notAboutTheRequest = new Set([401, 408, 425, 429]);
/** Codes about our account at Due or its users (due.readme.io/docs/api-error-codes). */
const aboutUs =
  /^err_(signin|wallet_signin|credential|otp|token|signup|tos|platform|kyc|endorsement|account|unauthorized|rate_limit)/;
/** The codes with status 403 that are a verdict on the transfer and not on our credentials. */
const verdicts = /^err_(aml|policy)_/;

/** The code of a refusal of this very request, else `null`. The code decides: Due's pages give it different statuses. */
function refusalIn({ status, body }: { status: number; body: unknown }): string | null {
  if (status < 400 || status >= 500 || notAboutTheRequest.has(status)) return null;
  const code = codeIn(body);
  if (!code.startsWith('err_') || aboutUs.test(code)) return null;
  return status === 403 && !verdicts.test(code) ? null : code;
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Whether Due works for us. It refuses a request in good health; if it refuses us (key, limits), all requests would fail. */
export const isDueWell = (reply: HttpReply): boolean =>
  reply.reply === 'answered' &&
  (isSuccess(reply.status) ? reply.body !== null : refusalIn(reply) !== null);

/** The answer to a question. It is `refused` only by a documented error about this request. */
export function answerFrom<T>(shape: z.ZodType<T>, reply: HttpReply): Answer<T> {
  if (reply.reply !== 'answered') return noAnswer(reply);
  const { status, body } = reply;
  if (!isSuccess(status))
    return { ok: false, refused: refusalIn(reply) !== null, why: `${status} ${codeIn(body)}` };
  const parsed = shape.safeParse(body);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, refused: false, why: 'an answer of another shape than documented' };
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
    if (!parsed.success)
      return { outcome: 'UNKNOWN', why: 'an answer of another shape than documented' };
    return expected(parsed.data)
      ? { outcome: 'APPLIED', value: parsed.data }
      : { outcome: 'UNKNOWN', why: 'an answer about something else than was asked for' };
  }
  const code = refusalIn(reply);
  return code === null
    ? { outcome: 'UNKNOWN', why: `${status} ${codeIn(body)}` }
    : { outcome: 'NOT_APPLIED', code };
}
