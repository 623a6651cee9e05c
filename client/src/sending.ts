/** Sends one call until it has an answer: the same bytes and the same key each time, waiting longer from time to time. */
import {
  ConnectionFailed,
  type DrawbridgeError,
  refusalIn,
  TimedOut,
  UnexpectedAnswer,
  WrongCall,
} from './errors.ts';
import { problemCodes } from './generated/operations.ts';

export type Settings = {
  fetch: typeof fetch;
  /** How often a call is sent again. */
  retries: number;
  /** How long one attempt may take, in milliseconds. */
  timeoutMs: number;
};

export type Sent = {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  /** Whether it does no more when it comes twice: a read, or it has an Idempotency-Key. */
  isRepeatable: boolean;
  signal?: AbortSignal;
};

export type Answer<Data> = { status: number; headers: Headers; data: Data };

/** Throws a WrongCall for settings by which no call could be sent, or none would ever end. */
export function verifySettings({ retries, timeoutMs }: { retries: number; timeoutMs: number }) {
  if (!Number.isInteger(retries) || retries < 0)
    throw new WrongCall(`retries is a whole number from 0, and not ${retries}.`);
  if (!(timeoutMs > 0 && timeoutMs <= timerMaxMs))
    throw new WrongCall(
      `timeoutMs is more than 0 and at most ${timerMaxMs}, and not ${timeoutMs}.`,
    );
}

/** The longest that a timer can wait (HTML Standard, "Timers": a signed 32-bit number of milliseconds). */
export const timerMaxMs = 2 ** 31 - 1;
const firstPauseMs = 500;
const pauseMaxMs = 8_000;
/** Who is told to wait longer is told so by an error, and decides. */
const retryAfterMaxMs = 60_000;
const knownCodes: ReadonlySet<string> = new Set(problemCodes);

/** The answer; throws a DrawbridgeError, or the reason of the signal that aborted it. */
export async function send<Data>(sent: Sent, settings: Settings): Promise<Answer<Data>> {
  // Whether an attempt may have been carried out of which no answer is known.
  let mayBeDone = false;
  for (let attempts = 1; ; attempts++) {
    const outcome: Outcome<Data> = await attempt<Data>(sent, settings, { attempts, mayBeDone });
    if (outcome.is === 'answer') return outcome.answer;
    mayBeDone = outcome.error.mayBeDone;
    const pauseMs = outcome.retryAfterMs ?? pauseBefore(attempts);
    const isOver = attempts > settings.retries || pauseMs > retryAfterMaxMs;
    if (isOver || !outcome.mayRetry) throw outcome.error;
    await pause(pauseMs, sent.signal);
  }
}

type Outcome<Data> =
  | { is: 'answer'; answer: Answer<Data> }
  | { is: 'error'; error: DrawbridgeError; mayRetry: boolean; retryAfterMs: number | null };

async function attempt<Data>(
  { url, method, headers, body, isRepeatable, signal }: Sent,
  settings: Settings,
  before: { attempts: number; mayBeDone: boolean },
): Promise<Outcome<Data>> {
  signal?.throwIfAborted();
  const isRead = method === 'GET';
  const unknown = { ...before, mayBeDone: !isRead };
  const failed = (error: DrawbridgeError): Outcome<Data> => ({
    ...{ is: 'error', error, mayRetry: isRepeatable, retryAfterMs: null },
  });
  // Some runtimes take whole numbers only.
  const timeout = AbortSignal.timeout(Math.ceil(settings.timeoutMs));
  let response: Response;
  let text: string;
  try {
    response = await settings.fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      // Whoever redirects is not the API, and must not be sent the key.
      redirect: 'manual',
    });
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    if (timeout.aborted) {
      const message = `${method} ${url} had no answer within ${settings.timeoutMs} ms.`;
      return failed(new TimedOut('TIMED_OUT', message, { ...unknown, cause }));
    }
    const message = `${method} ${url} had no answer (${reasonOf(cause)}).`;
    return failed(new ConnectionFailed('CONNECTION_FAILED', message, { ...unknown, cause }));
  }
  const { status } = response;
  const read = parsed(text);
  // Everything is answered by an object or a list, but for 204: an answer of nothing is one of something in between.
  const isAnswer = typeof read === 'object' && read !== null;
  if (status === 204 || (response.ok && isAnswer)) {
    const data = (status === 204 ? undefined : read) as Data;
    return { is: 'answer', answer: { status, headers: response.headers, data } };
  }
  // A refusal with 4xx says that nothing was done; but of an attempt before it nothing is known still.
  const told = status < 500 && !response.ok ? before : unknown;
  const said = read === unreadable ? null : refusalIn(read, knownCodes, told);
  const error =
    said ?? new UnexpectedAnswer(status, `${method} ${url} answered ${status}, unreadably.`, told);
  const mayRetry = status === 429 || (isRepeatable && (status >= 500 || response.ok));
  return { is: 'error', error, mayRetry, retryAfterMs: retryAfterIn(response.headers) };
}

const unreadable = Symbol('unreadable');
function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return unreadable;
  }
}

/** Why there was no answer. The words of `fetch` are in the cause where the runtime has one. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}

/** In seconds, or a date (RFC 9110, section 10.2.3). */
function retryAfterIn(headers: Headers): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** Twice as long each time, by a quarter more or less, so that those who were refused together do not come again together. */
const pauseBefore = (attempts: number): number =>
  Math.min(firstPauseMs * 2 ** (attempts - 1), pauseMaxMs) * (0.75 + Math.random() / 2);

/** Waits; rejects with the signal's reason when it is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
