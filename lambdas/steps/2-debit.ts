/** requested → reserved | rejected: a wallet's inbox is applied to its balance, in order. */
import { bootStore, clock } from '../boot.ts';
import { makeDebit } from '../core/debit.ts';
import { isWalletId } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();

export const handler = stepHandler('debit', async (ids, budget) => {
  const debit = makeDebit(store, clock, budget);
  const ends = await Promise.all(ids.filter(isWalletId).map(debit));
  return ends.includes('unfinished') ? 'unfinished' : 'done';
});
