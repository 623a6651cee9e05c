/**
 * One HTTP request and its whole answer, over a connection that is kept: one attempt, no redirects, a bounded answer, and an end in
 * any case. By Node's own client: `fetch` took three times the CPU, and its library as long to load as a small function.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
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

/** No answer came, or none that is usable. The request may have arrived. */
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
const agents = { http: noting(new HttpAgent(kept)), https: noting(new HttpsAgent(kept)) };

/** How a request leaves the process. The simulation puts its models here. */
export const wire: { exchange(request: HttpRequest): Promise<HttpAnswer> } = { exchange };

/** Throws when no usable answer has come in time: a LostAnswerError, or whatever Node throws; `lossOf` (core/kernel/errors.ts) says why. */
async function exchange(asked: HttpRequest): Promise<HttpAnswer> {
  const { method, body, answerBytesMax } = asked;
  const url = new URL(asked.url);
  const [agent, send] =
    url.protocol === 'https:' ? [agents.https, httpsRequest] : [agents.http, httpRequest];
  dropSleptOn(agent);
  const headers = {
    ...{ 'user-agent': 'Drawbridge/1', 'accept-encoding': 'gzip', ...asked.headers },
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const request = send(url, { method, headers, agent });
  const deadline = setTimeout(() => reject(new LostAnswerError('TIMEOUT')), asked.timeoutMs);
  let answer: IncomingMessage | null = null;
  request.on('response', (response) => {
    answer = response;
    const { statusCode: status = 0, headers: said } = response;
    bodyOf(response, answerBytesMax).then(
      (bytes) => resolve({ status, headers: said, body: textOf(bytes) }),
      reject,
    );
  });
  // Node closes a connection that asks for another protocol without a word (Node's HTTP documentation, event `upgrade`).
  request.on('upgrade', (_, socket) => {
    socket.destroy();
    reject(new LostAnswerError('UPGRADE'));
  });
  request.on('error', reject);
  request.end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
    // Nobody reads or writes on in secret, whatever the other side does.
    if (!(request.writableFinished && isWhole(answer))) request.destroy();
  }
}

const isWhole = (answer: IncomingMessage | null): boolean => answer?.complete === true;

const unpack = promisify(gunzip);
async function bodyOf(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const bytes = await bytesOf(response, bytesMax);
  const isPacked = /^(x-)?gzip$/i.test(response.headers['content-encoding'] ?? '');
  return isPacked && bytes.byteLength > 0
    ? await unpack(bytes, { maxOutputLength: bytesMax })
    : bytes;
}

function bytesOf(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) reject(new LostAnswerError('TOO_LARGE'));
    else chunks.push(chunk);
  });
  response.on('end', () => resolve(Buffer.concat(chunks)));
  response.on('error', reject);
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

/** When a connection was last used. It holds on to none. */
const restingSince = new WeakMap<Duplex, number>();
function noting<A extends HttpAgent>(agent: A): A {
  const keep = agent.keepSocketAlive.bind(agent);
  agent.keepSocketAlive = (socket) => {
    restingSince.set(socket, systemClock.now());
    return keep(socket);
  };
  return agent;
}

/** Lambda freezes a process that rests, its timers too, but the other side does not wait (AWS Lambda guide, "Execution environment lifecycle"). */
function dropSleptOn({ freeSockets }: HttpAgent): void {
  const before = systemClock.now() - idleMs;
  for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? []))
    if ((restingSince.get(socket) ?? 0) <= before) socket.destroy();
}
