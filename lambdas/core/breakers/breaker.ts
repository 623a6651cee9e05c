/**
 * A circuit breaker for one operation of a provider, shared by all workers. It opens on the provider's own faults (no
 * answer, 5xx), never on what a client did; while it is open nothing new is asked, work waits. One probe that only reads
 * then finds out whether the provider is back, and new work starts with one call and doubles.
 */
import {
  breakerFaultsMax,
  breakerOpenMaxMs,
  breakerOpenMs,
  breakerProbeMs,
  breakerRampFull,
} from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';

export type Breaker = {
  name: string;
  /** Counts the writes of this record; each one is conditional on the version before. 0: nothing was ever written. */
  version: number;
  state:
    | { is: 'CLOSED'; faults: number }
    /** Nothing is asked before `probeAt`; then one worker probes. `openings` without a success between make it wait longer. */
    | { is: 'OPEN'; since: Instant; faults: number; openings: number; probeAt: Instant }
    /** The provider is back. `allowed` new calls may be made at once; the number doubles until it is no limit any more. */
    | { is: 'HALF_OPEN'; since: Instant; openings: number; allowed: number };
};

export const closed = (name: string): Breaker => ({
  name,
  version: 0,
  state: { is: 'CLOSED', faults: 0 },
});

/** How a worker's calls went. */
export type Calls = { succeeded: number; faulted: number };

/** What a worker may do now: so many new calls, or probe, or wait until then. */
export type Gate =
  | { gate: 'open'; allowed: number }
  | { gate: 'probe'; claimed: Breaker }
  | { gate: 'shut'; until: Instant };

export function gateOf({ name, version, state }: Breaker, now: Instant): Gate {
  switch (state.is) {
    case 'CLOSED':
      return { gate: 'open', allowed: Number.POSITIVE_INFINITY };
    case 'HALF_OPEN':
      return { gate: 'open', allowed: state.allowed };
    case 'OPEN': {
      if (now < state.probeAt) return { gate: 'shut', until: state.probeAt };
      // The worker whose write of this succeeds probes, and the others wait for it.
      const probeAt = (now + breakerProbeMs) as Instant;
      return {
        gate: 'probe',
        claimed: { name, version: version + 1, state: { ...state, probeAt } },
      };
    }
    default:
      return state satisfies never;
  }
}

/** The breaker after these calls: the same object when they change nothing. */
export function after(breaker: Breaker, { succeeded, faulted }: Calls, now: Instant): Breaker {
  const { name, version, state } = breaker;
  const next = (to: Breaker['state']): Breaker => ({ name, version: version + 1, state: to });
  switch (state.is) {
    case 'CLOSED': {
      // A success among faults shows that the provider answers: only an unbroken row of faults opens the breaker.
      if (succeeded > 0) return state.faults === 0 ? breaker : next({ is: 'CLOSED', faults: 0 });
      if (faulted === 0) return breaker;
      const faults = state.faults + faulted;
      return next(faults >= breakerFaultsMax ? opened(faults, 1, now) : { is: 'CLOSED', faults });
    }
    case 'OPEN':
      // Only a probe calls while it is open.
      if (succeeded > 0)
        return next({ is: 'HALF_OPEN', since: now, openings: state.openings, allowed: 1 });
      return faulted === 0
        ? breaker
        : next(opened(state.faults, state.openings + 1, now, state.since));
    case 'HALF_OPEN': {
      if (faulted > succeeded) return next(opened(faulted, state.openings + 1, now));
      if (succeeded === 0) return breaker;
      const allowed = state.allowed * 2;
      return next(allowed > breakerRampFull ? { is: 'CLOSED', faults: 0 } : { ...state, allowed });
    }
    default:
      return state satisfies never;
  }
}

function opened(faults: number, openings: number, now: Instant, since = now): Breaker['state'] {
  const waitMs = Math.min(breakerOpenMs * 2 ** (openings - 1), breakerOpenMaxMs);
  return { is: 'OPEN', since, faults, openings, probeAt: (now + waitMs) as Instant };
}

/** How much a worker may begin now. */
export type Guard = {
  /** Calls that may be begun now. */
  allowed: number;
  /** When what may not begin now should come again. */
  until: Instant;
  /** Whether the provider is taken to be well: only then does a failure count against the withdrawal that met it. */
  isWell: boolean;
};

/** How long what may not begin now waits while the provider is being tried out again. */
const rampWaitMs = 1_000;

/**
 * What a worker that comes now may do. It may be the one that probes: `probe` asks something that moves nothing, and says
 * whether the provider is well.
 */
export async function enter(
  breaker: Breaker,
  breakers: Breakers,
  clock: Clock,
  probe: () => Promise<boolean>,
): Promise<{ breaker: Breaker; guard: Guard }> {
  const now = clock.now();
  const gate = gateOf(breaker, now);
  const shut = (until: Instant) => ({ breaker, guard: { allowed: 0, until, isWell: false } });
  switch (gate.gate) {
    case 'open': {
      const isWell = gate.allowed === Number.POSITIVE_INFINITY;
      const until = (now + rampWaitMs) as Instant;
      return { breaker, guard: { allowed: gate.allowed, until, isWell } };
    }
    case 'shut':
      return shut(gate.until);
    case 'probe': {
      const { claimed } = gate;
      // Another worker probes already.
      if (!(await breakers.save(claimed))) return shut((now + rampWaitMs) as Instant);
      const answered = await probe();
      const probed = after(
        claimed,
        { succeeded: answered ? 1 : 0, faulted: answered ? 0 : 1 },
        clock.now(),
      );
      const saved = await breakers.save(probed);
      return saved ? enterProbed(probed, clock.now()) : shut((now + rampWaitMs) as Instant);
    }
    default:
      return gate satisfies never;
  }
}

function enterProbed(breaker: Breaker, now: Instant): { breaker: Breaker; guard: Guard } {
  const gate = gateOf(breaker, now);
  const until = gate.gate === 'shut' ? gate.until : ((now + rampWaitMs) as Instant);
  const allowed = gate.gate === 'open' ? gate.allowed : 0;
  return { breaker, guard: { allowed, until, isWell: false } };
}

export type Breakers = {
  /** The breakers that were ever written. They may be a moment old, since `save` is conditional. */
  read(names: readonly string[]): Promise<readonly Breaker[]>;
  /** Answers false, and writes nothing, when the breaker is not at the version before. */
  save(to: Breaker): Promise<boolean>;
};
