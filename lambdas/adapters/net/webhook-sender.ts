/**
 * Sends one signed webhook: one attempt, to a checked public address, no redirects, with a bounded wait and answer. The wait
 * is bounded by a timer of the attempt itself, because not every way in which a connection can end is told to the request:
 * Node closes one that asks for an upgrade without a word (Node's HTTP documentation, event `upgrade`). Within it the
 * connection and the body have deadlines of their own. The answer's bytes are kept as they come, and never decompressed.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { lossOf } from '../../core/kernel/errors.ts';
import { webhookResponseBytesMax, webhookTimeoutMs } from '../../core/kernel/limits.ts';
import type { Clock } from '../../core/kernel/world.ts';
import type { Send } from '../../core/webhooks/deliver.ts';
import { secretsOf } from '../../core/webhooks/endpoint.ts';
import { webhookBodyMs, webhookConnectMs, webhookSlowMs } from '../../core/webhooks/limits.ts';
import { requestOf } from '../../core/webhooks/request.ts';
import { isAllowed, webhookUrlProblem } from '../../core/webhooks/url.ts';
import type { SendResult } from '../../core/webhooks/webhook.ts';
import { publicLookup } from './public-lookup.ts';

export type Deadlines = { totalMs: number; connectMs: number; bodyMs: number; slowMs: number };
const deadlines: Deadlines = {
  totalMs: webhookTimeoutMs,
  connectMs: webhookConnectMs,
  bodyMs: webhookBodyMs,
  slowMs: webhookSlowMs,
};

/** Signs by Standard Webhooks 1.0. A failed attempt is a result and no error. `allowedHosts` need not be public. */
export const webhookSender =
  (allowedHosts: readonly string[], clock: Clock, limits: Deadlines = deadlines): Send =>
  async (endpoint, delivery, onSlow) => {
    const failed = (error: string): SendResult => ({
      completedAt: clock.now(),
      httpStatus: null,
      responseBody: null,
      error,
      retryAfterSeconds: null,
    });
    if (webhookUrlProblem(endpoint.url, allowedHosts) !== null)
      return failed('WEBHOOK_URL_NOT_ALLOWED');
    const request = requestOf(endpoint, delivery);
    const url = new URL(request.url);
    const at = new Date(clock.now());
    const headers = {
      'user-agent': 'Drawbridge-Webhooks/1',
      'webhook-id': delivery.eventId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': secretsOf(endpoint, clock.now())
        .map((secret) => new Webhook(secret).sign(delivery.eventId, at, request.signed))
        .join(' '),
      ...(request.method === 'POST'
        ? {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(request.body)),
          }
        : {}),
    };
    const guard = isAllowed(url, allowedHosts) ? {} : { lookup: publicLookup(limits.connectMs) };
    const { method } = request;
    const seen: Seen = { response: null, chunks: [] };
    const sent = exchange(url, { method, headers, ...guard }, seen, limits);
    sent.send(request.method === 'POST' ? request.body : undefined);
    const lost = await within(limits, sent, onSlow);
    const { response, chunks } = seen;
    if (response === null) return failed(lost ?? 'NO_ANSWER');
    // The status is the receiver's answer: a body that is cut off or does not end is no reason to send the event again.
    return {
      completedAt: clock.now(),
      httpStatus: response.statusCode ?? null,
      responseBody: textOf(Buffer.concat(chunks)),
      error: null,
      retryAfterSeconds: secondsIn(response.headers['retry-after'], clock),
    };
  };

/** What has come of the answer so far. */
type Seen = { response: IncomingMessage | null; chunks: Buffer[] };
type Exchange = { ended: Promise<unknown>; send(body: string | undefined): void; giveUp(): void };

/** The first bytes as text. What is no UTF-8 takes more room as text than it was, and the text is as short as the bytes were. */
function textOf(bytes: Buffer): string {
  let text = bytes.subarray(0, webhookResponseBytesMax).toString('utf8');
  while (Buffer.byteLength(text) > webhookResponseBytesMax)
    text = text.slice(0, -Math.ceil((Buffer.byteLength(text) - webhookResponseBytesMax) / 3));
  return text.toWellFormed();
}

/** Waits for the end of an exchange, at most for so long. Answers why it failed; `null`: it did not. Nothing is left of it. */
async function within(
  { totalMs, slowMs }: Deadlines,
  { ended, giveUp }: Exchange,
  onSlow: () => void,
): Promise<string | null> {
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // An answer that came while this process was too busy to read it is read before anybody is called slow.
  const slow = setTimeout(() => setImmediate(() => isOver || onSlow()), slowMs);
  const over = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('TIMEOUT'), totalMs);
  });
  try {
    return await Promise.race([ended.then(() => null, errorCode), over]);
  } finally {
    isOver = true;
    clearTimeout(timer);
    clearTimeout(slow);
    giveUp();
  }
}

type RequestOptions = {
  method: string;
  headers: Record<string, string>;
  lookup?: LookupFunction;
};

/** One request, and the first `webhookResponseBytesMax` bytes of its answer, or as many as come; the rest is not read. */
function exchange(
  url: URL,
  options: RequestOptions,
  seen: Seen,
  { connectMs, bodyMs }: Deadlines,
): Exchange {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const after = (ms: number, then: () => void) => {
    const timer = setTimeout(then, ms);
    timers.add(timer);
    return timer;
  };
  const begin = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = begin(url, { agent: false, ...options }, (response) => {
    seen.response = response;
    after(bodyMs, resolve);
    readInto(seen.chunks, response).then(resolve, reject);
  });
  request.on('socket', (socket: Socket) => {
    const timer = after(connectMs, () => reject(new Error('CONNECT_TIMEOUT')));
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
  });
  // 101 is the answer of a receiver that wants to speak another protocol, which is no success.
  request.on('upgrade', (response, socket) => {
    seen.response = response;
    socket.destroy();
    resolve();
  });
  request.on('error', reject);
  return {
    ended,
    send: (body) => {
      request.end(body);
    },
    giveUp: () => {
      for (const timer of timers) clearTimeout(timer);
      request.destroy();
    },
  };
}

async function readInto(chunks: Buffer[], response: IncomingMessage): Promise<void> {
  let length = 0;
  for await (const chunk of response) {
    const bytes = chunk as Buffer;
    chunks.push(bytes);
    length += bytes.length;
    if (length >= webhookResponseBytesMax) break;
  }
  response.destroy();
}

/** The seconds of a `Retry-After` header, which is a number or a date (RFC 9110, section 10.2.3); null if it is neither. */
function secondsIn(header: string | undefined, clock: Clock): number | null {
  if (header === undefined) return null;
  const seconds = /^\d+$/.test(header)
    ? Number(header)
    : (Date.parse(header) - clock.now()) / 1_000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

const ownErrors: ReadonlySet<string> = new Set(['WEBHOOK_URL_NOT_ALLOWED', 'CONNECT_TIMEOUT']);

const errorCode = (error: unknown): string =>
  error instanceof Error && ownErrors.has(error.message) ? error.message : lossOf(error);
