/** The whole world of one run: the product's functions, everything around them, and what is true about it all. */
import * as crypto from 'node:crypto';
import type { Address } from 'viem';
import { generateSiweNonce } from 'viem/siwe';
import { type Step, steps } from '../../lambdas/core/kernel/steps.ts';
import { type DevAccount, gasPayers, treasury } from '../../local/chains/dev-accounts.ts';
import { type Boundary, makeBoundary } from './boundary.ts';
import { type Code, wireOf } from './bundles.ts';
import { type Client, clientOf, eventOf } from './client.ts';
import { takeTime, type VirtualTime } from './clock.ts';
import { watch } from './coverage.ts';
import { type Lambda, lambdaModel, type Result } from './lambda.ts';
import { type AlpacaModel, alpacaModel } from './models/alpaca.ts';
import type { AlpacaOptions } from './models/alpaca-ways.ts';
import { type DueModel, dueModel } from './models/due.ts';
import { dueWebhookPublicKey } from './models/due-events.ts';
import type { DueOptions } from './models/due-ways.ts';
import { type DynamoModel, dynamodbModel } from './models/dynamodb.ts';
import type { DynamoFaults } from './models/dynamodb-database.ts';
import { type EvmModel, evmModel } from './models/evm.ts';
import type { EvmOptions } from './models/evm-ways.ts';
import { type Behaviour, type ReceiversModel, receiversModel } from './models/receivers.ts';
import { type SqsFaults, type SqsModel, sqsModel } from './models/sqs.ts';
import { type Move, moveOf, textOf } from './moves.ts';
import { randomOf } from './random.ts';
import { connectQueues, connectStream, queueSettings, queueUrlOf, startSweep } from './sources.ts';
import { tables } from './tables.ts';
import type { Sent, Truth } from './truth.ts';
import { type HttpModel, plugIn } from './wire.ts';
import type { WireRequest, WireResponse, World } from './world.ts';

export type StageOptions = {
  receivers?: Behaviour;
  seed: number;
  code: Code;
  env?: Readonly<Record<string, string>>;
  /** So many of the gas lanes, the first, have no ether. */
  dryLanes?: number;
  /** What each treasury has of ether. Default 10,000 ether. */
  treasuryWei?: bigint;
  alpaca?: Partial<AlpacaOptions>;
  due?: Partial<DueOptions>;
  chain?: Partial<EvmOptions>;
  dynamodb?: Partial<DynamoFaults>;
  sqs?: Partial<SqsFaults>;
};

export type Stage = {
  time: VirtualTime;
  world: World;
  lambda: Lambda;
  boundary: Boundary;
  dynamodb: DynamoModel;
  sqs: SqsModel;
  alpaca: AlpacaModel;
  due: DueModel;
  chain: EvmModel;
  receivers: ReceiversModel;
  client(tenant: string): Client;
  /** The treasuries, the one of tomorrow last. */
  treasuries: readonly Address[];
  /** Two people: what one of them proposes the other confirms. */
  operator: Client;
  colleague: Client;
  /** Every provider event so far is sent once more. */
  replayEvents(): void;
  /**
   * A deployment gives the functions another treasury, as the runbook has it ("Change the treasury"): both are funded. What runs
   * now runs to its end as it is.
   */
  changeTreasury(): void;
  /** As the clock rings it. The kinds of the differences that it reports; null: it could not look. */
  reconcile(): Promise<string[] | null>;
  /** Why it could not, each time. */
  unreconciled: readonly string[];
  /** The stage that each withdrawal is in, by its row. */
  stages: ReadonlyMap<string, string>;
  /** Whether every withdrawal has ended. */
  isOver(): boolean;
  /** Whether nothing is under way and nothing is left to do. */
  isQuiet(): boolean;
  truth(): Truth;
  /** How many batches of changes Lambda has given up to relay, each with a dead letter of its own. */
  givenUp(): number;
  /** Whether anything was changed anywhere since this was asked last. */
  hasChanged(): boolean;
  coverage: ReturnType<typeof watch>['coverage'];
  story: readonly string[];
  takeDown(): void;
};

