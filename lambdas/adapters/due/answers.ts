/**
 * What an answer of Due's proves (reliability.md §4.0.1). Only a refusal in Due's own words proves anything, and not
 * one of those that speak of us instead of the request: they pass when somebody puts our account right.
 */
import * as z from 'zod';
import type { Answer, Attempted } from '../../core/kernel/outcome.ts';
import { type HttpReply, noAnswer, noOutcome } from '../net/http.ts';

/** Both error envelopes (providers.md §2.2). */
const ErrorShape = z.object({ code: z.string().optional(), error_code: z.string().optional() });

const codeIn = (body: unknown): string => {
  const { data } = ErrorShape.safeParse(body);
  return data?.code ?? data?.error_code ?? 'unknown_error';
};

/** 4xx that say nothing about the request itself: credentials, limits and time-outs. */
const notAboutTheRequest = new Set([401, 408, 425, 429]);
/** Codes that speak of our account there (providers.md, appendix A). */
const aboutUs =
  /^err_(signin|wallet_signin|credential|otp|token|signup|tos|platform|kyc|endorsement|account|unauthorized|rate_limit)/;
/** Of the 403s, those that are a verdict on the transfer. */
const verdicts = /^err_(aml|policy)_/;

/** The code of a refusal of this very request; `null` when the answer is none. The code counts, its status is not reliable (§2.2). */
function refusalIn({ status, body }: { status: number; body: unknown }): string | null {
  if (status < 400 || status >= 500 || notAboutTheRequest.has(status)) return null;
  const code = codeIn(body);
  if (!code.startsWith('err_') || aboutUs.test(code)) return null;
  return status === 403 && !verdicts.test(code) ? null : code;
}

const isYes = (status: number): boolean => status >= 200 && status < 300;

/**
 * Whether Due works for us: a no to this very request is an answer in good health. Where the no is to us (our key, our
 * limits), no other request would fare better: work waits as if Due were down.
 */
export const isDueWell = (reply: HttpReply): boolean =>
  reply.reply === 'answered' &&
  (isYes(reply.status) ? reply.body !== null : refusalIn(reply) !== null);

/** The answer to a question. */
export function answerFrom<T>(shape: z.ZodType<T>, reply: HttpReply): Answer<T> {
  if (reply.reply !== 'answered') return noAnswer(reply);
  const { status, body } = reply;
  if (!isYes(status))
    return { ok: false, refused: refusalIn(reply) !== null, why: `${status} ${codeIn(body)}` };
  const parsed = shape.safeParse(body);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, refused: false, why: 'an answer of another shape than documented' };
}

/** The outcome of a call that moves money. `expected` says whether the answer is about what was asked for. */
export function outcomeFrom<T>(
  shape: z.ZodType<T>,
  reply: HttpReply,
  expected: (value: T) => boolean,
): Attempted<T> {
  if (reply.reply !== 'answered') return noOutcome(reply);
  const { status, body } = reply;
  if (isYes(status)) {
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
