/** Statistics, dead letters and their redrive, on the local engines of SQS and DynamoDB. */
import path from 'node:path';
import {
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { dynamoStats } from '../../lambdas/adapters/dynamo/stats.ts';
import { keepFailure } from '../../lambdas/adapters/dynamo/step-failures.ts';
import { DeadLetters, Redriven } from '../../lambdas/api/openapi/operators.ts';
import { ReconciliationAsked, Stats } from '../../lambdas/api/openapi/service.ts';
import { steps } from '../../lambdas/core/kernel/steps.ts';
import { letterBoxes } from '../../lambdas/core/operations/dead-letters.ts';
import { noCounts } from '../../lambdas/core/operations/stats.ts';
import { awsEndpoint } from '../../local/engines/aws-endpoint.ts';
import { startEventBuses } from '../../local/engines/event-bus.ts';
import { type SqsEngine, startSqs } from '../../local/engines/sqs-engine.ts';
import { type DataDir, openDataDir } from '../../local/host/data-dir.ts';
import { listenEarly } from '../../local/host/servers.ts';
import { queueArnOf, queueUrlOf } from '../../local/template/identities.ts';
import { removeDir, tempDir } from '../local/fixture.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { at } from '../support/things.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

const environment = process.env;
const directory = tempDir();
let database: TestDatabase;
let world: TestWorld;
let engine: SqsEngine;
let dataDir: DataDir;
let client: SQSClient;
let closeAll: () => Promise<void>;
let handler: (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;
let urlOf: (queue: string) => string;

beforeAll(async () => {
  database = await startDatabase();
  world = await startWorld(database);
  dataDir = openDataDir(path.join(directory, 'data'));
  const aws = await listenEarly(0, 'AWS_PORT');
  engine = await startSqs(dataDir, aws.url);
  const events = startEventBuses(dataDir, engine, aws.url);
  const endpoint = awsEndpoint({ sqs: engine, events, dynamoPort: 1 });
  aws.serve(endpoint.listener);
  urlOf = (queue) => queueUrlOf(aws.url, queue);
  const fifo = { FifoQueue: 'true', VisibilityTimeout: '30' };
  for (const step of steps) {
    engine.createQueue({ name: `${step}-dead.fifo`, attributes: fifo });
    const RedrivePolicy = JSON.stringify({
      ...{ deadLetterTargetArn: queueArnOf(`${step}-dead.fifo`), maxReceiveCount: 1 },
    });
    engine.createQueue({ name: `${step}.fifo`, attributes: { ...fifo, RedrivePolicy } });
  }
  for (const name of ['relay-dead', 'bus-dead', 'retell-errands', 'reconcile-errands'])
    engine.createQueue({ name, attributes: {} });
  const named = (name: string) => name.replaceAll('-', '_').toUpperCase();
  process.env = {
    ...process.env,
    ...{ AWS_ENDPOINT_URL: aws.url, AWS_ENDPOINT_URL_DYNAMODB: database.endpoint },
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    ...{ MONEY_TABLE: 'money', WEBHOOKS_TABLE: 'webhooks', CONTROL_TABLE: 'control' },
    ...{ LOG_LEVEL: 'CRITICAL', POWERTOOLS_METRICS_DISABLED: 'true' },
    ...Object.fromEntries(
      steps.flatMap((step) => [
        [`QUEUE_URL_${named(step)}`, urlOf(`${step}.fifo`)],
        [`DEAD_LETTERS_URL_${named(step)}`, urlOf(`${step}-dead.fifo`)],
      ]),
    ),
    DEAD_LETTERS_URL_RELAY: urlOf('relay-dead'),
    DEAD_LETTERS_URL_BUS: urlOf('bus-dead'),
    ERRANDS_URL_RETELL: urlOf('retell-errands'),
    ERRANDS_URL_RECONCILE: urlOf('reconcile-errands'),
  };
  ({ handler } = await import('../../lambdas/api/resources/queues.ts'));
  const { sqsClient } = await import('../../lambdas/adapters/aws/sqs.ts');
  client = sqsClient();
  closeAll = async () => {
    client.destroy();
    await aws.close(0);
    endpoint.close();
    events.stop();
    await engine.stop();
    dataDir.release();
    database.stop();
  };
});
afterAll(async () => {
  process.env = environment;
  await closeAll();
  removeDir(directory);
});

async function call(method: string, resource: string, step?: string, body?: object) {
  const event = {
    httpMethod: method,
    resource,
    pathParameters: step === undefined ? null : { step },
    multiValueQueryStringParameters: {},
    multiValueHeaders: { 'content-type': ['application/json'] },
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: {
      requestId: 'the-request',
      authorizer: { keyId: 'key_ann', tenant: 'operator', scopes: 'operations', principal: 'ann' },
    },
  } as unknown as APIGatewayProxyEvent;
  const answer = await handler(event, { awsRequestId: 'request' } as Context);
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
}
const look = async (step: string) => {
  const { status, body } = await call('GET', '/v1/dead-letters/{step}', step);
  expect(status).toBe(200);
  return DeadLetters.parse(body);
};
const redrive = async (step: string) => {
  const { status, body } = await call('POST', '/v1/dead-letters/{step}/redrive', step);
  expect(status).toBe(202);
  return Redriven.parse(body).status;
};
const discard = async (step: string, messageId: string, reason = 'Sent by hand.') =>
  (await call('POST', '/v1/dead-letters/{step}/discard', step, { messageId, reason })).status;
const put = (queue: string, body: string, group?: string) =>
  client.send(
    new SendMessageCommand({
      QueueUrl: urlOf(queue),
      MessageBody: body,
      ...(group === undefined
        ? {}
        : { MessageGroupId: group, MessageDeduplicationId: crypto.randomUUID() }),
    }),
  );
const received = async (queue: string): Promise<string[]> => {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: urlOf(queue), MaxNumberOfMessages: 10 }),
  );
  return Messages.map(({ Body = '' }) => Body);
};

