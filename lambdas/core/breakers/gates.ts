/**
 * The circuit breakers in front of the requests of one function: each request passes the gate of its operation, and how
 * it went is told to all workers at the end of the invocation. Nothing is written while all is well.
 */
import { all } from '../kernel/all.ts';
import { ShutError } from '../kernel/errors.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { Breakers } from './breaker.ts';
import { after, type Breaker, type Calls, closed, enter, type Guard } from './breaker.ts';

/** Makes one request, or throws ShutError. A request that throws, or whose answer is not well, counts as a fault of the provider. */
export type Pass = <T>(
  operation: string,
  request: () => Promise<T>,
  isWell: (answer: T) => boolean,
) => Promise<T>;

export type Gates = {
  pass: Pass;
  /**
   * How many of `wanted` pieces of work may be begun now, when each needs all these operations. They count as begun in this
   * invocation. It probes an operation whose time for that has come.
   */
  begin(wanted: number, ...operations: readonly string[]): Promise<Guard>;
  /** Whether the operation is shut, found out without a probe: nobody who may not need the provider waits for it. */
  isShut(operation: string): Promise<boolean>;
  /** Runs the work of one invocation, and then tells all workers how its requests went. */
  during<T>(work: () => Promise<T>): Promise<T>;
};

/** One operation as this worker sees it. */
type Operation = {
  /** What is known of it by all workers, and the requests since then. */
  shared: Breaker;
  calls: Calls;
  underway: number;
  /** How much work was begun in this invocation. */
  begun: number;
  /** Requests that wait for their turn, because few may be made at once. */
  queue: (() => void)[];
  looking: Promise<Guard> | null;
};

const none: Calls = { succeeded: 0, faulted: 0 };

/** Each of `probes` asks its operation's provider something that moves nothing, and says whether the provider is well. */
export function makeGates(
  breakers: Breakers,
  clock: Clock,
  probes: Readonly<Record<string, () => Promise<boolean>>>,
): Gates {
  const names = Object.keys(probes);
  const operations = new Map<string, Operation>();

  function operationOf(name: string): Operation {
    const known = operations.get(name);
    if (known !== undefined) return known;
    if (!names.includes(name)) throw new Error(`no breaker ${name}`);
    const operation: Operation = {
      shared: closed(name),
      calls: none,
      underway: 0,
      begun: 0,
      queue: [],
      looking: null,
    };
    operations.set(name, operation);
    return operation;
  }

  /** The breaker as it is now for us: what all know, and what we have met since. */
  async function seen(name: string, operation: Operation): Promise<Breaker> {
    const found = (await breakers.read(names)).find((one) => one.name === name);
    if (found !== undefined && found.version > operation.shared.version) know(operation, found);
    return after(operation.shared, operation.calls, clock.now());
  }

  async function look(name: string, operation: Operation): Promise<Guard> {
    const breaker = await seen(name, operation);
    const probe = probes[name] ?? (async () => false);
    const { breaker: entered, guard } = await enter(breaker, breakers, clock, probe);
    if (entered !== breaker) know(operation, entered);
    return guard;
  }

  /** Once at a time: those that come meanwhile wait for the same answer, and for the same probe. */
  function guardOf(name: string): Promise<Guard> {
    const operation = operationOf(name);
    operation.looking ??= look(name, operation).finally(() => {
      operation.looking = null;
    });
    return operation.looking;
  }

  /** The request counts as underway from here on. */
  async function setOut(name: string): Promise<Operation> {
    const operation = operationOf(name);
    for (;;) {
      const { allowed, until } = await guardOf(name);
      if (allowed === 0) throw new ShutError(name, until);
      if (operation.underway < allowed) {
        operation.underway += 1;
        return operation;
      }
      await new Promise<void>((resolve) => operation.queue.push(resolve));
    }
  }

  async function report(): Promise<void> {
    for (const operation of operations.values()) {
      operation.begun = 0;
      const next = after(operation.shared, operation.calls, clock.now());
      operation.calls = none;
      if (next === operation.shared) continue;
      // Refused: another worker has said the same, or knows better by now.
      if (await breakers.save(next)) know(operation, next);
    }
  }

  return {
    begin: async (wanted, ...needed) => {
      const guards = await all(needed.map(guardOf));
      const begun = needed.map(operationOf);
      const free = guards.map(({ allowed }, index) => allowed - (begun[index]?.begun ?? 0));
      const allowed = Math.max(0, Math.min(wanted, ...free));
      for (const operation of begun) operation.begun += allowed;
      return {
        allowed,
        until: Math.max(...guards.map(({ until }) => until)) as Instant,
        isWell: guards.every(({ isWell }) => isWell),
      };
    },
    isShut: async (name) => (await seen(name, operationOf(name))).state.is === 'OPEN',
    pass: async (name, request, isWell) => {
      const operation = await setOut(name);
      let well = false;
      try {
        const answer = await request();
        well = isWell(answer);
        return answer;
      } finally {
        const { succeeded, faulted } = operation.calls;
        operation.calls = well
          ? { succeeded: succeeded + 1, faulted }
          : { succeeded, faulted: faulted + 1 };
        operation.underway -= 1;
        for (const resume of operation.queue.splice(0)) resume();
      }
    },
    during: async (work) => {
      try {
        return await work();
      } finally {
        await report();
      }
    },
  };
}

function know(operation: Operation, shared: Breaker): void {
  operation.shared = shared;
  operation.calls = none;
}
