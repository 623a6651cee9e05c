import {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type SqsFaults, type SqsOptions, sqsModel } from './models/sqs.ts';
import { stillWorld } from './still-world.ts';

const settings = (deduplicationScope: 'queue' | 'messageGroup' = 'messageGroup') =>
  [
    { name: 'dead.fifo', url: 'https://sqs/dead.fifo', retentionSeconds: 1_209_600 },
    {
      name: 'work.fifo',
      url: 'https://sqs/work.fifo',
      visibilitySeconds: 180,
      retentionSeconds: 1_209_600,
      deduplicationScope,
      redrive: { deadLetterQueue: 'dead.fifo', maxReceiveCount: 3 },
    },
    { name: 'plain', url: 'https://sqs/plain', visibilitySeconds: 60 },
  ] as const;

function make(options: SqsOptions = {}, scope: 'queue' | 'messageGroup' = 'messageGroup') {
  const world = stillWorld();
  const sqs = sqsModel(world, settings(scope), options);
  let keys = 0;
  return {
    world,
    sqs,
    /** `a1` is a message of group `a`. */
    send: (...bodies: string[]) => {
      for (const body of bodies)
        sqs.send('work.fifo', { body, group: body.charAt(0), deduplicationId: `k${++keys}` });
    },
    receive: (max = 10) => sqs.receive('work.fifo', max),
    bodies: (max = 10) => sqs.receive('work.fifo', max).map(({ body }) => body),
    remove: (...records: { receiptHandle: string }[]) =>
      sqs.delete(
        'work.fifo',
        records.map(({ receiptHandle }) => receiptHandle),
      ),
    show: (...records: { receiptHandle: string }[]) =>
      sqs.execute('ChangeMessageVisibilityBatch', {
        QueueUrl: 'https://sqs/work.fifo',
        Entries: records.map(({ receiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: 0,
        })),
      }),
  };
}

test('a batch has as many messages of a group as fit, in order, and then the group is closed', () => {
  const { send, receive, bodies, remove } = make();
  send('a1', 'a2', 'b1', 'a3', 'a4');
  const batch = receive(3);
  expect(batch.map(({ body }) => body)).toEqual(['a1', 'a2', 'a3']);
  expect(bodies()).toEqual(['b1']);
  remove(...batch.slice(0, 2));
  expect(bodies()).toEqual([]);
  remove(...batch.slice(2));
  expect(bodies()).toEqual(['a4']);
});

test('what is shown again comes first, in its order, in whatever order it was shown', () => {
  const { send, receive, bodies, show } = make();
  send('a1', 'a2', 'a3');
  const [first, second] = receive(2);
  if (first === undefined || second === undefined) throw new Error('two');
  show(first);
  // The group stays closed as long as one of it is in flight.
  expect(bodies()).toEqual([]);
  show(second);
  expect(bodies()).toEqual(['a1', 'a2', 'a3']);
});

test('what is not deleted comes again after the visibility timeout, and its old receipt is worth nothing', async () => {
  const { world, sqs, send, receive, remove } = make();
  const woken: number[] = [];
  sqs.onReceivable(() => woken.push(world.now()));
  send('a1');
  const start = world.now();
  const [old] = receive();
  if (old === undefined) throw new Error('one');
  expect(sqs.nextVisibleAt('work.fifo')).toBe(start + 180_000);
  await world.pass(179_999);
  expect(sqs.receivable('work.fifo')).toBe(false);
  await world.pass(1);
  expect(woken).toEqual([start, start + 180_000]);
  const { status, body, headers } = sqs.execute('DeleteMessage', {
    QueueUrl: 'https://sqs/work.fifo',
    ReceiptHandle: old.receiptHandle,
  });
  expect([status, JSON.parse(body), headers?.['x-amzn-query-error']]).toEqual([
    400,
    {
      __type: 'com.amazonaws.sqs#InvalidParameterValueException',
      message: expect.stringContaining('The receipt handle has expired'),
    },
    'InvalidParameterValue;Sender',
  ]);
  remove(old);
  const [again] = receive();
  expect(again).toMatchObject({
    messageId: old.messageId,
    body: 'a1',
    attributes: {
      ApproximateReceiveCount: '2',
      SentTimestamp: String(start),
      ApproximateFirstReceiveTimestamp: String(start),
      MessageGroupId: 'a',
      MessageDeduplicationId: 'k1',
      SequenceNumber: expect.stringMatching(/^\d{20}$/),
    },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:work.fifo',
    awsRegion: 'us-east-1',
  });
  // Somebody else has it by now.
  remove(old);
  expect(sqs.counts('work.fifo')).toEqual({ visible: 0, inFlight: 1 });
});

