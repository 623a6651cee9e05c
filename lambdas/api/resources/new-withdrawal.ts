/** Creates withdrawals for POST /v1/withdrawals and for GraphQL. A repeated key is answered with what it created. */
import { alpacaAccount } from '../../adapters/alpaca/account.ts';
import { bootBrokerageGates, brokerageCalls, brokerageConfig } from '../../boot/brokerage.ts';
import { explorers } from '../../boot/networks.ts';
import { bootAccept } from '../../boot/requests.ts';
import { bootSwitches } from '../../boot/switches.ts';
import { makeAcceptWithdrawal } from '../../core/requests/accept.ts';
import { unlessShut } from '../../core/requests/account-check.ts';
import { isProblem } from '../../core/requests/problem.ts';
import { resourceOf } from '../../core/requests/resource.ts';
import type { Handlers } from '../perform.ts';

const shownBy = explorers();
const config = await brokerageConfig();
const gates = await bootBrokerageGates();
const accept = makeAcceptWithdrawal({
  ...(await bootAccept()),
  switches: bootSwitches(),
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
