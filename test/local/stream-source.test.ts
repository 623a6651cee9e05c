import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, jest, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { startStreamSource } from '../../local/events/stream-source.ts';
import type { Resource } from '../../local/template/template.ts';
import { awsAt } from '../support/aws.ts';
import { lambda, notebook, noteCode, type Running, until } from './fixture.ts';
import { perTest } from './per-test.ts';

afterEach(() => {
  jest.restoreAllMocks();
});
const own = perTest();

const resources = (mapping: Record<string, unknown> = {}): Record<string, Resource> => ({
  Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'relay-dead' } },
  Table: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      TableName: 'money',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    },
  },
  Relay: lambda('relay', {
    Environment: { Variables: { NOTEBOOK: notebook(own.directory).file } },
  }),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      FunctionName: { Ref: 'Relay' },
      BatchSize: 10,
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      FilterCriteria: {
        Filters: [{ Pattern: JSON.stringify({ dynamodb: { Keys: { sk: { S: ['META'] } } } }) }],
      },
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dead', 'Arn'] } } },
      ...mapping,
    },
  },
});
/** The code of a function. `react` sees `records` and `names` (partition keys), which are noted unless it throws or answers. */
const relayCode = (react = ''): string => `${noteCode}
  export const handler = async ({ Records: records }) => {
    const names = records.map((record) => record.dynamodb.Keys.pk.S);
    note({ given: names });
    const answer = await (async () => { ${react} })();
    if (answer === undefined) note({ handled: names, records });
    return answer;
  };`;
const start = (mapping: Record<string, unknown>, react?: string): Promise<Running> =>
  own.run({
    resources: resources(mapping),
    code: { relay: relayCode(react) },
  });
const put = (names: readonly string[], sk = 'META') =>
  Promise.all(
    names.map((pk) =>
      own.running?.dynamo.call('PutItem', {
        TableName: 'money',
        Item: { pk: { S: pk }, sk: { S: sk }, value: { N: '1' } },
      }),
    ),
  );
async function putInOrder(names: readonly string[]): Promise<void> {
  for (const name of names) await put([name]);
}

type Note = { given?: string[]; handled?: string[]; records?: DynamoDBRecord[] };
const notes = (): Note[] => notebook(own.directory).read<Note>();
const given = (): string[][] => notes().flatMap((note) => (note.given ? [note.given] : []));
const handled = (): string[] => notes().flatMap((note) => note.handled ?? []);
const untilHandled = (count: number): Promise<string[]> =>
  until(handled, ({ length }) => length >= count);
const numbered = (count: number, prefix = ''): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

async function discarded(): Promise<Record<string, unknown>[]> {
  const client = new SQSClient(awsAt(String(own.running?.awsUrl)));
  const QueueUrl = `${own.running?.awsUrl}/000000000000/relay-dead`;
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  );
  return Messages.map(({ Body = '' }) => JSON.parse(Body));
}

test('changes come in order, filtered, in batches no larger than said', async () => {
  await start({});
  const names = numbered(120);
  await putInOrder(names);
  await put(numbered(50, 'other-'), 'BLOCK');
  expect(await untilHandled(120)).toEqual(names);
  expect(Math.max(...given().map(({ length }) => length))).toBeLessThanOrEqual(10);
});

