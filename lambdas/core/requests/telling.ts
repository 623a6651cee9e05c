/** Requests that are told of once they are accepted. */
import { tellOfMove, tellOfTransaction } from '../store/telling.ts';
import type { Requests } from './store.ts';

export const tellingRequests = (requests: Requests): Requests => ({
  ...requests,
  createWithdrawal: async (withdrawal, together, shards) => {
    const answer = await requests.createWithdrawal(withdrawal, together, shards);
    if (answer === null) tellOfMove(null, withdrawal);
    return answer;
  },
  createTransaction: async (transaction, shards) => {
    const earlier = await requests.createTransaction(transaction, shards);
    if (earlier === null) tellOfTransaction(transaction);
    return earlier;
  },
});
