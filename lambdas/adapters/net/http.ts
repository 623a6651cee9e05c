/** Makes one HTTP call to a provider, and says what came of it. */
import { lossOf } from '../../core/kernel/errors.ts';
import { callTimeoutMs } from '../../core/kernel/limits.ts';
import type { Answer, NotSent } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';
import { type HttpAnswer, type HttpRequest, wire } from './exchange.ts';

export type HttpReply =
  | (Omit<HttpAnswer, 'body'> & { reply: 'answered'; body: unknown })
  /** No usable answer came. The request may have arrived. */
  | { reply: 'lost'; why: string }
  /** The request was not sent: a circuit breaker is open until then. */
  | { reply: 'not-asked'; why: string; until: Instant };

export type Unanswered = Exclude<HttpReply, { reply: 'answered' }>;

/** The outcome of an action without an answer: NOT_SENT where that is certain, else UNKNOWN. */
export const noOutcome = (reply: Unanswered): NotSent | { outcome: 'UNKNOWN'; why: string } =>
  reply.reply === 'not-asked'
    ? { outcome: 'NOT_SENT', until: reply.until, why: reply.why }
    : { outcome: 'UNKNOWN', why: reply.why };

/** The answer to a question without an answer: not refused, and with the time until which the breaker is open. */
export const noAnswer = (reply: Unanswered): Answer<never> => ({
  ok: false,
  refused: false,
  why: reply.why,
  ...(reply.reply === 'not-asked' ? { until: reply.until } : {}),
});

/** The answer had more bytes than the caller takes. */
export const isTooLarge = (reply: HttpReply): boolean =>
  reply.reply === 'lost' && (reply.why === 'TOO_LARGE' || reply.why === 'ERR_BUFFER_TOO_LARGE');

/** Whether the provider works, which is what circuit breakers count: a refusal (4xx) is a sign of health, as is too long an answer. */
export const isWell = (reply: HttpReply): boolean =>
  reply.reply === 'answered' ? reply.status < 500 : isTooLarge(reply);

const usualAnswerBytesMax = 256 * 1024;

export type CallJson = typeof callJson;
/** Sends JSON, never throws, and has ended after `callTimeoutMs` in any case. A body that is no JSON becomes `null`. */
export async function callJson(
  method: HttpRequest['method'],
  url: string,
  headers: Record<string, string>,
  body?: string,
  answerBytesMax = usualAnswerBytesMax,
): Promise<HttpReply> {
  try {
    const answer = await wire.exchange({
      ...{ method, url, answerBytesMax, timeoutMs: callTimeoutMs },
      headers: { accept: 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const read = answer.body === null ? null : jsonOrNull(answer.body);
    return { reply: 'answered', ...answer, body: read };
  } catch (error) {
    return { reply: 'lost', why: lossOf(error) };
  }
}

/** `null`: it is no JSON, as a proxy's page or half an answer. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // No documented shape accepts null, so the caller sees an unexpected answer.
  }
}
