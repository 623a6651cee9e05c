/**
 * Plays Due, the on-ramp, and its bank: its shapes (due.readme.io) on one side, real test USDC on the other. It belongs to
 * the outside world: its state and what it has begun outlive any crash.
 */
import { every } from '../../host/every.ts';
import { makeFaults } from '../faults.ts';
import { applyRoute, type Handle, type Route, serveJson } from '../http.ts';
import { accountRoutes, configuredEndpoint } from './accounts-api.ts';
import { makeDueBank } from './bank.ts';
import { makeCourses } from './courses.ts';
import { eventTypes, makeReporter } from './events.ts';
import { makePayer, type PayerChain } from './payer.ts';
import { makeSolanaPayer } from './payer-solana.ts';
import { makePayIns } from './payin.ts';
import { makePostman } from './postman.ts';
import { openDueStore } from './store.ts';
import { transferRoutes } from './transfers-api.ts';
import { makeTruth } from './truth.ts';
import { makeVirtualAccounts } from './virtual-accounts.ts';
import { invalid, refused } from './wire.ts';

export type DueOptions = {
  dataDir: string;
  /** The port; by default a free one. */
  port?: number;
  /** The rails on which it pays, by network. */
  chains: Record<string, PayerChain | { rpcUrl: string; token: string }>;
  /** Where transfer events go; null means nowhere until an endpoint is registered. */
  eventsUrl: string | null;
  /** Whether Due draws the dollars of `ach` transfers itself (the default). Else they come like those of `wire`. */
  autoFund?: boolean;
  /** The played brokerage, whose wires arrive by themselves. Without it they come by `POST /dev/payin` only. */
  brokerageUrl?: string;
  /** How long the dollars that it draws are on their way, 300 by default. */
  fundingDelayMs?: number;
  /** How long a virtual account waits for its bank details, 1000 by default. Null means until the control route gives them. */
  accountDetailsMs?: number | null;
};

export type DueIdentity = {
  baseUrl: string;
  apiKey: string;
  accountId: string;
  /** The PEM of the key that signs events to `eventsUrl`. It is the same after every restart. */
  webhookPublicKey: string;
};

const apiKey = 'due_local_key';
const accountId = 'acct_local';
/** How often it looks for dollars to take in, for payments to make and for events to send. */
const turnMs = 100;

/** The names of operations that can be made to fail (docs/simulators.md). */
const operations = {
  'wallet.link': 'POST /v1/wallets',
  'wallet.list': 'GET /v1/wallets',
  'account.create': 'POST /v1/virtual_accounts',
  'account.get': 'GET /v1/virtual_accounts/{key}',
  'account.list': 'GET /v1/virtual_accounts/list',
  'quote.create': 'POST /v1/transfers/quote',
  'transfer.create': 'POST /v1/transfers',
  'transfer.get': 'GET /v1/transfers/{id}',
  'transfer.list': 'GET /v1/transfers',
  'payin.create': 'POST /dev/payin',
} as const;

/** Runs the simulator. It continues where the last run on this folder ended, however that ended. */
export async function runDue(
  options: DueOptions,
): Promise<{ identity: DueIdentity; stop(): Promise<void> }> {
  const { chains, autoFund = true, fundingDelayMs = 300, accountDetailsMs = 1_000 } = options;
  const store = openDueStore(options.dataDir);
  const endpoint = configuredEndpoint(store, options.eventsUrl);
  const rails = new Set(Object.keys(chains));
  const payers = Object.entries(chains).map(([rail, chain]) =>
    rail === 'solana' ? makeSolanaPayer(store, chain) : makePayer(store, rail, chain as PayerChain),
  );
  const courses = makeCourses(store);
  const payIns = makePayIns(store, accountId);
  const { brokerageUrl } = options;
  const wires = brokerageUrl === undefined ? null : makeDueBank(store, brokerageUrl, payIns);
  const accounts = makeVirtualAccounts(store, { accountId, rails, detailsMs: accountDetailsMs });
  const faults = makeFaults({
    operations,
    events: eventTypes,
    // Due documents neither its 5xx nor a rate limit, so these codes are made up.
    error: (status) => refused(status, 'err_internal', 'Internal error'),
    limited: (untilMs) => ({
      ...refused(429, 'err_rate_limit', 'Too many requests'),
      headers: { 'retry-after': String(Math.ceil(Math.max(0, untilMs - Date.now()) / 1_000)) },
    }),
    truth: makeTruth(store),
  });
  const report = makeReporter(store, accounts.shapeOf, faults.onEvent);
  const postman = makePostman(store);

  const bank = every(turnMs, async () => {
    payIns.work();
    await wires?.work();
    courses.work();
    await Promise.all(payers.map((payer) => payer.work()));
  });
  const round = every(turnMs, async () => {
    report();
    postman.deliver();
  });
  const api = withKey([
    ...transferRoutes(store, {
      accountId,
      rails,
      autoFundMs: autoFund ? fundingDelayMs : null,
      courses,
    }),
    ...accountRoutes(store, { accountId, rails }),
    ...accounts.routes,
    ...payIns.routes,
  ]);
  const controls = [...courses.routes, ...accounts.control];
  const withFaults = faults.around(api);
  const server = await serveJson(
    options.port ?? 0,
    (request) => applyRoute(controls, request) ?? withFaults(request),
  );
  return {
    identity: {
      baseUrl: server.baseUrl,
      apiKey,
      accountId,
      webhookPublicKey: endpoint.publicKey,
    },
    stop: async () => {
      faults.stop();
      await server.stop();
      await bank.stop();
      await round.stop();
      await postman.stop();
      store.db.close();
    },
  };
}

/** Every call needs the API key and the header `Due-Account-Id`. */
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
