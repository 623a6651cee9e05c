/** Creates batches of withdrawals, and shows how far each has come. */
import { bootBatches, bootLineBuckets, everLater, lineRate } from '../../boot/batches.ts';
import { explorers } from '../../boot/networks.ts';
import { bootNewWithdrawals } from '../../boot/new-withdrawals.ts';
import { bootStore } from '../../boot/store.ts';
import { clock } from '../../boot/world.ts';
import { batchHandlers } from '../batches.ts';
import { apiHandler } from '../http.ts';

const { world, gates } = await bootNewWithdrawals(everLater());

export const handler = apiHandler(
  batchHandlers({
    accepting: world,
    gates,
    clock,
    store: bootStore(),
    batches: bootBatches(),
    allowance: { buckets: bootLineBuckets(), rate: lineRate() },
    explorers: explorers(),
  }),
);