test('a changed visibility timeout counts from the change on, and no longer than 12 hours from the receive', async () => {
  const { world, sqs, send, receive } = make();
  send('a1');
  const [record] = receive();
  const change = (VisibilityTimeout: number) =>
    sqs.execute('ChangeMessageVisibility', {
      QueueUrl: 'https://sqs/work.fifo',
      ReceiptHandle: record?.receiptHandle,
      VisibilityTimeout,
    }).status;
  await world.pass(100_000);
  expect(change(5)).toBe(200);
  await world.pass(4_999);
  expect(sqs.receivable('work.fifo')).toBe(false);
  expect(change(43_200)).toBe(400);
  expect(change(43_000)).toBe(200);
  await world.pass(42_999_000);
  expect(sqs.receivable('work.fifo')).toBe(false);
  await world.pass(1_000);
  expect(sqs.receivable('work.fifo')).toBe(true);
});

test('the same deduplication id is one message for five minutes, also when it was deleted', async () => {
  const { world, sqs, receive, remove } = make();
  const ring = (group = 'a') =>
    sqs.send('work.fifo', { body: 'x', group, deduplicationId: 'same' });
  const first = ring();
  expect(first.isNew).toBe(true);
  remove(...receive());
  await world.pass(299_999);
  expect(ring()).toEqual({ id: first.id, isNew: false });
  expect(ring('b').isNew).toBe(true);
  expect(sqs.counts('work.fifo')).toEqual({ visible: 1, inFlight: 0 });
  await world.pass(1);
  expect(ring().isNew).toBe(true);
  const { sqs: byQueue } = make({}, 'queue');
  const to = (group: string) =>
    byQueue.send('work.fifo', { body: 'x', group, deduplicationId: 'same' });
  expect([to('a').isNew, to('b').isNew]).toEqual([true, false]);
});

test('what was handed out too often is a dead letter, its group goes on, and an operator can send it back', async () => {
  const { world, sqs, send, receive, show, bodies } = make();
  send('a1', 'a2');
  for (const count of ['1', '2', '3']) {
    const [poison] = receive(1);
    expect(poison?.attributes.ApproximateReceiveCount).toBe(count);
    if (poison !== undefined) show(poison);
  }
  expect(sqs.deadLetters()).toEqual([]);
  await world.pass(1_000);
  expect(bodies()).toEqual(['a2']);
  expect(sqs.deadLetters()).toMatchObject([
    {
      queue: 'dead.fifo',
      body: 'a1',
      message: { cameFrom: 'work.fifo', group: 'a', sentAt: world.now() },
    },
  ]);
  const [letter] = sqs.deadLetters();
  expect(letter?.message.deduplicationId).toBe(letter?.message.id);
  expect(sqs.redrive('work.fifo', 2)).toBe(2);
  expect(sqs.deadLetters()).toEqual([]);
  expect(sqs.counts('work.fifo')).toEqual({ visible: 2, inFlight: 1 });
  const back = sqs.messages('work.fifo').filter(({ body }) => body === 'a1');
  expect(back.map(({ receives }) => receives)).toEqual([0, 0]);
  expect(new Set([letter?.message.id, ...back.map(({ id }) => id)]).size).toBe(3);
});

test('a task over the API moves dead letters too', () => {
  const { sqs, send, receive, show } = make();
  send('a1');
  for (let time = 0; time < 3; time++) show(...receive());
  receive();
  const move = (name: string) =>
    sqs.execute('StartMessageMoveTask', {
      SourceArn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
    }).status;
  expect(move('work.fifo')).toBe(404);
  expect(move('dead.fifo')).toBe(200);
  expect(sqs.counts('work.fifo')).toEqual({ visible: 1, inFlight: 0 });
});

test('a message that is not taken in time is gone, also in flight', async () => {
  const { world, sqs, send, receive, remove } = make();
  send('a1');
  await world.pass(1_209_599_000);
  const flying = receive();
  expect(flying).toHaveLength(1);
  await world.pass(1_000);
  expect(sqs.counts('work.fifo')).toEqual({ visible: 0, inFlight: 0 });
  remove(...flying);
});

