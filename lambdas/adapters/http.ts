/** One HTTP call to a provider: one attempt, a hard timeout, no redirects, a bounded answer. */
import { errorName } from '../core/errors.ts';
import { callTimeoutMs } from '../core/limits.ts';

export type HttpReply =
  | { reply: 'answered'; status: number; headers: Headers; body: unknown }
  /** The connection was refused before anything was sent. Says nothing about earlier sends. */
  | { reply: 'not-sent'; why: string }
  /** It may have arrived. */
  | { reply: 'lost'; why: string };

const usualAnswerBytesMax = 256 * 1024;
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

export async function callJson(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  headers: Record<string, string>,
  body?: string,
  answerBytesMax = usualAnswerBytesMax,
): Promise<HttpReply> {
  try {
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(callTimeoutMs),
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (text.length > answerBytesMax) return { reply: 'lost', why: 'answer too large' };
    const { status, headers: answered } = response;
    return { reply: 'answered', status, headers: answered, body: jsonOrNull(text) };
  } catch (error) {
    const code = causeCode(error);
    return neverConnected.has(code)
      ? { reply: 'not-sent', why: code }
      : { reply: 'lost', why: code === '' ? errorName(error) : code };
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Not JSON: whoever reads it finds that it is not what the provider documents.
  }
}

/** `fetch` hides the socket's error in `cause`. */
function causeCode(error: unknown): string {
  const cause = (error as { cause?: { code?: unknown } }).cause;
  return typeof cause?.code === 'string' ? cause.code : '';
}
