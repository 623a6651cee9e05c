/**
 * Sends one signed webhook: one attempt, to a checked public address, no redirects, with a bounded wait and answer. The wait
 * is bounded by a timer of the attempt itself, because not every way in which a connection can end is told to the request:
 * Node closes one that asks for an upgrade without a word (Node's HTTP documentation, event `upgrade`).
 */
import { lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { errorName } from '../../core/kernel/errors.ts';
import { webhookResponseBytesMax, webhookTimeoutMs } from '../../core/kernel/limits.ts';
import type { Clock } from '../../core/kernel/world.ts';
import { isAllowed, isPublic, webhookUrlProblem } from '../../core/webhooks/url.ts';
import type { Delivery, SendResult, WebhookEndpoint } from '../../core/webhooks/webhook.ts';

export type WebhookSender = (endpoint: WebhookEndpoint, delivery: Delivery) => Promise<SendResult>;

/** Resolves a name for the socket and refuses it if any address is not public: no later lookup can change the address. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const refused = addresses?.find(({ address }) => !isPublic(address));
    if (error === null && refused === undefined && addresses[0] !== undefined) {
      if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0].address, addresses[0].family);
    } else callback(error ?? new Error('WEBHOOK_URL_NOT_ALLOWED'), []);
  });
};

/** Signs by Standard Webhooks 1.0. A failed attempt is a result and no error. `allowedHosts` need not be public. */
export const webhookSender =
  (
    allowedHosts: readonly string[],
    clock: Clock,
    timeoutMs: number = webhookTimeoutMs,
  ): WebhookSender =>
  async (endpoint, delivery) => {
    const failed = (error: string): SendResult => ({
      completedAt: clock.now(),
      httpStatus: null,
      responseBody: null,
      error,
      retryAfterSeconds: null,
    });
    if (webhookUrlProblem(endpoint.url, allowedHosts) !== null)
      return failed('WEBHOOK_URL_NOT_ALLOWED');
    const url = new URL(endpoint.url);
    const at = new Date(clock.now());
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Drawbridge-Webhooks/1',
      'webhook-id': delivery.eventId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(endpoint.secret).sign(delivery.eventId, at, delivery.body),
      'content-length': String(Buffer.byteLength(delivery.body)),
    };
    const guard = isAllowed(url, allowedHosts) ? {} : { lookup: publicLookup };
    const seen: Seen = { response: null, chunks: [] };
    const lost = await within(timeoutMs, exchange(url, { headers, ...guard }, delivery.body, seen));
    const { response, chunks } = seen;
    if (response === null) return failed(lost ?? 'NO_ANSWER');
    // The status is the receiver's answer: a body that is cut off or does not end is no reason to send the event again.
    return {
      completedAt: clock.now(),
      httpStatus: response.statusCode ?? null,
      responseBody: Buffer.concat(chunks).subarray(0, webhookResponseBytesMax).toString('utf8'),
      error: null,
      retryAfterSeconds: secondsIn(response.headers['retry-after'], clock),
    };
  };

/** What has come of the answer so far. */
type Seen = { response: IncomingMessage | null; chunks: Buffer[] };
type Exchange = { ended: Promise<unknown>; giveUp(): void };

/** Waits for the end of an exchange, at most for so long. Answers why it failed; `null`: it did not. Nothing is left of it. */
async function within(ms: number, { ended, giveUp }: Exchange): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('TIMEOUT'), ms);
  });
  try {
    return await Promise.race([ended.then(() => null, errorCode), over]);
  } finally {
    clearTimeout(timer);
    giveUp();
  }
}

/** One request, and the first `webhookResponseBytesMax` bytes of its answer, or as many as come; the rest is not read. */
function exchange(
  url: URL,
  options: { headers: Record<string, string>; lookup?: LookupFunction },
  body: string,
  seen: Seen,
): Exchange {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const request = send(url, { method: 'POST', agent: false, ...options }, (response) => {
    seen.response = response;
    readInto(seen.chunks, response).then(resolve, reject);
  });
  // 101 is the answer of a receiver that wants to speak another protocol, which is no success.
  request.on('upgrade', (response, socket) => {
    seen.response = response;
    socket.destroy();
    resolve();
  });
  request.on('error', reject);
  request.end(body);
  return {
    ended,
    giveUp: () => {
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

const errorCode = (error: unknown): string => {
  if (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string'
  )
    return error.code;
  return error instanceof Error && error.message === 'WEBHOOK_URL_NOT_ALLOWED'
    ? error.message
    : errorName(error);
};
