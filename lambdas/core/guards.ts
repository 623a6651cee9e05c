/** The circuit breakers of one provider around one invocation of a step: read before, counted meanwhile, written after. */
import { after, type Breaker, type Calls, closed, gateOf } from './breaker.ts';
import type { Instant } from './ids.ts';
import type { Breakers, Clock } from './ports.ts';

export type Guard = {
  /** Calls that may be begun now. */
  allowed: number;
  /** When to come again, for what may not begin now. */
  until: Instant;
  /** Whether the provider is taken to be well: only then does a failure count against the withdrawal that met it. */
  isWell: boolean;
};

export type Guards = {
  /** How many of `wanted` calls may be begun now, each of which needs all these operations. They count as begun. */
  begin(wanted: number, ...operations: string[]): Guard;
  count(operation: string, outcome: 'succeeded' | 'faulted'): void;
  /** Writes what the counted calls say of the provider. */
  report(): Promise<void>;
};

/** How long what may not begin now waits while the provider is being tried out again. */
const rampWaitMs = 1_000;

/** `probe` asks the provider something that moves nothing, and says whether it answered. */
export async function guardsFor(
  breakers: Breakers,
  clock: Clock,
  operations: readonly string[],
  probe: () => Promise<boolean>,
): Promise<Guards> {
  const found = new Map((await breakers.read(operations)).map((one) => [one.name, one]));
  const calls = new Map<string, Calls>();
  const states = new Map<string, { breaker: Breaker; guard: Guard }>();
  for (const name of operations)
    states.set(name, await enter(found.get(name) ?? closed(name), breakers, clock, probe));

  return {
    begin: (wanted, ...names) => {
      const guards = names.flatMap((name) => states.get(name)?.guard ?? []);
      const allowed = Math.min(wanted, ...guards.map((guard) => guard.allowed));
      for (const guard of guards) guard.allowed -= allowed;
      return {
        allowed,
        until: Math.max(...guards.map(({ until }) => until)) as Instant,
        isWell: guards.every(({ isWell }) => isWell),
      };
    },
    count: (name, outcome) => {
      const so = calls.get(name) ?? { succeeded: 0, faulted: 0 };
      calls.set(name, { ...so, [outcome]: so[outcome] + 1 });
    },
    report: async () => {
      for (const [name, counted] of calls) {
        const state = states.get(name);
        if (state === undefined) throw new Error(`no breaker ${name}`);
        const next = after(state.breaker, counted, clock.now());
        // Refused: another worker has said the same, or knows better by now.
        if (next !== state.breaker) await breakers.save(next);
      }
    },
  };
}

/** What a worker that comes now may do; it may be the one that probes. */
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
