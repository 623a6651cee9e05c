/** Serves linked wallets, channels and webhook endpoints (due.readme.io/docs: wallets, rails-and-channels, using-webhooks). */
import { generateKeyPairSync } from 'node:crypto';
import { jsonObject, type Route, type SimulatorReply } from '../http.ts';
import { row, rows, type SimulatorStore } from '../sqlite.ts';
import { eventTypes, transferEvent } from './events.ts';
import type { Endpoint } from './store.ts';
import { feeMicros, fiatRails, limitMaxMicros, limitMinMicros } from './transfers-api.ts';
import { decimal, dueId, invalid, ok, refused } from './wire.ts';

export function accountRoutes(
  store: SimulatorStore,
  options: { accountId: string; rails: ReadonlySet<string> },
): Route[] {
  const { db } = store;
  const insertWallet = db.prepare('INSERT INTO wallets (id, address) VALUES (?, ?)');
  const selectWallet = db.prepare('SELECT id, address FROM wallets WHERE address = ?');
  const selectWallets = db.prepare('SELECT id, address FROM wallets ORDER BY rowid');
  const selectEndpoints = db.prepare('SELECT * FROM endpoints ORDER BY rowid');
  type Wallet = { id: string; address: string };
  const walletShape = ({ id, address }: Wallet) => ({
    id,
    address: `${address.startsWith('0x') ? 'evm' : 'solana'}:${address}`,
    preferences: {},
  });
  const endpointShape = ({ id, description, url, events, publicKey, enabled }: Endpoint) => ({
    id,
    ownerId: options.accountId,
    description,
    url,
    subscribedEvents: JSON.parse(events) as string[],
    publicKey,
    enabled: enabled === 1,
  });

  /** Due's documents show `evm:0x…` and `solana:…`. A bare `0x…`, as in a recipe of Privy's, is accepted, too. */
  function linkWallet(text: string): SimulatorReply {
    const [, evm, solana] =
      /^(?:evm:)?(0x[0-9a-fA-F]{40})$|^solana:([1-9A-HJ-NP-Za-km-z]{32,44})$/.exec(
        String(jsonObject(text)?.['address']),
      ) ?? [];
    const address = evm ?? solana;
    if (address === undefined)
      return refused(400, 'err_wallet_invalid_address', 'This wallet address is empty or invalid');
    const known = row<Wallet>(selectWallet, address);
    if (known !== null) return ok(walletShape(known));
    const wallet = { id: dueId('wlt'), address };
    insertWallet.run(wallet.id, address);
    return ok(walletShape(wallet));
  }

  function addEndpoint(text: string): SimulatorReply {
    const { url, events, description } = jsonObject(text) ?? {};
    if (typeof url !== 'string' || !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      return refused(400, 'err_webhook_endpoint_invalid_url', 'Invalid URL provided');
    if (!Array.isArray(events) || events.length === 0) return invalid({ events: 'required' });
    if (!events.every((event) => eventTypes.includes(String(event))))
      return refused(
        400,
        'err_webhook_event_not_supported',
        'The specified webhook event is not supported',
      );
    const endpoints = rows<Endpoint>(selectEndpoints);
    if (endpoints.some((endpoint) => endpoint.url === url))
      return refused(409, 'err_webhook_endpoint_already_exists', 'Webhook endpoint already exists');
    return ok(
      endpointShape(insertEndpoint(store, dueId('whk'), url, events, String(description ?? ''))),
    );
  }

  return [
    { method: 'POST', path: '/v1/wallets', handle: ({ text }) => linkWallet(text) },
    {
      method: 'GET',
      path: '/v1/wallets',
      handle: () => ok(rows<Wallet>(selectWallets).map(walletShape)),
    },
    {
      method: 'GET',
      path: '/v1/channels',
      handle: () => ok({ channels: channels(options.rails) }),
    },
    { method: 'POST', path: '/v1/webhook_endpoints', handle: ({ text }) => addEndpoint(text) },
    { method: 'GET', path: '/v1/webhook_endpoints/events', handle: () => ok(eventTypes) },
    {
      method: 'GET',
      path: '/v1/webhook_endpoints',
      handle: () => ok(rows<Endpoint>(selectEndpoints).map(endpointShape)),
    },
  ];
}

/** Makes an endpoint with its own key pair. */
function insertEndpoint(
  { db }: SimulatorStore,
  id: string,
  url: string,
  events: readonly string[],
  description: string,
): Endpoint {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const endpoint: Endpoint = {
    id,
    url,
    events: JSON.stringify(events),
    description,
    publicKey,
    privateKey,
    enabled: 1,
  };
  db.prepare(
    `INSERT INTO endpoints (id, url, events, description, publicKey, privateKey, enabled)
     VALUES ($id, $url, $events, $description, $publicKey, $privateKey, $enabled)`,
  ).run(endpoint);
  return endpoint;
}

/** The endpoint that exists from the start. Its key stays the same; its URL may change with each start. */
export function configuredEndpoint(store: SimulatorStore, url: string | null): Endpoint {
  const id = 'whk_local';
  const select = store.db.prepare('SELECT * FROM endpoints WHERE id = ?');
  const endpoint =
    row<Endpoint>(select, id) ??
    insertEndpoint(store, id, '', [transferEvent], 'configured at start');
  const update = store.db.prepare('UPDATE endpoints SET url = ?, enabled = ? WHERE id = ?');
  update.run(url ?? '', url === null ? 0 : 1, id);
  return endpoint;
}

function channels(rails: ReadonlySet<string>): object[] {
  const channel = (
    type: string,
    rail: string,
    currencyCode: string,
    schema: string,
    fee: bigint,
  ) => ({
    rail,
    currencyCode,
    feeBps: 0,
    feeFixed: decimal(fee),
    limitMin: decimal(limitMinMicros),
    limitMax: decimal(limitMaxMicros),
    type,
    kycLevels: [],
    accountType: 'business',
    railSettings: { rail, speed: 'Instant', memoConfig: null, schemas: [schema] },
    permissions: {},
    purposeCodes: { any: ['OTHER'], individual: [], business: [] },
    endorsementsRequired: [],
  });
  return [
    ...fiatRails.map((rail) => channel('deposit', rail, 'USD', 'bank_us', feeMicros)),
    channel('static_deposit', 'ach', 'USD', 'bank_us', feeMicros),
    ...[...rails].map((rail) => channel('withdrawal', rail, 'USDC', 'evm', 0n)),
  ];
}
