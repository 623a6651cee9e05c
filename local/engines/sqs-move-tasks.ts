/**
 * SQS's message move tasks, which fauxqs does not have: `StartMessageMoveTask` takes dead letters back to the queue that they came
 * from (Amazon SQS API reference). Here a task is over before it is answered, so it is never found running.
 */
import { randomUUID } from 'node:crypto';
import { type SqsQueue, SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';

export type MoveAnswer = { status: number; body: object };
type Input = { SourceArn?: unknown; DestinationArn?: unknown };
type Task = { source: string; destination: string | null; moved: number; at: number };

/** Tasks that are listed: as many as SQS tells of a source. */
const listedMax = 10;

export function moveTasks(store: Pick<SqsStore, 'allQueues' | 'getQueueByArn'>) {
  const tasks: Task[] = [];

  function start({ SourceArn, DestinationArn }: Input): MoveAnswer {
    const source = store.getQueueByArn(String(SourceArn));
    if (source === undefined) return failed('ResourceNotFoundException', 'There is no such queue.');
    const feeders = [...store.allQueues()].filter((one) => deadLettersOf(one) === source.arn);
    if (feeders.length === 0)
      return failed(
        'UnsupportedOperation',
        'Source queue must be configured as a Dead Letter Queue.',
      );
    const destination =
      DestinationArn === undefined ? feeders[0] : store.getQueueByArn(String(DestinationArn));
    if (destination === undefined)
      return failed('ResourceNotFoundException', 'There is no such destination.');
    const moved = move(source, destination);
    const given = DestinationArn === undefined ? null : destination.arn;
    tasks.unshift({ source: source.arn, destination: given, moved, at: Date.now() });
    return { status: 200, body: { TaskHandle: randomUUID() } };
  }

  const list = ({ SourceArn }: Input): MoveAnswer => ({
    status: 200,
    body: {
      Results: tasks
        .filter(({ source }) => source === String(SourceArn))
        .slice(0, listedMax)
        .map(({ source, destination, moved, at }) => ({
          Status: 'COMPLETED',
          SourceArn: source,
          ...(destination === null ? {} : { DestinationArn: destination }),
          ApproximateNumberOfMessagesMoved: moved,
          ApproximateNumberOfMessagesToMove: moved,
          StartedTimestamp: at,
        })),
    },
  });

  /** `null`: the action is not about move tasks, and the engine answers it. */
  return (action: string, input: Input): MoveAnswer | null => {
    if (action === 'StartMessageMoveTask') return start(input);
    return action === 'ListMessageMoveTasks' ? list(input) : null;
  };
}

function deadLettersOf({ attributes }: SqsQueue): string | null {
  const policy = attributes['RedrivePolicy'];
  if (policy === undefined) return null;
  const { deadLetterTargetArn } = JSON.parse(policy) as { deadLetterTargetArn?: string };
  return deadLetterTargetArn ?? null;
}

/** Moves what is visible, each as a new message of its group: what somebody looks at in this moment stays. */
function move(source: SqsQueue, destination: SqsQueue): number {
  source.processTimers();
  const { ready } = source.inspectMessages();
  for (const old of ready) {
    source.persistence?.deleteMessage(old.messageId);
    destination.enqueue(
      SqsStore.createMessage(
        old.body,
        old.messageAttributes,
        undefined,
        old.messageGroupId,
        old.messageDeduplicationId,
      ),
    );
  }
  source.messages.length = 0;
  source.fifoMessages.clear();
  return ready.length;
}

const failed = (type: string, message: string): MoveAnswer => ({
  status: 400,
  body: { __type: `com.amazonaws.sqs#${type}`, message },
});