test('a dead letter shows what it is about as that is now, and why the step failed, and stays where it is', async () => {
  const withdrawal = await world.reserved();
  const { client: documents, tables } = database;
  const failure = { id: withdrawal.id, name: 'TypeError', why: 'it is not there', at: at(5_000) };
  await keepFailure(documents, tables, 'confirm', failure);
  await put('confirm-dead.fifo', JSON.stringify({ ids: [withdrawal.id] }), 'a');
  await put('confirm-dead.fifo', 'nothing of ours', 'b');
  const first = await look('confirm');
  expect(first.total).toBe(2);
  expect(first.data).toEqual([
    expect.objectContaining({
      from: 'confirm',
      ids: [withdrawal.id],
      why: 'TypeError: it is not there',
      failedAt: '1970-01-01T00:00:05.000Z',
      withdrawals: [expect.objectContaining({ id: withdrawal.id, stage: 'reserved' })],
    }),
    expect.objectContaining({
      ids: [],
      withdrawals: [],
      why: 'Nobody can read it: none of our code has sent it.',
    }),
  ]);
  // Nobody who looks takes anything away from who looks next, or from a redrive.
  expect((await look('confirm')).data.map((one) => one.messageId)).toEqual(
    first.data.map((one) => one.messageId),
  );
});

test('a redrive rings once more for all of them, and another one has nothing left to do', async () => {
  const bodies = Array.from({ length: 23 }, (_, index) => JSON.stringify({ ids: [`wd_${index}`] }));
  for (const [index, body] of bodies.entries())
    await put('refund-dead.fifo', body, `g${index % 3}`);
  // Of each message group the first is shown: SQS gives nothing behind it while somebody has that in hand.
  const { data, total } = await look('refund');
  expect([data.length, total]).toEqual([3, 23]);
  expect(await Promise.all([redrive('refund'), redrive('refund')])).toEqual(['STARTED', 'STARTED']);
  expect((await look('refund')).data).toEqual([]);
  expect(Stats.parse((await call('GET', '/v1/stats')).body).queueDepth['refund']).toBe(23);
  expect(await received('refund.fifo')).toEqual(expect.arrayContaining([bodies[0]]));
});

