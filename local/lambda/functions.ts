/** Makes the functions of a template invocable by name. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DataDir } from '../host/data-dir.ts';
import { functionNameIn } from '../template/aws-names.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { type Schedule, schedulesIn } from '../template/schedules.ts';
import type { Assembly } from '../template/template.ts';
import { openFunctionLog } from './function-log.ts';
import type { FunctionSpec, Invoke } from './invocation.ts';
import { makeWorkerPool, type PoolLimits, type WorkerPool } from './worker-pool.ts';

export type Functions = {
  invoke: Invoke;
  /** The workers of a function. Throws when there is no such function. */
  pool(name: string): WorkerPool;
  /** Ends every worker, even in the middle of an invocation. */
  stop(): Promise<void>;
};
/** Turns the environment that the template declares, unresolved, into what a function gets on this machine. */
export type EnvironmentOf = (
  of: { name: string; memoryMb: number; handler: string; logging?: Logging },
  declared: Record<string, unknown>,
) => Record<string, string>;

/** CloudFormation's `LoggingConfig` of a function. */
type Logging = { LogFormat?: string; ApplicationLogLevel?: string };

/** The properties of AWS::Lambda::Function, with CloudFormation's defaults. */
type Properties = {
  Code: { S3Key?: string };
  Handler?: string;
  PackageType?: string;
  Timeout?: number;
  MemorySize?: number;
  LoggingConfig?: Logging;
  Environment?: { Variables?: Record<string, unknown> };
};

type ApiMethod = { HttpMethod: string; AuthorizationType?: string; Integration: { Uri: string } };

const minuteMs = 60_000;

export function functionSpecs(
  { assetFolder }: Assembly,
  resolver: Resolver,
  environmentOf: EnvironmentOf,
): FunctionSpec[] {
  const schedules = schedulesIn(resolver);
  const background = invokedByEvents(resolver, schedules);
  // A rule invokes them, but not every minute.
  const seldom = new Set(targetsOf(schedules.filter(({ everyMs }) => everyMs > minuteMs)));
  return resolver.resources('AWS::Lambda::Function').map(([id, resource]) => {
    const name = resolver.identity(id).ref;
    const { Environment, Code, ...rest } = resource.Properties as Properties;
    const { Handler, PackageType, Timeout, MemorySize, LoggingConfig } = resolver.resolve(
      rest,
    ) as Properties;
    const key = resolver.resolve(Code?.S3Key);
    if (PackageType === 'Image' || typeof key !== 'string' || Handler === undefined)
      throw new Error(`The function ${name} has no code asset and handler: it cannot run here.`);
    const memoryMb = Number(MemorySize ?? 128);
    const declared = Environment?.Variables ?? {};
    const [, module = '', exported = ''] = /^(.*)\.([^.]+)$/.exec(Handler) ?? [];
    return {
      name,
      file: moduleFile(assetFolder(key), module, name),
      handler: exported,
      timeoutMs: Number(Timeout ?? 3) * 1_000,
      memoryMb,
      environment: environmentOf(
        {
          name,
          memoryMb,
          handler: Handler,
          ...(LoggingConfig !== undefined && { logging: LoggingConfig }),
        },
        declared,
      ),
      background: background.has(name),
      seldom: seldom.has(name),
    };
  });
}

/**
 * The functions that a queue, a stream or a rule invokes, and those that take events which others post without a key of ours:
 * the provider that posts one goes on as soon as it has been taken, and posts it again where it was not.
 */
function invokedByEvents(resolver: Resolver, schedules: readonly Schedule[]): ReadonlySet<string> {
  const mapped = resolver
    .resources('AWS::Lambda::EventSourceMapping')
    .map(([, { Properties }]) => resolver.resolve(Properties) as { FunctionName: string })
    .map(({ FunctionName }) => functionNameIn(FunctionName));
  return new Set([...mapped, ...targetsOf(schedules), ...takersOfPosts(resolver)]);
}

const takersOfPosts = (resolver: Resolver): string[] =>
  resolver
    .resources('AWS::ApiGateway::Method')
    .map(([, { Properties }]) => resolver.resolve(Properties) as ApiMethod)
    .filter(
      ({ HttpMethod, AuthorizationType }) => HttpMethod === 'POST' && AuthorizationType === 'NONE',
    )
    .map(({ Integration }) => functionNameIn(Integration.Uri));

const targetsOf = (schedules: readonly Schedule[]): string[] =>
  schedules.flatMap(({ targets }) => targets.map(({ Arn }) => functionNameIn(Arn)));

function moduleFile(folder: string, module: string, name: string): string {
  const files = ['.mjs', '.js', '.cjs'].map((end) => path.join(folder, module + end));
  const file = files.find((one) => existsSync(one));
  if (file === undefined) throw new Error(`The function ${name} has no ${files.join(' or ')}.`);
  return file;
}

export type RunOptions = {
  stackName: string;
  dataDir: DataDir;
  /** Takes a line about each error of a function. */
  tell: (line: string) => void;
  limits?: Partial<PoolLimits>;
};

/**
 * What works in the background shares the cores with all the rest: a second worker would bring half-full batches, another
 * heap and a compiler's work. One that is seldom asked for would be kept warm for nothing.
 */
const limitsOf = ({ background, seldom }: FunctionSpec): Partial<PoolLimits> => ({
  ...(background && { workersMax: 1 }),
  ...(seldom && { idleMs: 0 }),
});

/** Prepares the functions; workers start with the first invocation. Logs are named like functions, without the stack's name. */
export function runFunctions(
  specs: readonly FunctionSpec[],
  { stackName, dataDir, tell, limits = {} }: RunOptions,
): Functions {
  const compileCacheFolder = dataDir.file('compile-cache');
  const opened = specs.map((spec) => {
    const name = spec.name.replace(`${stackName.toLowerCase()}-`, '');
    const log = openFunctionLog(dataDir.file('logs'), name, tell);
    const pool = makeWorkerPool({
      ...{ spec, log, compileCacheFolder, threadName: name },
      limits: { ...limitsOf(spec), ...limits },
    });
    return { name: spec.name, log, pool };
  });
  const pools = new Map(opened.map(({ name, pool }) => [name, pool]));
  const pool = (name: string): WorkerPool => {
    const found = pools.get(name);
    if (found === undefined) throw new Error(`The template has no function ${name}.`);
    return found;
  };
  return {
    pool,
    invoke: (name, payload) => pool(name).invoke(payload),
    stop: async () => {
      await Promise.all(opened.map((one) => one.pool.stop()));
      for (const { log } of opened) log.close();
    },
  };
}