/** What reconciliation says of a chain that it could not read. */
export const chainUnread = 'chain-unread';
export const network = 'ethereum';
export const chainId = 31_337;
export const token = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
/** Where the contract that carries payouts together stands. */
export const payouts = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
export const brokerageAccounts = {
  alice: '11111111-1111-4111-8111-111111111111',
  bob: '22222222-2222-4222-8222-222222222222',
} as const;
/** Where a tenant hears of its withdrawals. */
export const receiverOf = (tenant: string): string => `hooks.${tenant}.example`;
/** The treasury of tomorrow: the sixth account of Anvil's mnemonic. */
const nextTreasury: DevAccount = {
  address: '0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc',
  privateKey: '0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba',
};
/** All that pay in the course of a run. */
const payers = [treasury, nextTreasury];
export const firm = 'f1a90000-0000-4000-8000-000000000001';
const alpacaKeys = { keyId: 'SIMKEY', secretKey: 'sim-secret-of-alpaca' };
const dueAccess = { accountId: 'acct_sim', apiKey: 'sim-key-of-due' };
const start = Date.UTC(2026, 0, 5, 12);
const blockMs = 12_000;
/**
 * A wire has no key: one that was asked for half an hour ago, is in no list and is still carried out could not be told from one
 * that never will be (decision 18). Nor may a list be so old. The product's half hour is held to be enough.
 */
const wireLatestMs = 20 * 60_000;
/** Stages in which nothing is left to do. */
const ended: ReadonlySet<string> = new Set([
  'settled',
  'refunded',
  'rejected',
  'cancelled',
  'review',
]);

const variable = (step: Step): string => `QUEUE_URL_${step.replaceAll('-', '_').toUpperCase()}`;

/** What every function is told. Each environment has an address of its own for the node: they share no connection. */
export const settings = (environment: number, payer: DevAccount): Record<string, string> => ({
  MONEY_TABLE: 'money',
  WEBHOOKS_TABLE: 'webhooks',
  CONTROL_TABLE: 'control',
  ID_SECRET: 'secret-of-the-simulated-world-for-ids',
  DUE_BASE_URL: 'https://due.sim',
  DUE_API_KEY: dueAccess.apiKey,
  DUE_ACCOUNT_ID: dueAccess.accountId,
  DUE_WEBHOOK_PUBLIC_KEY: dueWebhookPublicKey,
  ALPACA_BASE_URL: 'https://alpaca.sim',
  ALPACA_KEY_ID: alpacaKeys.keyId,
  ALPACA_SECRET_KEY: alpacaKeys.secretKey,
  ALPACA_FIRM_ACCOUNT_ID: firm,
  ALPACA_ACCOUNTS: Object.entries(brokerageAccounts)
    .map(([tenant, id]) => `${tenant}:${id}`)
    .join(','),
  EVM_TREASURY_ADDRESS: payer.address,
  EVM_TREASURY_KEY: payer.privateKey,
  EVM_GAS_KEYS: gasPayers.map(({ privateKey }) => privateKey).join(','),
  EVM_TOKEN_ETHEREUM: token,
  EVM_PAYOUT_CONTRACT_ETHEREUM: payouts,
  EVM_RPC_URL_ETHEREUM: `https://chain.sim/${environment}`,
  FINALITY_MS: String(3 * blockMs),
  POLL_MS: '30000',
  SWEEP_PASS_MS: '50000',
  ...Object.fromEntries(steps.map((step) => [variable(step), queueUrlOf(`${step}.fifo`)] as const)),
});

/** What the SDK and Powertools read of the process itself. */
export const ofTheProcess = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'sim',
  AWS_SECRET_ACCESS_KEY: 'sim',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
};

