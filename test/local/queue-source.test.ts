import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import type { Resource } from '../../local/template/template.ts';
import { awsAt } from '../support/aws.ts';
import { lambda, notebook, noteCode, until } from './fixture.ts';
import { perTest } from './per-test.ts';

const own = perTest();

/**
 * What comes again comes after so long, and on a busy machine nothing takes longer than that by itself. Where nothing has to
 * come again, nothing does.
 */
const [soon, never] = [3, 600];

const resources = (
  mapping: Record<string, unknown>,
  VisibilityTimeout: number,
): Record<string, Resource> => ({
  Dead: {
    Type: 'AWS::SQS::Queue',
    Properties: { QueueName: 'work-dead.fifo', FifoQueue: true },
  },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: 'work.fifo',
      FifoQueue: true,
      VisibilityTimeout,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] },
        maxReceiveCount: 2,
      },
    },
  },
  Work: lambda('work', {
    Environment: { Variables: { NOTEBOOK: notebook(own.directory).file } },
  }),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      FunctionName: { Ref: 'Work' },
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...mapping,
    },
  },
});

type Sent = { group: string; name: string; ms?: number };
type Note = { at: 'begin' | 'end'; records: SQSEvent['Records'] };

/** The code of a function. `react` is the part that sees the records and may return a response. */
const workCode = (react: string): string => `${noteCode}
  const react = async (records) => { ${react} };
  export const handler = async (event) => {
    note({ at: 'begin', records: event.Records });
    try { return await react(event.Records); } finally { note({ at: 'end', records: event.Records }); }
  };`;

const start = async (
  react: string,
  visibility = never,
  mapping: Record<string, unknown> = {},
): Promise<SQSClient> => {
  const { awsUrl } = await own.run({
    resources: resources(mapping, visibility),
    code: { work: workCode(react) },
  });
  return new SQSClient(awsAt(awsUrl));
};
const urlOf = (queue: string): string => `${own.running?.awsUrl}/000000000000/${queue}`;

async function send(client: SQSClient, messages: readonly Sent[]): Promise<void> {
  for (let at = 0; at < messages.length; at += 10) {
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: urlOf('work.fifo'),
        Entries: messages.slice(at, at + 10).map((message, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(message),
          MessageGroupId: message.group,
          MessageDeduplicationId: message.name,
        })),
      }),
    );
    expect(Failed).toEqual([]);
  }
}
const notes = (at: Note['at']): SQSEvent['Records'][] =>
  notebook(own.directory)
    .read<Note>()
    .flatMap((one) => (one.at === at ? [one.records] : []));
const namesIn = (batches: SQSEvent['Records'][]): string[] =>
  batches.flat().map(({ body }) => JSON.parse(body).name);
const begun = (name: string) =>
  until(
    () => namesIn(notes('begin')),
    (names) => names.includes(name),
  );
const counts = async (client: SQSClient, queue: string): Promise<(string | undefined)[]> => {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: urlOf(queue),
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return [
    Attributes?.['ApproximateNumberOfMessages'],
    Attributes?.['ApproximateNumberOfMessagesNotVisible'],
  ];
};

test('many groups: each in order, one batch of a group at a time, no batch over ten, all deleted', async () => {
  const client = await start(
    `await new Promise((resolve) => setTimeout(resolve, Math.max(...records.map((r) => JSON.parse(r.body).ms))));`,
  );
  const messages = Array.from({ length: 240 }, (_, index) => ({
    group: `g${index % 24}`,
    name: String(index),
    ms: index % 7,
  }));
  await send(client, messages);
  await until(
    () => notes('end').flat().length,
    (length) => length === messages.length,
  );
  expect(namesIn(notes('begin')).sort()).toEqual(messages.map(({ name }) => name).sort());

  const active = new Set<string>();
  const seen = new Map<string, number[]>();
  for (const { at, records } of notebook(own.directory).read<Note>()) {
    expect(records.length).toBeLessThanOrEqual(10);
    for (const group of new Set(records.map(({ attributes }) => attributes.MessageGroupId ?? ''))) {
      if (at === 'end') active.delete(group);
      else expect(active.has(group)).toBe(false);
      if (at === 'begin') active.add(group);
    }
    if (at === 'begin')
      for (const { body } of records) {
        const { group, name } = JSON.parse(body) as Sent;
        seen.set(group, [...(seen.get(group) ?? []), Number(name)]);
      }
  }
  for (const numbers of seen.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  await until(
    () => counts(client, 'work.fifo'),
    (both) => both.join() === '0,0',
  );
});

test('a batch has as many of a group as there is room for, in order, and those that failed come again in order', async () => {
  const client = await start(
    `await new Promise((resolve) => setTimeout(resolve, JSON.parse(records[0].body).ms ?? 0));
     return { batchItemFailures: records
       .filter((r) => r.attributes.ApproximateReceiveCount === '1' && JSON.parse(r.body).ms === undefined)
       .map((r) => ({ itemIdentifier: r.messageId })) };`,
    soon,
  );
  // What is in flight keeps the others waiting until all of them are there.
  await send(client, [{ group: 'a', name: 'first', ms: 1_000 }]);
  await begun('first');
  const names = Array.from({ length: 12 }, (_, index) => String(index));
  await send(
    client,
    names.map((name) => ({ group: 'a', name })),
  );
  await until(
    () => counts(client, 'work.fifo'),
    (both) => both.join() === '0,0',
  );
  const [first, ...batches] = notes('begin').map((records) => namesIn([records]));
  expect(first).toEqual(['first']);
  expect(batches[0]).toEqual(names.slice(0, 10));
  expect(batches.flat()).toEqual([...names.slice(0, 10), ...names, ...names.slice(10)]);
});

test('a record is what Lambda makes of a message', async () => {
  const client = await start('');
  await client.send(
    new SendMessageBatchCommand({
      QueueUrl: urlOf('work.fifo'),
      Entries: [
        {
          Id: '0',
          MessageBody: '{}',
          MessageGroupId: 'g',
          MessageDeduplicationId: 'd',
          MessageAttributes: { kind: { DataType: 'String', StringValue: 'x' } },
        },
      ],
    }),
  );
  const [[record] = []] = await until(
    () => notes('begin'),
    (batches) => batches.length > 0,
  );
  expect(record).toMatchObject({
    messageId: expect.any(String),
    receiptHandle: expect.any(String),
    body: '{}',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
      SequenceNumber: expect.stringMatching(/^\d{20}$/),
    },
    messageAttributes: { kind: { dataType: 'String', stringValue: 'x' } },
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:work.fifo',
    awsRegion: 'us-east-1',
  });
});

