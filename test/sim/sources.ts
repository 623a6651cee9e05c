/** What starts functions: the queues, the stream of the money table, and the clock (lib/step.ts, relay.ts, sweep.ts). */
import {
  queueRetentionSeconds,
  relayBatchMax,
  relayRecordAgeMaxSeconds,
  relayRetriesMax,
  stepBatchMax,
  stepConcurrencyMax,
  stepReceivesMax,
  stepVisibilitySeconds,
  sweepEverySeconds,
} from '../../lambdas/core/kernel/limits.ts';
import { type Step, steps } from '../../lambdas/core/kernel/steps.ts';
import type { Lambda } from './lambda.ts';
import type { DynamoModel } from './models/dynamodb.ts';
import type { StreamRecord } from './models/dynamodb-stream.ts';
import type { QueueSettings, SqsModel } from './models/sqs.ts';
import type { AttributeValue } from './truth.ts';
import { type World, wait } from './world.ts';

export const queueOf = (step: Step): string => `${step}.fifo`;
const deadLettersOf = (step: Step): string => `${step}-dead-letters.fifo`;
export const queueUrlOf = (queue: string): string =>
  `https://sqs.us-east-1.amazonaws.com/000000000000/${queue}`;

export const queueSettings: readonly QueueSettings[] = steps.flatMap((step) => {
  const common = {
    retentionSeconds: queueRetentionSeconds,
    deduplicationScope: 'messageGroup',
  } as const;
  const [name, deadLetterQueue] = [queueOf(step), deadLettersOf(step)];
  return [
    { ...common, name: deadLetterQueue, url: queueUrlOf(deadLetterQueue) },
    {
      ...common,
      name,
      url: queueUrlOf(name),
      visibilitySeconds: stepVisibilitySeconds,
      redrive: { deadLetterQueue, maxReceiveCount: stepReceivesMax },
    },
  ];
});

type Batch = { batchItemFailures?: readonly { itemIdentifier: string }[] };

/** Each queue's messages go to its step, several batches at once; what a batch did not deal with comes again. */
export function connectQueues(world: World, sqs: SqsModel, lambda: Lambda): void {
  const busy = new Map<Step, number>();
  const poll = (step: Step): void => {
    while ((busy.get(step) ?? 0) < stepConcurrencyMax[step]) {
      const Records = sqs.receive(queueOf(step), world.random.between(1, stepBatchMax));
      if (Records.length === 0) return;
      busy.set(step, (busy.get(step) ?? 0) + 1);
      void deal(step, Records);
    }
  };
  const deal = async (step: Step, Records: ReturnType<SqsModel['receive']>): Promise<void> => {
    const result = await lambda.invoke(step, { Records });
    busy.set(step, (busy.get(step) ?? 1) - 1);
    if (result.ok) deleteDone(sqs, step, Records, result.value);
    else world.tell(step, `failed: ${result.why}`);
    poll(step);
  };
  sqs.onReceivable((queue) => {
    const step = steps.find((one) => queueOf(one) === queue);
    if (step !== undefined) world.after(world.random.between(1, 20), () => poll(step));
  });
}

/** Deletes what a batch has dealt with, as its answer has it; the rest comes again. */
export function deleteDone(
  sqs: SqsModel,
  step: Step,
  records: ReturnType<SqsModel['receive']>,
  answer: unknown,
): void {
  const { batchItemFailures = [] } = (answer ?? {}) as Batch;
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const done = records.filter(({ messageId }) => !failed.has(messageId));
  sqs.delete(
    queueOf(step),
    done.map(({ receiptHandle }) => receiptHandle),
  );
}

/** What the relay's filters let through (lib/relay.ts): what can move, and a wallet that is ACTIVE again. */
export const isRelayed = ({ dynamodb: { Keys, OldImage, NewImage } }: StreamRecord): boolean => {
  const is = (value: AttributeValue | undefined, text: string): boolean =>
    value !== undefined && 'S' in value && value.S === text;
  const isActiveAgain = is(OldImage?.['status'], 'SUSPENDED') && is(NewImage?.['status'], 'ACTIVE');
  return is(Keys['sk'], 'META') || (is(Keys['sk'], 'WALLET') && isActiveAgain);
};

/** Changes wait for this long before the relay gets them. */
const streamLagMs = [20, 250] as const;
const retryMs = 200;
const retryMaxMs = 10_000;

/** The stream's records go to the relay in order; a batch that fails is halved until what cannot be relayed stands alone. */
export function connectStream(
  world: World,
  dynamodb: DynamoModel,
  lambda: Lambda,
): { isRead(): boolean; givenUp(): number } {
  const stream = dynamodb.stream('money');
  let position = stream.end;
  let reading = false;
  let givenUp = 0;

  async function deal(records: readonly StreamRecord[], attempt: number): Promise<void> {
    const first = records[0];
    if (first === undefined) return;
    const result = await lambda.invoke('relay', { Records: records });
    if (result.ok) return;
    world.tell('relay', `failed: ${result.why}`);
    const age = world.now() / 1_000 - first.dynamodb.ApproximateCreationDateTime;
    if (attempt >= relayRetriesMax || age > relayRecordAgeMaxSeconds) {
      // Lambda puts a letter aside that names them.
      givenUp += 1;
      return;
    }
    await wait(world, Math.min(retryMs * 2 ** attempt, retryMaxMs));
    if (records.length === 1) return deal(records, attempt + 1);
    const middle = Math.ceil(records.length / 2);
    await deal(records.slice(0, middle), attempt + 1);
    await deal(records.slice(middle), attempt + 1);
  }

  async function read(): Promise<void> {
    if (reading) return;
    reading = true;
    for (;;) {
      await wait(world, world.random.between(...streamLagMs));
      const records = stream.read(position, world.random.between(1, relayBatchMax));
      if (records.length === 0) break;
      await deal(records.filter(isRelayed), 0);
      // Now and then a batch is handed over again, as after a poller's own crash.
      if (world.random.chance(0.02)) await deal(records.filter(isRelayed), 0);
      position += records.length;
    }
    reading = false;
  }
  stream.onRecord(() => void read());
  return { isRead: () => !reading && position === stream.end, givenUp: () => givenUp };
}

/** The clock rings once a minute; while nothing changes, each time only half as often as before: as if rings were missed. */
const everyMs = sweepEverySeconds * 1_000;
const napMaxMs = 2 * 3_600_000;

/** `isDue`: whether anything waits for a time at all; a sweep that can find nothing is not run. */
export function startSweep(
  world: World,
  lambda: Lambda,
  { isDue, changedAt }: { isDue(): boolean; changedAt(): number },
): void {
  const turn = (): void => {
    if (isDue()) void lambda.invoke('sweep', {});
    const still = world.now() - changedAt();
    world.after(Math.min(Math.max(still, everyMs), napMaxMs), turn);
  };
  world.after(world.random.between(0, everyMs), turn);
}
