/** requested → reserved | rejected: a wallet's inbox is applied to its balance, or taken to its brokerage, in order. */
import { bootBrokerage, bootStore, clock, dice } from '../boot.ts';
import { withBrokerage } from '../core/brokerage-debit.ts';
import { followDebits } from '../core/brokerage-follow.ts';
import { makeDebit } from '../core/debit.ts';
import { isWalletId, isWithdrawalId } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();
const brokerage = await bootBrokerage();

export const handler = stepHandler('debit', async (ids, budget) => {
  const world = { store, brokerage, clock, dice, budget };
  const ends = await Promise.all(ids.filter(isWalletId).map(makeDebit(world)));
  const waiting = ids.filter(isWithdrawalId);
  if (waiting.length > 0) await followDebits(withBrokerage(world), waiting);
  return ends.includes('unfinished') ? 'unfinished' : 'done';
});
