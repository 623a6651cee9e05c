/** A client manages its webhook endpoints, and sees on record all that its receivers were sent. */
import { readFileSync } from 'node:fs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { CreatedWebhookEndpoint, WebhookDelivery } from '../../client/src/generated/types.ts';
import { awsAt } from '../support/aws.ts';
import { testReceivers } from '../support/receiver.ts';
import { clientOf } from './client.ts';
import { testSystem } from './system.ts';

const { alice, system } = testSystem();

const receiver = testReceivers();

const register = async (
  url: string,
  given: Record<string, unknown> = {},
): Promise<CreatedWebhookEndpoint> => {
  const { status, body } = await alice.call<CreatedWebhookEndpoint>(
    'POST',
    '/v1/webhook-endpoints',
    {
      url,
      events: ['*'],
      ...given,
    },
  );
  expect(status).toBe(201);
  return body;
};
const change = async (id: string, body: unknown) =>
  alice.call<CreatedWebhookEndpoint>('PATCH', `/v1/webhook-endpoints/${id}`, body);
const remove = (id: string) => alice.call('DELETE', `/v1/webhook-endpoints/${id}`);
const deliveries = async (id: string, query = '') =>
  await alice.get<{ data: WebhookDelivery[]; nextCursor: string | null }>(
    `/v1/webhook-endpoints/${id}/deliveries${query}`,
  );
const delivery = (id: string) => alice.get<WebhookDelivery>(`/v1/webhook-deliveries/${id}`);
const tried = async (id: string): Promise<WebhookDelivery> => {
  const { status, body } = await alice.call<WebhookDelivery>(
    'POST',
    `/v1/webhook-endpoints/${id}/test`,
    {},
  );
  expect(status).toBe(202);
  return body;
};
const ended = (id: string) =>
  alice.until(
    () => delivery(id),
    ({ status }) => status === 'COMPLETED' || status === 'FAILED',
  );
const paid = async (): Promise<string> => {
  const { body } = await alice.withdraw(await alice.wallet('USDC', '1.00'), { amount: '1.00' });
  await alice.ended(body.id);
  return body.id;
};

test('an endpoint is listed, changed, switched off and on, and deleted', async () => {
  const { url } = await receiver();
  const made = await register(url, { events: ['withdrawal.*'], description: 'the books' });
  const { secret: _, ...shown } = made;
  const { data } = await alice.get<{ data: unknown[] }>('/v1/webhook-endpoints?limit=1');
  expect(data).toEqual([shown]);
  expect(await change(made.id, { enabled: false })).toMatchObject({
    status: 200,
    body: { ...shown, enabled: false, disabledReason: null },
  });
  expect(await alice.call('POST', `/v1/webhook-endpoints/${made.id}/test`, {})).toMatchObject({
    status: 409,
    body: { code: 'CONFLICT' },
  });
  const changed = { enabled: true, events: ['+credit'], method: 'GET', description: null };
  expect((await change(made.id, changed)).body).toEqual({ ...shown, ...changed });
  expect((await change(made.id, {})).body).toEqual({ ...shown, ...changed });
  for (const [body, status, code] of [
    [{ url: 'https://[::1]/' }, 422, 'WEBHOOK_URL_NOT_ALLOWED'],
    [{ events: ['withdrawal.everything'] }, 400, 'INVALID_REQUEST'],
    [{ events: ['other.*'] }, 400, 'INVALID_REQUEST'],
    [{ urlParams: { a: 'open {' } }, 400, 'INVALID_REQUEST'],
    [{ method: 'POST', urlParams: { a: '{id}' } }, 400, 'INVALID_REQUEST'],
    [{ secret: 'whsec_mine' }, 400, 'INVALID_REQUEST'],
  ] as const)
    expect(await change(made.id, body)).toMatchObject({ status, body: { code } });
  expect(await remove(made.id)).toMatchObject({ status: 204, body: null });
  expect((await remove(made.id)).status).toBe(404);
  expect((await alice.call('GET', `/v1/webhook-endpoints/${made.id}`)).status).toBe(404);
  expect((await alice.call('GET', `/v1/webhook-endpoints/${made.id}/deliveries`)).status).toBe(404);
});

test('both secrets sign after a rotation', async () => {
  const to = await receiver();
  const made = await register(to.url, { events: ['withdrawal.failed'] });
  const rotated = await alice.call<CreatedWebhookEndpoint>(
    'POST',
    `/v1/webhook-endpoints/${made.id}/rotate-secret`,
    {},
  );
  expect(rotated.status).toBe(200);
  const secrets = [made.secret, rotated.body.secret];
  expect(new Set(secrets).size).toBe(2);
  const { id } = await tried(made.id);
  expect(await ended(id)).toMatchObject({ status: 'COMPLETED', type: 'webhook-endpoint.test' });
  const [told] = to.told;
  for (const secret of secrets)
    new Webhook(secret).verify(told?.body ?? '', told?.headers as Record<string, string>);
  expect(told?.headers['webhook-signature']?.toString().split(' ')).toHaveLength(2);
  await remove(made.id);
});

