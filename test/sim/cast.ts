/** The clients of a run: they make wallets, ask for withdrawals, and change their minds. */
import { getAddress } from 'viem';
import type { Client } from './client.ts';
import type { Random } from './random.ts';
import { brokerageAccounts, network, receiverOf, type Stage } from './stage.ts';
import { wait } from './world.ts';

export type Cast = {
  stage: Stage;
  random: Random;
  /** Wallets are made before anything fails: a client that does not know whether it has made one makes another. */
  wallet(tenant: Tenant, kind: WalletKind, credit?: string): Promise<Wallet>;
  /** Its inbox, or the list of its withdrawals, has so many parts from now on, as that of a busy one gets. */
  grow(wallet: Wallet, of: 'inboxShards' | 'listShards', parts: number): void;
  /** Where this tenant's events are told. */
  endpoint(tenant: Tenant): Promise<string>;
  /** From here on calls may fail. */
  begin(): void;
  withdraw(wallet: Wallet, wanted: Wanted): Promise<string>;
  /** Many at once, in one batch under this key. */
  withdrawAll(wallet: Wallet, key: string, all: readonly Wanted[]): Promise<string[]>;
  act(wallet: Wallet, id: string, operation: 'cancelWithdrawal' | 'retryWithdrawal'): Promise<void>;
  /** Two operators have its signed payout cancelled on chain; how the second of them was answered. */
  cancelPayout(id: string): Promise<number>;
  /** The kinds of the differences that reconciliation finds now; null: it could not look. */
  reconcile(): Promise<string[] | null>;
  wait(ms: number): Promise<void>;
  until(holds: () => boolean): Promise<void>;
};
export type Tenant = keyof typeof brokerageAccounts;
export type WalletKind = 'USD' | 'USDC' | 'ETH' | 'brokerage';
export type Wallet = { id: string; kind: WalletKind; client: Client };
export type Wanted = {
  amount: string;
  key: string;
  /** Stages in which it may end when no call fails. */
  ends: readonly string[];
  /** And when one does, so that clients come too late. */
  orLate?: readonly string[];
  to?: string;
  maxRetries?: number;
};

export const anyAddress = (random: Random): string =>
  getAddress(`0x${Array.from({ length: 40 }, () => random.between(0, 15).toString(16)).join('')}`);

export type Ordered = Wanted & { to: string; wallet: Wallet };
export type Register = {
  /** Before it is sent. */
  asked(order: Ordered): void;
  /** When a client was told that it was taken. */
  accepted(id: string, order: Ordered): void;
};

/** The clients of a run. */
export function castOf(stage: Stage, random: Random, begin: () => void, register: Register): Cast {
  return {
    stage,
    random,
    begin,
    reconcile: stage.reconcile,
    wait: (ms) => wait(stage.world, ms),
    until: async (holds) => {
      while (!holds() && !stage.isOver()) await wait(stage.world, 250);
    },
    wallet: async (tenant, kind, credit) => {
      const client = stage.client(tenant);
      const funding =
        kind === 'brokerage'
          ? { type: 'alpaca', accountId: brokerageAccounts[tenant] }
          : { type: 'ledger' };
      const currency = kind === 'brokerage' ? 'USD' : kind;
      const made = await client.call('createWallet', { body: { currency, funding } });
      if (made.status !== 201) throw new Error(`wallet: ${JSON.stringify(made)}`);
      const wallet: Wallet = { id: String(made.body['id']), kind, client };
      if (credit === undefined) return wallet;
      const credited = await client.call('createWalletTransaction', {
        path: { walletId: wallet.id },
        body: { type: 'CREDIT', amount: credit },
        key: 'credit',
      });
      if (credited.status !== 202) throw new Error(`credit: ${JSON.stringify(credited)}`);
      return wallet;
    },
    grow: ({ id }, of, parts) => {
      const grown = {
        TableName: 'money',
        Key: { pk: { S: `WAL#${id}` }, sk: { S: 'WALLET' } },
        UpdateExpression: 'SET #of = :parts',
        ExpressionAttributeNames: { '#of': of },
        ExpressionAttributeValues: { ':parts': { N: String(parts) } },
      };
      while (stage.dynamodb.execute('UpdateItem', grown).status !== 200);
      stage.world.tell('writer', `${id} has ${of} ${parts}`);
    },
    endpoint: async (tenant) => {
      const body = { url: `https://${receiverOf(tenant)}/events`, events: ['*'] };
      const made = await stage.client(tenant).call('createWebhookEndpoint', { body });
      if (made.status !== 201) throw new Error(`endpoint: ${JSON.stringify(made)}`);
      return String(made.body['id']);
    },
    withdraw: async (wallet, { to = anyAddress(random), ...wanted }) => {
      const { amount, key, maxRetries } = wanted;
      const order = { ...wanted, to, wallet };
      register.asked(order);
      const made = await wallet.client.call('createWithdrawal', {
        body: {
          walletId: wallet.id,
          amount,
          asset: wallet.kind === 'ETH' ? 'ETH' : 'USDC',
          network,
          destinationAddress: to,
          ...(maxRetries === undefined ? {} : { maxRetries }),
        },
        key,
      });
      if (made.status !== 202 && made.status !== 200)
        throw new Error(`withdrawal: ${JSON.stringify(made)}`);
      const id = String(made.body['id']);
      register.accepted(id, order);
      return id;
    },
    withdrawAll: async (wallet, key, all) => {
      const orders = all.map((wanted) => ({
        ...wanted,
        to: wanted.to ?? anyAddress(random),
        wallet,
      }));
      for (const order of orders) register.asked(order);
      const withdrawals = orders.map((order) => ({
        ...{ key: order.key, walletId: wallet.id, amount: order.amount, asset: 'USDC', network },
        destinationAddress: order.to,
      }));
      const sent = { body: { withdrawals }, key };
      const made = await wallet.client.call('createWithdrawalBatch', sent);
      if (made.status !== 202 && made.status !== 200)
        throw new Error(`batch: ${JSON.stringify(made)}`);
      const results = made.body['results'] as { status: number; withdrawal?: { id: string } }[];
      return orders.map((order, index) => {
        const id = results[index]?.withdrawal?.id;
        if (id === undefined) throw new Error(`line: ${JSON.stringify(results[index])}`);
        register.accepted(id, order);
        return id;
      });
    },
    cancelPayout: async (id) => {
      const asked = { path: { id }, body: { reason: 'it is to be cancelled' } };
      const { operator, colleague } = stage;
      await operator.call('cancelPayout', asked);
      const { status } = await colleague.call('cancelPayout', asked);
      stage.world.tell('operator', `cancel-payout of ${id}: ${status}`);
      return status;
    },
    act: async (wallet, id, operation) => {
      // Refused when it is too late, and that is as good.
      const { status } = await wallet.client.call(operation, { path: { id } });
      stage.world.tell('client', `${operation} of ${id}: ${status}`);
    },
  };
}
