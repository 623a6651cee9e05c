/**
 * The model of SQS against fauxqs, which local runs use: the same requests, the same answers. No waiting: time stands
 * still in the model and does not matter over there, since messages become visible by ChangeMessageVisibility.
 *
 * Where fauxqs 2.4.1 is not what AWS describes, the model follows AWS, and `alike` below lets the difference pass:
 *  - One message of a group in a batch. AWS: "attempts to return as many messages with the same message group ID as
 *    possible" (developer guide, "FIFO queue delivery logic"). `groupBatchMax: 1` here; sqs.test.ts has the rest.
 *  - An expired receipt handle deletes nothing and says so only on AWS (re:Post, "ReceiptHandleIsInvalid or
 *    InvalidParameterValue error"; github.com/smaskalik/sqsmover/issues/54 for batches).
 *  - GetQueueAttributes without names: AWS answers nothing (API reference), fauxqs everything.
 *  - A dead letter's deduplication id is the message's id (developer guide, "Configuring a dead-letter queue redrive").
 *  - Deduplication by message group (CreateQueue, "High throughput"): fauxqs does it by queue always, as here.
 *  - A visibility timeout that is over (also one of 0) fauxqs notices at the next receive only: not used here.
 *  - Names of errors that are no part of the service's model end in `Exception`; codes come from the SDK's schemas.
 *  - Characters beyond U+FFFF are allowed in a body (SendMessage), fauxqs refuses them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type SqsEngine, startSqs } from '../../../local/engines/sqs-engine.ts';
import { type DataDir, openDataDir } from '../../../local/host/data-dir.ts';
import { queueArnOf, queueUrlOf } from '../../../local/template/identities.ts';
import { sqsModel } from '../models/sqs.ts';
import { stillWorld } from '../still-world.ts';

const endpoint = 'http://127.0.0.1:4566';
const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-sqs-'));
let dataDir: DataDir;
let local: SqsEngine;
beforeAll(async () => {
  dataDir = openDataDir(directory);
  local = await startSqs(dataDir, endpoint);
});
afterAll(async () => {
  await local.stop();
  dataDir.release();
  rmSync(directory, { recursive: true, force: true });
});

type QueueName = 'work' | 'letters' | 'none';
type Step =
  | { do: 'send'; queue: QueueName; entries: readonly Entry[] }
  | { do: 'sendOne'; queue: QueueName; entry: Entry }
  | { do: 'receive'; queue: QueueName; max: number; visibility: number | undefined }
  | { do: 'delete' | 'deleteOne'; queue: QueueName; receipts: readonly number[] }
  | { do: 'change' | 'changeOne'; queue: QueueName; receipts: readonly number[]; seconds: number }
  /** Everything is received and shown again at once. */
  | { do: 'glance' | 'count'; queue: QueueName };
type Entry = { id: string; body: string; group: string | undefined; key: string | undefined };

const queue = fc.constantFrom<QueueName>('work', 'work', 'work', 'work', 'letters', 'none');
const entry: fc.Arbitrary<Entry> = fc.record({
  id: fc.constantFrom('0', '1', '2', '3', '4', '5', 'x_-', '', 'no space'),
  body: fc.constantFrom('one', 'two', 'three', '{"ids":["wd_1"]}', 'tab\tü', '\u0001'),
  group: fc.constantFrom('a', 'a', 'b', 'c', undefined),
  key: fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', undefined),
});
/** Receipts by number, the newest first; beyond those there are: nonsense. */
const receipts = fc.array(fc.nat(4), { maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      queue,
      entries: fc.uniqueArray(entry, {
        selector: ({ id }) => id,
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      queue,
      entries: fc.oneof(
        fc.array(entry, { maxLength: 3 }),
        fc.array(entry, { minLength: 11, maxLength: 11 }),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sendOne' as const), queue, entry }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      queue,
      // All groups or one message: AWS does not say which group comes first.
      max: fc.constantFrom(10, 10, 10, 3, 0, 11),
      visibility: fc.constantFrom(undefined, undefined, 600, -1, 43_201),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('delete' as const, 'deleteOne' as const),
      queue,
      receipts,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('change' as const, 'changeOne' as const),
      queue,
      receipts,
      seconds: fc.constantFrom(0, 0, 0, 600, 43_201),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('glance' as const), queue }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('count' as const), queue }) },
);