test('a standard queue takes everything, and no group holds up another message', () => {
  const { sqs } = make();
  for (const body of ['x', 'x', 'y'])
    sqs.send('plain', { body, group: 'same', deduplicationId: 'same' });
  expect(sqs.receive('plain', 2)).toHaveLength(2);
  const [record] = sqs.receive('plain', 10);
  expect(record?.body).toBe('y');
  expect(record?.attributes).not.toHaveProperty('MessageGroupId');
});

test('without names there are no attributes; unknown queues are refused, and so is what is not modelled', () => {
  const { sqs } = make();
  const ask = (QueueUrl: string, more = {}) => {
    const { status, body } = sqs.execute('GetQueueAttributes', { QueueUrl, ...more });
    return [status, JSON.parse(body)];
  };
  expect(ask('https://sqs/work.fifo')).toEqual([200, {}]);
  expect(ask('https://sqs/work.fifo', { AttributeNames: ['FifoThroughputLimit'] })).toEqual([
    200,
    { Attributes: { FifoThroughputLimit: 'perMessageGroupId' } },
  ]);
  expect(ask('https://sqs/none.fifo')).toEqual([
    400,
    { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: expect.any(String) },
  ]);
  expect(() => sqs.execute('DeleteQueue', { QueueUrl: 'https://sqs/work.fifo' })).toThrow(
    /no DeleteQueue/,
  );
  expect(() =>
    sqs.execute('ReceiveMessage', { QueueUrl: 'https://sqs/work.fifo', WaitTimeSeconds: 20 }),
  ).toThrow(/WaitTimeSeconds/);
});

/** Order and exclusion, whatever happens: what the product may rely on. */
test('a group is in one hand at a time and in order, and nothing is lost', async () => {
  const deed = fc.oneof(
    fc.record({ do: fc.constant('send' as const), group: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ do: fc.constantFrom('delete' as const, 'show' as const), nth: fc.nat(5) }),
    fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 60, 180, 301) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { maxLength: 80, size: 'max' }),
      fc.boolean(),
      async (deeds, lies) => {
        const faults = lies ? { phantomReceive: 0.2, deleteLost: 0.2, receiveVaries: 0.5 } : {};
        const { world, sqs, send, receive, remove, show } = make({ faults });
        let sent = 0;
        const held = new Map<
          string,
          { group: string; number: number; record: { receiptHandle: string }; until: number }
        >();
        const gone = new Set<number>();
        for (const one of deeds) {
          for (const [handle, { until }] of held) if (until <= world.now()) held.delete(handle);
          switch (one.do) {
            case 'send':
              send(`${one.group}${++sent}`);
              break;
            case 'receive': {
              const closed = new Set([...held.values()].map(({ group }) => group));
              const last = new Map<string, number>();
              for (const record of receive(one.max)) {
                const group = record.body.charAt(0);
                const number = Number(record.body.slice(1));
                expect(closed.has(group)).toBe(false);
                expect(number).toBeGreaterThan(last.get(group) ?? 0);
                if (!lies) expect(gone.has(number)).toBe(false);
                last.set(group, number);
                held.set(record.receiptHandle, {
                  group,
                  number,
                  record,
                  until: world.now() + 180_000,
                });
              }
              break;
            }
            case 'delete':
            case 'show': {
              const mine = [...held.values()][one.nth];
              if (mine === undefined) break;
              held.delete(mine.record.receiptHandle);
              // Of a deletion that is lost nobody knows, and the group stays closed.
              if (one.do === 'delete') {
                remove(mine.record);
                gone.add(mine.number);
              } else show(mine.record);
              break;
            }
            case 'wait':
              await world.pass(one.seconds * 1_000);
              break;
            default:
              one satisfies never;
          }
          const left = sqs.messages('work.fifo').length + sqs.deadLetters().length;
          if (lies) expect(left).toBeGreaterThanOrEqual(sent - gone.size);
          else expect(left).toBe(sent - gone.size);
        }
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});

const always = (faults: Partial<SqsFaults>) => make({ faults });

test('a phantom receive counts, closes the group, and nobody has seen it', async () => {
  const { world, sqs, send, receive } = always({ phantomReceive: 1 });
  send('a1');
  expect(receive()).toEqual([]);
  expect(sqs.counts('work.fifo')).toEqual({ visible: 0, inFlight: 1 });
  sqs.faults.phantomReceive = 0;
  expect(receive()).toEqual([]);
  await world.pass(180_000);
  expect(receive()[0]?.attributes.ApproximateReceiveCount).toBe('2');
});

