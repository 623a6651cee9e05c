/** Makes gates of every operation, and a provider behind them that is away when the test says so. */
import type { Breakers } from '../../lambdas/core/breakers/breaker.ts';
import { after, closed } from '../../lambdas/core/breakers/breaker.ts';
import { makeGates } from '../../lambdas/core/breakers/gates.ts';
import { breakerNames } from '../../lambdas/core/breakers/names.ts';
import { breakerFaultsMax, breakerOpenMs } from '../../lambdas/core/kernel/limits.ts';
import { networks } from '../../lambdas/core/kernel/networks.ts';
import type { Clock } from '../../lambdas/core/kernel/world.ts';
import type { Guarded, Held, Switches } from '../../lambdas/core/switches/switches.ts';
import { at, memoryBreakers } from './things.ts';

/** The answer to a call that a circuit breaker has kept back. */
export const keptBack = (clock: Clock) => ({
  outcome: 'NOT_SENT' as const,
  until: at(clock.now() + breakerOpenMs),
  why: 'the circuit breaker is open',
});

/** Switches that nobody has ever touched. */
export const allOn: Switches = { held: async () => null };

/** Switches that a test turns. `asked` lists what was looked at, in order. */
export function testSwitches() {
  const off = new Map<Guarded, Held>();
  const asked: Guarded[] = [];
  const switches: Switches = {
    held: async (guarded) => {
      asked.push(guarded);
      return off.get(guarded) ?? null;
    },
  };
  const turnOff = (...all: Guarded[]) => {
    for (const one of all) off.set(one, 'switch');
  };
  return { switches, asked, off, turnOff, turnOn: () => off.clear() };
}

export function testGates(clock: Clock, breakers: Breakers = memoryBreakers()) {
  const provider = { isBack: true, probes: 0 };
  const probe = async () => {
    provider.probes += 1;
    return provider.isBack;
  };
  const names = breakerNames(true, networks);
  const gates = makeGates(breakers, clock, Object.fromEntries(names.map((name) => [name, probe])));
  const stateOf = async (name: string) => {
    const [found = closed(name)] = await breakers.read([name]);
    return found;
  };
  /** Opens a breaker by the faults that other workers have met. */
  const open = async (name: string): Promise<void> => {
    const fault = { succeeded: 0, faulted: breakerFaultsMax };
    await breakers.save(after(await stateOf(name), fault, clock.now()));
  };
  return { gates, open, provider, stateOf };
}
