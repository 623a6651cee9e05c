/** Makes one HTTP call to a provider: one attempt, a hard timeout, no redirects, a bounded answer. */
import { errorName } from '../../core/kernel/errors.ts';
import { callTimeoutMs } from '../../core/kernel/limits.ts';
import type { Answer, NotSent } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';

export type HttpReply =
  | { reply: 'answered'; status: number; headers: Headers; body: unknown }
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

/** Whether the provider works, which is what circuit breakers count: a refusal (4xx) is a sign of health. */
export const isWell = (reply: HttpReply): boolean =>
  reply.reply === 'answered' && reply.status < 500;

const usualAnswerBytesMax = 256 * 1024;

export type CallJson = typeof callJson;
/**
 * Sends JSON, never throws, and has ended after `callTimeoutMs` in any case: the deadline covers connecting, the headers and
 * the body, and does not rely on `fetch` to notice it. A body that is no JSON becomes `null`.
 */
export async function callJson(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  headers: Record<string, string>,
  body?: string,
  answerBytesMax = usualAnswerBytesMax,
): Promise<HttpReply> {
  const ending = new AbortController();
  const call = exchange(
    url,
    {
      method,
      headers: { accept: 'application/json', ...headers },
      redirect: 'manual',
      signal: ending.signal,
      ...(body === undefined ? {} : { body }),
    },
    answerBytesMax,
  );
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<HttpReply>((resolve) => {
    timer = setTimeout(() => resolve({ reply: 'lost', why: 'TimeoutError' }), callTimeoutMs);
  });
  const reply = await Promise.race([call, deadline]);
  clearTimeout(timer);
  ending.abort(); // The socket of an answer that nobody waits for any more is closed.
  return reply;
}

async function exchange(url: string, init: RequestInit, bytesMax: number): Promise<HttpReply> {
  try {
    const response = await fetch(url, init);
    const text = await textOf(response, bytesMax);
    if (text === 'too-large') return { reply: 'lost', why: 'answer too large' };
    const { status, headers } = response;
    return { reply: 'answered', status, headers, body: text && jsonOrNull(text.utf8) };
  } catch (error) {
    return { reply: 'lost', why: causeCode(error) ?? errorName(error) };
  }
}

/** The whole body; `null` when it is no UTF-8. No more than `bytesMax` of it is kept, however much is sent. */
export async function textOf(
  { body }: Response,
  bytesMax: number,
): Promise<{ utf8: string } | 'too-large' | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return 'too-large';
    chunks.push(chunk);
  }
  try {
    return { utf8: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return null; // A letter that was lost may have been part of an id.
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

/** The socket's error code, which `fetch` puts into `cause`. */
export function causeCode(error: unknown): string | null {
  const cause = (error as { cause?: { code?: unknown } }).cause;
  return typeof cause?.code === 'string' ? cause.code : null;
}
