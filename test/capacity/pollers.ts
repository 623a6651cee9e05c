/** The event source mappings of Lambda: queues in batches by group, the stream by shard and lane, each in order. */
import { createHash } from 'node:crypto';
import {
  relayBatchMax,
  stepBatchMax,
  stepConcurrencyMax,
} from '../../lambdas/core/kernel/limits.ts';
import { steps } from '../../lambdas/core/kernel/steps.ts';
import type { DynamoModel } from '../sim/models/dynamodb.ts';
import type { StreamRecord } from '../sim/models/dynamodb-stream.ts';
import type { SqsModel } from '../sim/models/sqs.ts';
import { type World, wait } from '../sim/world.ts';
import { dynamodb, lambda as limits } from './aws.ts';
import type { Functions } from './functions.ts';

type Batch = { batchItemFailures?: readonly { itemIdentifier: string }[] };
type Step = (typeof steps)[number];

export function pollQueues(
  world: World,
  sqs: SqsModel,
  functions: Functions,
): { requests: number } {
  const told = { requests: 0 };
  const busy = new Map<Step, number>();
  const asked = new Set<Step>();
  const poll = (step: Step): void => {
    while ((busy.get(step) ?? 0) < stepConcurrencyMax[step]) {
      const Records = sqs.receive(`${step}.fifo`, stepBatchMax);
      if (Records.length === 0) return;
      busy.set(step, (busy.get(step) ?? 0) + 1);
      told.requests += 2; // It is received, and deleted.
      void deal(step, Records);
    }
  };
  const deal = async (step: Step, Records: ReturnType<SqsModel['receive']>): Promise<void> => {
    const things = Records.reduce((sum, { body }) => sum + idsIn(body), 0);
    let result = await functions.invoke(step, { Records }, things);
    while (!result.ok && result.why === 'TooManyRequestsException') {
      await wait(world, 1_000);
      result = await functions.invoke(step, { Records }, things);
    }
    busy.set(step, (busy.get(step) ?? 1) - 1);
    if (result.ok) {
      const { batchItemFailures = [] } = (result.value ?? {}) as Batch;
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const done = Records.filter(({ messageId }) => !failed.has(messageId));
      sqs.delete(
        `${step}.fifo`,
        done.map(({ receiptHandle }) => receiptHandle),
      );
    }
    poll(step);
  };
  sqs.onReceivable((queue) => {
    const step = steps.find((one) => `${one}.fifo` === queue);
    if (step === undefined || asked.has(step)) return;
    asked.add(step);
    world.after(world.random.between(...limits.pollMs), () => {
      asked.delete(step);
      poll(step);
    });
  });
  return told;
}

const idsIn = (body: string): number => (JSON.parse(body) as { ids: unknown[] }).ids.length;

/** Batches of a shard at the same time, as lib/relay.ts has it. */
const lanesPerShard = 4;
const retryMs = 1_000;

/** A table has a shard for each of its partitions, which are as many as its writes ask for. */
export function pollStream(
  world: World,
  model: DynamoModel,
  functions: Functions,
  writesPerSecond: number,
): { isRead(): boolean; shards: number; oldestMs(): number } {
  const stream = model.stream('money');
  const shards = Math.max(1, Math.ceil(writesPerSecond / dynamodb.partitionWriteUnits));
  const lanes = Array.from({ length: shards * lanesPerShard }, (): StreamRecord[] => []);
  const reading = new Set<number>();
  let position = stream.end;
  let oldestMs = 0;

  function spread(): void {
    const records = stream.read(position, stream.end - position);
    position = stream.end;
    stream.forget(position);
    for (const record of records) {
      const { pk, sk } = record.dynamodb.Keys;
      if (sk === undefined || !('S' in sk) || sk.S !== 'META') continue;
      const lane = laneOf(pk !== undefined && 'S' in pk ? pk.S : '', lanes.length);
      lanes[lane]?.push(record);
      if (!reading.has(lane)) void read(lane);
    }
  }
  async function read(lane: number): Promise<void> {
    reading.add(lane);
    await wait(world, world.random.between(1, limits.shardPollMs));
    for (let records = lanes[lane] ?? []; records.length > 0; ) {
      const Records = records.slice(0, relayBatchMax);
      const { ok } = await functions.invoke('relay', { Records }, Records.length);
      if (ok) records.splice(0, Records.length);
      else await wait(world, retryMs);
      const [first] = Records;
      if (first !== undefined)
        oldestMs = Math.max(
          oldestMs,
          world.now() - first.dynamodb.ApproximateCreationDateTime * 1_000,
        );
      records = lanes[lane] ?? [];
    }
    reading.delete(lane);
  }
  stream.onRecord(spread);
  return {
    isRead: () => reading.size === 0 && position === stream.end,
    shards,
    oldestMs: () => oldestMs,
  };
}

const laneOf = (pk: string, lanes: number): number =>
  createHash('sha256').update(pk).digest().readUInt32BE(0) % lanes;
