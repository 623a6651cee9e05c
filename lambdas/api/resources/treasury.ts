/** Where our money stands on each network, for operators. */
import { setTimeout as sleep } from 'node:timers/promises';
import { payableRoutes } from '../../boot/networks.ts';
import { bootNodeGates } from '../../boot/nodes.ts';
import { bootMoneys } from '../../boot/rails.ts';
import { bootStore } from '../../boot/store.ts';
import { oldestOpen } from '../../boot/treasury.ts';
import { clock } from '../../boot/world.ts';
import { treasuryOf } from '../../core/operations/treasury.ts';
import { apiHandler } from '../http.ts';

const gates = bootNodeGates();
const store = bootStore();

/** One that does not answer within this is unknown for now, and the others are told. */
const patienceMs = 2_500;

const world = {
  ...{ store, clock, open: oldestOpen, routes: payableRoutes() },
  money: bootMoneys(gates, store),
  inTime: <T>(work: Promise<T>): Promise<T | 'late'> =>
    Promise.race([work, sleep(patienceMs, 'late' as const)]),
};

export const handler = apiHandler({
  getTreasury: async () => ({
    status: 200,
    body: await gates.during(() => treasuryOf(world)),
  }),
});
