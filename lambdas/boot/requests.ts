/** Builds what accepts requests and lists resources. */
import { dynamoLists } from '../adapters/dynamo/lists.ts';
import { dynamoRequests } from '../adapters/dynamo/requests.ts';
import type { AccountId } from '../core/brokerage/brokerage.ts';
import type { AcceptWorld } from '../core/requests/accept.ts';
import { tellingRequests } from '../core/requests/telling.ts';
import { bootSecret, told } from './environment.ts';
import { whatIsPayable } from './networks.ts';
import { amountLimits, keyTtlMs, pollMs } from './settings.ts';
import { alpacaAccounts, idSecret } from './settings-table.ts';
import { bootStore } from './store.ts';
import { database, tables } from './tables.ts';
import { clock } from './world.ts';

export const bootLists = () => dynamoLists(database(), tables());

export const bootRequests = () => dynamoRequests(database(), tables(), pollMs());

export async function bootAccept(): Promise<AcceptWorld> {
  return {
    requests: tellingRequests(bootRequests()),
    store: bootStore(),
    clock,
    idSecret: await bootSecret(idSecret.name),
    keyTtlMs: keyTtlMs(),
    limits: amountLimits(),
    dueAfterMs: pollMs(),
    networks: whatIsPayable(),
  };
}

/** The tenant that owns each brokerage account. Wallets can only be made on an account of one's own. */
export const brokerageOwners = (): ReadonlyMap<AccountId, string> =>
  told(alpacaAccounts) ?? new Map();
