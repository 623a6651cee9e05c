/** What a client can see of a withdrawal. */
import { bootRequests } from '../boot.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { isProblem, type Problem, refuse } from '../core/problem.ts';
import { resourceOf, timelineOf } from '../core/resource.ts';
import type { Withdrawal } from '../core/withdrawal.ts';
import { apiHandler, type Call } from './http.ts';

const requests = bootRequests();

/** The tenant's own withdrawal. Another tenant's does not exist. */
async function find(call: Call): Promise<Withdrawal | Problem> {
  const id = call.path('id');
  const withdrawal = isWithdrawalId(id) ? await requests.withdrawal(id) : null;
  return withdrawal !== null && withdrawal.tenant === call.tenant
    ? withdrawal
    : refuse('NOT_FOUND', 'There is no such withdrawal.');
}

export const handler = apiHandler({
  'GET /v1/withdrawals/{id}': {
    scope: 'withdrawals:read',
    handle: async (call) => {
      const found = await find(call);
      return isProblem(found) ? found : { status: 200, body: resourceOf(found) };
    },
  },
  'GET /v1/withdrawals/{id}/events': {
    scope: 'withdrawals:read',
    handle: async (call) => {
      const found = await find(call);
      return isProblem(found) ? found : { status: 200, body: timelineOf(found) };
    },
  },
});
