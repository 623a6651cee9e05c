/** Many withdrawals in one request, of which each stands alone. */
import { type AnswerOf, type CallOptions, type Connection, request } from './calls.ts';
import type { Keyed, NewWithdrawal } from './withdrawals.ts';

/** A line of a batch: a withdrawal with a key of its own. */
export type BatchLine = NewWithdrawal & { key: string };

export class WithdrawalBatches {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Asks for up to 500 withdrawals, each exactly as if it had been asked for alone: one may be refused, and the others go on.
   *
   * @example
   * const line = { walletId, amount: '1.00', asset: 'USDC', network: 'base', destinationAddress } as const;
   * const { results } = await drawbridge.withdrawalBatches.create([{ key: 'salary-may-17', ...line }], {
   *   idempotencyKey: 'payroll-may',
   * });
   * for (const { key, status, error } of results) console.log(key, status, error?.code);
   */
  async create(
    withdrawals: BatchLine[],
    { idempotencyKey, ...options }: Keyed,
  ): Promise<AnswerOf<'createWithdrawalBatch'>> {
    const input = { body: { withdrawals }, idempotencyKey };
    return (await request('createWithdrawalBatch', input, this.#connection, options)).data;
  }

  /**
   * How many of a batch stand where. `drawbridge.withdrawals.list({ batchId })` has them one by one.
   *
   * @example
   * const batches = drawbridge.withdrawalBatches;
   * const line = { walletId, amount: '1.00', asset: 'USDC', network: 'base', destinationAddress } as const;
   * const { id } = await batches.create([{ key: 'salary-june-17', ...line }], {
   *   idempotencyKey: 'payroll-june',
   * });
   * const { total, byStatus } = await batches.get(id);
   */
  async get(id: string, options?: CallOptions): Promise<AnswerOf<'getWithdrawalBatch'>> {
    const input = { path: { id } };
    return (await request('getWithdrawalBatch', input, this.#connection, options)).data;
  }
}