type Json = Record<string, unknown>;
type Ask = (operation: string, input: Json) => Promise<{ status: number; body: Json }>;
type Queues = Readonly<Record<QueueName, string>>;

/** Asks one of the two, and tells what it answered in words that do not depend on which of the two it was. */
function teller(ask: Ask, urls: Queues): (step: Step) => Promise<unknown> {
  const handles: string[] = [];
  const names = new Map<string, string>();
  /** An id as the how manieth it was. */
  const named = (id: unknown): string => {
    const known = names.get(String(id)) ?? `message ${names.size}`;
    names.set(String(id), known);
    return known;
  };
  const handleOf = (receipt: number): string => handles.at(-1 - receipt) ?? 'nonsense';
  const sendEntry = ({ body, group, key }: Entry): Json => ({
    MessageBody: body,
    ...(group !== undefined && { MessageGroupId: group }),
    ...(key !== undefined && { MessageDeduplicationId: key }),
  });
  const batch = (one: (receipt: number) => Json, of: readonly number[]): Json => ({
    Entries: of.map((receipt, index) => ({ Id: String(index), ...one(receipt) })),
  });
  const told = (queueName: QueueName, body: Json): unknown => {
    if ('__type' in body)
      return String(body['__type'])
        .replace('com.amazonaws.sqs#', '')
        .replace(/Exception$/, '')
        .replace('MissingRequiredParameter', 'MissingParameter');
    const sent = (one: Json): Json => ({
      id: one['Id'],
      isDuplicate: names.has(String(one['MessageId'])),
      message: named(one['MessageId']),
      md5: one['MD5OfMessageBody'],
    });
    const messages = ((body['Messages'] ?? []) as Json[]).map((message) => {
      const attributes = (message['Attributes'] ?? {}) as Json;
      return {
        handle: String(message['ReceiptHandle']),
        told: {
          message: named(message['MessageId']),
          body: message['Body'],
          md5: message['MD5OfBody'],
          group: attributes['MessageGroupId'],
          key: queueName === 'letters' ? null : attributes['MessageDeduplicationId'],
          // What a message's count is as a dead letter, AWS does not say.
          receives: queueName === 'letters' ? null : attributes['ApproximateReceiveCount'],
        },
      };
    });
    // In one order for both: that of their groups.
    messages.sort((a, b) => (String(a.told.group) < String(b.told.group) ? -1 : 1));
    handles.push(...messages.map(({ handle }) => handle));
    return {
      messages: messages.map((message) => message.told),
      message: 'MessageId' in body ? sent(body) : null,
      successful: ((body['Successful'] ?? []) as Json[]).map((one) =>
        'MessageId' in one ? sent(one) : one['Id'],
      ),
      failed: ((body['Failed'] ?? []) as Json[]).map(({ Id, SenderFault, Code }) => ({
        id: Id,
        SenderFault,
        Code,
      })),
      attributes: body['Attributes'],
    };
  };
  const run = async (one: Step): Promise<Json> => {
    const QueueUrl = urls[one.queue];
    const call = async (operation: string, input: Json): Promise<Json> =>
      (await ask(operation, { QueueUrl, ...input })).body;
    switch (one.do) {
      case 'send':
        return await call('SendMessageBatch', {
          Entries: one.entries.map((given) => ({ Id: given.id, ...sendEntry(given) })),
        });
      case 'sendOne':
        return await call('SendMessage', sendEntry(one.entry));
      case 'receive':
        return await call('ReceiveMessage', {
          MaxNumberOfMessages: one.max,
          ...(one.visibility !== undefined && { VisibilityTimeout: one.visibility }),
          MessageSystemAttributeNames: ['All'],
        });
      case 'delete':
        return await call(
          'DeleteMessageBatch',
          batch((receipt) => ({ ReceiptHandle: handleOf(receipt) }), one.receipts),
        );
      case 'deleteOne':
        return await call('DeleteMessage', { ReceiptHandle: handleOf(one.receipts[0] ?? 0) });
      case 'change':
        return await call(
          'ChangeMessageVisibilityBatch',
          batch(
            (receipt) => ({ ReceiptHandle: handleOf(receipt), VisibilityTimeout: one.seconds }),
            one.receipts,
          ),
        );
      case 'changeOne':
        return await call('ChangeMessageVisibility', {
          ReceiptHandle: handleOf(one.receipts[0] ?? 0),
          VisibilityTimeout: one.seconds,
        });
      case 'glance': {
        const received = await call('ReceiveMessage', {
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['All'],
        });
        const Entries = ((received['Messages'] ?? []) as Json[]).map(
          ({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle,
            VisibilityTimeout: 0,
          }),
        );
        if (Entries.length > 0) await call('ChangeMessageVisibilityBatch', { Entries });
        return received;
      }
      case 'count':
        return await call('GetQueueAttributes', {
          AttributeNames: [
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesNotVisible',
            'FifoQueue',
            'VisibilityTimeout',
          ],
        });
      default:
        return one satisfies never;
    }
  };
  return async (one) => told(one.queue, await run(one));
}

