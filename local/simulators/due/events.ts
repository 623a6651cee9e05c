/**
 * Notes Due's events (due.readme.io/docs/list-of-events): a transfer has moved, a virtual account has got its details. They
 * come at least once, in no order, or never: a client must ask as well. local/simulators/due/postman.ts sends them.
 */
import type { EventFault } from '../fault-rules.ts';
import { rows, type SimulatorStore } from '../sqlite.ts';
import type { Endpoint } from './store.ts';
import { type Transfer, transferShape } from './transfer.ts';
import type { VirtualAccount } from './virtual-accounts.ts';
import { dueId } from './wire.ts';

export const transferEvent = 'transfer.status_changed';
export const virtualAccountEvent = 'virtual_account.updated';
export const eventTypes: readonly string[] = [transferEvent, virtualAccountEvent];

/** A status that lasts shorter makes no event: webhooks may skip statuses (due.readme.io/docs/transfer-flow). */
const passingMs = 2_000;
const passing = ['awaiting_funds', 'funds_received', 'approved', 'payment_submitted'];
const reportedAtOnce = 200;

/** Notes an event for each transfer with another status than the last event told, and each account with new details. */
export function makeReporter(
  store: SimulatorStore,
  accountShape: (account: VirtualAccount) => object,
  onEvent: (type: string) => EventFault | null,
): () => void {
  const { db } = store;
  const moved = db.prepare(
    `SELECT * FROM transfers WHERE status <> reported
       AND changedAtMs <= iif(status IN (${passing.map((one) => `'${one}'`).join(', ')}), ?1 - ${passingMs}, ?1)
     LIMIT ${reportedAtOnce}`,
  );
  const told = db.prepare('UPDATE transfers SET reported = status WHERE id = ?');
  const completed = db.prepare(
    'SELECT * FROM virtualAccounts WHERE reported = 0 AND detailsAtMs <= ?',
  );
  const toldOfAccount = db.prepare('UPDATE virtualAccounts SET reported = 1 WHERE id = ?');
  const endpoints = db.prepare('SELECT * FROM endpoints WHERE enabled = 1');
  const insert = db.prepare(
    `INSERT INTO outbox (eventId, endpointId, type, data, occurredAtMs, dueAtMs, forged)
     VALUES ($eventId, $endpointId, $type, $data, $occurredAtMs, $dueAtMs, $forged)`,
  );

  function note(type: string, data: Record<string, unknown>, occurredAtMs: number): void {
    const fault = onEvent(type);
    if (fault?.kind === 'missing') return;
    const now = Date.now();
    const dueAtMs = fault?.kind === 'out-of-order' ? now + fault.byMs : now;
    const event = { eventId: dueId('wh_evt'), type, data: JSON.stringify(data), occurredAtMs };
    const listeners = rows<Endpoint>(endpoints).filter(({ events }) =>
      (JSON.parse(events) as string[]).includes(type),
    );
    for (const { id: endpointId } of listeners) {
      insert.run({ ...event, endpointId, dueAtMs, forged: 0 });
      if (fault?.kind === 'duplicate') insert.run({ ...event, endpointId, dueAtMs, forged: 0 });
      if (fault?.kind === 'forged') {
        const lie = JSON.stringify({ ...data, ...untrue(data) });
        const eventId = dueId('wh_evt');
        insert.run({ ...event, eventId, endpointId, data: lie, dueAtMs, forged: 1 });
      }
    }
  }

  return () => {
    const now = Date.now();
    const transfers = rows<Transfer & { changedAtMs: number }>(moved, now);
    const accounts = rows<VirtualAccount>(completed, now);
    if (transfers.length + accounts.length === 0) return;
    store.transaction(() => {
      for (const transfer of transfers) {
        note(transferEvent, transferShape(transfer), transfer.changedAtMs);
        told.run(transfer.id);
      }
      for (const account of accounts) {
        note(virtualAccountEvent, { ...accountShape(account) }, account.detailsAtMs ?? now);
        toldOfAccount.run(account.id);
      }
    });
  };
}

const untrue = ({ status }: Record<string, unknown>): object =>
  status === 'payment_processed' ? { status: 'failed' } : { status: 'payment_processed' };
