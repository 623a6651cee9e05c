/** Runs a synthesized stack on this machine: its tables and queues, functions, event sources, rules and REST API. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoEngine } from './engines/dynamo-engine.ts';
import { createTables } from './engines/dynamo-tables.ts';
import type { EventBusEngine } from './engines/event-bus.ts';
import type { SqsEngine } from './engines/sqs-engine.ts';
import { createQueues } from './engines/sqs-queues.ts';
import { type LocalEnvironment, localEnvironment } from './environment.ts';
import { startEventSources } from './events/event-sources.ts';
import type { EventSource } from './events/queue-source.ts';
import { type Rules, startRules } from './events/rules.ts';
import { accessLogFrom } from './gateway/access-log.ts';
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
  events: Pick<EventBusEngine, 'createBuses'>;
  environment: LocalEnvironment;
  /** Takes a line about each error of a function; by default stderr does. */
  tell?: (line: string) => void;
  limits?: Partial<PoolLimits>;
};
export type Stack = {
  /** The resolved outputs of the stack. */
  outputs: Record<string, string>;
  /** The listener that serves the REST API. */
  listener: Listener;
  /** The usage plans, to which keys can be added. */
  usagePlans: UsagePlans;
  invoke: Invoke;
  /** Starts event sources and rules: from here on things happen by themselves. */
  start(): Promise<void>;
  /**
   * Starts nothing new, gives running batches up to `graceMs`, and ends all functions (those of rules at once, because they
   * start again). The engines go on.
   */
  stop(graceMs: number): Promise<void>;
};

/** Creates missing resources and keeps the others. Throws on what this machine cannot run faithfully. */
export async function prepareStack(options: StackOptions): Promise<Stack> {
  const { assembly, dataDir, dynamo, sqs, events, environment, limits = {} } = options;
  const tell = options.tell ?? ((line: string) => console.error(line));
  const { stackName, template } = assembly;
  const { awsEndpoint } = environment;
  const resolver = makeResolver({ template, stackName, awsEndpoint });
  const environmentOf = localEnvironment(environment, resolver, assembly);
  const specs = functionSpecs(assembly, resolver, environmentOf);
  createQueues(sqs, resolver);
  events.createBuses(resolver);
  const streams = await createTables(dynamo.call, resolver);
  const functions = runFunctions(specs, { stackName, dataDir, tell, limits });
  const usagePlans = openUsagePlans(resolver, dataDir);
  const listener = httpFront(resolver, functions.invoke, usagePlans, {
    accessLog: accessLogFrom(resolver, dataDir.file('logs', 'access.log')),
  });

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
      sources = startEventSources({ resolver, functions, sqs, dynamo, streams, dataDir });
      rules = startRules(resolver, functions);
    },
    stop: async (graceMs) => {
      rules?.stop();
      const worked = sources?.stop();
      const grace = new AbortController();
      await Promise.race([worked, delay(graceMs, undefined, grace).catch(() => {})]);
      grace.abort();
      // Invocations that still run fail, and their messages and records come again at the next start.
      await functions.stop();
      await worked;
    },
  };
}
