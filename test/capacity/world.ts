/** The simulation's models under AWS's limits, with the product's own functions in them, in virtual time. */
import * as crypto from 'node:crypto';
import { sweepEverySeconds } from '../../lambdas/core/kernel/limits.ts';
import type { Network } from '../../lambdas/core/kernel/networks.ts';
import type { FunctionName } from '../../lib/functions.ts';
import { gasPayers, treasury } from '../../local/chains/dev-accounts.ts';
import type { Boundary } from '../sim/boundary.ts';
import { type Code, wireOf } from '../sim/bundles.ts';
import { takeTime } from '../sim/clock.ts';
import { lambdaModel } from '../sim/lambda.ts';
import { dynamodbModel } from '../sim/models/dynamodb.ts';
import { type EvmModel, evmModel } from '../sim/models/evm.ts';
import { sqsModel } from '../sim/models/sqs.ts';
import { type Move, moveOf } from '../sim/moves.ts';
import { randomOf } from '../sim/random.ts';
import { queueSettings } from '../sim/sources.ts';
import { ofTheProcess, payouts, settings, token } from '../sim/stage.ts';
import { tables } from '../sim/tables.ts';
import { type AwsModel, type HttpModel, plugIn } from '../sim/wire.ts';
import { type World, wait } from '../sim/world.ts';
import { dynamodb, type Latency, lambda as lambdaLimits, latencies } from './aws.ts';
import { blocksOf } from './blocks.ts';
import { limitedDatabase } from './database.ts';
import { limitedFunctions, vcpuOf } from './functions.ts';
import { gasSecretArns, keysModel, treasuryKeyId } from './keys.ts';
import { forgetPeaks } from './limits.ts';
import { meterOf } from './meter.ts';
import { pollQueues, pollStream } from './pollers.ts';
import { Peak } from './rates.ts';
import type { Work } from './work.ts';

/** A network whose blocks are made so often, and are so large (its explorers). */
export type Chain = { name: Network; id: number; blockMs: number; gasLimit: bigint };
export const base: Chain = { name: 'base', id: 8_453, blockMs: 2_000, gasLimit: 150_000_000n };

export type CapacityOptions = {
  seed: number;
  code: Code;
  chain: Chain;
  /** How many writes a second the tables are made ready for, which says how many partitions and shards they have. */
  writesPerSecond: number;
  workOf(name: FunctionName): Work;
  /** Whether the CPU of the functions' own code is measured. */
  measures: boolean;
  /** Is told of each move of a withdrawal, when it is durable. */
  onMove(move: Move): void;
};

const start = Date.UTC(2026, 0, 5, 12);

