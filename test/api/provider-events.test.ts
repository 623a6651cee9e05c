/** Signed events of the on-ramp ring the step, and write nothing. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { dynamoStore } from '../../lambdas/adapters/dynamo/store.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { walletOf } from '../support/things.ts';

const [due, stranger] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const { id: walletId } = walletOf();
const withdrawalId: WithdrawalId = `wd_${'7'.repeat(26)}`;
const transferId = 'tf_claimed';

let database: TestDatabase;
let queue: Awaited<ReturnType<typeof startQueue>>;
let handler: (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

type Entry = {
  Id: string;
  MessageBody: string;
  MessageGroupId: string;
  MessageDeduplicationId: string;
};
/** The queue of the step, which takes each message once or does not answer, as SQS does for five minutes. */
async function startQueue() {
  const rung: string[] = [];
  const known = new Set<string>();
  let fails = false;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (fails) {
        response.destroy();
        return;
      }
      const { Entries } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        Entries: Entry[];
      };
      for (const { MessageBody, MessageGroupId, MessageDeduplicationId } of Entries) {
        const name = `${MessageGroupId} ${MessageDeduplicationId}`;
        if (!known.has(name)) rung.push(MessageBody);
        known.add(name);
      }
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      const Successful = Entries.map(({ Id, MessageBody }) => ({
        Id,
        MessageId: randomUUID(),
        MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
      }));
      response.end(JSON.stringify({ Successful, Failed: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rung,
    fail: (to: boolean) => {
      fails = to;
    },
    /** Five minutes go by. */
    forget: () => known.clear(),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const environment = process.env;
beforeAll(async () => {
  [database, queue] = await Promise.all([startDatabase(), startQueue()]);
  const store = dynamoStore(database.client, database.tables);
  await store.commit([{ change: 'claim', transferId, withdrawalId, walletId }]);
  process.env = {
    ...environment,
    ...{ AWS_ENDPOINT_URL: database.endpoint, AWS_ENDPOINT_URL_SQS: queue.url },
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    ...{ MONEY_TABLE: 'money', WEBHOOKS_TABLE: 'webhooks', CONTROL_TABLE: 'control' },
    ...{ LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true', AWS_MAX_ATTEMPTS: '1' },
    QUEUE_URL_ON_RAMP: `${queue.url}/000000000000/on-ramp.fifo`,
    DUE_WEBHOOK_PUBLIC_KEY: String(due.publicKey.export({ type: 'spki', format: 'pem' })),
  };
  jest.resetModules();
  ({ handler } = await import('../../lambdas/api/resources/provider-events.ts'));
});
afterAll(() => {
  process.env = environment;
  queue.stop();
  database.stop();
});
afterEach(() => {
  queue.rung.length = 0;
});

const bodyOf = (id: string, transfer = transferId, type = 'transfer.status_changed'): string =>
  JSON.stringify({ id, type, data: { id: transfer, status: 'payment_processed' } });
const signed = (body: string, key: KeyObject = due.privateKey): string =>
  sign(null, Buffer.from(body), key).toString('hex');

async function post(
  body: string,
  signature: string | null = signed(body),
): Promise<{ status: number; body: unknown; challenge?: unknown }> {
  const event = {
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    multiValueHeaders: signature === null ? {} : { 'X-Webhook-Signature': [signature] },
    requestContext: { requestId: 'request' },
  } as unknown as APIGatewayProxyEvent;
  const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 10_000 };
  const answer = await handler(event, context as Context);
  const challenge = answer.headers?.['www-authenticate'];
  return {
    status: answer.statusCode,
    body: JSON.parse(answer.body),
    ...(challenge === undefined ? {} : { challenge }),
  };
}
const ok = { status: 200, body: { received: true } };

test('a signed event rings the step of the withdrawal that has claimed the transfer, once', async () => {
  const body = bodyOf('evt_twice');
  expect(await post(body)).toEqual(ok);
  expect(await post(body)).toEqual(ok);
  // A repeated delivery has another body, because the time of the attempt is in it.
  const later = JSON.stringify({ ...JSON.parse(body), attemptedAt: '2026-11-21T16:00:00Z' });
  expect(await post(later)).toEqual(ok);
  expect(queue.rung.map((text) => JSON.parse(text))).toEqual([{ ids: [withdrawalId] }]);
  expect(await post(bodyOf('evt_another'))).toEqual(ok);
  expect(queue.rung).toHaveLength(2);
});

test('the same event many times at once rings once', async () => {
  const body = bodyOf('evt_crowd');
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(body)));
  expect(answers).toEqual(Array(8).fill(ok));
  expect(queue.rung).toHaveLength(1);
});

test('a repeat that comes when the queue has forgotten the first rings again, which makes the step look once more', async () => {
  const body = bodyOf('evt_late');
  expect(await post(body)).toEqual(ok);
  queue.forget();
  expect(await post(body)).toEqual(ok);
  expect(queue.rung.map((text) => JSON.parse(text))).toEqual([
    { ids: [withdrawalId] },
    { ids: [withdrawalId] },
  ]);
});

test('no event leaves a row', async () => {
  const rows = async () =>
    (await database.client.send(new ScanCommand({ TableName: 'control', Limit: 1_000 }))).Items;
  const before = await rows();
  expect(before).toHaveLength(1);
  expect(await post(bodyOf('evt_no_row'))).toEqual(ok);
  expect(await rows()).toEqual(before);
});

// biome-ignore format: columns are the point
test.each<[string, (body: string) => string | null]>([
  ['none',                   () => null],
  ['empty',                  () => ''],
  ['no hex digits',          () => 'z'.repeat(128)],
  ['all zeros',              () => '0'.repeat(128)],
  ['too short',              (body) => signed(body).slice(2)],
  ['a stranger’s',           (body) => signed(body, stranger.privateKey)],
  ['of another body',        () => signed(bodyOf('evt_other'))],
  ['of the body and a space', (body) => signed(`${body} `)],
])('a signature that is %s is 401, and rings nothing', async (_name, forge) => {
  const body = bodyOf('evt_forged');
  const answer = await post(body, forge(body));
  expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' }, challenge: 'Signature' });
  expect(queue.rung).toEqual([]);
});

test('a forged event does not use up the id of a true one', async () => {
  const body = bodyOf('evt_later_true');
  expect(await post(body, signed(body, stranger.privateKey))).toMatchObject({ status: 401 });
  expect(await post(body)).toEqual(ok);
  expect(queue.rung).toHaveLength(1);
});

test.each([
  ['of a transfer that nobody has claimed', bodyOf('evt_unknown', 'tf_unknown')],
  ['of another kind', bodyOf('evt_kind', transferId, 'virtual_account.updated')],
  ['about nothing', JSON.stringify({ id: 'evt_bare', type: 'transfer.status_changed' })],
])('an event %s is received and rings nothing', async (_name, body) => {
  expect(await post(body)).toEqual(ok);
  expect(queue.rung).toEqual([]);
});

test('what is signed and no event is refused, and too much of it as well', async () => {
  expect(await post('no JSON')).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  expect(await post('{"id":""}')).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  expect(await post(bodyOf('x'.repeat(70_000)))).toMatchObject({ status: 413 });
});

test('an event whose ring is not taken is not received, and rings when it comes again', async () => {
  const body = bodyOf('evt_again');
  queue.fail(true);
  expect(await post(body)).toMatchObject({ status: 503 });
  queue.fail(false);
  expect(queue.rung).toEqual([]);
  expect(await post(body)).toEqual(ok);
  expect(queue.rung).toHaveLength(1);
});
