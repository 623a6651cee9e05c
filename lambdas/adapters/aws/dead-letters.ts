/**
 * Dead letters in SQS. They are received to be looked at, and made visible again at once, so that who looks holds up neither
 * another look nor a redrive; each look counts as a receive, and no queue of dead letters has a limit of those.
 */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { errorName } from '../../core/kernel/errors.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { Letter, LetterBox, LetterStore } from '../../core/operations/dead-letters.ts';

/** The most messages of one receive (Amazon SQS API reference, "ReceiveMessage"), and the receives of one look, short or long. */
const receiveMax = 10;
const receivesMax = { some: 10, all: 100 };
/** How long a letter stays hidden if who looks at it dies. */
const lookSeconds = { some: 5, all: 30 };

const inQueue = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
type Attribute = 'QueueArn' | (typeof inQueue)[number];

type InHand = Letter & { handle: string };

const entriesOf = (letters: readonly InHand[]) =>
  letters.map(({ handle: ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));

const known = (message: Message): InHand[] => {
  const { MessageId, Body, ReceiptHandle, Attributes = {} } = message;
  if (MessageId === undefined || Body === undefined || ReceiptHandle === undefined) return [];
  const first = Attributes.ApproximateFirstReceiveTimestamp;
  return [
    {
      messageId: MessageId,
      body: Body,
      handle: ReceiptHandle,
      sentAt: Number(Attributes.SentTimestamp ?? 0) as Instant,
      firstReceivedAt: first === undefined ? null : (Number(first) as Instant),
      receives: Number(Attributes.ApproximateReceiveCount ?? 0),
    },
  ];
};

export function sqsDeadLetters(
  client: SQSClient,
  urlOf: (box: LetterBox) => string,
): Omit<LetterStore, 'failures'> {
  async function receive(box: LetterBox, most: keyof typeof receivesMax): Promise<InHand[]> {
    const all = new Map<string, InHand>();
    for (let times = 0; times < receivesMax[most]; times += 1) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: urlOf(box),
          MaxNumberOfMessages: receiveMax,
          VisibilityTimeout: lookSeconds[most],
          MessageSystemAttributeNames: [
            'SentTimestamp',
            'ApproximateFirstReceiveTimestamp',
            'ApproximateReceiveCount',
          ],
        }),
      );
      const before = all.size;
      for (const letter of Messages.flatMap(known)) all.set(letter.messageId, letter);
      if (all.size === before) break;
    }
    return [...all.values()];
  }
  /** In tens, as many as a batch may have. */
  async function inTens<T>(all: readonly T[], send: (some: readonly T[]) => Promise<unknown>) {
    for (let start = 0; start < all.length; start += receiveMax)
      await send(all.slice(start, start + receiveMax));
  }
  /** One that is not shown again now is shown again when its seconds are over. */
  const show = (box: LetterBox, letters: readonly InHand[]) =>
    inTens(letters, (some) =>
      client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: urlOf(box),
          Entries: entriesOf(some).map((one) => ({ ...one, VisibilityTimeout: 0 })),
        }),
      ),
    );
  const attributes = async (box: LetterBox, ...AttributeNames: Attribute[]) =>
    (await client.send(new GetQueueAttributesCommand({ QueueUrl: urlOf(box), AttributeNames })))
      .Attributes ?? {};

  return {
    look: async (box, most) => {
      const letters = await receive(box, most ?? 'some');
      await show(box, letters);
      const counts = await attributes(box, ...inQueue);
      // What somebody else has in hand lies there, too.
      const about = inQueue.reduce((sum, name) => sum + Number(counts[name] ?? 0), 0);
      return { letters, about };
    },
    sendBack: async (step) => {
      const { QueueArn: SourceArn } = await attributes(step, 'QueueArn');
      if (SourceArn === undefined) throw new Error(`the dead letters of ${step} have no ARN`);
      const list = new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 });
      const isRunning = async () => {
        const { Results = [] } = await client.send(list);
        return Results[0]?.Status === 'RUNNING';
      };
      if (await isRunning()) return 'running';
      try {
        await client.send(new StartMessageMoveTaskCommand({ SourceArn }));
        return 'started';
      } catch (error) {
        // Of two at once one is refused: a queue has one task at a time (Amazon SQS API reference, "StartMessageMoveTask").
        if (errorName(error) !== 'TimeoutError' && (await isRunning())) return 'running';
        throw error;
      }
    },
    remove: async (box, isMeant) => {
      const letters = await receive(box, 'all');
      const [meant, others]: [InHand[], InHand[]] = [[], []];
      for (const letter of letters) ((await isMeant(letter)) ? meant : others).push(letter);
      await inTens(meant, async (some) => {
        const { Failed = [] } = await client.send(
          new DeleteMessageBatchCommand({
            QueueUrl: urlOf(box),
            Entries: entriesOf(some),
          }),
        );
        if (Failed.length > 0)
          throw new Error(`${Failed.length} of ${some.length} are there still`);
      });
      await show(box, others);
      return meant.length;
    },
  };
}