/** A queue that a rule on the bus sends what has been completed for alice, and whoever reads it. */
async function busQueue() {
  const [bridge, sqs] = [EventBridgeClient, SQSClient].map(
    (Client) => new Client(awsAt(system.outputs.awsEndpoint)),
  ) as [EventBridgeClient, SQSClient];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'mine' }));
  const named = { EventBusName: system.outputs.eventBus.name };
  const EventPattern = JSON.stringify({
    source: ['drawbridge'],
    'detail-type': ['withdrawal.completed'],
    detail: { tenant: ['alice'] },
  });
  await bridge.send(new PutRuleCommand({ ...named, Name: 'mine', EventPattern }));
  const Targets = [{ Id: 'mine', Arn: 'arn:aws:sqs:us-east-1:000000000000:mine' }];
  await bridge.send(new PutTargetsCommand({ ...named, Rule: 'mine', Targets }));
  const seen: { detail: Record<string, unknown> }[] = [];
  return async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    seen.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
    return seen;
  };
}

test('an endpoint is told what it wants, from when on it wants it; the bus is told everything', async () => {
  const onBus = await busQueue();
  const to = await receiver();
  const made = await register(to.url, { events: ['withdrawal.completed'] });
  const first = await paid();
  await alice.until(
    async () => to.told.length,
    (count) => count > 0,
  );
  expect((await change(made.id, { events: ['withdrawal.*'] })).status).toBe(200);
  const second = await paid();
  const types = () =>
    to.told.map(({ body }) => JSON.parse(body) as { type: string; data: { id: string } });
  await alice.until(
    async () => types(),
    (all) => all.at(-1)?.type === 'withdrawal.completed' && all.length > 1,
  );
  expect(
    types()
      .slice(1)
      .map(({ type, data }) => [type, data.id]),
  ).toEqual(
    ['requested', 'reserved', 'broadcast', 'completed'].map((event) => [
      `withdrawal.${event}`,
      second,
    ]),
  );
  expect(types()[0]?.type).toBe('withdrawal.completed');
  // The queue has what its rule says, in the words of the webhook and under its id, and whose it is.
  const bodies = to.told.map(({ body }) => JSON.parse(body));
  const completed = bodies.filter(({ type }) => type === 'withdrawal.completed');
  const queued = await alice.until(onBus, (all) => all.length >= completed.length);
  expect(queued).toMatchObject([
    { source: 'drawbridge', 'detail-type': 'withdrawal.completed' },
    { account: '000000000000', region: 'us-east-1' },
  ]);
  expect(queued.map(({ detail }) => detail)).toEqual(
    completed.map((body) => ({ ...body, tenant: 'alice' })),
  );
  // Nobody has asked for the others of the first; the file has them all the same.
  const { file } = system.outputs.eventBus;
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const ofFirst = lines
    .map((line) => JSON.parse(line))
    .filter(({ detail }) => detail.data.id === first);
  expect(new Set(ofFirst.map((one) => one['detail-type']))).toEqual(
    new Set(['requested', 'reserved', 'broadcast', 'completed'].map((one) => `withdrawal.${one}`)),
  );
  await remove(made.id);
});

