/** A client of the API. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from 'viem';
import type { Outputs } from '../../local/outputs.ts';

export type Answer<T = Record<string, unknown>> = { status: number; headers: Headers; body: T };
export type Wallet = { id: string; available: string; held: string };
export type Withdrawal = {
  id: string;
  status: string;
  stage: string;
  amount: string;
  txHash: Hex | null;
  destinationAddress: Hex;
  payout: { amount: string } | null;
  idempotencyKey: string;
  failure: { code: string } | null;
};

let keys = 0;
export const newKey = (): string => `key-${process.pid}-${++keys}`;
/** An address of a customer nobody else has: lower case, so that it needs no checksum. */
export const newAddress = (): Hex => `0x${'e'.repeat(28)}${String(++keys).padStart(12, '0')}`;

export function clientOf({ apiUrl }: Outputs, key = 'dk_local_alice') {
  const call = async <T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> => {
    const response = await fetch(apiUrl + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
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
  return {
    call,
    get,
    wallet: async (currency: 'USD' | 'USDC', amount: string): Promise<string> => {
      const { body } = await call<Wallet>('POST', '/v1/wallets', { currency });
      const credit = { type: 'CREDIT', amount };
      await call('POST', `/v1/wallets/${body.id}/transactions`, credit, {
        'idempotency-key': newKey(),
      });
      return body.id;
    },
    withdraw: async (
      walletId: string,
      given: Record<string, unknown> = {},
      key = newKey(),
    ): Promise<Answer<Withdrawal>> =>
      call<Withdrawal>(
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
        { 'idempotency-key': key },
      ),
    withdrawal: (id: string) => get<Withdrawal>(`/v1/withdrawals/${id}`),
    /** Waits until the fact holds; the test's own timeout is the limit. */
    until: async <T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
      for (;;) {
        const value = await ask();
        if (holds(value)) return value;
        await sleep(100);
      }
    },
  };
}

const finished = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'REVIEW']);
export const isFinished = ({ status }: { status: string }): boolean => finished.has(status);
