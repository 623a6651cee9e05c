/** What operators see of circuit breakers. */
import type { Breaker } from '../breakers/breaker.ts';
import { timeOf } from '../kernel/time.ts';

export function breakerResourceOf({ name, state }: Breaker) {
  const at = name.lastIndexOf(' ');
  return {
    provider: name.slice(0, at),
    operation: name.slice(at + 1),
    state: state.is,
    since: state.is === 'CLOSED' ? null : timeOf(state.since),
    failures: state.is === 'HALF_OPEN' ? 0 : state.faults,
  };
}