test('what a function reports as failed comes again, before the rest of its group; the others are done', async () => {
  const client = await start(
    `return { batchItemFailures: records
       .filter((r) => r.attributes.ApproximateReceiveCount === '1' && JSON.parse(r.body).name === 'fails')
       .map((r) => ({ itemIdentifier: r.messageId })) };`,
    soon,
  );
  await send(client, [
    { group: 'a', name: 'fails' },
    { group: 'b', name: 'fine' },
  ]);
  await begun('fails');
  await send(client, [{ group: 'a', name: 'after' }]);
  await until(
    () => namesIn(notes('end')),
    (names) => names.includes('after'),
  );
  const names = namesIn(notes('begin'));
  expect(names.filter((name) => name !== 'fine')).toEqual(['fails', 'fails', 'after']);
  expect(names.filter((name) => name === 'fine')).toHaveLength(1);
});

test.each([
  ['throws', 'throw new Error("no");'],
  ['answers nonsense', 'return { batchItemFailures: [{ itemIdentifier: "nobody" }] };'],
  ['crashes', 'process.exit(1);'],
])(
  'when a function %s the whole batch comes again and ends in the dead-letter queue',
  async (_, react) => {
    const client = await start(react, soon);
    await send(client, [
      { group: 'a', name: '1' },
      { group: 'b', name: '2' },
    ]);
    await until(
      () => counts(client, 'work-dead.fifo'),
      ([visible]) => visible === '2',
    );
    expect(namesIn(notes('begin')).sort()).toEqual(['1', '1', '2', '2']);
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf('work-dead.fifo'),
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    );
    expect(Messages.map(({ Attributes }) => Attributes?.MessageGroupId).sort()).toEqual(['a', 'b']);
  },
);

test('a group goes on when its poisonous message has been put aside', async () => {
  const client = await start(
    `return { batchItemFailures: records.filter((r) => JSON.parse(r.body).name === 'poison')
       .map((r) => ({ itemIdentifier: r.messageId })) };`,
    soon,
  );
  await send(client, [{ group: 'a', name: 'poison' }]);
  await begun('poison');
  await send(client, [{ group: 'a', name: 'next' }]);
  await until(
    () => namesIn(notes('end')),
    (names) => names.includes('next'),
  );
  expect(namesIn(notes('begin'))).toEqual(['poison', 'poison', 'next']);
  // They came in one batch the second time, so it may be put aside after the next has gone.
  await until(
    () => counts(client, 'work-dead.fifo'),
    (both) => both.join() === '1,0',
  );
});

test('without ReportBatchItemFailures an answer is a success, whatever it says', async () => {
  const client = await start(
    'return { batchItemFailures: [{ itemIdentifier: records[0].messageId }] };',
    never,
    { FunctionResponseTypes: [] },
  );
  await send(client, [{ group: 'a', name: '1' }]);
  await until(
    () => notes('end'),
    (batches) => batches.length > 0,
  );
  await until(
    () => counts(client, 'work.fifo'),
    (both) => both.join() === '0,0',
  );
});

test('a mapping that would behave otherwise than on AWS is refused', async () => {
  await expect(start('', never, { MaximumBatchingWindowInSeconds: 5 })).rejects.toThrow(
    /A window of a queue .* is not supported/,
  );
});
