/** What is delivered once more, what clients send themselves, what wallets tell, and how all of it is counted. */
import { expect, test } from '@jest/globals';
import type {
  CreatedWebhookEndpoint,
  WebhookDelivery,
  WebhookReplay,
  WebhookStats,
} from '../../client/src/generated/types.ts';
import { testReceivers } from '../support/receiver.ts';
import { newKey } from './client.ts';
import { testSystem } from './system.ts';

const { alice } = testSystem();
const receiver = testReceivers();

const register = async (url: string, events: string[], given: Record<string, unknown> = {}) => {
  const { status, body } = await alice.call<CreatedWebhookEndpoint>(
    'POST',
    '/v1/webhook-endpoints',
    { url, events, ...given },
  );
  expect(status).toBe(201);
  return body;
};
const delivery = (id: string) => alice.get<WebhookDelivery>(`/v1/webhook-deliveries/${id}`);
const ended = (id: string) =>
  alice.until(
    () => delivery(id),
    ({ status }) => status === 'COMPLETED' || status === 'FAILED',
  );
const send = (config_id: string, event_id: string, more: Record<string, unknown> = {}) =>
  alice.call<WebhookDelivery>('POST', '/v1/webhooks', {
    event_type: '+credit',
    event_id,
    config_id,
    url_params: { amount: '10.00' },
    ...more,
  });
const stats = () => alice.get<WebhookStats>('/v1/webhooks/stats');

test("an event of the client's own is sent once, whatever the endpoint wants", async () => {
  const to = await receiver();
  const { id } = await register(to.url, ['withdrawal.failed']);
  const all = await Promise.all(Array.from({ length: 5 }, () => send(id, 'first')));
  expect(all.map(({ status }) => status)).toEqual(all.map(() => 202));
  expect(new Set(all.map(({ body }) => body.id)).size).toBe(1);
  const end = await ended(all[0]?.body.id ?? '');
  expect(end).toMatchObject({ status: 'COMPLETED', type: '+credit' });
  expect((await send(id, 'first')).body.status).toBe('COMPLETED');
  expect(to.told).toHaveLength(1);
  expect(JSON.parse(to.told[0]?.body ?? '')).toEqual({
    id: end.eventId,
    type: '+credit',
    timestamp: end.createdAt,
    sequence: 1,
    data: { amount: '10.00' },
  });
  for (const [other, status, code] of [
    [{ url_params: { amount: '11.00' } }, 409, 'CONFLICT'],
    [{ event_type: '-debit' }, 409, 'CONFLICT'],
    [{ config_id: `we_${'0'.repeat(26)}` }, 404, 'NOT_FOUND'],
    [{ event_type: 'two words' }, 400, 'INVALID_REQUEST'],
    [{ event_id: '' }, 400, 'INVALID_REQUEST'],
  ] as const)
    expect(await send(id, 'first', other)).toMatchObject({ status, body: { code } });
  expect((await send(id, 'second', { event_type: 'order.shipped' })).status).toBe(202);
  await alice.call('DELETE', `/v1/webhook-endpoints/${id}`);
});

test('a GET carries the parameters of such an event', async () => {
  const to = await receiver();
  const { id } = await register(to.url, ['*'], {
    method: 'GET',
    urlParams: { sum: '{amount} {currency}', who: '{customer.name}' },
  });
  const { body } = await send(id, 'get', {
    url_params: { amount: '10.00', currency: 'EUR', customer: { name: 'a&b=c' } },
  });
  await ended(body.id);
  expect(to.told.map(({ url }) => url)).toEqual(['/hook?sum=10.00%20EUR&who=a%26b%3Dc']);
  await alice.call('DELETE', `/v1/webhook-endpoints/${id}`);
});

test('credits and debits that have come into the ledger are told', async () => {
  const to = await receiver();
  const { id } = await register(to.url, ['+credit', 'wallet.debited']);
  const wallet = await alice.wallet('USD', '5.00');
  const path = `/v1/wallets/${wallet}/transactions`;
  const debit = (amount: string) =>
    alice.call('POST', path, { type: 'DEBIT', amount }, { 'idempotency-key': newKey() });
  await debit('2.00');
  await debit('99.00'); // It fails, and moves nothing.
  await alice.until(
    async () => to.told.length,
    (count) => count >= 2,
  );
  const told = to.told.map(({ body }) => JSON.parse(body));
  expect(new Map(told.map(({ type, data }) => [type, data]))).toMatchObject(
    new Map([
      ['wallet.credited', { walletId: wallet, amount: '5.00', status: 'PROCESSED' }],
      ['wallet.debited', { walletId: wallet, amount: '2.00', status: 'PROCESSED' }],
    ]),
  );
  await alice.call('DELETE', `/v1/webhook-endpoints/${id}`);
});

