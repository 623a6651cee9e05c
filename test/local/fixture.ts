/** Runs small stacks on the real engines, from templates written by hand. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { awsEndpoint } from '../../local/engines/aws-endpoint.ts';
import { type DynamoEngine, startDynamo } from '../../local/engines/dynamo-engine.ts';
import { startEventBuses } from '../../local/engines/event-bus.ts';
import { type SqsEngine, startSqs } from '../../local/engines/sqs-engine.ts';
import { openDataDir } from '../../local/host/data-dir.ts';
import { type Lifetime, makeLifetime } from '../../local/host/lifetime.ts';
import { listenEarly } from '../../local/host/servers.ts';
import type { PoolLimits } from '../../local/lambda/worker-pool.ts';
import { prepareStack, type Stack } from '../../local/stack.ts';
import {
  type Assembly,
  type Resource,
  readAssembly,
  type Template,
} from '../../local/template/template.ts';

export type Running = {
  stack: Stack;
  dynamo: DynamoEngine;
  sqs: SqsEngine;
  awsUrl: string;
  apiUrl: string;
  /** The errors of functions, a line each. */
  told: string[];
  stop(): Promise<void>;
};

export const tempDir = (): string => mkdtempSync(path.join(tmpdir(), 'drawbridge-local-'));
export const removeDir = (directory: string): void =>
  rmSync(directory, { recursive: true, force: true });

/** A function whose code is given to `writeAssembly` under the same name. */
export const lambda = (name: string, properties: Record<string, unknown> = {}): Resource => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: name,
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Timeout: 5,
    MemorySize: 128,
    Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
    ...properties,
  },
});

/** Writes a cloud assembly as `cdk synth` would. */
export function writeAssembly(
  directory: string,
  template: Template,
  code: Record<string, string> = {},
): Assembly {
  mkdirSync(directory, { recursive: true });
  const json = (file: string, value: unknown): void =>
    writeFileSync(path.join(directory, file), JSON.stringify(value));
  const artifact = {
    type: 'aws:cloudformation:stack',
    properties: { templateFile: 'Test.template.json' },
  };
  json('manifest.json', { artifacts: { Test: artifact } });
  json('Test.template.json', template);
  const files = Object.keys(code).map((name) => [
    name,
    {
      source: { path: `asset.${name}` },
      destinations: { here: { objectKey: `${name}.zip` } },
    },
  ]);
  json('Test.assets.json', { files: Object.fromEntries(files) });
  for (const [name, source] of Object.entries(code)) {
    mkdirSync(path.join(directory, `asset.${name}`), { recursive: true });
    writeFileSync(path.join(directory, `asset.${name}`, 'index.mjs'), source);
  }
  return readAssembly(directory);
}

/** A REST API without routes, which every stack here has. */
export const emptyApi: Record<string, Resource> = {
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'test' } },
};

export type RunOptions = {
  /** The directory in which engines and stack continue an earlier run. */
  directory: string;
  resources: Record<string, Resource>;
  code: Record<string, string>;
  limits?: Partial<PoolLimits>;
};

/** Starts the engines and the stack. When that fails, it stops what has started and throws. */
export async function run(options: RunOptions): Promise<Running> {
  const lifetime = makeLifetime();
  try {
    return await start(options, lifetime);
  } catch (error) {
    await lifetime.end();
    throw error;
  }
}

async function start(
  { directory, resources, code, limits = {} }: RunOptions,
  lifetime: Lifetime,
): Promise<Running> {
  const template = { Resources: { ...emptyApi, ...resources } };
  const assembly = writeAssembly(path.join(directory, 'cdk.out'), template, code);
  const dataDir = openDataDir(path.join(directory, 'data'));
  lifetime.onEnd(dataDir.release);
  const [api, aws] = [await listenEarly(0, 'PORT'), await listenEarly(0, 'AWS_PORT')];
  lifetime.onEnd(() => api.close(0));
  lifetime.onEnd(() => aws.close(0));
  const [dynamo, sqs] = await lifetime.together(startDynamo(dataDir), startSqs(dataDir, aws.url));
  const events = startEventBuses(dataDir, sqs, aws.url);
  const endpoint = awsEndpoint({ sqs, events, dynamoPort: dynamo.port });
  aws.serve(endpoint.listener);
  const told: string[] = [];
  const stack = await prepareStack({
    ...{ assembly, dataDir, dynamo, sqs, events, limits },
    tell: (line) => told.push(line),
    environment: {
      awsEndpoint: aws.url,
      dynamoEndpoint: dynamo.endpoint,
      settings: { TOLD: 'here' },
      secrets: { TOKEN: 'a secret' },
      signing: { EVM_TREASURY_KEY: '0x1', EVM_GAS_KEYS: '0x2,0x3' },
      finalityMs: 1,
    },
  });
  lifetime.onEnd(async () => {
    await Promise.all([api.close(0), stack.stop(5_000), aws.close(0)]);
    endpoint.close();
    events.stop();
  });
  api.serve(stack.listener);
  await stack.start();
  const [awsUrl, apiUrl] = [aws.url, api.url];
  return { stack, dynamo, sqs, awsUrl, apiUrl, told, stop: lifetime.end };
}

/** A test may take a minute, and a wait that outlived it would keep its process from ending. */
const patienceMs = 50_000;

/** Asks until the answer is as wanted. A vain wait ends with what was answered last. */
export async function until<T>(
  ask: () => T | Promise<T>,
  wanted: (answer: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`after ${patienceMs} ms still ${JSON.stringify(answer)?.slice(0, 2_000)}`);
    await sleep(10);
  }
}

/** A file to which functions append lines of JSON, so that a test sees what they saw. */
export function notebook(directory: string) {
  const file = path.join(directory, 'seen.jsonl');
  return {
    file,
    read: <T>(): T[] =>
      existsSync(file)
        ? readFileSync(file, 'utf8')
            .split('\n')
            .slice(0, -1) // The last line may still be being written.
            .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]))
        : [],
  };
}
/** The code for a function's `note(value)`, which appends to the notebook that its environment names. */
export const noteCode =
  "import { appendFileSync } from 'node:fs'; const note = (value) => appendFileSync(process.env.NOTEBOOK, JSON.stringify(value) + '\\n');";