test('a deletion that is lost: the message comes again, before its successors', async () => {
  const { world, send, receive, remove, bodies } = always({ deleteLost: 1 });
  send('a1', 'a2');
  remove(...receive(1));
  expect(bodies()).toEqual([]);
  await world.pass(180_000);
  expect(bodies()).toEqual(['a1', 'a2']);
});

test('a deleted message that comes back does so behind its successors, with its count', async () => {
  const { world, sqs, send, receive, remove } = always({ deletedComesBack: 1 });
  send('a1', 'a2');
  remove(...receive(1));
  sqs.faults.deletedComesBack = 0;
  const seen: string[] = [];
  for (let second = 0; second < 181; second++) {
    const records = receive();
    seen.push(
      ...records.map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`),
    );
    expect(sqs.messages('work.fifo')).toHaveLength(records.length);
    remove(...records);
    await world.pass(1_000);
  }
  expect(seen).toEqual(['a2 1', 'a1 2']);
  expect(sqs.messages('work.fifo')).toEqual([]);
});

/** What the real SDK makes of the model's answers. */
function client(execute: ReturnType<typeof make>['sqs']['execute']): SQSClient {
  return new SQSClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
    useQueueUrlAsEndpoint: false,
    requestHandler: {
      handle: async (request: { headers: Record<string, string>; body: Uint8Array }) => {
        const operation = request.headers['x-amz-target']?.replace('AmazonSQS.', '') ?? '';
        const { status, headers, body } = execute(
          operation,
          JSON.parse(new TextDecoder().decode(request.body)),
        );
        return {
          response: {
            statusCode: status,
            headers: headers ?? {},
            body: new TextEncoder().encode(body),
          },
        };
      },
    },
  });
}
const entries = ['0', '1', '2'].map((Id) => ({
  Id,
  MessageBody: `body ${Id}`,
  MessageGroupId: 'g',
  MessageDeduplicationId: Id,
}));
const QueueUrl = 'https://sqs/work.fifo';

test('the SDK understands answers, failures in part, and errors', async () => {
  const { sqs, receive } = make();
  const sdk = client(sqs.execute);
  const sent = await sdk.send(new SendMessageBatchCommand({ QueueUrl, Entries: entries }));
  expect([sent.Successful?.length, sent.Failed]).toEqual([3, undefined]);
  const handles = receive().map(({ receiptHandle }) => receiptHandle);
  const changed = await sdk.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: [...handles, 'nonsense'].map((ReceiptHandle, index) => ({
        Id: String(index),
        ReceiptHandle,
        VisibilityTimeout: 0,
      })),
    }),
  );
  expect(changed.Successful?.map(({ Id }) => Id)).toEqual(['0', '1', '2']);
  expect(changed.Failed).toMatchObject([
    { Id: '3', SenderFault: true, Code: 'ReceiptHandleIsInvalid' },
  ]);
  await expect(
    sdk.send(new SendMessageBatchCommand({ QueueUrl: 'https://sqs/none.fifo', Entries: entries })),
  ).rejects.toMatchObject({ name: 'QueueDoesNotExist', $metadata: { httpStatusCode: 400 } });
  sqs.faults.entryFails = 1;
  const failed = await sdk.send(new SendMessageBatchCommand({ QueueUrl, Entries: entries }));
  expect(failed.Failed?.map(({ Id, SenderFault }) => [Id, SenderFault])).toEqual([
    ['0', false],
    ['1', false],
    ['2', false],
  ]);
  sqs.faults.throttled = 1;
  const refused = sdk.send(new SendMessageBatchCommand({ QueueUrl, Entries: entries }));
  await expect(refused).rejects.toMatchObject({ name: 'RequestThrottled' });
  sqs.faults.throttled = 0;
  sqs.faults.internalError = 1;
  const broken = sdk.send(new SendMessageBatchCommand({ QueueUrl, Entries: entries }));
  await expect(broken).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
});

test('the same seed is the same queue', () => {
  const told = () => {
    const { world, send, bodies } = always({ receiveVaries: 0.5, phantomReceive: 0.3 });
    send(...Array.from({ length: 40 }, (_, index) => `${'abcdefgh'.charAt(index % 8)}${index}`));
    const seen = Array.from({ length: 20 }, () => {
      world.passAtOnce(30_000);
      return bodies(4);
    });
    return JSON.stringify([seen, world.story]);
  };
  expect(told()).toBe(told());
});
