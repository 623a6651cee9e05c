/** Wallets, and the credits and debits that clients make on them. */
import { randomBytes } from 'node:crypto';
import { bootAccept, clock } from '../boot.ts';
import { makeAcceptTransaction } from '../core/accept.ts';
import { isTransactionId, isWalletId, randomId, type WalletId } from '../core/ids.ts';
import { emptyBalance } from '../core/ledger.ts';
import { isProblem, refuse } from '../core/problem.ts';
import { CreateTransaction, CreateWallet } from '../core/request-schemas.ts';
import { transactionResourceOf, walletResourceOf } from '../core/resource.ts';
import type { Wallet } from '../core/wallet.ts';
import { apiHandler, idempotencyKey } from './http.ts';

const world = await bootAccept();
const acceptTransaction = makeAcceptTransaction(world);
const { requests } = world;

const noWallet = refuse('NOT_FOUND', 'There is no such wallet.');
const noTransaction = refuse('NOT_FOUND', 'There is no such transaction of this wallet.');

export const handler = apiHandler({
  'POST /v1/wallets': {
    scope: 'wallets:write',
    handle: async (call) => {
      const body = call.body(CreateWallet);
      if (isProblem(body)) return body;
      const now = clock.now();
      const id: WalletId = `wal_${randomId(randomBytes(17))}`;
      const wallet: Wallet = {
        id,
        tenant: call.tenant,
        ...body.value,
        status: 'ACTIVE',
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
  },
  'GET /v1/wallets/{walletId}': {
    scope: 'wallets:read',
    handle: async (call) => {
      const id = call.path('walletId');
      const found = isWalletId(id) ? await requests.wallet(id) : null;
      if (found === null || found.wallet.tenant !== call.tenant) return noWallet;
      return { status: 200, body: walletResourceOf(found.wallet, found.balance) };
    },
  },
  'POST /v1/wallets/{walletId}/transactions': {
    scope: 'wallets:write',
    handle: async (call) => {
      const key = idempotencyKey(call);
      if (isProblem(key)) return key;
      const body = call.body(CreateTransaction);
      if (isProblem(body)) return body;
      const walletId = call.path('walletId');
      const accepted = await acceptTransaction(call.tenant, walletId, key.key, body.value);
      if (isProblem(accepted)) return accepted;
      const { item, replayed } = accepted;
      const location = `/v1/wallets/${walletId}/transactions/${item.id}`;
      return {
        status: replayed ? 200 : 202,
        body: transactionResourceOf(item),
        headers: { location, ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
      };
    },
  },
  'GET /v1/wallets/{walletId}/transactions/{transactionId}': {
    scope: 'wallets:read',
    handle: async (call) => {
      const walletId = call.path('walletId');
      const id = call.path('transactionId');
      if (!isWalletId(walletId) || !isTransactionId(id)) return noTransaction;
      const { existing, wallet } = await requests.transactionAndWallet(id, walletId);
      if (wallet === null || wallet.tenant !== call.tenant) return noWallet;
      if (existing === null || existing.walletId !== walletId) return noTransaction;
      return { status: 200, body: transactionResourceOf(existing) };
    },
  },
});
