/**
 * One HTTP request and its whole answer, over a connection that is kept: one attempt, no redirects, a bounded answer, and an end in
 * any case. By Node's own client: `fetch` took three times the CPU, and its library as long to load as a small function.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createGunzip } from 'node:zlib';
import { errorName } from '../../core/kernel/errors.ts';
import { systemClock } from './clock.ts';

export type HttpRequest = {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** The most bytes of an answer, unpacked. */
  answerBytesMax: number;
  /** For connecting, the headers and the body together. */
  timeoutMs: number;
};
/** The names of headers are in small letters. A body of `null` is no UTF-8: a letter that was lost may have been part of an id. */
export type HttpAnswer = {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string | null;
};

/** No answer came, or none that is usable. The request may have arrived. `code` is Node's, or one of these. */
export class LostAnswerError extends Error {
  readonly code: 'TIMEOUT' | 'TOO_LARGE' | 'UPGRADE';
  constructor(code: LostAnswerError['code']) {
    super(code);
    this.code = code;
  }
}

/** So long a connection is kept that nobody uses. Servers keep theirs for 5 s (Node's) and more, and say so when it is less. */
const idleMs = 4_000;
const kept = { keepAlive: true, timeout: idleMs };
const agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) };
let underway = 0;
let restingSince = systemClock.now();

/** Lambda freezes a process that rests, its timers too, and the other side does not wait for it (AWS Lambda guide, "Execution environment lifecycle"). */
function dropFrozen(): void {
  if (underway > 0 || systemClock.now() - restingSince < idleMs) return;
  for (const agent of Object.values(agents)) agent.destroy();
}

/** How a request leaves the process. The simulation puts its models here. */
export const wire: { exchange(request: HttpRequest): Promise<HttpAnswer> } = { exchange };

/** Throws when no usable answer has come in time: a LostAnswerError, or an error of Node with its `code`. */
async function exchange(asked: HttpRequest): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const { method, url, body } = asked;
  dropFrozen();
  const isSecure = url.startsWith('https:');
  const headers = { 'user-agent': 'Drawbridge/1', 'accept-encoding': 'gzip', ...asked.headers };
  const options = { method, headers, agent: isSecure ? agents.https : agents.http };
  const request = (isSecure ? httpsRequest : httpRequest)(url, options);
  /** Nobody reads on in secret, whatever the other side sends. */
  const giveUp = (error: Error): void => {
    reject(error);
    request.destroy();
  };
  const deadline = setTimeout(() => giveUp(new LostAnswerError('TIMEOUT')), asked.timeoutMs);
  request.on('response', (response) => {
    const { statusCode: status = 0, headers } = response;
    wholeOf(response, asked.answerBytesMax).then(
      (bytes) => resolve({ status, headers, body: textOf(bytes) }),
      giveUp,
    );
  });
  // Node closes a connection that asks for another protocol without a word (Node's HTTP documentation, event `upgrade`).
  request.on('upgrade', (_, socket) => {
    socket.destroy();
    giveUp(new LostAnswerError('UPGRADE'));
  });
  request.on('error', giveUp);
  request.end(body);
  underway += 1;
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
    underway -= 1;
    restingSince = systemClock.now();
  }
}

function wholeOf(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const isPacked = response.headers['content-encoding'] === 'gzip';
  const source = isPacked ? response.pipe(createGunzip()) : response;
  const chunks: Buffer[] = [];
  let bytes = 0;
  source.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) {
      source.destroy();
      reject(new LostAnswerError('TOO_LARGE'));
    } else chunks.push(chunk);
  });
  source.on('end', () => resolve(Buffer.concat(chunks)));
  source.on('error', reject);
  // A pipe passes no error on.
  if (isPacked) response.on('error', reject);
  return promise;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
function textOf(bytes: Buffer): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Why nothing came back: the code or the name of what was thrown. A message may name the URL, which may hold a key. */
export function lossOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : errorName(error);
}