test('a letter of 2-debit names the withdrawals that wait in its wallet', async () => {
  const { at, walletOf, requestedOf } = await import('../support/things.ts');
  const wallet = walletOf();
  await world.requests.createWallet(wallet);
  const requested = requestedOf(wallet);
  await world.requests.createWithdrawal(requested, []);
  await put('debit-dead.fifo', JSON.stringify({ ids: [wallet.id] }), 'w');
  expect((await look('debit')).data[0]?.withdrawals.map(({ id }) => id)).toEqual([requested.id]);
  // In whatever part of its list they wait, without an entry in the inbox.
  const { behindAllOf } = await import('../../lambdas/core/kernel/place.ts');
  const [before, busy] = [await world.store.wallet(wallet.id), walletOf({ listShards: 8 })];
  if (before === null) throw new Error('no wallet');
  await world.requests.createWallet(busy);
  const balance = { ...before.balance, walletId: busy.id };
  const takenUpTo = behindAllOf(at(0));
  await world.store.commit([{ change: 'balance-unchanged', balance, takenUpTo }]);
  const some = Array.from({ length: 6 }, () => requestedOf(busy));
  for (const one of some) await world.requests.createWithdrawal(one, [], { inbox: null, list: 8 });
  await put('debit-dead.fifo', JSON.stringify({ ids: [busy.id] }), 'b');
  const about = (await look('debit')).data.find(({ ids }) => ids.includes(busy.id))?.withdrawals;
  expect(about?.map(({ id }) => id).toSorted()).toEqual(some.map(({ id }) => id).toSorted());
  const lane = `we_1#${requested.id}`;
  await put('webhook-dead.fifo', JSON.stringify({ ids: [lane] }), 'l');
  expect((await look('webhook')).data[0]?.withdrawals.map(({ id }) => id)).toEqual([requested.id]);
});

const ofStream = (first: string, last: string, more: object = {}) =>
  JSON.stringify({
    DDBStreamBatchInfo: {
      approximateArrivalOfFirstRecord: first,
      approximateArrivalOfLastRecord: last,
    },
    ...more,
  });

test.each(['relay', 'bus'] as const)(
  'the dead letters of the %s are asked for anew as one span of time, and lie there until that is told',
  async (box) => {
    const id = `wd_${'a'.repeat(26)}`;
    const [first, last] = ['2026-11-28T04:00:00.000Z', '2026-11-28T06:00:05.000Z'];
    await put(
      `${box}-dead`,
      ofStream('2026-11-28T06:00:00Z', last, {
        requestContext: { condition: 'RecordAgeExceeded' },
      }),
    );
    await put(
      `${box}-dead`,
      ofStream(first, '2026-11-28T04:30:00Z', { why: 'MalformedDetail', item: `WD#${id}` }),
    );
    await put(`${box}-dead`, 'poison');
    const { data } = await look(box);
    expect(data).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          readable: true,
          ids: [],
          why: expect.stringMatching(/: RecordAgeExceeded$/),
        }),
        expect.objectContaining({
          readable: true,
          ids: [id],
          why: expect.stringMatching(/: MalformedDetail$/),
        }),
        expect.objectContaining({
          readable: false,
          ids: [],
          why: expect.stringContaining('Nobody can read it'),
        }),
      ]),
    );
    expect(Stats.parse((await call('GET', '/v1/stats')).body).deadLetters[box]).toBe(3);
    // Twice does no harm, and one that nobody can read holds up none that can be read.
    expect([await redrive(box), await redrive(box)]).toEqual(['STARTED', 'STARTED']);
    const [errand = ''] = await received('retell-errands');
    const { spanIn, isDoneWith } = await import('../../lambdas/core/outbox/dead-letter.ts');
    const { streamLetterIn } = await import('../../lambdas/core/operations/stream-letter.ts');
    const span = spanIn({ Records: [{ eventSource: 'aws:sqs', body: errand }] });
    if (span === 'rest') throw new Error('everything was asked for');
    expect(span.letters).toBe(box);
    expect(span.from).toBeLessThanOrEqual(Date.parse(first));
    expect(span.until).toBeGreaterThanOrEqual(Date.parse(last));
    expect((await look(box)).total).toBe(3);
    // What retell does when all is told, but for the one item that it could not read.
    const { bootLetters } = await import('../../lambdas/boot/dead-letters.ts');
    const done = (unreadable: string[], isWhole = true) =>
      bootLetters().remove(box, async ({ body }) =>
        isDoneWith(span, { unreadable, isWhole }, streamLetterIn(body)),
      );
    // Nor when its time ran out: the next redrive has the rest looked at.
    expect(await done([], false)).toBe(0);
    expect(await done([`WD#${id} says format 99`])).toBe(0);
    expect(await done(['WD#wd_other says format 99'])).toBe(1);
    expect(await done([])).toBe(1);
    expect(await redrive(box)).toBe('UNREADABLE');
    const [poison] = (await look(box)).data;
    expect(await discard(box, poison?.messageId ?? '')).toBe(200);
    expect(await redrive(box)).toBe('NOTHING');
  },
);

