/** Serves wallets, the credits and debits that clients make on them, and their ledger. */
import { randomBytes } from 'node:crypto';
import { bootAccept, bootLists, brokerageOwners } from '../../boot/requests.ts';
import { clock } from '../../boot/world.ts';
import {
  isTransactionId,
  isWalletId,
  isWithdrawalId,
  randomId,
  type WalletId,
} from '../../core/kernel/ids.ts';
import { type Balance, emptyBalance } from '../../core/ledger/ledger.ts';
import type { Wallet } from '../../core/ledger/wallet.ts';
import { makeAcceptTransaction } from '../../core/requests/accept.ts';
import { pageOf, type Source } from '../../core/requests/page.ts';
import { isProblem, type Problem, refuse, refuseField } from '../../core/requests/problem.ts';
import {
  entryResourceOf,
  operationResourceOf,
  transactionResourceOf,
  walletResourceOf,
} from '../../core/requests/resource.ts';
import { apiHandler } from '../http.ts';
import type { Handlers, Reply } from '../perform.ts';

const world = await bootAccept();
const acceptTransaction = makeAcceptTransaction(world);
const { requests } = world;
const lists = bootLists();
const owners = brokerageOwners();

const noWallet = refuse('NOT_FOUND', 'There is no such wallet.');
const noTransaction = refuse('NOT_FOUND', 'There is no such transaction of this wallet.');
const noOperation = refuse('NOT_FOUND', 'There is no such operation of this wallet.');

/** The tenant's own wallet. Another tenant's is answered like one that does not exist. */
async function find(
  tenant: string,
  id: string,
): Promise<{ wallet: Wallet; balance: Balance } | Problem> {
  const found = isWalletId(id) ? await requests.wallet(id) : null;
  return found !== null && found.wallet.tenant === tenant ? found : noWallet;
}

/** The reply with one page of a list. */
async function listed<T>(
  name: object,
  page: { limit: number; cursor?: string | undefined },
  source: Source<T>,
  resourceOf: (item: T) => unknown,
): Promise<Reply | Problem> {
  const found = await pageOf(name, page, { source, show: resourceOf });
  return isProblem(found) ? found : { status: 200, body: found };
}

export const handlers = {
  createWallet: async ({ tenant, body }) => {
    const { funding, currency } = body;
    if (funding.type === 'alpaca') {
      if (owners.get(funding.accountId) !== tenant)
        return refuseField('NOT_FOUND', '#/funding/accountId', 'There is no such account.');
      if (currency !== 'USD')
        return refuseField('CURRENCY_MISMATCH', '#/currency', 'A brokerage account is in USD.');
    }
    const now = clock.now();
    const id: WalletId = `wal_${randomId(randomBytes(17))}`;
    const wallet: Wallet = {
      id,
      tenant,
      ...body,
      status: 'ACTIVE',
      inboxShards: 1,
      listShards: 1,
      createdAt: now,
      updatedAt: now,
    };
    await requests.createWallet(wallet);
    const location = `/v1/wallets/${id}`;
    return {
      status: 201,
      body: walletResourceOf(wallet, emptyBalance(id)),
      headers: { location },
    };
  },
  listWallets: async ({ tenant, query }) => {
    const source = lists.walletsOf(tenant);
    const page = await pageOf({ list: 'wallets', tenant }, query, { source, show: (one) => one });
    if (isProblem(page)) return page;
    const balances = await requests.balances(page.data.map(({ id }) => id));
    const data = page.data.map((wallet) =>
      walletResourceOf(wallet, balances.get(wallet.id) ?? emptyBalance(wallet.id)),
    );
    return { status: 200, body: { ...page, data } };
  },
  getWallet: async ({ tenant, path }) => {
    const found = await find(tenant, path.walletId);
    if (isProblem(found)) return found;
    return { status: 200, body: walletResourceOf(found.wallet, found.balance) };
  },
  updateWallet: async ({ tenant, path, body }) => {
    for (;;) {
      const found = await find(tenant, path.walletId);
      if (isProblem(found)) return found;
      const { wallet, balance } = found;
      const to: Wallet = { ...wallet, status: body.status, updatedAt: clock.now() };
      const done = to.status === wallet.status || (await requests.updateWallet(wallet, to));
      const now = to.status === wallet.status ? wallet : to;
      if (done) return { status: 200, body: walletResourceOf(now, balance) };
      // Somebody else changed the wallet in between, so it is read again.
    }
  },
  createWalletTransaction: async ({ tenant, by, path, body, key }) => {
    const { walletId } = path;
    const accepted = await acceptTransaction({ tenant, by, walletId, key }, body);
    if (isProblem(accepted)) return accepted;
    const { item, replayed } = accepted;
    const location = `/v1/wallets/${walletId}/transactions/${item.id}`;
    return {
      status: replayed ? 200 : 202,
      body: transactionResourceOf(item),
      headers: { location, ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
    };
  },
  listWalletTransactions: async ({ tenant, path, query }) => {
    const found = await find(tenant, path.walletId);
    if (isProblem(found)) return found;
    const { id } = found.wallet;
    const name = { list: 'transactions', id };
    return listed(name, query, lists.transactionsOf(id), transactionResourceOf);
  },
  getWalletTransaction: async ({ tenant, path: { walletId, transactionId } }) => {
    const found = await find(tenant, walletId);
    if (isProblem(found)) return found;
    const transaction = isTransactionId(transactionId)
      ? await requests.transaction(transactionId)
      : null;
    return transaction?.walletId === walletId
      ? { status: 200, body: transactionResourceOf(transaction) }
      : noTransaction;
  },
  getWalletOperation: async ({ tenant, path: { walletId, id } }) => {
    const found = await find(tenant, walletId);
    if (isProblem(found)) return found;
    const operation = isTransactionId(id)
      ? await requests.transaction(id)
      : isWithdrawalId(id)
        ? await requests.withdrawal(id)
        : null;
    return operation?.walletId === walletId
      ? { status: 200, body: operationResourceOf(operation) }
      : noOperation;
  },
  listWalletEntries: async ({ tenant, path, query: { order, ...page } }) => {
    const found = await find(tenant, path.walletId);
    if (isProblem(found)) return found;
    const { id, currency } = found.wallet;
    const source = lists.entriesOf(id, order);
    return listed({ list: 'entries', id, order }, page, source, (entry) =>
      entryResourceOf(entry, currency),
    );
  },
} satisfies Handlers;

export const handler = apiHandler(handlers);
