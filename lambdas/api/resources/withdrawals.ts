/** Shows withdrawals, and cancels or takes them up again. */
import { bootBatches } from '../../boot/batches.ts';
import { explorers } from '../../boot/networks.ts';
import { bootAccept, bootLists } from '../../boot/requests.ts';
import { bootStore } from '../../boot/store.ts';
import { bootSwitches } from '../../boot/switches.ts';
import { isWithdrawalId } from '../../core/kernel/ids.ts';
import { makeCancel } from '../../core/requests/cancel.ts';
import { makeListWithdrawals } from '../../core/requests/list.ts';
import { isProblem, type Problem, refuse } from '../../core/requests/problem.ts';
import { resourceOf, timelineOf } from '../../core/requests/resource.ts';
import { makeTakeUp } from '../../core/requests/take-up.ts';
import { stages, type Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import { apiHandler } from '../http.ts';
import type { Handlers, Reply } from '../perform.ts';

const shownBy = explorers();
const store = bootStore();
const world = await bootAccept();
const list = makeListWithdrawals(
  { ...world, store, lists: bootLists(), batches: bootBatches() },
  (one) => resourceOf(one, shownBy),
);
const cancel = makeCancel(store, world.clock);
const takeUp = makeTakeUp({ ...world, store, switches: bootSwitches() });

/** The tenant's own withdrawal. Another tenant's is answered like one that does not exist. */
async function find(tenant: string, id: string): Promise<Withdrawal | Problem> {
  const withdrawal = isWithdrawalId(id) ? await world.requests.withdrawal(id) : null;
  return withdrawal !== null && withdrawal.tenant === tenant
    ? withdrawal
    : refuse('NOT_FOUND', 'There is no such withdrawal.');
}

/** A handler that does `action` to the tenant's own withdrawal. It answers 202 while something has still to happen. */
const act =
  (action: (id: Withdrawal['id']) => Promise<Withdrawal | Problem>) =>
  async ({
    tenant,
    path: { id },
  }: {
    tenant: string;
    path: { id: string };
  }): Promise<Reply | Problem> => {
    const found = await find(tenant, id);
    const answer = isProblem(found) ? found : await action(found.id);
    if (isProblem(answer)) return answer;
    const ended = stages[answer.stage].step === null;
    return { status: ended ? 200 : 202, body: resourceOf(answer, shownBy) };
  };

export const handlers = {
  listWithdrawals: async ({ tenant, query }) => {
    const { limit, cursor, ...filters } = query;
    const page = await list(tenant, filters, { limit, cursor });
    return isProblem(page) ? page : { status: 200, body: page };
  },
  getWithdrawal: async ({ tenant, path }) => {
    const found = await find(tenant, path.id);
    return isProblem(found) ? found : { status: 200, body: resourceOf(found, shownBy) };
  },
  getWithdrawalEvents: async ({ tenant, path }) => {
    const found = await find(tenant, path.id);
    return isProblem(found) ? found : { status: 200, body: timelineOf(found) };
  },
  retryWithdrawal: act(takeUp),
  cancelWithdrawal: act(cancel),
} satisfies Handlers;

export const handler = apiHandler(handlers);
