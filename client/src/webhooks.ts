/**
 * Verifies what Drawbridge sends to a webhook endpoint, by Standard Webhooks 1.0 (https://www.standardwebhooks.com). It needs
 * WebCrypto and nothing else; libraries of Standard Webhooks and of Svix verify the same.
 */
import type { Webhooks } from './generated/types.ts';

/**
 * An event, as the body of a POST has it: one of those of the OpenAPI document, told apart by `type`. `id` is the same on every
 * attempt, redelivery and replay: who has handled it handles it no more. Events of your own (`POST /v1/webhooks`) have the
 * types and data that you gave them.
 */
export type WebhookEvent = Webhooks['body'];

export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

type SentHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export type VerifyOptions = {
  /** How far the time of sending may be from ours, in seconds; 300 by default. */
  toleranceSeconds?: number;
  /** The time now, in milliseconds; the system's by default. */
  now?: number;
};

/**
 * Answers the event of a POST, given its body as it came (not parsed and written again), or the parameters of a GET, given its
 * query as it came, without the `?`. Rejects with a WebhookVerificationError what was not sent by who has the secret.
 *
 * @example
 * async function receive(request: Request): Promise<Response> {
 *   const event = await verifyWebhook(secret, { headers: request.headers, body: await request.text() });
 *   if (event.type === 'withdrawal.completed') console.log(event.data.id, event.data.txHash);
 *   return new Response(null, { status: 204 });
 * }
 */
export function verifyWebhook<Event = WebhookEvent>(
  secret: string,
  sent: { headers: SentHeaders; body: string | Uint8Array },
  options?: VerifyOptions,
): Promise<Event>;
export function verifyWebhook(
  secret: string,
  sent: { headers: SentHeaders; query: string },
  options?: VerifyOptions,
): Promise<URLSearchParams>;
export async function verifyWebhook(
  secret: string,
  sent: { headers: SentHeaders; body?: string | Uint8Array; query?: string },
  { toleranceSeconds = 300, now = Date.now() }: VerifyOptions = {},
): Promise<unknown> {
  const id = headerOf(sent.headers, 'webhook-id');
  const timestamp = headerOf(sent.headers, 'webhook-timestamp');
  const signatures = headerOf(sent.headers, 'webhook-signature').split(' ');
  if (!/^\d{1,12}$/.test(timestamp))
    throw new WebhookVerificationError('webhook-timestamp is no time in seconds');
  // A tolerance that is no number, as of a setting that is missing, must not let everything through.
  if (!(Math.abs(now / 1_000 - Number(timestamp)) <= toleranceSeconds))
    throw new WebhookVerificationError('webhook-timestamp is too far from the time now');
  const content = sent.body ?? sent.query;
  if (typeof content !== 'string' && !(content instanceof Uint8Array))
    throw new WebhookVerificationError(
      'give the body as it came, as text or a Uint8Array, or the query as text',
    );
  const signed = joined(bytesOf(`${id}.${timestamp}.`), bytesOf(content));
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', keyOf(secret), hmac, false, ['verify']);
  // While a secret is replaced there are two signatures; a version that is not known here is none.
  const checks = signatures.map(async (one) => {
    const [version, signature = ''] = one.split(',');
    const given = version === 'v1' ? base64In(signature) : null;
    // WebCrypto compares in a time that tells nothing (Web Cryptography, HMAC, "Verify").
    return given !== null && crypto.subtle.verify('HMAC', key, given, signed);
  });
  if (!(await Promise.all(checks)).includes(true))
    throw new WebhookVerificationError('no signature in webhook-signature fits');
  if (sent.body === undefined) return new URLSearchParams(sent.query);
  return JSON.parse(typeof content === 'string' ? content : new TextDecoder().decode(content));
}

type Bytes = Uint8Array<ArrayBuffer>;
const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

function joined(first: Uint8Array, second: Uint8Array): Bytes {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** A key of nothing, which is what a missing setting or no base64 would be, is one that everybody has. */
function keyOf(secret: string): Bytes {
  const key = typeof secret === 'string' ? base64In(secret.replace(/^whsec_/, '')) : null;
  if (key === null || key.length === 0)
    throw new WebhookVerificationError(
      'the secret is not one of an endpoint, which begins with whsec_ and goes on in base64',
    );
  return key;
}

/** The bytes of a text in base64, with or without its padding; `null`: it is none. */
function base64In(text: string): Bytes | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text.replace(/=+$/, '')), (one) => one.charCodeAt(0));
  } catch {
    return null;
  }
}

function headerOf(headers: SentHeaders, name: string): string {
  const found =
    typeof headers.get === 'function'
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  // API Gateway's `multiValueHeaders`, and others, have a list of one.
  const value = Array.isArray(found) && found.length === 1 ? found[0] : found;
  if (typeof value !== 'string' || value === '')
    throw new WebhookVerificationError(`the header ${name} is missing`);
  return value;
}
