/** Runs a synthesized stack on this machine: its tables and queues, functions, event sources, rules and REST API. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoEngine } from './engines/dynamo-engine.ts';
import { createTables } from './engines/dynamo-tables.ts';
import type { SqsEngine } from './engines/sqs-engine.ts';
import { createQueues } from './engines/sqs-queues.ts';
import { type LocalEnvironment, localEnvironment } from './environment.ts';
import { startEventSources } from './events/event-sources.ts';
import type { EventSource } from './events/queue-source.ts';
import { type Rules, startRules } from './events/rules.ts';
import { httpFront, type Listener } from './gateway/http-front.ts';
import { openUsagePlans, type UsagePlans } from './gateway/usage-plans.ts';
import type { DataDir } from './host/data-dir.ts';
import { functionSpecs, runFunctions } from './lambda/functions.ts';
import type { Invoke } from './lambda/invocation.ts';
import type { PoolLimits } from './lambda/worker-pool.ts';
import { makeResolver } from './template/intrinsics.ts';
import type { Assembly } from './template/template.ts';

export type StackOptions = {
  assembly: Assembly;
  dataDir: DataDir;
  dynamo: DynamoEngine;
  sqs: SqsEngine;
  environment: LocalEnvironment;
  /** Takes a line about each error of a function. Default: stderr. */
  tell?: (line: string) => void;
  limits?: Partial<PoolLimits>;
};
export type Stack = {
  /** The stack's outputs, resolved. */
  outputs: Record<string, string>;
  /** The REST API. */
  listener: Listener;
  /** Its usage plans, to which keys can be added. */
  usagePlans: UsagePlans;
  invoke: Invoke;
  /** Event sources and rules begin: from here on things happen by themselves. */
  start(): Promise<void>;
  /**
   * Nothing new begins, batches that are being worked on get up to `graceMs`, and every function ends (one that a rule
   * has started at once: it starts again). The engines go on.
   */
  stop(graceMs: number): Promise<void>;
};

/** Creates what is missing and keeps what is there. Throws on what cannot be run faithfully here. */
export async function prepareStack(options: StackOptions): Promise<Stack> {
  const { assembly, dataDir, dynamo, sqs, environment, limits = {} } = options;
  const tell = options.tell ?? ((line: string) => console.error(line));
  const { stackName, template } = assembly;
  const { awsEndpoint } = environment;
  const resolver = makeResolver({ template, stackName, awsEndpoint });
  const environmentOf = localEnvironment(environment, resolver, assembly);
  const specs = functionSpecs(assembly, resolver, environmentOf);
  createQueues(sqs, resolver);
  const streams = await createTables(dynamo.call, resolver);
  const functions = runFunctions(specs, { stackName, dataDir, tell, limits });
  const usagePlans = openUsagePlans(resolver, dataDir);
  const listener = httpFront(resolver, functions.invoke, usagePlans);

  let sources: EventSource | null = null;
  let rules: Rules | null = null;
  return {
    outputs: Object.fromEntries(
      Object.entries(template.Outputs ?? {}).map(([name, { Value }]) => [
        name,
        String(resolver.resolve(Value)),
      ]),
    ),
    listener,
    usagePlans,
    invoke: functions.invoke,
    start: async () => {
      sources = await startEventSources({ resolver, functions, sqs, dynamo, streams, dataDir });
      rules = startRules(resolver, functions);
    },
    stop: async (graceMs) => {
      rules?.stop();
      const worked = sources?.stop();
      const grace = new AbortController();
      await Promise.race([worked, delay(graceMs, undefined, grace).catch(() => {})]);
      grace.abort();
      // What has not ended by now fails, and its messages and records come again at the next start.
      await functions.stop();
      await worked;
    },
  };
}