export function setUp(options: StageOptions): Stage {
  // A plain object: what Node has there asks the system each time.
  process.env = { ...process.env, ...ofTheProcess };
  const random = randomOf(options.seed);
  const time = takeTime(start);
  const story: string[] = [];
  let changes = 0;
  let changesSeen = 0;
  const world: World = {
    now: time.now,
    after: time.after,
    random,
    tell: (who, what) => {
      changes += 1;
      story.push(`${new Date(time.now()).toISOString().slice(11, 23)}  ${who.padEnd(12)} ${what}`);
    },
  };
  const dice = randomOf(options.seed + 1);
  const realRandom = Math.random;
  renewNames();
  Math.random = dice.roll;

  const dynamodb = dynamodbModel(world, tables, options.dynamodb);
  const sqs = sqsModel(world, queueSettings, { faults: options.sqs ?? {} });
  const alpaca: AlpacaModel = alpacaModel(
    world,
    {
      ...alpacaKeys,
      accounts: Object.values(brokerageAccounts).map((id) => ({ id, cents: 1_000_000n })),
      firm: { id: firm, cents: 100_000_000n },
      arrived: (arrival) => due.receive(arrival),
    },
    options.alpaca,
  );
  const chain = evmModel(
    world,
    {
      network,
      chainId,
      token,
      payouts,
      treasuries: payers.map(({ address }) => address),
      wei: Object.fromEntries([
        ...gasPayers.slice(options.dryLanes ?? 0).map(({ address }) => [address, 10n ** 20n]),
        ...payers.map(({ address }) => [address, options.treasuryWei ?? 10n ** 22n]),
      ]),
      micros: Object.fromEntries(payers.map(({ address }) => [address, 10_000_000_000n])),
      blockMs,
      finalityBlocks: 2,
      nodes: 2,
      keys: [...payers, ...gasPayers].map(({ privateKey }) => privateKey),
    },
    options.chain,
  );
  const events: WireRequest[] = [];
  const deliver = (event: WireRequest): void => {
    void boundary.pass<Result>({
      from: 'due',
      to: 'api',
      operation: 'receiveDueEvent',
      changes: true,
      text: event.body,
      apply: () => lambda.invoke('provider-events', eventOf(event, event.path)),
      error: () => ({ ok: false, why: '502' }),
      lost: async () => ({ ok: false, why: 'no answer' }),
    });
  };
  const due: DueModel = dueModel(
    world,
    {
      ...dueAccess,
      rails: [network],
      mint: (_, micros, to) => chain.mint(to as `0x${string}`, micros),
      postEvent: (event) => {
        events.push(event);
        deliver(event);
      },
    },
    options.due,
  );
  const receivers = receiversModel(
    world,
    Object.keys(brokerageAccounts).map((tenant) => ({
      host: receiverOf(tenant),
      addresses: ['93.184.215.14'],
      behaviour: options.receivers ?? { ok: 1 },
    })),
  );
  const { http, https, dns } = receivers;
  options.code.onStage.standIns = {
    'node:http': http,
    'node:https': https,
    'node:dns': dns,
    'node:timers/promises': {
      setTimeout: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    },
    'node:crypto': { ...crypto, randomBytes: (size: number) => bytesOf(dice.roll, size) },
  };
  const stages = new Map<string, string>();
  let payer = treasury;
  /** Its key: what it has signed may still be ended. */
  let former: Readonly<Record<string, string>> = {};
  const lambda: Lambda = lambdaModel(world, options.code, (environment) => ({
    ...settings(environment, payer),
    ...former,
    ...options.env,
  }));
  const boundary: Boundary = makeBoundary(
    world,
    () => lambda,
    (id) => stages.get(id) ?? 'new',
  );
  const seen = watch();
  boundary.onFault = seen.onFault;
  const sent: Sent[] = [];
  const handed: number[] = [];
  const note =
    (to: Sent['to']) =>
    ({ method, path, headers, body }: WireRequest): void => {
      const key = headers['idempotency-key'] ?? null;
      const afterWrites = dynamodb.writes.length;
      if (method === 'POST') sent.push({ at: world.now(), to, path, key, body, afterWrites });
    };
  const models: Readonly<Record<string, HttpModel>> = {
    'due.sim': httpModel('due', due.handle, note('due')),
    'alpaca.sim': {
      ...httpModel('alpaca', alpaca.handle, note('alpaca')),
      latestMs: ({ path }) =>
        path.includes('/transfers') ? wireLatestMs : Number.POSITIVE_INFINITY,
    },
    'chain.sim': {
      ...httpModel('chain', chain.http, ({ body }) => {
        if (body.includes('eth_sendRawTransaction')) handed.push(world.now());
      }),
      operationOf: ({ body }) => methodsIn(body),
      changes: ({ body }) => body.includes('eth_sendRawTransaction'),
    },
  };
  const plugOut = plugIn(
    wireOf(options.code),
    {
      dynamodb: {
        execute: (operation, input) => {
          const { status, body } = dynamodb.execute(operation, input);
          readWrites();
          return { status, body: JSON.stringify(body) };
        },
      },
      sqs: {
        execute: (operation, input) => sqs.execute(operation, input as Record<string, unknown>),
      },
      http: (host) => models[host] ?? null,
    },
    boundary,
    () => lambda.current()?.name ?? 'nobody',
  );
  connectQueues(world, sqs, lambda);
  const stream = connectStream(world, dynamodb, lambda);
  const waiting = new Set<string>();
  let changedAt = start;
  startSweep(world, lambda, { isDue: () => waiting.size > 0, changedAt: () => changedAt });

  let read = 0;
  const readWrites = (): void => {
    for (const write of dynamodb.writes.slice(read)) {
      const key = `${textOf(write.after, 'pk')} ${textOf(write.after, 'sk')}`;
      const isOpen =
        (textOf(write.after, 'openShard') ?? '').startsWith('OPEN#') &&
        textOf(write.after, 'stage') !== 'review';
      if (isOpen || write.after?.['dueShard'] !== undefined) waiting.add(key);
      else waiting.delete(key);
      // How far sweep has come it notes at each pass.
      if (textOf(write.after, 'pk') !== 'SWEEP') changedAt = write.at;
      const move = moveOf(write);
      if (move !== null && move.from !== move.to) noteMove(move);
    }
    read = dynamodb.writes.length;
  };
  const noteMove = (move: Move): void => {
    seen.onMove(move);
    stages.set(move.id, move.to);
    world.tell('money', `${move.id} is ${move.to}`);
  };
  const unreconciled: string[] = [];
  const reconcile = async (): Promise<string[] | null> => {
    const result = await lambda.invoke('reconcile', {});
    if (!result.ok) {
      unreconciled.push(result.why);
      world.tell('reconcile', `failed: ${result.why}`);
      return null;
    }
    const row = dynamodb.rows('control').find((one) => textOf(one, 'pk') === 'RECONCILIATION');
    const report: {
      differences: { kind: string; what: string }[];
      unread?: { network: string; asset: string }[];
    } = JSON.parse(textOf(row ?? null, 'report'));
    const unread = (report.unread ?? []).map((one) => ({
      kind: chainUnread,
      what: `${one.network} ${one.asset}`,
    }));
    const found = [...unread, ...report.differences];
    for (const { kind, what } of found) world.tell('reconcile', `${kind} ${what}`);
    return found.map(({ kind }) => kind);
  };
  const isOver = (): boolean => [...stages.values()].every((stage) => ended.has(stage));
  const truth: Truth = {
    world,
    get brokerage() {
      return alpaca.truth();
    },
    get onRamp() {
      return due.truth();
    },
    get chains() {
      return [chain.truth()];
    },
    get receivers() {
      return receivers.truth();
    },
    get rows() {
      return {
        money: dynamodb.rows('money'),
        webhooks: dynamodb.rows('webhooks'),
        control: dynamodb.rows('control'),
      };
    },
    sent,
    handed,
    writes: dynamodb.writes,
    get deadLetters() {
      return sqs.deadLetters();
    },
  };
  return {
    time,
    world,
    lambda,
    boundary,
    dynamodb,
    sqs,
    alpaca,
    due,
    chain,
    receivers,
    treasuries: payers.map(({ address }) => address),
    client: (tenant) => clientOf(world, lambda, boundary, tenant),
    operator: clientOf(world, lambda, boundary, 'operator', 'operations'),
    colleague: clientOf(world, lambda, boundary, 'colleague', 'operations'),
    replayEvents: () => {
      for (const event of [...events]) deliver(event);
    },
    changeTreasury: () => {
      payer = nextTreasury;
      former = { EVM_FORMER_TREASURY_KEYS: treasury.privateKey };
      world.tell('operator', `the treasury is ${payer.address}`);
      lambda.deploy();
    },
    reconcile,
    unreconciled,
    stages,
    isOver,
    isQuiet: () =>
      isOver() &&
      lambda.running('sweep') === 0 &&
      stream.isRead() &&
      alpaca.truth().wires.every(({ standing, arrived }) => arrived || !standing) &&
      ![...waiting].some((key) => key.startsWith('DEL#')) &&
      queueSettings.every(({ name }) => {
        if (name.includes('dead-letters')) return true;
        const { visible, inFlight } = sqs.counts(name);
        return visible + inFlight === 0;
      }),
    truth: () => truth,
    givenUp: stream.givenUp,
    hasChanged: () => {
      const now = changes + dynamodb.writes.length + boundary.calls.length;
      const is = now !== changesSeen;
      changesSeen = now;
      return is;
    },
    coverage: seen.coverage,
    story,
    takeDown: () => {
      plugOut();
      Math.random = realRandom;
      time.giveBack();
    },
  };
}

