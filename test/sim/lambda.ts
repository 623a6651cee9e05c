/**
 * Lambda: execution environments that live on between invocations, run one invocation at a time, and can die at any
 * moment. An invocation whose time is up is killed; a frozen one is given up by its caller and comes to life later.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  apiTimeoutSeconds,
  reconcileTimeoutSeconds,
  relayTimeoutSeconds,
  stepTimeoutSeconds,
  sweepTimeoutSeconds,
} from '../../lambdas/core/kernel/limits.ts';
import { steps } from '../../lambdas/core/kernel/steps.ts';
import { retellTimeoutSeconds } from '../../lambdas/core/outbox/limits.ts';
import type { FunctionName } from '../../lib/functions.ts';
import { type Code, type Handler, instantiate } from './bundles.ts';
import { type World, wait } from './world.ts';

export type Result = { ok: true; value: unknown } | { ok: false; why: string };
export type Invocation = {
  readonly id: number;
  readonly name: FunctionName;
  readonly event: object;
  /** What its event names: withdrawals, wallets, deliveries. */
  readonly ids: readonly string[];
  state: 'running' | 'frozen' | 'ended';
  environment: Environment;
  /** Tells the caller how it went, once. */
  end(result: Result): void;
};
/** `old`: it was made before the last deployment, and is given nothing to do any more. */
type Environment = { handler: Handler; busy: boolean; alive: boolean; old: boolean };

export type Lambda = {
  invoke(name: FunctionName, event: object): Promise<Result>;
  /** From now on invocations are given new environments. Those under way go on as they are. */
  deploy(): void;
  /** The invocation that the running code belongs to. */
  current(): Invocation | null;
  /** Whatever it was doing, it never goes on, and nothing that it had in memory is left. */
  kill(invocation: Invocation, why: string): void;
  /** Its caller gives it up when its time is over; it goes on when its call is answered at last. */
  freeze(invocation: Invocation): void;
  /** Invocations under way, but for those of one function. */
  running(but?: FunctionName): number;
};

const timeoutMs = (name: FunctionName): number => {
  const given: Partial<Record<FunctionName, number>> = {
    relay: relayTimeoutSeconds,
    sweep: sweepTimeoutSeconds,
    reconcile: reconcileTimeoutSeconds,
    retell: retellTimeoutSeconds,
  };
  const isStep = steps.some((step) => step === name);
  return 1_000 * (given[name] ?? (isStep ? stepTimeoutSeconds : apiTimeoutSeconds));
};

export function lambdaModel(
  world: World,
  code: Code,
  envOf: (environment: number) => Readonly<Record<string, string>>,
  coldStartMs = 150,
): Lambda {
  const storage = new AsyncLocalStorage<Invocation>();
  const environments = new Map<FunctionName, Environment[]>();
  const running = new Set<Invocation>();
  let made = 0;
  let invoked = 0;
  let deployments = 0;

  async function environmentOf(name: FunctionName): Promise<Environment> {
    const known = environments.get(name) ?? [];
    environments.set(name, known);
    const idle = known.find(({ busy, alive, old }) => alive && !busy && !old);
    if (idle !== undefined) {
      idle.busy = true;
      return idle;
    }
    made += 1;
    const [number, madeIn] = [made, deployments];
    const settings = envOf(number);
    await wait(world, coldStartMs);
    const handler = await instantiate(name, code, settings);
    const environment: Environment = {
      handler,
      busy: true,
      alive: true,
      old: madeIn < deployments,
    };
    known.push(environment);
    return environment;
  }

  return {
    deploy: () => {
      deployments += 1;
      for (const environment of [...environments.values()].flat()) environment.old = true;
    },
    current: () => storage.getStore() ?? null,
    running: (but) => [...running].filter(({ name }) => name !== but).length,
    kill: (invocation, why) => {
      invocation.environment.alive = false;
      invocation.end({ ok: false, why });
    },
    freeze: (invocation) => {
      invocation.state = 'frozen';
    },
    invoke: async (name, event) => {
      const environment = await environmentOf(name);
      invoked += 1;
      const id = invoked;
      const limitMs = timeoutMs(name);
      const deadline = world.now() + limitMs;
      return new Promise<Result>((resolve) => {
        const invocation: Invocation = {
          id,
          name,
          event,
          // An event of many records is long, and not everybody asks.
          get ids() {
            return idsIn(JSON.stringify(event));
          },
          state: 'running',
          environment,
          end: (result) => {
            if (!running.delete(invocation)) return;
            invocation.state = invocation.state === 'frozen' ? 'frozen' : 'ended';
            // A frozen one may come to life: its environment takes no other invocation.
            environment.busy = invocation.state === 'frozen';
            resolve(result);
          },
        };
        running.add(invocation);
        world.after(limitMs, () => {
          if (!running.has(invocation)) return;
          if (invocation.state === 'running') environment.alive = false;
          invocation.end({ ok: false, why: 'timed out' });
        });
        const context = {
          awsRequestId: `request-${id}`,
          functionName: name,
          functionVersion: '$LATEST',
          invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
          memoryLimitInMB: '512',
          logGroupName: name,
          logStreamName: name,
          callbackWaitsForEmptyEventLoop: true,
          getRemainingTimeInMillis: () => deadline - world.now(),
        };
        storage.run(invocation, () => {
          environment.handler(event, context).then(
            (value) => invocation.end({ ok: true, value }),
            (error: unknown) => invocation.end({ ok: false, why: String(error) }),
          );
        });
      });
    },
  };
}

/** The withdrawals that a text names. */
export const idsIn = (text: string): string[] => [...new Set(text.match(/wd_[0-9a-z]{26}/g) ?? [])];
