/** Sends one signed webhook: one attempt, to a checked public address, no redirects, with a bounded wait and answer. */
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
  (allowedHosts: readonly string[], clock: Clock): WebhookSender =>
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
    try {
      const guard = isAllowed(url, allowedHosts) ? {} : { lookup: publicLookup };
      const response = await post(url, { headers, ...guard }, delivery.body);
      const responseBody = await firstBytes(response);
      return {
        completedAt: clock.now(),
        httpStatus: response.statusCode ?? null,
        responseBody,
        error: null,
        retryAfterSeconds: secondsIn(response.headers['retry-after'], clock),
      };
    } catch (error) {
      return failed(errorCode(error));
    }
  };

function post(
  url: URL,
  options: { headers: Record<string, string>; lookup?: LookupFunction },
  body: string,
): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const signal = AbortSignal.timeout(webhookTimeoutMs);
  return new Promise((resolve, reject) => {
    const request = send(url, { method: 'POST', agent: false, signal, ...options }, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** The first `webhookResponseBytesMax` bytes of the body, or as many as came. The rest is not read. */
async function firstBytes(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      const bytes = chunk as Buffer;
      chunks.push(bytes);
      length += bytes.length;
      if (length >= webhookResponseBytesMax) break;
    }
  } catch {
    // The body was cut off or took longer than the attempt may. The status is the receiver's answer: a body that does not
    // end is no reason to send the event again.
  }
  response.destroy();
  return Buffer.concat(chunks).subarray(0, webhookResponseBytesMax).toString('utf8');
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