const httpModel = (
  service: 'due' | 'alpaca' | 'chain',
  handle: (request: WireRequest) => WireResponse,
  leaves: (request: WireRequest) => void,
): HttpModel => ({
  service,
  operationOf: ({ method, path }) =>
    `${method} ${path.replace(/\?.*/, '').replace(/[0-9a-f-]{16,}/g, ':id')}`,
  changes: ({ method }) => method !== 'GET',
  handle,
  leaves,
  error: { status: 500, body: '{"message":"simulated"}' },
});

let worlds = 0;
/**
 * viem rolls the dice for hundreds of names at once, when it has used up what it had: here, not in the middle of a run. No world has
 * another's names: viem has one answer for equal questions of one name, and what a world that was
 * broken off had asked is never answered.
 */
function renewNames(): void {
  worlds += 1;
  const bytes = [255, worlds & 255, (worlds >> 8) & 255, 254];
  let rolls = 0;
  let isRenewed = false;
  Math.random = () => {
    isRenewed = true;
    rolls += 1;
    return (bytes[rolls % bytes.length] ?? 0) / 256;
  };
  while (!isRenewed) generateSiweNonce();
}

const methodsIn = (body: string): string =>
  [...new Set([...body.matchAll(/"method":"(\w+)"/g)].map(([, method]) => method))].join('+');

const bytesOf = (roll: () => number, size: number): Buffer =>
  Buffer.from(Array.from({ length: size }, () => Math.floor(roll() * 256)));
