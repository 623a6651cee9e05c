/** Sends Due's events, signed with Ed25519 over the raw body by each endpoint's key (due.readme.io/docs/webhook-security). */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { post } from '../../host/post.ts';
import { rows, type SimulatorStore } from '../sqlite.ts';
import { nanoTime } from './wire.ts';

type Delivery = {
  seq: number;
  eventId: string;
  type: string;
  data: string;
  occurredAtMs: number;
  forged: 0 | 1;
  attempts: number;
  url: string;
  privateKey: string;
};

const retryDelaysMs = [1_000, 5_000, 15_000, 60_000];
const inFlightMax = 16;
const timeoutMs = 5_000;

export function makePostman({ db }: SimulatorStore): {
  /** Sends the events that are due, and does not wait for the answers. */
  deliver(): void;
  stop(): Promise<void>;
} {
  const due = db.prepare(
    `SELECT outbox.*, url, privateKey FROM outbox JOIN endpoints ON endpoints.id = endpointId
     WHERE dueAtMs <= ? ORDER BY dueAtMs, seq LIMIT ?`,
  );
  const done = db.prepare('DELETE FROM outbox WHERE seq = ?');
  const again = db.prepare('UPDATE outbox SET attempts = attempts + 1, dueAtMs = ? WHERE seq = ?');
  const keys = new Map<string, KeyObject>();
  const forger = generateKeyPairSync('ed25519').privateKey;
  const inFlight = new Map<number, Promise<void>>();
  const stopping = new AbortController();
  const { signal } = stopping;

  function keyOf({ forged, privateKey }: Delivery): KeyObject {
    if (forged === 1) return forger;
    const key = keys.get(privateKey) ?? createPrivateKey(privateKey);
    keys.set(privateKey, key);
    return key;
  }

  async function attempt(delivery: Delivery): Promise<void> {
    const { seq, attempts, forged } = delivery;
    const delivered = await send(delivery);
    if (signal.aborted && !delivered) return; // The next run sends it.
    const delayMs = retryDelaysMs[attempts];
    // A forged event is sent only once.
    if (delivered || delayMs === undefined || forged === 1) done.run(seq);
    else again.run(Date.now() + delayMs, seq);
  }

  async function send(delivery: Delivery): Promise<boolean> {
    const body = JSON.stringify({
      id: delivery.eventId,
      type: delivery.type,
      data: JSON.parse(delivery.data) as unknown,
      occurredAt: nanoTime(delivery.occurredAtMs),
      attemptedAt: nanoTime(Date.now()),
    });
    const signature = sign(null, Buffer.from(body), keyOf(delivery)).toString('hex');
    try {
      const headers = { 'x-webhook-signature': signature };
      const { status } = await post(delivery.url, body, timeoutMs, { headers, signal });
      return status >= 200 && status < 300;
    } catch {
      return false; // No answer, or a slow one, is no better than one that is not 2xx.
    }
  }

  function deliver(): void {
    // Deliveries in flight are due, too, and are found once more.
    for (const delivery of rows<Delivery>(due, Date.now(), 2 * inFlightMax)) {
      if (inFlight.size >= inFlightMax) return;
      if (inFlight.has(delivery.seq)) continue;
      const sending = attempt(delivery).finally(() => {
        inFlight.delete(delivery.seq);
        if (inFlight.size <= inFlightMax / 2 && !signal.aborted) deliver();
      });
      inFlight.set(delivery.seq, sending);
    }
  }

  return {
    deliver,
    stop: async () => {
      stopping.abort();
      await Promise.all(inFlight.values());
    },
  };
}
