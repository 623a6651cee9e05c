/** requested → reserved | rejected: a wallet's inbox is applied to its balance, or taken to its brokerage, in order. */
import { bootBrokerage, bootStore, clock, dice } from '../boot.ts';
import { bootBrokerageGates, brokerageCalls } from '../boot-gates.ts';
import { all } from '../core/all.ts';
import { withBrokerage } from '../core/brokerage-debit.ts';
import { followDebits } from '../core/brokerage-follow.ts';
import { makeGatedDebit } from '../core/gated-debit.ts';
import { isWalletId, isWithdrawalId } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();
const gates = await bootBrokerageGates();
const brokerage = await bootBrokerage(brokerageCalls(gates));

export const handler = stepHandler('debit', (ids, budget) =>
  gates.during(async () => {
    const world = { store, brokerage, clock, dice, budget };
    const debit = makeGatedDebit({ ...world, gates });
    const ends = await all(ids.filter(isWalletId).map(debit));
    const waiting = ids.filter(isWithdrawalId);
    if (waiting.length > 0) await followDebits(withBrokerage(world), waiting);
    return ends.includes('unfinished') ? 'unfinished' : 'done';
  }),
);
