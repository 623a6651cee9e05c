/** Makes the first withdrawal as a client would, with nothing but HTTP, and prints each step. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export type DemoOptions = { apiUrl: string; key: string; network?: string; timeoutMs?: number };

type Event = { sequence: number; stage: string; status: string; at: string; detail?: string };
type Withdrawal = {
  id: string;
  status: string;
  txHash: string | null;
  payout: { amount: string } | null;
};

const destination = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const pollMs = 200;
const ended = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'REVIEW']);

/** Sends one withdrawal to its end and prints its timeline. Answers whether it was completed. */
export async function runDemo({
  apiUrl,
  key,
  network = 'ethereum',
  timeoutMs = 120_000,
}: DemoOptions): Promise<boolean> {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(apiUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };

  const { id: walletId } = await call<{ id: string }>('POST', '/v1/wallets', { currency: 'USD' });
  await call('POST', `/v1/wallets/${walletId}/transactions`, { type: 'CREDIT', amount: '250.00' });
  const { id } = await call<{ id: string }>('POST', '/v1/withdrawals', {
    walletId,
    amount: '100.00',
    asset: 'USDC',
    network,
    destinationAddress: destination,
    reference: 'the first one',
  });
  console.log(
    `\n  100.00 USD from ${walletId}\n  as USDC to ${destination} on ${network}\n  ${id}\n`,
  );

  const deadline = Date.now() + timeoutMs;
  let seen = 0;
  let start = 0;
  while (Date.now() < deadline) {
    const [events, now] = await Promise.all([
      call<Event[]>('GET', `/v1/withdrawals/${id}/events`),
      call<Withdrawal>('GET', `/v1/withdrawals/${id}`),
    ]);
    for (const { sequence, stage, at, detail } of events.slice(seen)) {
      start ||= Date.parse(at);
      const seconds = ((Date.parse(at) - start) / 1_000).toFixed(1).padStart(5);
      console.log(
        `  ${seconds} s  ${String(sequence).padStart(2)}  ${stage}${detail === undefined ? '' : `: ${detail}`}`,
      );
    }
    seen = Math.max(seen, events.length);
    if (ended.has(now.status)) {
      const paid = now.payout === null ? '' : `: ${now.payout.amount} USDC`;
      console.log(
        `\n  ${now.status}${paid}${now.txHash === null ? '' : `\n  transaction ${now.txHash}`}\n`,
      );
      return now.status === 'COMPLETED';
    }
    await sleep(pollMs);
  }
  console.log(`\n  Not finished after ${timeoutMs / 1_000} s.\n`);
  return false;
}
