/** Creates withdrawals for POST /v1/withdrawals and for GraphQL. A repeated key is answered with what it created. */
import { explorers } from '../../boot/networks.ts';
import { bootNewWithdrawals } from '../../boot/new-withdrawals.ts';
import { makeAcceptWithdrawal } from '../../core/requests/accept.ts';
import { isProblem } from '../../core/requests/problem.ts';
import { resourceOf } from '../../core/requests/resource.ts';
import type { Handlers } from '../perform.ts';

const shownBy = explorers();
const { world, gates } = await bootNewWithdrawals();
const accept = makeAcceptWithdrawal(world);

export const handlers = {
  createWithdrawal: async ({ tenant, key, body }) => {
    const accepted = await gates.during(() => accept(tenant, key, body));
    if (isProblem(accepted)) return accepted;
    const { item, replayed } = accepted;
    const location = `/v1/withdrawals/${item.id}`;
    return {
      status: replayed ? 200 : 202,
      body: resourceOf(item, shownBy),
      headers: { location, ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
    };
  },
} satisfies Handlers;
