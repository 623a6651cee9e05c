/** SQS's JSON 1.0 protocol over the model's queues: what comes in is checked as AWS does, what goes out has its shape. */
import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import type { WireResponse, World } from '../world.ts';
import type { Message, Queue, SqsFaults } from './sqs.ts';

type Execute = (operation: string, input: Readonly<Record<string, unknown>>) => WireResponse;
/** An error as a value: its name in the JSON protocol, and the older code that the SDK reads from a header. */
type Refusal = { refused: string; message: string; status?: number; queryCode?: string };
type Answer = Record<string, unknown>;

/** A simulation that goes on with half of an answer proves nothing. */
const notModelled = (what: string): never => {
  throw new Error(`The model of SQS has no ${what}.`);
};

/** AWS: SQS quotas, "Message quotas". */
const bytesMax = 1_048_576;
const entriesMax = 10;
const visibilityMaxSeconds = 43_200;
/** AWS: SendMessageBatchRequestEntry, "Id". */
const entryId = /^[a-zA-Z0-9_-]{1,80}$/;
/** AWS: SendMessage, "MessageBody": everything else is refused. */
const bodyText = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
/** AWS: SendMessage, "MessageGroupId" and "MessageDeduplicationId". */
const idText = /^[a-zA-Z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

const invalidValue = (message: string): Refusal => ({
  refused: 'InvalidParameterValueException',
  queryCode: 'InvalidParameterValue',
  message,
});
const missing = (name: string): Refusal => ({
  refused: 'MissingRequiredParameterException',
  queryCode: 'MissingParameter',
  message: `The request must contain the parameter ${name}.`,
});
const modelled = (refused: string, message: string): Refusal => ({
  refused,
  queryCode: `AWS.SimpleQueueService.${refused}`,
  message,
});
const invalidHandle: Refusal = {
  refused: 'ReceiptHandleIsInvalid',
  message: 'The input receipt handle is invalid.',
  status: 404,
};
const outOfRange = (name: string, value: number): Refusal =>
  invalidValue(`Value ${value} for parameter ${name} is invalid. Reason: Out of range.`);

const text = z.string();
const whole = z.int();
const queueUrl = { QueueUrl: text };
const sent = {
  MessageBody: text,
  MessageGroupId: text.optional(),
  MessageDeduplicationId: text.optional(),
  DelaySeconds: whole.optional(),
};
const deleted = { ReceiptHandle: text };
const changed = { ReceiptHandle: text, VisibilityTimeout: whole };
const batch = { ...queueUrl, Entries: z.array(z.looseObject({ Id: text })) };
const Inputs = {
  SendMessage: z.strictObject({ ...queueUrl, ...sent }),
  ReceiveMessage: z.strictObject({
    ...queueUrl,
    MaxNumberOfMessages: whole.optional(),
    VisibilityTimeout: whole.optional(),
    // Nothing can be waited for in an answer that comes at once.
    WaitTimeSeconds: z.literal(0).optional(),
    AttributeNames: z.array(text).optional(),
    MessageSystemAttributeNames: z.array(text).optional(),
    MessageAttributeNames: z.array(text).optional(),
  }),
  DeleteMessage: z.strictObject({ ...queueUrl, ...deleted }),
  ChangeMessageVisibility: z.strictObject({ ...queueUrl, ...changed }),
  Batch: z.strictObject(batch),
  SendEntry: z.strictObject({ Id: text, ...sent }),
  DeleteEntry: z.strictObject({ Id: text, ...deleted }),
  ChangeEntry: z.strictObject({ Id: text, ...changed }),
  GetQueueAttributes: z.strictObject({ ...queueUrl, AttributeNames: z.array(text).optional() }),
  GetQueueUrl: z.strictObject({ QueueName: text }),
  StartMessageMoveTask: z.strictObject({ SourceArn: text }),
};
type Input<K extends keyof typeof Inputs> = z.output<(typeof Inputs)[K]>;
const read = <K extends keyof typeof Inputs>(kind: K, input: unknown): Input<K> => {
  const parsed = Inputs[kind].safeParse(input);
  return parsed.success
    ? (parsed.data as Input<K>)
    : notModelled(`${kind} with ${JSON.stringify(input)}: ${z.prettifyError(parsed.error)}`);
};

const isRefusal = (answer: Answer | Refusal): answer is Refusal => 'refused' in answer;
const md5 = (body: string): string => createHash('md5').update(body).digest('hex');

/** AWS: "SequenceNumber" is large, 128 bits of it, and not consecutive. */
export const sequenceNumberOf = ({ sequence }: Message): string =>
  `188${String(sequence * 256).padStart(17, '0')}`;

/** `redrive` moves a queue's dead letters back to it. */
export function makeSqsApi(
  world: World,
  queues: readonly Queue[],
  faults: SqsFaults,
  redrive: (queue: string) => number,
): Execute {
  const byUrl = new Map(queues.map((queue) => [queue.settings.url, queue]));
  const goesWrong = (probability: number): boolean =>
    probability > 0 && world.random.chance(probability);
  let moves = 0;

  /** Each entry by itself: some succeed, some fail, and the status is 200. */
  const inBatch = <E extends { Id: string }>(
    queue: Queue,
    input: unknown,
    readEntry: (entry: unknown) => E,
    one: (queue: Queue, entry: E) => Answer | Refusal,
  ): Answer | Refusal => {
    const { Entries } = read('Batch', input);
    const problem = batchProblem(Entries);
    if (problem !== null) return problem;
    const Successful: Answer[] = [];
    const Failed: Answer[] = [];
    for (const entry of Entries.map(readEntry)) {
      const answer = goesWrong(faults.entryFails)
        ? { refused: 'InternalError', message: 'The service is unavailable.', status: 500 }
        : one(queue, entry);
      if (isRefusal(answer))
        Failed.push({
          Id: entry.Id,
          SenderFault: (answer.status ?? 400) < 500,
          Code: answer.queryCode?.replace(/^AWS\.SimpleQueueService\./, '') ?? answer.refused,
          Message: answer.message,
        });
      else Successful.push({ Id: entry.Id, ...answer });
    }
    return { Successful, ...(Failed.length > 0 && { Failed }) };
  };

  const operations: Readonly<
    Record<string, (queue: Queue, input: Readonly<Record<string, unknown>>) => Answer | Refusal>
  > = {
    SendMessage: (queue, input) => send(queue, read('SendMessage', input)),
    SendMessageBatch: (queue, input) =>
      inBatch<Input<'SendEntry'>>(queue, input, (entry) => read('SendEntry', entry), send),
    ReceiveMessage: (queue, input) => receive(queue, read('ReceiveMessage', input)),
    DeleteMessage: (queue, input) => remove(queue, read('DeleteMessage', input)),
    DeleteMessageBatch: (queue, input) =>
      inBatch(
        queue,
        input,
        (entry) => read('DeleteEntry', entry),
        (of, entry) => {
          const answer = remove(of, entry);
          // As AWS has answered (github.com/smaskalik/sqsmover/issues/54): another code than for a single one.
          return isRefusal(answer) && answer.refused !== invalidHandle.refused
            ? { ...invalidHandle, message: 'The receipt handle has expired' }
            : answer;
        },
      ),
    ChangeMessageVisibility: (queue, input) =>
      changeVisibility(world, queue, read('ChangeMessageVisibility', input)),
    ChangeMessageVisibilityBatch: (queue, input) =>
      inBatch(
        queue,
        input,
        (entry) => read('ChangeEntry', entry),
        (of, entry) => changeVisibility(world, of, entry),
      ),
    GetQueueAttributes: (queue, input) =>
      attributesOf(queues, queue, read('GetQueueAttributes', input)),
  };

  return (operation, input) => {
    if (goesWrong(faults.throttled))
      return wire({ refused: 'RequestThrottled', message: 'Rate exceeded.', status: 403 });
    if (goesWrong(faults.internalError))
      return wire({ refused: 'InternalError', message: 'We failed.', status: 500 });
    if (operation === 'StartMessageMoveTask') {
      const { SourceArn } = read('StartMessageMoveTask', input);
      const letters = queues.find(({ arn }) => arn === SourceArn);
      const sources = queues.filter(
        ({ settings }) => settings.redrive?.deadLetterQueue === letters?.settings.name,
      );
      if (letters === undefined || sources.length === 0)
        return wire({
          refused: 'ResourceNotFoundException',
          message: 'The resource that you specified for the SourceArn parameter does not exist.',
          status: 404,
        });
      for (const { settings } of sources) redrive(settings.name);
      return wire({ TaskHandle: `move-${++moves}` });
    }
    if (operation === 'GetQueueUrl') {
      const { QueueName } = read('GetQueueUrl', input);
      const named = queues.find(({ settings }) => settings.name === QueueName);
      return wire(named === undefined ? noSuchQueue : { QueueUrl: named.settings.url });
    }
    const run = operations[operation] ?? notModelled(operation);
    const queue = byUrl.get(String(input['QueueUrl']));
    return wire(queue === undefined ? noSuchQueue : run(queue, input));
  };
}

const noSuchQueue: Refusal = {
  refused: 'QueueDoesNotExist',
  queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
  message: 'The specified queue does not exist.',
};

function batchProblem(entries: readonly { Id: string; MessageBody?: unknown }[]): Refusal | null {
  if (entries.length === 0)
    return modelled('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > entriesMax)
    return modelled('TooManyEntriesInBatchRequest', `A batch has at most ${entriesMax} entries.`);
  if (entries.some(({ Id }) => !entryId.test(Id)))
    return modelled('InvalidBatchEntryId', 'An Id takes 80 letters, digits, - and _.');
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    return modelled('BatchEntryIdsNotDistinct', 'Two or more entries have the same Id.');
  const bytes = entries.reduce(
    (sum, { MessageBody = '' }) => sum + Buffer.byteLength(String(MessageBody)),
    0,
  );
  return bytes > bytesMax
    ? modelled('BatchRequestTooLong', `A batch has at most ${bytesMax} bytes.`)
    : null;
}

function send(queue: Queue, entry: Omit<Input<'SendMessage'>, 'QueueUrl'>): Answer | Refusal {
  const { MessageBody: body, MessageGroupId: group, MessageDeduplicationId } = entry;
  if (body === '') return missing('MessageBody');
  if (!bodyText.test(body))
    return {
      refused: 'InvalidMessageContents',
      message: 'The message contains characters outside the allowed set.',
    };
  if (Buffer.byteLength(body) > bytesMax)
    return invalidValue(
      `One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes.`,
    );
  if (!queue.fifo) {
    if (group !== undefined || MessageDeduplicationId !== undefined || entry.DelaySeconds)
      notModelled('groups, deduplication and delay in a standard queue');
    const { message } = queue.send({ body, group: '', deduplicationId: '' });
    return { MessageId: message.id, MD5OfMessageBody: message.md5 };
  }
  if (group === undefined || group === '') return missing('MessageGroupId');
  if (entry.DelaySeconds) return outOfRange('DelaySeconds', entry.DelaySeconds);
  if (MessageDeduplicationId === undefined || MessageDeduplicationId === '')
    return invalidValue(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  if (!idText.test(group)) return invalidValue(`MessageGroupId ${group} is invalid.`);
  if (!idText.test(MessageDeduplicationId))
    return invalidValue(`MessageDeduplicationId ${MessageDeduplicationId} is invalid.`);
  const { message } = queue.send({ body, group, deduplicationId: MessageDeduplicationId });
  return {
    MessageId: message.id,
    // Of what was sent: of a duplicate, that may be another body than the one that is kept.
    MD5OfMessageBody: message.body === body ? message.md5 : md5(body),
    SequenceNumber: sequenceNumberOf(message),
  };
}

function receive(queue: Queue, input: Input<'ReceiveMessage'>): Answer | Refusal {
  const { MaxNumberOfMessages: max = 1, VisibilityTimeout } = input;
  if (max < 1 || max > entriesMax) return outOfRange('MaxNumberOfMessages', max);
  const seconds = VisibilityTimeout ?? queue.settings.visibilitySeconds;
  if (seconds < 0 || seconds > visibilityMaxSeconds)
    return outOfRange('VisibilityTimeout', seconds);
  const names = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const messages = queue.receive(max, seconds);
  if (messages.length === 0) return {};
  return {
    Messages: messages.map((message) => {
      const Attributes = chosen(systemAttributes(queue, message), names);
      return {
        MessageId: message.id,
        ReceiptHandle: message.flight?.handle,
        MD5OfBody: message.md5,
        Body: message.body,
        ...(Object.keys(Attributes).length > 0 && { Attributes }),
      };
    }),
  };
}

const chosen = (all: object, names: readonly string[]): object =>
  names.includes('All')
    ? all
    : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));

/** AWS: ReceiveMessage, "MessageSystemAttributeNames". */
export const systemAttributes = (
  { fifo }: Pick<Queue, 'fifo'>,
  message: Readonly<Message>,
): SQSRecord['attributes'] => ({
  SenderId: 'simulation',
  SentTimestamp: String(message.sentAt),
  ApproximateReceiveCount: String(message.receives),
  ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  ...(fifo && {
    SequenceNumber: sequenceNumberOf(message),
    MessageGroupId: message.group,
    MessageDeduplicationId: message.deduplicationId ?? '',
  }),
});

/** AWS: "How do I resolve a ReceiptHandleIsInvalid or InvalidParameterValue error" (re:Post): FIFO refuses an old handle. */
const expiredHandle = (handle: string): Refusal =>
  invalidValue(
    `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  );

function remove(queue: Queue, { ReceiptHandle }: { ReceiptHandle: string }): Answer | Refusal {
  const receipt = queue.receiptOf(ReceiptHandle);
  switch (receipt.at) {
    case 'flight':
      queue.delete(receipt.message);
      return {};
    case 'deleted':
      return {};
    case 'expired':
      return expiredHandle(ReceiptHandle);
    case 'unknown':
      return invalidHandle;
    default:
      return receipt satisfies never;
  }
}

function changeVisibility(
  world: World,
  queue: Queue,
  { ReceiptHandle, VisibilityTimeout: seconds }: Omit<Input<'ChangeMessageVisibility'>, 'QueueUrl'>,
): Answer | Refusal {
  if (seconds < 0 || seconds > visibilityMaxSeconds)
    return outOfRange('VisibilityTimeout', seconds);
  const receipt = queue.receiptOf(ReceiptHandle);
  switch (receipt.at) {
    case 'flight': {
      const { message } = receipt;
      const flownMs = world.now() - (message.flight?.since ?? world.now());
      // AWS: "Amazon SQS visibility timeout": at most 12 hours from the receive on.
      if (flownMs + seconds * 1_000 > visibilityMaxSeconds * 1_000)
        return outOfRange('VisibilityTimeout', seconds);
      queue.changeVisibility(message, seconds);
      return {};
    }
    case 'expired':
    case 'deleted':
      return modelled('MessageNotInflight', 'The message referred to is not in flight.');
    case 'unknown':
      return invalidHandle;
    default:
      return receipt satisfies never;
  }
}

/** AWS: GetQueueAttributes. Without names the answer is empty. */
function attributesOf(
  queues: readonly Queue[],
  queue: Queue,
  { AttributeNames: names = [] }: Input<'GetQueueAttributes'>,
): Answer | Refusal {
  const { settings } = queue;
  const { visible, inFlight } = queue.counts();
  const second = String(Math.floor(queue.createdAt / 1_000));
  const letters = queues.find((other) => other.settings.name === settings.redrive?.deadLetterQueue);
  const all: Record<string, string> = {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: '0',
    CreatedTimestamp: second,
    LastModifiedTimestamp: second,
    VisibilityTimeout: String(settings.visibilitySeconds),
    MaximumMessageSize: String(bytesMax),
    MessageRetentionPeriod: String(settings.retentionSeconds),
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'true',
    ...(letters !== undefined && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: letters.arn,
        maxReceiveCount: settings.redrive?.maxReceiveCount,
      }),
    }),
    ...(queue.fifo && {
      FifoQueue: 'true',
      ContentBasedDeduplication: 'false',
      DeduplicationScope: settings.deduplicationScope,
      FifoThroughputLimit:
        settings.deduplicationScope === 'messageGroup' ? 'perMessageGroupId' : 'perQueue',
    }),
  };
  const Attributes = chosen(all, names);
  return Object.keys(Attributes).length > 0 ? { Attributes } : {};
}

function wire(answer: Answer | Refusal): WireResponse {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  if (!isRefusal(answer)) return { status: 200, headers, body: JSON.stringify(answer) };
  const { refused, message, status = 400, queryCode = refused } = answer;
  return {
    status,
    headers: {
      ...headers,
      'x-amzn-query-error': `${queryCode};${status < 500 ? 'Sender' : 'Receiver'}`,
    },
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${refused}`, message }),
  };
}
