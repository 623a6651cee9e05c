/**
 * Plays Alpaca, the brokerage: the shapes of its Broker API (docs.alpaca.markets), and cash that moves only once. It belongs
 * to the outside world: its state and what it has begun outlive any crash.
 */
import { every } from '../../host/every.ts';
import { makeFaults } from '../faults.ts';
import { applyRoute, type Handle, serveJson } from '../http.ts';
import { controlRoutes } from './control.ts';
import { type JournalOptions, makeJournals } from './journals.ts';
import { journalRoutes } from './journals-api.ts';
import { openAlpacaStore } from './store.ts';
import { makeTruth } from './truth.ts';
import { rateLimit, refused } from './wire.ts';
import { makeWires, type WireOptions } from './wires-api.ts';

export type AlpacaOptions = {
  dataDir: string;
  /** The port; by default a free one. */
  port?: number;
  /** The ids of the customers' accounts. A new one has 1,000,000.00 of cash. */
  accounts: readonly string[];
  journals?: Partial<JournalOptions>;
  wires?: Partial<WireOptions>;
  requestsPerMinute?: number;
};

export type AlpacaIdentity = {
  baseUrl: string;
  keyId: string;
  secretKey: string;
  firmAccountId: string;
};

/** The credentials are the same on every machine. */
export const alpacaCredentials = {
  keyId: 'ALPACALOCALKEY',
  secretKey: 'alpaca_local_secret',
  firmAccountId: 'f1a90000-0000-4000-8000-000000000001',
};
const { keyId, secretKey, firmAccountId } = alpacaCredentials;
const authorization = `Basic ${Buffer.from(`${keyId}:${secretKey}`).toString('base64')}`;
const customerCents = 100_000_000;
/** The firm's float, which pays wires before the customers' journals have arrived. */
const firmCents = 10_000_000_000;
/** Alpaca's default limits. Its next day comes within a second here. */
const journalDefaults: JournalOptions = {
  perJournalCents: 5_000,
  perAccountAndDayCents: 100_000,
  pendingMs: 1_000,
  activityMs: 500,
};
const wireDefaults: WireOptions = { feeCents: 2_500, stepMs: 200 };
/** Requests by the minute, more than one machine makes. Alpaca does not publish its own number. */
const requestsDefault = 60_000;
/** How often it looks for statuses that are due to change. */
const turnMs = 100;

/** Runs the simulator. It continues where the last run on this folder ended, however that ended. */
export async function runAlpaca(
  options: AlpacaOptions,
): Promise<{ identity: AlpacaIdentity; stop(): Promise<void> }> {
  const store = openAlpacaStore(options.dataDir, [
    { id: firmAccountId, isFirm: true, cents: firmCents },
    ...options.accounts.map((id) => ({ id, isFirm: false, cents: customerCents })),
  ]);
  const journals = makeJournals(store, { ...journalDefaults, ...options.journals });
  const wires = makeWires(store, { ...wireDefaults, ...options.wires });
  const limit = rateLimit(options.requestsPerMinute ?? requestsDefault);
  const faults = makeFaults({
    operations: {
      'account.get': 'GET /v1/trading/accounts/:id/account',
      'journal.create': 'POST /v1/journals',
      'journal.get': 'GET /v1/journals/:id',
      'journal.list': 'GET /v1/journals',
      'journal.cancel': 'DELETE /v1/journals/:id',
      'bank.create': 'POST /v1/accounts/:id/recipient_banks',
      'bank.list': 'GET /v1/accounts/:id/recipient_banks',
      'wire.create': 'POST /v1/accounts/:id/transfers',
      'wire.list': 'GET /v1/accounts/:id/transfers',
    },
    events: [],
    error: (status) => limit.around(() => refused(status, 'internal server error')),
    limited: limit.limited,
    // Only with the key forgotten does the same request make another journal.
    again: async (request, handle) => {
      const { 'idempotency-key': _, ...headers } = request.headers;
      await handle({ ...request, headers });
    },
    truth: makeTruth(store),
  });
  const control = controlRoutes(store, journals, wires);
  const routes = [...journalRoutes(store, journals), ...wires.routes];
  const api: Handle = (request) => {
    if (request.path.startsWith('/_'))
      return applyRoute(control, request) ?? refused(404, 'not found');
    return limit.around(() => {
      if (request.headers.authorization !== authorization)
        return { status: 401, body: { message: 'unauthorized' } };
      return applyRoute(routes, request) ?? refused(404, 'endpoint not found');
    });
  };
  const clerk = every(turnMs, async () => {
    journals.work();
    wires.work();
  });
  const server = await serveJson(options.port ?? 0, faults.around(api));
  return {
    identity: { baseUrl: server.baseUrl, keyId, secretKey, firmAccountId },
    stop: async () => {
      faults.stop();
      await server.stop();
      await clerk.stop();
      store.db.close();
    },
  };
}