export function capacityWorld(options: CapacityOptions) {
  const { seed, code, chain: network, onMove } = options;
  Object.assign(process.env, ofTheProcess);
  const random = randomOf(seed);
  const time = takeTime(start);
  const world: World = { now: time.now, after: time.after, random, tell: () => {} };
  const model = dynamodbModel(world, tables, { indexLag: 1, lagMaxMs: dynamodb.indexLagMs });
  const database = limitedDatabase(model, time.now, (writes) => {
    for (const write of writes) {
      const move = moveOf(write);
      if (move !== null && move.from !== move.to) onMove(move);
    }
  });
  const sqs = sqsModel(world, queueSettings);
  const requests = { sqs: 0 };
  const groups = new Peak();
  const keys = keysModel(time.now);
  const chain: EvmModel = evmModel(world, {
    network: network.name,
    chainId: network.id,
    token,
    payouts,
    treasuries: [treasury.address],
    wei: Object.fromEntries(gasPayers.map(({ address }) => [address, 10n ** 24n])),
    micros: { [treasury.address]: 10n ** 18n },
    blockMs: network.blockMs,
    blockGasLimit: network.gasLimit,
    finalityBlocks: 2,
    nodes: 1,
    keys: [treasury, ...gasPayers].map(({ privateKey }) => privateKey),
  });
  const name = network.name.toUpperCase();
  const env = {
    EVM_TOKEN_ETHEREUM: '',
    EVM_RPC_URL_ETHEREUM: '',
    EVM_PAYOUT_CONTRACT_ETHEREUM: '',
    [`EVM_PAYOUT_CONTRACT_${name}`]: payouts,
    [`EVM_TOKEN_${name}`]: token,
    [`EVM_RPC_URL_${name}`]: 'https://chain.sim/1',
    [`EVM_CHAIN_ID_${name}`]: String(network.id),
    EVM_TREASURY_KEY: '',
    EVM_GAS_KEYS: '',
    TREASURY_KEY_ID: treasuryKeyId,
    GAS_KEY_SECRET_ARNS: gasSecretArns.join(','),
    FINALITY_MS: String(3 * network.blockMs),
    // What stands in the simulation for more events in fewer runs is here what is deployed.
    POLL_MS: '',
    SWEEP_PASS_MS: '',
  };
  code.onStage.standIns = {
    'node:timers/promises': {
      setTimeout: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    },
    'node:crypto': { ...crypto },
  };
  const lambda = lambdaModel(
    world,
    code,
    () => ({ ...settings(1, treasury), ...env }),
    lambdaLimits.coldStartMs,
  );
  const meter = options.measures ? meterOf(() => lambda) : null;
  const functions = limitedFunctions(world, lambda, options.workOf, meter);
  let outage = false;
  const boundary: Pick<Boundary, 'pass'> = {
    pass: async ({ to, operation, text, apply, lost }) => {
      const [least, most] = latencyOf(to, operation);
      meter?.stop();
      const work = workOfWriting(operation, text);
      if (work > 0) await wait(world, work);
      await wait(world, random.between(least, most) / 2);
      if (outage && to === 'chain') return lost();
      const reply = await apply();
      await wait(world, random.between(least, most) / 2);
      meter?.resumed();
      return reply;
    },
  };
  const workOfWriting = (operation: string, text: string): number => {
    const name = lambda.current()?.name;
    if (operation !== 'TransactWriteItems' || name === undefined) return 0;
    const { written } = options.workOf(name);
    if (written === undefined) return 0;
    return (
      (written / vcpuOf(name)) *
      (JSON.parse(text) as { TransactItems: object[] }).TransactItems.length
    );
  };
  const sqsCounted: AwsModel = {
    execute: (operation, input) => {
      requests.sqs += 1;
      if (operation.startsWith('SendMessage')) {
        const { QueueUrl = '', Entries = [input as Entry] } = input as Sending;
        for (const group of new Set(Entries.map(({ MessageGroupId }) => MessageGroupId)))
          groups.count(`${QueueUrl.split('/').at(-1)} ${group}`, 1, time.now());
      }
      return sqs.execute(operation, input as Record<string, unknown>);
    },
  };
  const nodes: HttpModel = {
    service: 'chain',
    operationOf: ({ method }) => method,
    changes: () => false,
    handle: chain.http,
    leaves: () => {},
    error: { status: 500, body: '' },
  };
  const plugOut = plugIn(
    wireOf(code),
    {
      dynamodb: { execute: database.execute },
      sqs: sqsCounted,
      keys: { execute: keys.execute },
      http: (host) => (host === 'chain.sim' ? nodes : null),
    },
    boundary,
    () => lambda.current()?.name ?? 'nobody',
  );
  const polled = pollQueues(world, sqs, functions);
  pollStream(world, model, functions, options.writesPerSecond);
  const sweep = (): void => {
    void functions.invoke('sweep', {}, 0);
    world.after(sweepEverySeconds * 1_000, sweep);
  };
  // It is running already, as it always is.
  sweep();
  const walls = { database, functions, keys, groups, polled, blocks: blocksOf(chain) };
  return {
    ...walls,
    time,
    world,
    meter,
    /** From now on only what follows counts as a limit's busiest second, and as refused. */
    forgetPeaks: () => forgetPeaks(walls),
    notModelled: () => chain.notModelled,
    sqsRequests: () => requests.sqs + polled.requests,
    /** While it lasts no node answers. */
    setOutage: (on: boolean): void => {
      outage = on;
    },
    takeDown: () => {
      plugOut();
      time.giveBack();
    },
  };
}
export type CapacityWorld = ReturnType<typeof capacityWorld>;

type Entry = { MessageGroupId?: string };
type Sending = { QueueUrl?: string; Entries?: readonly Entry[] };

function latencyOf(to: string, operation: string): Latency {
  if (operation === 'TransactWriteItems') return latencies.transaction;
  return to in latencies ? latencies[to as keyof typeof latencies] : latencies.chain;
}
