/** Wallets, what is on them, and what was done to it. */
import { type CallOptions, type Connection, type InputOf, request } from './calls.ts';
import type {
  CreateTransaction,
  CreateWallet,
  Entry,
  Transaction,
  Wallet,
} from './generated/types.ts';
import { type List, listOf } from './lists.ts';
import type { Keyed } from './withdrawals.ts';

export class Wallets {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Makes a wallet. It has no key: when no answer came, look for it (`list`) before you make another.
   *
   * @example
   * const wallet = await drawbridge.wallets.create({ currency: 'USD', reference: 'payroll' });
   */
  async create(body: CreateWallet, options?: CallOptions): Promise<Wallet> {
    return (await request('createWallet', { body }, this.#connection, options)).data;
  }

  /**
   * A wallet with its balance.
   *
   * @example
   * const { available, held } = await drawbridge.wallets.get(walletId);
   */
  async get(walletId: string, options?: CallOptions): Promise<Wallet> {
    return (await request('getWallet', { path: { walletId } }, this.#connection, options)).data;
  }

  /**
   * All wallets, newest first.
   *
   * @example
   * for await (const { id, available, currency } of drawbridge.wallets.list())
   *   console.log(id, available, currency);
   */
  list(options?: CallOptions): List<Wallet> {
    return listOf(async (cursor) => {
      const input = { query: cursor === undefined ? {} : { cursor } };
      return (await request('listWallets', input, this.#connection, options)).data;
    });
  }

  /**
   * Makes a wallet take nothing new, or take it again.
   *
   * @example
   * await drawbridge.wallets.setStatus(walletId, 'SUSPENDED');
   * await drawbridge.wallets.setStatus(walletId, 'ACTIVE');
   */
  async setStatus(
    walletId: string,
    status: 'ACTIVE' | 'SUSPENDED',
    options?: CallOptions,
  ): Promise<Wallet> {
    const input = { path: { walletId }, body: { status } };
    return (await request('updateWallet', input, this.#connection, options)).data;
  }

  /**
   * Credits or debits a wallet, exactly once for each key, in order with its withdrawals and after the answer.
   *
   * @example
   * const credit = await drawbridge.wallets.transact(
   *   walletId,
   *   { type: 'CREDIT', amount: '250.00' },
   *   { idempotencyKey: 'deposit-8731' },
   * );
   */
  async transact(
    walletId: string,
    body: CreateTransaction,
    { idempotencyKey, ...options }: Keyed,
  ): Promise<Transaction> {
    const input = { path: { walletId }, body, idempotencyKey };
    return (await request('createWalletTransaction', input, this.#connection, options)).data;
  }

  /**
   * The credits and debits of a wallet, newest first.
   *
   * @example
   * for await (const { type, amount, status } of drawbridge.wallets.transactions(walletId))
   *   console.log(type, amount, status);
   */
  transactions(walletId: string, options?: CallOptions): List<Transaction> {
    return listOf(async (cursor) => {
      const input = { path: { walletId }, query: cursor === undefined ? {} : { cursor } };
      return (await request('listWalletTransactions', input, this.#connection, options)).data;
    });
  }

  /**
   * The ledger of a wallet: every entry, in either order.
   *
   * @example
   * for await (const { kind, amount, availableAfter } of drawbridge.wallets.entries(walletId, { order: 'oldest' }))
   *   console.log(kind, amount, availableAfter);
   */
  entries(
    walletId: string,
    query: NonNullable<InputOf<'listWalletEntries'>['query']> = {},
    options?: CallOptions,
  ): List<Entry> {
    return listOf(async (cursor) => {
      const asked = cursor === undefined ? query : { ...query, cursor };
      const input = { path: { walletId }, query: asked };
      return (await request('listWalletEntries', input, this.#connection, options)).data;
    });
  }
}
