/** A client of the API: the typed one, with what tests do often, every answer held to the OpenAPI document. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from 'viem';
import type * as types from '../../client/src/generated/types.ts';
import type { Outputs } from '../../local/outputs.ts';
import { conformingFetch } from './conformance.ts';
import { flatApi as api } from './flat-api.ts';

export type { Wallet, Withdrawal } from '../../client/src/generated/types.ts';
export type Answer<T = Record<string, unknown>> = { status: number; headers: Headers; body: T };

let keys = 0;
export const newKey = (): string => `key-${process.pid}-${++keys}`;
/** An address of a customer nobody else has: lower case, so that it needs no checksum. */
export const newAddress = (): Hex => `0x${'e'.repeat(28)}${String(++keys).padStart(12, '0')}`;

export async function clientOf({ apiUrl }: Outputs, key = 'dk_local_alice') {
  const { fetch: checkedFetch, seen, document } = await conformingFetch(apiUrl);
  const authorization = `Bearer ${key}`;
  const options = { baseUrl: apiUrl, fetch: checkedFetch, headers: { authorization } };

  const call = async <T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> => {
    const response = await checkedFetch(apiUrl + path, {
      method,
      headers: { authorization, 'content-type': 'application/json', ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? null : JSON.parse(text)) as T,
    };
  };
  const get = async <T = Record<string, unknown>>(path: string): Promise<T> =>
    (await call<T>('GET', path)).body;
  const until = async <T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
    const began = Date.now();
    for (;;) {
      const value = await ask();
      if (holds(value)) return value;
      // What has taken long takes longer: asking all the time would only keep the system from getting there.
      await sleep(Math.min(Math.max(100, (Date.now() - began) / 10), 1_000));
    }
  };
  const withdrawal = async (id: string): Promise<types.Withdrawal> =>
    done(await api.getWithdrawal(id, options), 200);
  return {
    api,
    options,
    seen,
    document,
    call,
    get,
    /** A new wallet with so much on its way into it. */
    wallet: async (currency: 'USD' | 'USDC', amount: string): Promise<string> => {
      const wallet = done(await api.createWallet({ currency }, options), 201);
      const credit = { type: 'CREDIT', amount } as const;
      done(await api.createWalletTransaction(wallet.id, newKey(), credit, options), 202);
      return wallet.id;
    },
    withdraw: async (
      walletId: string,
      given: Record<string, unknown> = {},
      withKey = newKey(),
    ): Promise<Answer<types.Withdrawal>> =>
      call<types.Withdrawal>(
        'POST',
        '/v1/withdrawals',
        {
          walletId,
          amount: '10.00',
          asset: 'USDC',
          network: 'ethereum',
          destinationAddress: newAddress(),
          ...given,
        },
        { 'idempotency-key': withKey },
      ),
    withdrawal,
    /** Waits until the fact holds; the test's own timeout is the limit. */
    until,
    /** These withdrawals when all have ended, asked for one after the other. */
    allFinished: async (ids: readonly string[]): Promise<types.Withdrawal[]> => {
      const ends: types.Withdrawal[] = [];
      for (const id of ids) ends.push(await until(() => withdrawal(id), isFinished));
      return ends;
    },
    /** The withdrawal when it has ended. A question that a busy machine does not answer is asked again. */
    ended: async (id: string): Promise<types.Withdrawal> => {
      const answer = await until(
        () => api.getWithdrawal(id, options),
        (one) => one.status === 200 && isFinished(one.data),
      );
      return done(answer, 200);
    },
  };
}
export type Client = Awaited<ReturnType<typeof clientOf>>;

type Given = { status: number; data?: unknown };
/** The body of an answer that must have this status. */
export function done<A extends Given, S extends A['status']>(
  answer: A,
  status: S,
): Extract<A, { status: S }> extends { data: infer D } ? D : undefined {
  if (answer.status !== status)
    throw new Error(`${answer.status} instead of ${status}: ${JSON.stringify(answer.data)}`);
  return answer.data as never;
}

const finished = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'REVIEW']);
export const isFinished = ({ status }: { status: string }): boolean => finished.has(status);