test('every attempt is on record, with what was sent and answered', async () => {
  const to = await receiver(
    { status: 500, body: 'x'.repeat(9_000) },
    { status: 429, headers: { 'retry-after': '3' } },
  );
  const began = Date.now();
  const made = await register(to.url);
  const { id } = await tried(made.id);
  const end = await ended(id);
  expect(end).toMatchObject({
    id,
    endpointId: made.id,
    status: 'COMPLETED',
    failure: null,
    nextAttemptAt: null,
    body: to.told[0]?.body,
    attempts: [
      { number: 0, httpStatus: 500, responseBody: 'x'.repeat(4_096), error: null },
      { number: 1, httpStatus: 429, responseBody: '' },
      { number: 2, httpStatus: 204, responseBody: '', query: null },
    ],
  });
  const [, second, third] = end.attempts;
  expect(
    Date.parse(third?.startedAt ?? '') - Date.parse(second?.completedAt ?? ''),
  ).toBeGreaterThanOrEqual(3_000);
  for (const { startedAt, completedAt, durationMs } of end.attempts)
    expect(Date.parse(completedAt ?? '') - Date.parse(startedAt)).toBe(durationMs);
  expect(to.told).toHaveLength(3);
  expect(new Set(to.told.map(({ headers }) => headers['webhook-id']))).toEqual(
    new Set([end.eventId]),
  );
  // Lists are by time, status and type.
  const other = await tried(made.id);
  await ended(other.id);
  const ids = async (query: string) => (await deliveries(made.id, query)).data.map((one) => one.id);
  expect(await ids('')).toEqual([other.id, id]);
  expect(await ids('?status=COMPLETED&type=webhook-endpoint.test')).toEqual([other.id, id]);
  for (const none of [
    'status=FAILED',
    'status=PENDING',
    'status=PROCESSING',
    'type=withdrawal.failed',
  ])
    expect(await ids(`?${none}`)).toEqual([]);
  const middle = encodeURIComponent(other.createdAt);
  expect(await ids(`?createdBefore=${middle}`)).toEqual([id]);
  expect(await ids(`?createdAfter=${middle}`)).toEqual([other.id]);
  expect(
    await ids(`?createdAfter=${new Date(began).toISOString()}&createdBefore=${middle}`),
  ).toEqual([id]);
  const page = await deliveries(made.id, '?limit=1');
  expect(page.data.map((one) => one.id)).toEqual([other.id]);
  const next = `&cursor=${page.nextCursor}`;
  expect(await ids(`?limit=1${next}`)).toEqual([id]);
  const foreign = await alice.call(
    'GET',
    `/v1/webhook-endpoints/${made.id}/deliveries?status=FAILED${next}`,
  );
  expect(foreign).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
  const bob = await clientOf(system.outputs, 'dk_local_bob');
  expect((await bob.call('GET', `/v1/webhook-deliveries/${id}`)).status).toBe(404);
  await remove(made.id);
  // The record outlives its endpoint.
  expect(await delivery(id)).toEqual(end);
});

test('a receiver that is gone disables its endpoint, and the tenant hears of it elsewhere', async () => {
  const [gone, other] = [await receiver({ status: 410 }), await receiver()];
  const made = await register(gone.url, { events: ['withdrawal.failed'] });
  const hears = await register(other.url, { events: ['webhook-endpoint.*'] });
  const { id } = await tried(made.id);
  expect(await ended(id)).toMatchObject({ status: 'FAILED', failure: 'RECEIVER_GONE' });
  expect(await alice.get(`/v1/webhook-endpoints/${made.id}`)).toMatchObject({
    enabled: false,
    disabledReason: 'RECEIVER_GONE',
  });
  await alice.until(
    async () => other.told.length,
    (count) => count > 0,
  );
  expect(JSON.parse(other.told[0]?.body ?? '')).toMatchObject({
    type: 'webhook-endpoint.disabled',
    data: { id: made.id, disabledReason: 'RECEIVER_GONE' },
  });
  expect((await change(made.id, { enabled: true })).body).toMatchObject({
    enabled: true,
    disabledReason: null,
  });
  expect(await ended((await tried(made.id)).id)).toMatchObject({ status: 'COMPLETED' });
  for (const one of [made, hears]) await remove(one.id);
});

test('a GET carries the event in its query, strictly encoded and signed', async () => {
  const to = await receiver();
  const urlParams = {
    'to & fro': "{destinationAddress} is paid {payout.amount} 'now' (é)",
    nothing: '{reference}{absent}',
    event: '{event.type}',
  };
  const made = await register(`${to.url}?a=b&c=%20`, {
    events: ['withdrawal.completed'],
    method: 'GET',
    urlParams,
  });
  const id = await paid();
  await alice.until(
    async () => to.told.length,
    (count) => count > 0,
  );
  const withdrawal = await alice.get<{ destinationAddress: string }>(`/v1/withdrawals/${id}`);
  const [told] = to.told;
  const query = `a=b&c=%20&to%20%26%20fro=${withdrawal.destinationAddress}%20is%20paid%201.00%20%27now%27%20%28%C3%A9%29&nothing=&event=withdrawal.completed`;
  expect([told?.method, told?.url, told?.body]).toEqual(['GET', `/hook?${query}`, '']);
  const headers = told?.headers as Record<string, string>;
  const signed = new Webhook(made.secret).sign(
    String(headers['webhook-id']),
    new Date(Number(headers['webhook-timestamp']) * 1_000),
    query,
  );
  expect(headers['webhook-signature']).toBe(signed);
  const { data } = await deliveries(made.id);
  expect(data[0]?.attempts[0]).toMatchObject({ query, httpStatus: 204 });
  // Without templates the plain fields are the parameters.
  await change(made.id, { urlParams: null });
  await tried(made.id);
  await alice.until(
    async () => to.told.length,
    (count) => count > 1,
  );
  const plain = new URL(to.told[1]?.url ?? '', to.url).searchParams;
  expect(Object.fromEntries(plain)).toMatchObject({
    event_type: 'webhook-endpoint.test',
    id: made.id,
  });
  await remove(made.id);
});
