/**
 * Due, the on-ramp, on this machine: its wire shapes on one side (due.readme.io; providers.md §2), real test USDC on the
 * other. It plays the bank too. It is the outside world: what it knows and what it has begun outlives any crash.
 */
import { every } from '../every.ts';
import { accountRoutes, configuredEndpoint } from './due-accounts-api.ts';
import { makeEvents } from './due-events.ts';
import { makePayer, type PayerChain } from './due-payer.ts';
import { openDueStore } from './due-store.ts';
import { transferRoutes } from './due-transfers-api.ts';
import { invalid, refused } from './due-wire.ts';
import { applyRoute, type Handle, type Route, serveJson } from './http.ts';

export type DueOptions = {
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** The rails on which it pays, by network. */
  chains: Record<string, PayerChain>;
  /** Where transfer events go; null: nowhere, until an endpoint is registered. */
  eventsUrl: string | null;
  /** Whether the dollars of a transfer arrive by themselves. Default true; false: by `POST /dev/payin` with its memo. */
  autoFund?: boolean;
  /** How long the dollars are on their way. Default 300. */
  fundingDelayMs?: number;
};

export type DueIdentity = {
  baseUrl: string;
  apiKey: string;
  accountId: string;
  /** PEM of the key that events to `eventsUrl` are signed with. The same after every restart. */
  webhookPublicKey: string;
};

const apiKey = 'due_local_key';
const accountId = 'acct_local';
/** How often it looks for dollars to take in, payments to make and events to send. */
const turnMs = 100;

/** Goes on where the last run on this folder ended, however it ended. */
export async function runDue(
  options: DueOptions,
): Promise<{ identity: DueIdentity; stop(): Promise<void> }> {
  const { chains, autoFund = true, fundingDelayMs = 300 } = options;
  const store = openDueStore(options.dataDir);
  const endpoint = configuredEndpoint(store, options.eventsUrl);
  const rails = new Set(Object.keys(chains));
  const payers = Object.entries(chains).map(([rail, chain]) => makePayer(store, rail, chain));
  const events = makeEvents(store);
  const fund = store.db.prepare(
    `UPDATE transfers SET status = 'funds_received', changedAtMs = $now
     WHERE status = 'awaiting_funds' AND fundAtMs <= $now`,
  );

  const bank = every(turnMs, async () => {
    fund.run({ $now: Date.now() });
    await Promise.all(payers.map((payer) => payer.work()));
  });
  const postman = every(turnMs, async () => {
    events.report();
    events.deliver();
  });
  // Faults will stand here: before `api` a request is lost, after it the answer is, and what was asked for has happened.
  const api = withKey([
    ...transferRoutes(store, { accountId, rails, autoFundMs: autoFund ? fundingDelayMs : null }),
    ...accountRoutes(store, { accountId, rails }),
  ]);
  const server = await serveJson(options.port ?? 0, api);
  return {
    identity: {
      baseUrl: server.baseUrl,
      apiKey,
      accountId,
      webhookPublicKey: endpoint.publicKey,
    },
    stop: async () => {
      await server.stop();
      await bank.stop();
      await postman.stop();
      await events.stop();
      store.db.close();
    },
  };
}

/** Every call needs the key and the account (providers.md §2.1). */
const withKey =
  (routes: readonly Route[]): Handle =>
  (request) => {
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return refused(401, 'err_signin_invalid_credentials', 'Invalid credentials');
    const account = request.headers['due-account-id'];
    if (account === undefined) return invalid({ 'Due-Account-Id': 'required' });
    if (account !== accountId)
      return refused(401, 'err_signin_invalid_credentials', 'Invalid credentials');
    return applyRoute(routes, request) ?? refused(404, 'err_not_found', 'Not found');
  };
