/** Every five minutes: what no change tells of is looked at, and published. It changes nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamoStats } from '../adapters/dynamo/stats.ts';
import { hasBrokerage } from '../boot/brokerage.ts';
import { bootBreakers } from '../boot/gates.ts';
import { payableNetworks, payableRoutes } from '../boot/networks.ts';
import { bootNodeGates } from '../boot/nodes.ts';
import { logger, observed, publish } from '../boot/observe.ts';
import { bootMoneys } from '../boot/rails.ts';
import { bootStore } from '../boot/store.ts';
import { database, tables } from '../boot/tables.ts';
import { lowBelow, oldestOpen } from '../boot/treasury.ts';
import { clock } from '../boot/world.ts';
import { breakerNames } from '../core/breakers/names.ts';
import { breakersOf, type GaugeWorld, gaugesOf } from '../core/operations/gauges.ts';
import { gaugePatienceMs } from '../core/operations/limits.ts';

const gates = bootNodeGates();
const networks = payableNetworks();
const names = breakerNames(hasBrokerage(), networks);
const breakers = bootBreakers();
const world: GaugeWorld = {
  ...{ routes: payableRoutes(), clock, open: oldestOpen },
  counted: dynamoStats(database(), tables()).soFar,
  money: bootMoneys(gates, bootStore()),
  treasuryLow: lowBelow(),
  inTime: (work) => Promise.race([work, sleep(gaugePatienceMs, 'late' as const)]),
};

export const handler = observed(async (): Promise<void> => {
  const money = await gates.during(() => gaugesOf(world));
  const open = breakersOf(await breakers.read(names), networks);
  publish([...money.measures, ...open.measures]);
  for (const { says, facts } of [...money.alerts, ...open.alerts]) logger.warn(says, facts);
});
