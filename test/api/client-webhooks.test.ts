/** The typed client verifies what the libraries of Standard Webhooks and Svix verify, and refuses what they refuse. */
import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Webhook as Standard } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';
import { verifyWebhook, WebhookVerificationError } from '../../client/src/webhooks.ts';
import { requestOf } from '../../lambdas/core/webhooks/request.ts';
import { deliveryOf, endpointOf } from '../support/webhooks.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const other = 'whsec_AAAQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const now = Date.now();
const event = { id: 'evt_1', type: 'withdrawal.completed', timestamp: 't', sequence: 4, data: {} };
const body = JSON.stringify(event);
const seconds = Math.floor(now / 1_000);
const sign = (by: string, text = body, at = seconds) =>
  new Standard(by).sign('evt_1', new Date(at * 1_000), text);
const headersOf = (signature: string, at: string | number = seconds) => ({
  'webhook-id': 'evt_1',
  'webhook-timestamp': String(at),
  'webhook-signature': signature,
});

// biome-ignore format: columns are the point
test.each<[string, boolean, { headers: Record<string, string>; text?: string }]>([
  ['as it was sent',              true,  { headers: headersOf(sign(secret)) }],
  ['signed by two secrets',       true,  { headers: headersOf(`${sign(other)} ${sign(secret)}`) }],
  ['of another version as well',  true,  { headers: headersOf(`v1a,${'A'.repeat(88)} ${sign(secret)}`) }],
  ['four minutes old',            true,  { headers: headersOf(sign(secret, body, seconds - 240), seconds - 240) }],
  ['by another secret',           false, { headers: headersOf(sign(other)) }],
  ['with another body',           false, { headers: headersOf(sign(secret)), text: `${body} ` }],
  ['with another id',             false, { headers: { ...headersOf(sign(secret)), 'webhook-id': 'evt_2' } }],
  ['with another time',           false, { headers: headersOf(sign(secret), seconds - 1) }],
  ['of another version',          false, { headers: headersOf(sign(secret).replace('v1,', 'v2,')) }],
  ['cut short',                   false, { headers: headersOf(sign(secret).slice(0, 20)) }],
  ['six minutes old',             false, { headers: headersOf(sign(secret, body, seconds - 360), seconds - 360) }],
  ['six minutes early',           false, { headers: headersOf(sign(secret, body, seconds + 360), seconds + 360) }],
  ['without a time',              false, { headers: { ...headersOf(sign(secret)), 'webhook-timestamp': '' } }],
  ['at no time',                  false, { headers: headersOf(sign(secret), 'soon') }],
  ['without a signature',         false, { headers: headersOf('') }],
])('what is %s: %p, with all three', async (_what, isGood, { headers, text = body }) => {
  for (const verify of [
    async () => new Standard(secret).verify(text, headers),
    async () => {
      new Svix(secret).verify(text, headers);
      return event;
    },
    () => verifyWebhook<unknown>(secret, { headers, body: text }),
    () =>
      verifyWebhook<unknown>(secret, { headers: new Headers(headers), body: Buffer.from(text) }),
  ])
    if (isGood) expect(await verify()).toEqual(event);
    else await expect(verify()).rejects.toThrow();
});

test.each(['', 'whsec_', 'whsec_!!!!', 'whsec_ ', 'nullnull!'])(
  'a secret that is none verifies nothing: %p',
  async (none) => {
    const empty = createHmac('sha256', Buffer.alloc(0)).update(`evt_1.${seconds}.${body}`);
    const headers = headersOf(`v1,${empty.digest('base64')}`);
    await expect(verifyWebhook(none, { headers, body })).rejects.toThrow(WebhookVerificationError);
  },
);

test('a tolerance or a clock that is no number lets nothing through', async () => {
  const old = seconds - 4_000_000;
  const headers = headersOf(sign(secret, body, old), old);
  for (const options of [{ toleranceSeconds: Number.NaN }, { now: Number.NaN }])
    await expect(verifyWebhook(secret, { headers, body }, options)).rejects.toThrow('too far');
});

test.each<[string, unknown]>([
  ['an object', event],
  ['nothing', undefined],
  ['an ArrayBuffer', new ArrayBuffer(8)],
])('a body that is %s is refused in words', async (_what, given) => {
  const sent = { headers: headersOf(sign(secret, '')), body: given as string };
  await expect(verifyWebhook(secret, sent)).rejects.toThrow('give the body as it came');
  await expect(verifyWebhook(undefined as never, { ...sent, body })).rejects.toThrow(
    'the secret is not one',
  );
});

test('headers may be lists of one', async () => {
  const lists = Object.entries(headersOf(sign(secret))).map(([name, one]) => [name, [one]]);
  expect(await verifyWebhook(secret, { headers: Object.fromEntries(lists), body })).toEqual(event);
});

test('a GET is verified by its query', async () => {
  const endpoint = endpointOf({
    method: 'GET',
    url: 'https://a.example/?x=%7e',
    urlParams: { to: '{who} & {event.id}' },
  });
  const request = requestOf(
    endpoint,
    deliveryOf({ body: JSON.stringify({ ...event, data: { who: 'é"<' } }) }),
  );
  if (request.method !== 'GET') throw new Error('no GET');
  const query = request.url.slice(request.url.indexOf('?') + 1);
  const headers = headersOf(sign(secret, query));
  const parameters = await verifyWebhook(secret, { headers, query });
  expect(Object.fromEntries(parameters)).toEqual({ x: '~', to: 'é"< & evt_1' });
  const changed = { headers, query: query.replace('evt_1', 'evt_2') };
  await expect(verifyWebhook(secret, changed)).rejects.toThrow(WebhookVerificationError);
});