test('a record is what Lambda makes of a change', async () => {
  await start({});
  await put(['a']);
  await put(['a']);
  await untilHandled(2);
  const [, record] = notes().flatMap((note) => note.records ?? []);
  expect(record).toMatchObject({
    eventID: expect.any(String),
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/money/stream/local',
    dynamodb: {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: { pk: { S: 'a' }, sk: { S: 'META' } },
      NewImage: { pk: { S: 'a' }, sk: { S: 'META' }, value: { N: '1' } },
      OldImage: { pk: { S: 'a' }, sk: { S: 'META' }, value: { N: '1' } },
      SequenceNumber: expect.any(String),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
});

test('records are those that the engine itself answers, but for what their size is', async () => {
  const { dynamo } = await start({});
  const key = { pk: { S: 'é"\n\u2028 ☃ 😀' }, sk: { S: 'META' } };
  const item = {
    ...{ ...key, n: { N: '12345678901234567890.50' }, b: { B: 'AAEC' }, yes: { BOOL: true } },
    list: { L: [{ S: 'x' }, { NULL: true }, { M: { z: { S: '' }, a: { NS: ['3', '1'] } } }] },
  };
  const money = { TableName: 'money' };
  await dynamo.call('PutItem', { ...money, Item: item });
  await dynamo.call('UpdateItem', {
    ...{ ...money, Key: key, UpdateExpression: 'SET n = n + :one' },
    ExpressionAttributeValues: { ':one': { N: '1' } },
  });
  await dynamo.call('DeleteItem', { ...money, Key: key });
  await untilHandled(3);
  const { Streams } = await dynamo.call<{ Streams: { StreamArn: string }[] }>('ListStreams', {});
  const [{ StreamArn } = { StreamArn: '' }] = Streams;
  const { StreamDescription } = await dynamo.call<{
    StreamDescription: { Shards: { ShardId: string }[] };
  }>('DescribeStream', { StreamArn });
  const { ShardIterator } = await dynamo.call<{ ShardIterator: string }>('GetShardIterator', {
    ...{ StreamArn, ShardId: StreamDescription.Shards[0]?.ShardId },
    ShardIteratorType: 'TRIM_HORIZON',
  });
  const { Records } = await dynamo.call<{ Records: DynamoDBRecord[] }>('GetRecords', {
    ShardIterator,
  });
  const SizeBytes = expect.any(Number);
  expect(notes().flatMap((note) => note.records ?? [])).toEqual(
    Records.map((record) => ({
      ...record,
      awsRegion: 'us-east-1',
      eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/money/stream/local',
      dynamodb: { ...record.dynamodb, SizeBytes },
    })),
  );
});

test('a filter sees the images of a change', async () => {
  const opened = {
    dynamodb: { OldImage: { open: { BOOL: [false] } }, NewImage: { open: { BOOL: [true] } } },
  };
  await start({ FilterCriteria: { Filters: [{ Pattern: JSON.stringify(opened) }] } });
  const write = (pk: string, open: boolean) =>
    own.running?.dynamo.call('PutItem', {
      TableName: 'money',
      Item: { pk: { S: pk }, sk: { S: 'META' }, open: { BOOL: open } },
    });
  for (const pk of ['a', 'b']) for (const open of [false, pk === 'b', true]) await write(pk, open);
  expect(await untilHandled(2)).toEqual(['a', 'b']);
});

test('a batch that fails is tried again, and nothing overtakes it', async () => {
  await start(
    {},
    'globalThis.tries = (globalThis.tries ?? 0) + 1; if (globalThis.tries < 3) throw new Error("no");',
  );
  const names = numbered(25);
  await putInOrder(names);
  expect(await untilHandled(25)).toEqual(names);
  const [first] = given();
  expect(given().slice(0, 3)).toEqual([first, first, first]);
});

test('a poisonous record is found by halving, put aside, and the others are handled once', async () => {
  jest.spyOn(console, 'error').mockReturnValue();
  await start(
    { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 },
    'if (names.includes("poison")) throw new Error("no");',
  );
  await putInOrder([...numbered(6, 'a'), 'poison', ...numbered(6, 'b')]);
  expect(await untilHandled(12)).toEqual([...numbered(6, 'a'), ...numbered(6, 'b')]);
  const [info, another] = await until(discarded, ({ length }) => length > 0);
  expect(another).toBeUndefined();
  expect(info).toMatchObject({
    requestContext: {
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:relay',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 2,
    },
    DDBStreamBatchInfo: { batchSize: 1 },
  });
});

test('after a reported failure, what came before it is done and what comes after it waits', async () => {
  await start(
    {},
    `const at = names.indexOf('fails');
     globalThis.failures = (globalThis.failures ?? 0) + (at === -1 ? 0 : 1);
     if (at !== -1 && globalThis.failures < 3)
       return { batchItemFailures: [{ itemIdentifier: records[at].dynamodb.SequenceNumber }] };`,
  );
  await putInOrder(['a', 'b', 'fails', 'c', 'd']);
  await until(handled, (names) => names.includes('d'));
  for (const name of ['a', 'b'])
    expect(given().filter((batch) => batch.includes(name))).toHaveLength(1);
  const tries = given().filter((batch) => batch.includes('fails'));
  expect(tries).toHaveLength(3);
  expect(tries.slice(1).map(([first]) => first)).toEqual(['fails', 'fails']);
  expect(handled().slice(-3)).toEqual(['fails', 'c', 'd']);
});

test('a record that is too old is put aside', async () => {
  jest.spyOn(console, 'error').mockReturnValue();
  await start({});
  await put(['seen']);
  await untilHandled(1);
  await own.running?.stop();
  own.running = undefined;
  await writeWhileDown(['old', 'new']);
  const database = new DatabaseSync(path.join(own.directory, 'data', 'dynamodb.db'));
  database.exec(
    `UPDATE _stream_records SET created_at = created_at - 7200 WHERE keys_json LIKE '%"old"%'`,
  );
  database.close();
  await start({ MaximumRecordAgeInSeconds: 3600 });
  expect(await untilHandled(2)).toEqual(['seen', 'new']);
  expect(await until(discarded, ({ length }) => length > 0)).toMatchObject([
    { requestContext: { condition: 'RecordAgeExceeded' }, DDBStreamBatchInfo: { batchSize: 1 } },
  ]);
});

async function writeWhileDown(names: readonly string[]): Promise<void> {
  await start({ Enabled: false });
  await putInOrder(names);
  await own.running?.stop();
  own.running = undefined;
}

test('a restart goes on where the last run ended, with what was written meanwhile', async () => {
  await start({});
  await putInOrder(numbered(5, 'before-'));
  await untilHandled(5);
  await own.running?.stop();
  await writeWhileDown(numbered(3, 'down-'));
  await start({});
  await putInOrder(numbered(2, 'after-'));
  const expected = [...numbered(5, 'before-'), ...numbered(3, 'down-'), ...numbered(2, 'after-')];
  expect(await untilHandled(10)).toEqual(expected);
});

test('records that were handled are trimmed, and the numbering goes on', async () => {
  await start({ BatchSize: 100 });
  await put(numbered(1_500));
  await untilHandled(1_500);
  await put(['last']);
  await untilHandled(1_501);
  await own.running?.stop();
  const database = new DatabaseSync(path.join(own.directory, 'data', 'dynamodb.db'));
  const kept = database.prepare('SELECT COUNT(*) AS kept FROM _stream_records').get();
  database.close();
  expect(Number(kept?.['kept'])).toBeLessThan(1_000);
  await start({});
  await put(['first of the next run']);
  expect((await untilHandled(1_502)).at(-1)).toBe('first of the next run');
});

test('a pattern that is not understood is refused', async () => {
  const Filters = [{ Pattern: JSON.stringify({ eventName: [{ wildcard: '*' }] }) }];
  await expect(start({ FilterCriteria: { Filters } })).rejects.toThrow(/wildcard.*not supported/);
});

test('a window gathers what comes within it, and is not waited for when the batch is full', async () => {
  const all = [1, 2, 3, 4, 5, 6].map((n) => ({
    sequenceNumber: String(n),
    createdAt: Date.now() / 1_000,
    event: {},
    json: JSON.stringify(String(n)),
  }));
  let there = 1;
  const batches: string[][] = [];
  const windowMs = 150;
  const began = Date.now();
  const source = startStreamSource({
    name: 'bus',
    stream: {
      after: async (position, signal) => {
        for (;;) {
          const next = all.slice(Number(position), there);
          if (next.length > 0 || signal.aborted) return next;
          await sleep(1);
        }
      },
    },
    position: '0',
    invoke: async (payload) => {
      batches.push((JSON.parse(payload) as { Records: string[] }).Records);
      return { requestId: 'x', ok: true, payload: '{"batchItemFailures":[]}' };
    },
    checkpoint: () => undefined,
    discard: () => undefined,
    filters: [],
    batchSize: 3,
    bisects: true,
    reportsFailures: true,
    retriesMax: 1,
    recordAgeMaxSeconds: -1,
    windowMs,
  });
  await sleep(20);
  there = 3;
  await until(
    () => batches.length,
    (count) => count === 1,
  );
  expect(Date.now() - began).toBeGreaterThanOrEqual(windowMs);
  const full = Date.now();
  there = 6;
  await until(
    () => batches.length,
    (count) => count === 2,
  );
  expect(Date.now() - full).toBeLessThan(windowMs);
  await source.stop();
  expect(batches).toEqual([
    ['1', '2', '3'],
    ['4', '5', '6'],
  ]);
});
