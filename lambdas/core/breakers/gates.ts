/**
 * The circuit breakers in front of the requests of one function: each request passes the gate of its operation, and how
 * it went is told to all workers at the end of the invocation. Nothing is written while all is well.
 */
import { all } from '../kernel/all.ts';
import { ShutError } from '../kernel/errors.ts';
import type { Network } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { Breakers } from './breaker.ts';
import { after, type Breaker, type Calls, closed, enter, type Guard } from './breaker.ts';
import { readingFrom } from './names.ts';

/** Lets one request through, or throws ShutError. A request that throws, or whose answer is not well, is a fault. */
export type Pass = <T>(
  operation: string,
  request: () => Promise<T>,
  isWell: (answer: T) => boolean,
) => Promise<T>;

export type Gates = {
  pass: Pass;
  /**
   * How many of `wanted` pieces of work may be begun now, each of which needs all these operations. They count as begun in
   * this invocation. Probes where it is time to.
   */
  begin(wanted: number, ...operations: readonly string[]): Promise<Guard>;
  /** Until when the operation is shut; null when a request may be made. Probes where it is time to. */
  check(operation: string): Promise<Instant | null>;
  /** The same without a probe: nobody who may not need the provider waits for it. */
  isShut(operation: string): Promise<boolean>;
  /** Until when an operation was found shut in this invocation. */
  foundShut(operation: string): Instant | null;
  /** One invocation: afterwards all workers know how its requests went. */
  during<T>(work: () => Promise<T>): Promise<T>;
};

/** One operation as this worker sees it. */
type Lane = {
  /** What is known of it by all workers, and the requests since then. */
  shared: Breaker;
  calls: Calls;
  underway: number;
  /** Work that was let begin in this invocation. */
  begun: number;
  /** Those that wait for their turn, because few may be asked at once. */
  queue: (() => void)[];
  looking: Promise<Guard> | null;
  foundShut: Instant | null;
};

const none: Calls = { succeeded: 0, faulted: 0 };

/** `probes` asks each operation's provider something that moves nothing, and says whether it is well. */
export function makeGates(
  breakers: Breakers,
  clock: Clock,
  probes: Readonly<Record<string, () => Promise<boolean>>>,
): Gates {
  const names = Object.keys(probes);
  const lanes = new Map<string, Lane>();

  function laneOf(name: string): Lane {
    const known = lanes.get(name);
    if (known !== undefined) return known;
    if (!names.includes(name)) throw new Error(`no breaker ${name}`);
    const lane: Lane = {
      shared: closed(name),
      calls: none,
      underway: 0,
      begun: 0,
      queue: [],
      looking: null,
      foundShut: null,
    };
    lanes.set(name, lane);
    return lane;
  }

  /** The breaker as it is now for us: what all know, and what we have met since. */
  async function seen(name: string, lane: Lane): Promise<Breaker> {
    const found = (await breakers.read(names)).find((one) => one.name === name);
    if (found !== undefined && found.version > lane.shared.version) know(lane, found);
    return after(lane.shared, lane.calls, clock.now());
  }

  async function look(name: string, lane: Lane): Promise<Guard> {
    const breaker = await seen(name, lane);
    const probe = probes[name] ?? (async () => false);
    const { breaker: entered, guard } = await enter(breaker, breakers, clock, probe);
    if (entered !== breaker) know(lane, entered);
    return guard;
  }

  /** Once at a time: those that come meanwhile wait for the same answer, and for the same probe. */
  function guardOf(name: string): Promise<Guard> {
    const lane = laneOf(name);
    lane.looking ??= look(name, lane).finally(() => {
      lane.looking = null;
    });
    return lane.looking;
  }

  /** The request counts as underway from here on. */
  async function setOut(name: string): Promise<Lane> {
    const lane = laneOf(name);
    for (;;) {
      const { allowed, until } = await guardOf(name);
      if (allowed === 0) {
        lane.foundShut = until;
        throw new ShutError(name, until);
      }
      if (lane.underway < allowed) {
        lane.underway += 1;
        return lane;
      }
      await new Promise<void>((resolve) => lane.queue.push(resolve));
    }
  }

  async function report(): Promise<void> {
    for (const lane of lanes.values()) {
      lane.foundShut = null;
      lane.begun = 0;
      const next = after(lane.shared, lane.calls, clock.now());
      lane.calls = none;
      if (next === lane.shared) continue;
      // Refused: another worker has said the same, or knows better by now.
      if (await breakers.save(next)) know(lane, next);
    }
  }

  return {
    begin: async (wanted, ...operations) => {
      const guards = await all(operations.map(guardOf));
      const begun = operations.map(laneOf);
      const free = guards.map(({ allowed }, index) => allowed - (begun[index]?.begun ?? 0));
      const allowed = Math.max(0, Math.min(wanted, ...free));
      for (const lane of begun) lane.begun += allowed;
      return {
        allowed,
        until: Math.max(...guards.map(({ until }) => until)) as Instant,
        isWell: guards.every(({ isWell }) => isWell),
      };
    },
    check: async (name) => {
      const { allowed, until } = await guardOf(name);
      if (allowed > 0) return null;
      laneOf(name).foundShut = until;
      return until;
    },
    isShut: async (name) => (await seen(name, laneOf(name))).state.is === 'OPEN',
    foundShut: (name) => lanes.get(name)?.foundShut ?? null,
    pass: async (name, request, isWell) => {
      const lane = await setOut(name);
      let well = false;
      try {
        const answer = await request();
        well = isWell(answer);
        return answer;
      } finally {
        const { succeeded, faulted } = lane.calls;
        lane.calls = well
          ? { succeeded: succeeded + 1, faulted }
          : { succeeded, faulted: faulted + 1 };
        lane.underway -= 1;
        for (const resume of lane.queue.splice(0)) resume();
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

function know(lane: Lane, shared: Breaker): void {
  lane.shared = shared;
  lane.calls = none;
}

/** The chain, unless its node is known not to answer: then nothing is asked. */
export const gatedChains =
  <C>(chains: (network: Network) => Promise<C>, gates: Gates) =>
  async (network: Network): Promise<C> => {
    const until = await gates.check(readingFrom(network));
    if (until !== null) throw new ShutError(readingFrom(network), until);
    return chains(network);
  };
