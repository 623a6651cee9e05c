/** Calls the API as a client does, for the benchmark. */
import { randomUUID } from 'node:crypto';
import { type Agent, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** Answers the body. Rejects with what was said last where that is no success. */
export type Call = <T>(method: string, path: string, body?: object, key?: string) => Promise<T>;

/** How often something was not answered, whatever came of it later. */
export type Troubles = {
  /** 503 and 429: nothing was done, and the key may be used again. */
  refused: number;
  /** Nobody knows what was done. */
  lost: number;
};

/** A client that is refused so often gives up: a benchmark that asks for ever would hide that it was. */
const timesMax = 5;
/** How long a client waits where no `Retry-After` says it: twice as long each time. */
const firstPauseMs = 250;
const pauseMaxMs = 60_000;

/** What is refused or lost is asked for again with the same key, after a while, and not for ever. */
export function callerOf(
  apiUrl: string,
  agent: Agent,
  pause: (ms: number) => Promise<void> = (ms) => sleep(ms),
): { call: Call; troubles: Troubles } {
  const troubles: Troubles = { refused: 0, lost: 0 };
  const call: Call = async (method, at, body, key = randomUUID()) => {
    const headers = {
      authorization: 'Bearer dk_local_alice',
      'content-type': 'application/json',
      'idempotency-key': key,
    };
    const sent = body === undefined ? undefined : JSON.stringify(body);
    for (let nth = 1; ; nth += 1) {
      const { status, said, retryAfterMs } = await answerOf(
        apiUrl + at,
        { method, agent, headers },
        sent,
      );
      if (status !== null && status < 300) return said === '' ? null : JSON.parse(said);
      const failure = new Error(`${method} ${at}: ${status ?? 'no answer:'} ${said}`);
      const isRefused = status === 429 || status === 503;
      if (status !== null && !isRefused) throw failure;
      troubles[isRefused ? 'refused' : 'lost'] += 1;
      const pauseMs = retryAfterMs ?? firstPauseMs * 2 ** (nth - 1);
      if (nth === timesMax || pauseMs > pauseMaxMs) throw failure;
      await pause(pauseMs);
    }
  };
  return { call, troubles };
}

type Answer = {
  /** `null`: the answer was lost. */
  status: number | null;
  said: string;
  retryAfterMs: number | null;
};

const answerOf = (url: string, options: RequestOptions, body?: string): Promise<Answer> =>
  new Promise<Answer>((resolve, reject) => {
    const sent = request(url, options, (response) => {
      const { statusCode: status = 500, headers } = response;
      const retryAfterMs = msIn(headers['retry-after']);
      // An answer that breaks off is lost as well.
      text(response).then((said) => resolve({ status, said, retryAfterMs }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
  }).catch((error: unknown) => ({ status: null, said: String(error), retryAfterMs: null }));

/** Our API says seconds, and never a date (RFC 9110, section 10.2.3). */
const msIn = (retryAfter: string | undefined): number | null =>
  retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : null;
