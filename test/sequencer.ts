/**
 * The order in which suites begin: those that take longest first, so that none of them is left to run alone at the end.
 * Jest itself knows how long a suite takes only after it has run one, which a fresh clone has not.
 */
import { statSync } from 'node:fs';
import path from 'node:path';

type Suite = { path: string };

/** By how long they take; what is not here takes less than six seconds. */
const longest = [
  'sim/sim',
  'sim/planted',
  // Its counts are budgets: it had better not run beside what takes the processors.
  'e2e/budget',
  'e2e/api',
  'e2e/clients',
  'e2e/readme',
  'e2e/kill',
  'e2e/operations',
  'e2e/console',
  'sim/small-worlds',
  'sim/busy-wallet',
  'sim/alarms',
  'e2e/outage',
  'e2e/wire',
  'e2e/authentication',
  'e2e/faults',
  'e2e/endings',
  'local/queue-source',
  'lib/stack',
  'core/solana-payout',
  'adapters/reconcile-wires',
  'simulators/due-outage',
  'e2e/budget-webhooks',
  'local/run',
  'core/wire-once',
  'adapters/evm-nodes',
  'adapters/solana',
  'adapters/reconcile-brokerage',
  'adapters/dynamo-webhooks',
  'core/debits-side-by-side',
  'local/stream-source',
  'adapters/due-faults',
  'simulators/due-payments',
].map((name) => path.join(import.meta.dirname, `${name}.test.ts`));

// A suite that is named here and has moved would begin wherever its size puts it.
for (const file of longest) statSync(file);

const placeOf = ({ path: file }: Suite): number => {
  const place = longest.indexOf(file);
  return place < 0 ? longest.length : place;
};

export default class Sequencer {
  /** Of those that take less long, the larger files first: that is Jest's own guess. */
  sort<S extends Suite>(suites: readonly S[]): S[] {
    const sized = suites.map((suite) => ({ suite, size: statSync(suite.path).size }));
    return sized
      .toSorted((a, b) => placeOf(a.suite) - placeOf(b.suite) || b.size - a.size)
      .map(({ suite }) => suite);
  }
  /** Jest tells how long each has taken, which is nothing to go by: it depends on what ran beside it. */
  cacheResults(): void {}
}
