/** Withdrawals: asked for once by their key, looked at, waited for. */
import { type CallOptions, type Connection, type InputOf, isKey, request } from './calls.ts';
import { TimedOut, WrongCall } from './errors.ts';
import type { CreateWithdrawal, Timeline, Withdrawal } from './generated/types.ts';
import { type List, listOf } from './lists.ts';
import type { Route } from './networks.ts';
import { pause, timerMaxMs } from './sending.ts';

/** A withdrawal to be asked for. Its asset is one that is paid on its network. */
export type NewWithdrawal = Omit<CreateWithdrawal, 'asset' | 'network'> & Route;

/**
 * A key of your own choice that says which payment it is, such as the number of an invoice: whatever is sent again with it is
 * the same payment. One that is made up anew for each attempt pays twice.
 */
export type Keyed = CallOptions & { idempotencyKey: string };

/** A withdrawal that nothing more becomes of by itself. In REVIEW a person decides, and the money is held until then. */
export type RestingWithdrawal = Withdrawal & {
  status: 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REVIEW';
};

/** How to wait for a withdrawal. */
export type WaitOptions = {
  /** Ends the waiting with the signal's reason. */
  signal?: AbortSignal;
  /** How long to wait at most, in milliseconds; 15 minutes by default. It says nothing about the withdrawal. */
  timeoutMs?: number;
  /** Is told of each change of stage or status, and of the first look. */
  onChange?: (withdrawal: Withdrawal) => void;
};

const waitMs = 15 * 60_000;
const [lookMs, lookMaxMs] = [500, 5_000];
/** However short the time is, one look is taken, which has so long. */
const oneLookMs = 1_000;

