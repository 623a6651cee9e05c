/**
 * Due's webhooks (providers.md §2.10): `transfer.status_changed`, signed with Ed25519 over the raw body, by the key of
 * the endpoint. At least once, in no order, given up after a few attempts: who needs to know must also ask.
 */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { type Endpoint, transferEvent } from './due-accounts-api.ts';
import { type DueStore, rows } from './due-store.ts';
import { type Transfer, transferShape } from './due-transfer.ts';
import { dueId, nanoTime } from './due-wire.ts';

type Delivery = {
  eventId: string;
  endpointId: string;
  data: string;
  occurredAtMs: number;
  attempts: number;
  url: string;
  privateKey: string;
};

/** A status that soon gives way to the next is not told: "webhooks may skip states" (transfer-flow). */
const passingMs = 2_000;
const reportedAtOnce = 200;
const retryDelaysMs = [1_000, 5_000, 15_000, 60_000];
const inFlightMax = 16;
const timeoutMs = 5_000;

export function makeEvents(store: DueStore): {
  /** Notes an event for each transfer whose status is another than was last told. */
  report(): void;
  /** Sends what is due, and does not wait for the answers. */
  deliver(): void;
  stop(): Promise<void>;
} {
  const { db } = store;
  const toReport = db.prepare(
    `SELECT * FROM transfers WHERE status <> reported
       AND changedAtMs <= iif(status IN ('payment_processed', 'failed'), ?1, ?1 - ${passingMs})
     LIMIT ${reportedAtOnce}`,
  );
  const reported = db.prepare('UPDATE transfers SET reported = status WHERE id = ?');
  const endpoints = db.prepare('SELECT * FROM endpoints WHERE enabled = 1');
  const insert = db.prepare(
    'INSERT INTO deliveries (eventId, endpointId, data, occurredAtMs, dueAtMs) VALUES (?, ?, ?, ?, ?)',
  );
  const due = db.prepare(
    `SELECT deliveries.*, url, privateKey FROM deliveries JOIN endpoints ON endpoints.id = endpointId
     WHERE dueAtMs <= ? ORDER BY dueAtMs LIMIT ?`,
  );
  const done = db.prepare('DELETE FROM deliveries WHERE eventId = ? AND endpointId = ?');
  const again = db.prepare(
    'UPDATE deliveries SET attempts = attempts + 1, dueAtMs = ? WHERE eventId = ? AND endpointId = ?',
  );
  const keys = new Map<string, KeyObject>();
  const inFlight = new Map<string, Promise<void>>();
  const stopping = new AbortController();

  async function attempt(delivery: Delivery): Promise<void> {
    const { eventId, endpointId, attempts } = delivery;
    const delivered = await post(delivery);
    if (stopping.signal.aborted && !delivered) return; // The next run sends it.
    const delayMs = retryDelaysMs[attempts];
    if (delivered || delayMs === undefined) done.run(eventId, endpointId);
    else again.run(Date.now() + delayMs, eventId, endpointId);
  }

  async function post({
    eventId,
    data,
    occurredAtMs,
    url,
    privateKey,
  }: Delivery): Promise<boolean> {
    const body = JSON.stringify({
      id: eventId,
      type: transferEvent,
      data: JSON.parse(data) as unknown,
      occurredAt: nanoTime(occurredAtMs),
      attemptedAt: nanoTime(Date.now()),
    });
    const key = keys.get(privateKey) ?? createPrivateKey(privateKey);
    keys.set(privateKey, key);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-webhook-signature': sign(null, Buffer.from(body), key).toString('hex'),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), stopping.signal]),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false; // Nobody there, or too slow: no better than an answer that is not 2xx.
    }
  }

  function deliver(): void {
    // Those that are in flight are due too, and are found once more.
    for (const delivery of rows<Delivery>(due, Date.now(), 2 * inFlightMax)) {
      const name = `${delivery.eventId} ${delivery.endpointId}`;
      if (inFlight.size >= inFlightMax) return;
      if (inFlight.has(name)) continue;
      const sending = attempt(delivery).finally(() => {
        inFlight.delete(name);
        if (inFlight.size <= inFlightMax / 2 && !stopping.signal.aborted) deliver();
      });
      inFlight.set(name, sending);
    }
  }

  return {
    report: () => {
      const now = Date.now();
      const transfers = rows<Transfer & { changedAtMs: number }>(toReport, now);
      if (transfers.length === 0) return;
      const listeners = rows<Endpoint>(endpoints).filter(({ events }) =>
        (JSON.parse(events) as string[]).includes(transferEvent),
      );
      store.transaction(() => {
        for (const transfer of transfers) {
          const eventId = dueId('wh_evt');
          const data = JSON.stringify(transferShape(transfer));
          for (const { id } of listeners) insert.run(eventId, id, data, transfer.changedAtMs, now);
          reported.run(transfer.id);
        }
      });
    },
    deliver,
    stop: async () => {
      stopping.abort();
      await Promise.all(inFlight.values());
    },
  };
}
