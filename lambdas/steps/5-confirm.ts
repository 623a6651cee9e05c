/** broadcast → confirmed: the chain gives its final verdict. */
import { bootNodeGates } from '../boot/nodes.ts';
import { bootRailViews } from '../boot/rails.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStoreOfMany } from '../boot/store.ts';
import { clock } from '../boot/world.ts';
import { isWithdrawalId } from '../core/kernel/ids.ts';
import { makeConfirm } from '../core/payout/confirm.ts';

const gates = bootNodeGates();
const store = bootStoreOfMany();
const world = { store, rails: bootRailViews(gates, store), clock, gates };

export const handler = stepHandler('confirm', (ids, budget) =>
  makeConfirm({ ...world, budget })(ids.filter(isWithdrawalId)),
);
