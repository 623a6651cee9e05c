/** The event source mappings of Lambda: queues in batches by group, the stream by shard and lane, each in order. */
import { createHash } from 'node:crypto';
import {
  relayBatchMax,
  stepBatchMax,
  stepConcurrencyMax,
} from '../../lambdas/core/kernel/limits.ts';
import { type Step, steps } from '../../lambdas/core/kernel/steps.ts';
import type { DynamoModel } from '../sim/models/dynamodb.ts';
import type { StreamRecord } from '../sim/models/dynamodb-stream.ts';
import type { SqsModel } from '../sim/models/sqs.ts';
import { textOf } from '../sim/moves.ts';
import { deleteDone, isRelayed, queueOf } from '../sim/sources.ts';
import { type World, wait } from '../sim/world.ts';
import { dynamodb, lambda as limits } from './aws.ts';
import type { Functions } from './functions.ts';
import { Busy } from './rates.ts';

type Received = ReturnType<SqsModel['receive']>;
export type Polled = {
  requests: number;
  /** Invocations of a step at a time. */
  steps: ReadonlyMap<Step, Busy>;
};

export function pollQueues(world: World, sqs: SqsModel, functions: Functions): Polled {
  const told: Polled = {
    requests: 0,
    steps: new Map(steps.map((step) => [step, new Busy()])),
  };
  const busy = new Map<Step, number>();
  const asked = new Set<Step>();
  const poll = (step: Step): void => {
    while ((busy.get(step) ?? 0) < stepConcurrencyMax[step]) {
      const Records = sqs.receive(queueOf(step), stepBatchMax);
      if (Records.length === 0) return;
      busy.set(step, (busy.get(step) ?? 0) + 1);
      told.requests += 2; // It is received, and deleted.
      void deal(step, Records);
    }
  };
  const working = (step: Step, by: number): void => told.steps.get(step)?.change(by, world.now());
  const deal = async (step: Step, Records: Received): Promise<void> => {
    working(step, 1);
    const things = Records.reduce((sum, { body }) => sum + idsIn(body), 0);
    let result = await functions.invoke(step, { Records }, things);
    while (!result.ok && result.why === 'TooManyRequestsException') {
      await wait(world, 1_000);
      result = await functions.invoke(step, { Records }, things);
    }
    working(step, -1);
    busy.set(step, (busy.get(step) ?? 1) - 1);
    if (result.ok) deleteDone(sqs, step, Records, result.value);
    poll(step);
  };
  sqs.onReceivable((queue) => {
    const step = steps.find((one) => queueOf(one) === queue);
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

const retryMs = 1_000;

/**
 * A table has a shard for each of its partitions, which are as many as its writes ask for. Lambda asks each four times a second, and has one
 * batch of each at a time.
 */
export function pollStream(
  world: World,
  model: DynamoModel,
  functions: Functions,
  writesPerSecond: number,
): void {
  const stream = model.stream('money');
  const count = Math.max(1, Math.ceil(writesPerSecond / dynamodb.partitionWriteUnits));
  const shards = Array.from({ length: count }, () => ({
    arrived: [] as StreamRecord[],
    isPolled: false,
    handed: [] as StreamRecord[],
    isBusy: false,
  }));
  type Shard = (typeof shards)[number];
  let position = stream.end;

  function spread(): void {
    const records = stream.read(position, stream.end - position);
    position = stream.end;
    stream.forget(position);
    for (const record of records) {
      if (!isRelayed(record)) continue;
      const shard = shards[hashOf(record) % count];
      shard?.arrived.push(record);
      if (shard?.isPolled === false) void poll(shard);
    }
  }
  async function poll(shard: Shard): Promise<void> {
    shard.isPolled = true;
    // It comes at any moment between two polls.
    await wait(world, world.random.between(1, limits.shardPollMs));
    while (shard.arrived.length > 0) {
      shard.handed.push(...shard.arrived.splice(0));
      if (!shard.isBusy) void work(shard);
      await wait(world, limits.shardPollMs);
    }
    shard.isPolled = false;
  }
  async function work(shard: Shard): Promise<void> {
    shard.isBusy = true;
    while (shard.handed.length > 0) {
      const Records = shard.handed.slice(0, relayBatchMax);
      const { ok } = await functions.invoke('relay', { Records }, Records.length);
      if (ok) shard.handed.splice(0, Records.length);
      else await wait(world, retryMs);
    }
    shard.isBusy = false;
  }
  stream.onRecord(spread);
}

const hashOf = ({ dynamodb: { Keys } }: StreamRecord): number =>
  createHash('sha256').update(textOf(Keys, 'pk')).digest().readUInt32BE(0);