export class Withdrawals {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Asks for a withdrawal, exactly once for each key. It is carried out after the answer: `waitFor` waits for its end.
   *
   * @example
   * const withdrawal = await drawbridge.withdrawals.create(
   *   { walletId, amount: '10.00', asset: 'USDC', network: 'base', destinationAddress },
   *   { idempotencyKey: 'invoice-8731' },
   * );
   */
  async create(body: NewWithdrawal, { idempotencyKey, ...options }: Keyed): Promise<Withdrawal> {
    const input = { body, idempotencyKey };
    return (await request('createWithdrawal', input, this.#connection, options)).data;
  }

  /**
   * A withdrawal as it is now.
   *
   * @example
   * const { status, txHash } = await drawbridge.withdrawals.get(withdrawalId);
   */
  async get(id: string, options?: CallOptions): Promise<Withdrawal> {
    return (await request('getWithdrawal', { path: { id } }, this.#connection, options)).data;
  }

  /**
   * The withdrawal that was asked for with this key; `null`: none was.
   *
   * @example
   * const known = await drawbridge.withdrawals.getByIdempotencyKey('invoice-8732');
   * if (known === null) console.log('It was not asked for yet.');
   */
  async getByIdempotencyKey(
    idempotencyKey: string,
    options?: CallOptions,
  ): Promise<Withdrawal | null> {
    // Without it the newest withdrawal of all would be answered, as if it were the one.
    if (!isKey(idempotencyKey))
      throw new WrongCall(`${JSON.stringify(idempotencyKey)} is no Idempotency-Key.`);
    const input = { query: { idempotencyKey } };
    const { data } = await request('listWithdrawals', input, this.#connection, options);
    return data.data[0] ?? null;
  }

  /**
   * All withdrawals that the filters let through, newest first.
   *
   * @example
   * for await (const { id, failure } of drawbridge.withdrawals.list({ status: 'FAILED' }))
   *   console.log(id, failure?.code);
   */
  list(
    query: NonNullable<InputOf<'listWithdrawals'>['query']> = {},
    options?: CallOptions,
  ): List<Withdrawal> {
    return listOf(async (cursor) => {
      const input = { query: cursor === undefined ? query : { ...query, cursor } };
      return (await request('listWithdrawals', input, this.#connection, options)).data;
    });
  }

  /**
   * What happened to it so far.
   *
   * @example
   * for (const { stage, at } of await drawbridge.withdrawals.events(withdrawalId))
   *   console.log(at, stage);
   */
  async events(id: string, options?: CallOptions): Promise<Timeline> {
    return (await request('getWithdrawalEvents', { path: { id } }, this.#connection, options)).data;
  }

  /**
   * Cancels it, while no payout of it may exist. One with status PROCESSING is cancelled when its money has been given back.
   *
   * @example
   * try {
   *   await drawbridge.withdrawals.cancel(withdrawalId);
   * } catch (error) {
   *   if (!isDrawbridgeError(error) || error.code !== 'TOO_LATE_TO_CANCEL') throw error;
   * }
   */
  async cancel(id: string, options?: CallOptions): Promise<Withdrawal> {
    return (await request('cancelWithdrawal', { path: { id } }, this.#connection, options)).data;
  }

  /**
   * Takes one up again that FAILED with a failure that is `retryable`, or is in REVIEW, where it is safe.
   *
   * @example
   * const { failure } = await drawbridge.withdrawals.get(withdrawalId);
   * if (failure?.retryable) await drawbridge.withdrawals.retry(withdrawalId);
   */
  async retry(id: string, options?: CallOptions): Promise<Withdrawal> {
    return (await request('retryWithdrawal', { path: { id } }, this.#connection, options)).data;
  }

  /**
   * Waits until nothing more becomes of it by itself, and answers it as it is then. A failure is an answer, not an error.
   * When the time is over it throws TIMED_OUT, which says nothing about the withdrawal: it goes on, and can be waited for again.
   *
   * @example
   * const { status, txHash, failure } = await drawbridge.withdrawals.waitFor(withdrawalId, {
   *   onChange: ({ stage }) => console.log(stage),
   * });
   */
  async waitFor(
    withdrawal: string | Pick<Withdrawal, 'id'>,
    { signal, timeoutMs = waitMs, onChange }: WaitOptions = {},
  ): Promise<RestingWithdrawal> {
    const id = typeof withdrawal === 'string' ? withdrawal : withdrawal.id;
    if (!(timeoutMs >= 0))
      throw new WrongCall(`timeoutMs is a number of milliseconds, and not ${timeoutMs}.`);
    const deadline = Date.now() + timeoutMs;
    // A look that is not answered ends with the waiting, too.
    const over = new AbortController();
    const overMs = Math.min(Math.max(timeoutMs, oneLookMs), timerMaxMs);
    const timer = setTimeout(() => over.abort(), overMs);
    const either = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
    let now: Withdrawal | null = null;
    let looks = 0;
    try {
      for (let seen = ''; ; ) {
        looks += 1;
        now = await this.get(id, { signal: either });
        const state = `${now.status} ${now.stage}`;
        if (state !== seen) onChange?.(now);
        seen = state;
        if (isResting(now)) return now;
        const leftMs = deadline - Date.now();
        if (leftMs <= 0) throw stillMoving(id, now, timeoutMs, looks);
        await pause(Math.min(leftMs, lookMs + (looks - 1) * (lookMs / 2), lookMaxMs), either);
      }
    } catch (error) {
      if (!over.signal.aborted || signal?.aborted || error !== over.signal.reason) throw error;
      throw stillMoving(id, now, timeoutMs, looks);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** One that is still asked for when the time is over has done nothing wrong. */
function stillMoving(id: string, now: Withdrawal | null, timeoutMs: number, looks: number) {
  const is = now === null ? 'could not be looked at' : `is ${now.status} (${now.stage})`;
  const message = `${id} ${is} after ${timeoutMs} ms, and goes on.`;
  return new TimedOut('TIMED_OUT', message, { attempts: looks, mayBeDone: true });
}

function isResting(withdrawal: Withdrawal): withdrawal is RestingWithdrawal {
  switch (withdrawal.status) {
    case 'COMPLETED':
    case 'FAILED':
    case 'CANCELLED':
    case 'REVIEW':
      return true;
    default:
      return false;
  }
}
