/**
 * JSON-RPC 2.0 over HTTP, as far as the nodes of all chains are asked alike. No word of an error names the node's URL, which may
 * hold a key.
 */
import { systemClock } from './clock.ts';
import { wire } from './exchange.ts';

export type RpcError = { code: number; message: string; data?: unknown };
/** `lost`: the node said nothing about this call, so nobody knows whether it was carried out. */
export type Answer = { result: unknown } | { error: RpcError } | { lost: Error };
/** What came back, whole. */
export type Reply = { status: number; text: string };

/** Posts a body and reads the whole answer, of at most so many bytes, until then (in ms since the epoch). Throws when none comes. */
export function postingTo(
  rpcUrl: string,
  answerBytesMax: number,
): (body: string, until: number) => Promise<Reply> {
  const { url, headers } = endpointOf(rpcUrl);
  return async (body, until) => {
    const timeoutMs = Math.max(1, until - systemClock.now());
    const asked = { method: 'POST', url, headers, body, timeoutMs } as const;
    const answer = await wire.exchange({ ...asked, answerBytesMax });
    return { status: answer.status, text: answer.body ?? '' };
  };
}

/** The request's own deadline does not count while a breaker lets few requests pass and this one waits for its turn. */
export async function inTime<T>(work: Promise<T>, until: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), Math.max(1, until - systemClock.now()) + 1);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A refusal, by JSON-RPC or by a 4xx, is a sign of health. */
export const isWell = ({ status }: Reply): boolean => status < 500;

/** What a node says of one call; `null`: nothing. */
export function answerIn(said: unknown): Answer | null {
  if (!isObject(said)) return null;
  const { error } = said;
  if (isObject(error)) {
    const { code, message, data } = error;
    return {
      error: {
        code: typeof code === 'number' ? code : 0,
        message: typeof message === 'string' ? message : '',
        data,
      },
    };
  }
  if (typeof error === 'string') return { error: { code: 0, message: error } };
  return 'result' in said ? { result: said['result'] } : null;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A user and a password in the URL become the header that they stand for (RFC 7617). */
function endpointOf(rpcUrl: string): { url: string; headers: Record<string, string> } {
  const url = new URL(rpcUrl);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const basic = `Basic ${Buffer.from(words).toString('base64')}`;
  return {
    url: url.toString(),
    headers: {
      'content-type': 'application/json',
      ...(username === '' && password === '' ? {} : { authorization: basic }),
    },
  };
}