test('one is delivered once more, under the same id, and nothing of before is forgotten', async () => {
  const to = await receiver({ status: 500 });
  const { id } = await register(to.url, ['withdrawal.failed']);
  const first = await ended((await send(id, 'again')).body.id);
  const asked = await alice.call<WebhookReplay>(
    'POST',
    `/v1/webhook-deliveries/${first.id}/redeliver`,
    {},
  );
  expect(asked).toMatchObject({ status: 202, body: { id: first.id, total: 1, done: 0 } });
  const second = await alice.until(
    () => delivery(first.id),
    ({ status, redeliveries }) => status === 'COMPLETED' && redeliveries === 1,
  );
  expect(second).toMatchObject({
    attempts: [{ number: 0, httpStatus: 204 }],
    earlierAttempts: [first.attempts],
  });
  expect(to.told).toHaveLength(3);
  expect(new Set(to.told.map(({ headers }) => headers['webhook-id']))).toEqual(
    new Set([first.eventId]),
  );
  expect(new Set(to.told.map(({ body }) => body)).size).toBe(1);
  await alice.call('DELETE', `/v1/webhook-endpoints/${id}`);
});

test('everything since a time is delivered once more, once for each time', async () => {
  const to = await receiver();
  const { id } = await register(to.url, ['withdrawal.failed']);
  await ended((await send(id, 'before')).body.id);
  const since = new Date(Date.now() + 1).toISOString();
  const names = ['a', 'b', 'c', 'd'];
  const ids: string[] = [];
  for (const name of names) {
    const { body } = await send(id, name, { url_params: { name } });
    ids.push((await ended(body.id)).id);
  }
  const replay = () =>
    alice.call<WebhookReplay>('POST', `/v1/webhook-endpoints/${id}/replay`, { since });
  const early = { since: new Date(Date.now() + 60_000).toISOString() };
  expect(await alice.call('POST', `/v1/webhook-endpoints/${id}/replay`, early)).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '#/since' }] },
  });
  expect(await replay()).toMatchObject({ status: 202, body: { total: 4 } });
  await alice.until(
    async () => (await replay()).body,
    ({ done, total }) => done === total,
  );
  await alice.until(
    async () => to.told.length,
    (count) => count >= 9,
  );
  await replay();
  for (const one of ids) expect(await ended(one)).toMatchObject({ redeliveries: 1 });
  expect(to.told).toHaveLength(9);
  const again = to.told.slice(5).map(({ body }) => JSON.parse(body).data.name);
  expect(again.toSorted()).toEqual(names);
  await alice.call('DELETE', `/v1/webhook-endpoints/${id}`);
});

test('what happens is counted', async () => {
  const [good, gone] = [await receiver({ status: 503 }), await receiver({ status: 410 })];
  const [a, b] = [await register(good.url, ['wallet.*']), await register(gone.url, ['wallet.*'])];
  await ended((await send(a.id, 'counted')).body.id);
  await ended((await send(b.id, 'counted')).body.id);
  const { byEndpoint, ...total } = await stats();
  const of = (id: string) => byEndpoint.find(({ endpointId }) => endpointId === id);
  const none = { pending: 0, processing: 0 };
  expect(of(a.id)).toMatchObject({ ...none, completed: 1, failed: 0, attempts: 2, successRate: 1 });
  expect(of(b.id)).toMatchObject({ ...none, completed: 0, failed: 1, attempts: 1, successRate: 0 });
  expect(of(a.id)?.p95Ms).toBeLessThan(10_000);
  expect(total).toMatchObject({ ...none, completed: 1, failed: 1, attempts: 3, successRate: 0.5 });
  for (const { id } of [a, b]) await alice.call('DELETE', `/v1/webhook-endpoints/${id}`);
});
