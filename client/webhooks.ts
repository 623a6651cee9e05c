/**
 * Verifies what Drawbridge sends to a webhook endpoint, by Standard Webhooks 1.0 (https://www.standardwebhooks.com). It needs
 * nothing but Node; libraries of Standard Webhooks and of Svix verify the same.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** An event, as the body of a POST has it. `data` is the resource that it is about, as the API shows it. */
export type WebhookEvent<Data = unknown> = {
  /** The same on every attempt, redelivery and replay: who has handled it handles it no more. */
  id: string;
  type: string;
  timestamp: string;
  /** Of one withdrawal 1, 2, 3 … Those that an endpoint does not want are left out. */
  sequence: number;
  data: Data;
};

export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

type Headers =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

type Options = {
  /** How far the time of sending may be from ours, in seconds; 300 by default. */
  toleranceSeconds?: number;
  /** The time now, in milliseconds; the system's by default. */
  now?: number;
};

/**
 * Answers the event of a POST, given its body as it came (not parsed and written again), or the parameters of a GET, given its
 * query as it came, without the `?`. Throws a WebhookVerificationError for anything that was not sent by who has the secret.
 */
export function verifyWebhook<Data = unknown>(
  secret: string,
  sent: { headers: Headers; body: string | Uint8Array },
  options?: Options,
): WebhookEvent<Data>;
export function verifyWebhook(
  secret: string,
  sent: { headers: Headers; query: string },
  options?: Options,
): URLSearchParams;
export function verifyWebhook(
  secret: string,
  sent: { headers: Headers; body?: string | Uint8Array; query?: string },
  { toleranceSeconds = 300, now = Date.now() }: Options = {},
): WebhookEvent | URLSearchParams {
  const id = headerOf(sent.headers, 'webhook-id');
  const timestamp = headerOf(sent.headers, 'webhook-timestamp');
  const signatures = headerOf(sent.headers, 'webhook-signature').split(' ');
  if (!/^\d{1,12}$/.test(timestamp))
    throw new WebhookVerificationError('webhook-timestamp is no time in seconds');
  if (Math.abs(now / 1_000 - Number(timestamp)) > toleranceSeconds)
    throw new WebhookVerificationError('webhook-timestamp is too far from the time now');
  const content = sent.body ?? sent.query ?? '';
  const key = keyOf(secret);
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(content).digest();
  // While a secret is replaced there are two signatures; a version that is not known here is none.
  const isSigned = signatures.some((one) => {
    const [version, signature = ''] = one.split(',');
    const given = Buffer.from(signature, 'base64');
    return (
      version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
    );
  });
  if (!isSigned) throw new WebhookVerificationError('no signature in webhook-signature fits');
  if (sent.body === undefined) return new URLSearchParams(sent.query);
  const text = typeof sent.body === 'string' ? sent.body : new TextDecoder().decode(sent.body);
  return JSON.parse(text) as WebhookEvent;
}

/** A key of nothing, which is what a missing setting or no base64 would be, is one that everybody has. */
function keyOf(secret: string): Buffer {
  const text = secret.replace(/^whsec_/, '');
  const key = Buffer.from(text, 'base64');
  if (key.length === 0 || key.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
    throw new WebhookVerificationError(
      'the secret is not one of an endpoint, which begins with whsec_ and goes on in base64',
    );
  return key;
}

function headerOf(headers: Headers, name: string): string {
  const value =
    typeof headers.get === 'function'
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' || value === '')
    throw new WebhookVerificationError(`the header ${name} is missing`);
  return value;
}