/** What both mean when they say it in two ways (see above): that a receipt is no good. */
const alike = (answer: unknown, { do: what }: Step): unknown => {
  const deletes = what === 'delete' || what === 'deleteOne';
  const text = JSON.stringify(answer);
  if (deletes && !text.includes('Request') && !text.includes('Batch') && !text.includes('Queue'))
    return 'whether it was there or not';
  return JSON.parse(
    text
      .replace(/MessageNotInflight|ReceiptHandleIsInvalid/g, 'no such receipt')
      // Which of two faults is named, AWS does not say.
      .replace(/BatchEntryIdsNotDistinct|InvalidBatchEntryId/g, 'bad ids'),
  ) as unknown;
};

let runs = 0;
/** What has happened at least once in all runs. */
const met = new Set<string>();

async function bothRun(steps: readonly Step[]): Promise<void> {
  const run = ++runs;
  const work = `work-${run}.fifo`;
  const letters = `letters-${run}.fifo`;
  const urls: Queues = {
    work: queueUrlOf(endpoint, work),
    letters: queueUrlOf(endpoint, letters),
    none: queueUrlOf(endpoint, 'none.fifo'),
  };
  const attributes = { FifoQueue: 'true', VisibilityTimeout: '300' };
  local.createQueue({ name: letters, attributes });
  local.createQueue({
    name: work,
    attributes: {
      ...attributes,
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queueArnOf(letters),
        maxReceiveCount: 2,
      }),
    },
  });
  const model = sqsModel(
    stillWorld(),
    [
      { name: letters, url: urls.letters, visibilitySeconds: 300 },
      {
        name: work,
        url: urls.work,
        visibilitySeconds: 300,
        redrive: { deadLetterQueue: letters, maxReceiveCount: 2 },
      },
    ],
    { groupBatchMax: 1 },
  );
  const tellLocal = teller(async (operation, input) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
    };
    const { status, body } = await local.answer(headers, JSON.stringify(input));
    return { status, body: JSON.parse(body) as Json };
  }, urls);
  const tellModel = teller(async (operation, input) => {
    const { status, body } = model.execute(operation, input);
    return { status, body: JSON.parse(body) as Json };
  }, urls);
  for (const [index, one] of steps.entries()) {
    const expected = alike(await tellLocal(one), one);
    const actual = alike(await tellModel(one), one);
    for (const [word] of JSON.stringify(actual).matchAll(
      /[A-Z][a-z]+[A-Z]\w+|bad ids|no such receipt|"isDuplicate":true|"receives":"2"/g,
    ))
      met.add(word);
    expect({ index, one, answer: actual }).toEqual({ index, one, answer: expected });
  }
  // In the end both hold the same.
  for (const queueName of ['work', 'letters'] as const) {
    const count: Step = { do: 'count', queue: queueName };
    expect(await tellModel(count)).toEqual(await tellLocal(count));
  }
  const left = model.messages(work).length + model.messages(letters).length;
  if (left < model.history(work).length) met.add('deleted');
  if (model.deadLetters().some(({ message }) => message.cameFrom === work)) met.add('dead letter');
}

test('the model answers as the local SQS does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), bothRun),
    { numRuns: 60, seed: 42 },
  );
  // Two that do nothing but refuse would agree as well.
  const neverMet = [
    '"isDuplicate":true',
    '"receives":"2"',
    'EmptyBatchRequest',
    'InvalidMessageContents',
    'InvalidParameterValue',
    'MissingParameter',
    'QueueDoesNotExist',
    'TooManyEntriesInBatchRequest',
    'bad ids',
    'dead letter',
    'deleted',
    'no such receipt',
  ].filter((what) => !met.has(what));
  expect(neverMet).toEqual([]);
});
