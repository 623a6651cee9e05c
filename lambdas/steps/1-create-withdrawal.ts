/** POST /v1/withdrawals → requested. One conditional Put; the same key again answers with what it created. */

import { alpacaAccount } from '../adapters/alpaca-account.ts';
import { apiHandler } from '../api/http.ts';
import type { Handlers } from '../api/perform.ts';
import { bootAccept, brokerageConfig, explorers } from '../boot.ts';
import { bootBrokerageGates, brokerageCalls } from '../boot-gates.ts';
import { makeAcceptWithdrawal } from '../core/accept.ts';
import { unlessShut } from '../core/brokerage-check.ts';
import { isProblem } from '../core/problem.ts';
import { resourceOf } from '../core/resource.ts';

const shownBy = explorers();
const config = await brokerageConfig();
const gates = await bootBrokerageGates();
const accept = makeAcceptWithdrawal({
  ...(await bootAccept()),
  brokerage: config && unlessShut(alpacaAccount(config, brokerageCalls(gates)), gates),
});

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

export const handler = apiHandler(handlers);
