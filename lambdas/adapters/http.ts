/** One HTTP call to a provider: one attempt, a hard timeout, no redirects, a bounded answer. */
import { errorName } from '../core/errors.ts';
import { callTimeoutMs } from '../core/limits.ts';

export type HttpReply =
  | { reply: 'answered'; status: number; body: unknown }
  /** It may have arrived. */
  | { reply: 'lost'; why: string };

const answerBytesMax = 256 * 1024;

export async function callJson(
  method: 'GET' | 'POST',
  url: string,
  headers: Record<string, string>,
  body?: string,
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
    return { reply: 'answered', status: response.status, body: jsonOrNull(text) };
  } catch (error) {
    return { reply: 'lost', why: causeCode(error) ?? errorName(error) };
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
function causeCode(error: unknown): string | null {
  const cause = (error as { cause?: { code?: unknown } }).cause;
  return typeof cause?.code === 'string' ? cause.code : null;
}