test('a dead letter that nobody can read is taken away by whoever says why, and no other', async () => {
  await put('webhook-retry-dead.fifo', '{"ids":["wd_1"],"more":1}', 'a');
  await put('webhook-retry-dead.fifo', JSON.stringify({ ids: ['wd_1'] }), 'b');
  const { data } = await look('webhook-retry');
  expect(data.map(({ readable }) => readable)).toEqual([false, true]);
  const [odd = '', bell = ''] = data.map(({ messageId }) => messageId);
  expect(await discard('webhook-retry', bell)).toBe(409);
  expect(await discard('webhook-retry', 'another')).toBe(404);
  expect(await discard('debit', odd)).toBe(404);
  expect(await discard('sweep', odd)).toBe(404);
  expect(await discard('webhook-retry', odd, ' ')).toBe(400);
  expect((await look('webhook-retry')).data).toHaveLength(2);
  const said = 'Sent by a test of the policy, ticket 4711.';
  expect(await discard('webhook-retry', odd, said)).toBe(200);
  expect(await discard('webhook-retry', odd)).toBe(404);
  const left = await look('webhook-retry');
  expect(left.data.map(({ messageId }) => messageId)).toEqual([bell]);
  expect(left.discarded).toEqual([
    { messageId: odd, by: 'ann', reason: said, at: expect.any(String) },
  ]);
});

test('there are no dead letters of what is no step, and only a queue of dead letters is moved back', async () => {
  for (const step of ['sweep', 'DEBIT', '..'])
    expect((await call('GET', '/v1/dead-letters/{step}', step)).status).toBe(404);
  const SourceArn = queueArnOf('refund.fifo');
  await expect(client.send(new StartMessageMoveTaskCommand({ SourceArn }))).rejects.toThrow(
    'Dead Letter Queue',
  );
});

test('reconciliation is asked for, also twice', async () => {
  const ask = () => call('POST', '/v1/reconciliation');
  for (const { status, body } of await Promise.all([ask(), ask()])) {
    expect(status).toBe(202);
    ReconciliationAsked.parse(body);
  }
  expect(await received('reconcile-errands')).not.toEqual([]);
});

test('statistics are the counters, and what SQS counts of each queue', async () => {
  const stats = dynamoStats(database.client, database.tables);
  const of = (id: string, second: number, counts: object) => ({
    id,
    ...{ second, part: 3 },
    counts: { ...noCounts, ...counts },
  });
  const batch = [
    of('a', 100, { inFlight: 1 }),
    of('b', 100, { inFlight: 1 }),
    of('c', 101, { inFlight: -1, succeeded: 1 }),
    of('d', 101, { retries: 1 }),
  ];
  await Promise.all([stats.count(batch), stats.count(batch), stats.count(batch.slice(1))]);
  await stats.count([of('e', 101, { inFlight: -1, failed: 1 })]);
  await stats.count(batch.slice(2));
  const { status, body } = await call('GET', '/v1/stats');
  expect(status).toBe(200);
  expect(Stats.parse(body)).toMatchObject({
    ...{ processed: 2, succeeded: 1, failed: 1, retries: 1, inFlight: 0, successRate: 0.5 },
  });
  expect(Object.keys(body.queueDepth)).toEqual([...steps]);
  expect(Object.keys(body.deadLetters)).toEqual([...letterBoxes]);
});
