/** Where our money stands on each network, for operators. */
import { setTimeout as sleep } from 'node:timers/promises';
import { payableNetworks } from '../../boot/networks.ts';
import { bootNodeGates } from '../../boot/nodes.ts';
import { bootStore } from '../../boot/store.ts';
import { chainsThrough, lanesOf, oldestOpen } from '../../boot/treasury.ts';
import { clock } from '../../boot/world.ts';
import { treasuryOf } from '../../core/operations/treasury.ts';
import { apiHandler } from '../http.ts';

const gates = bootNodeGates();
const store = bootStore();

/** One that does not answer within this is unknown for now, and the others are told. */
const patienceMs = 2_500;

const world = {
  ...{ store, clock, open: oldestOpen, networks: payableNetworks(), lanes: lanesOf },
  chain: chainsThrough(gates, store),
  inTime: <T>(work: Promise<T>): Promise<T | 'late'> =>
    Promise.race([work, sleep(patienceMs, 'late' as const)]),
};

export const handler = apiHandler({
  getTreasury: async () => ({
    status: 200,
    body: await gates.during(() => treasuryOf(world)),
  }),
});
