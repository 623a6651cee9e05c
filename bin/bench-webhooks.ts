/**
 * `npm run bench -- webhooks`: how fast events reach one healthy endpoint, and what 10 of 50 that are dead, silent or odd cost the
 * others. The first events are credits that the ledger has taken in: they are put into the money table as 2-debit saves them, so
 * that the way is measured from there, by the stream, the relay and the queue. A client's own events, each of them one call of
 * the API, are the others: of those the API is most of the cost.
 */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoClient } from '../lambdas/adapters/dynamo/client.ts';
import { transactionToRow } from '../lambdas/adapters/dynamo/wallet-rows.ts';
import { sha256, transactionId } from '../lambdas/core/kernel/ids.ts';
import { minor } from '../lambdas/core/kernel/money.ts';
import type { Instant } from '../lambdas/core/kernel/time.ts';
import type { System } from '../local/child.ts';
import { type FunctionUsage, totalOf, usageIn } from '../local/lambda/usage.ts';
import { type Call, callerOf } from './bench-client.ts';
import { percentile } from './bench-figures.ts';
import { arrived, healthy, odd, oddOne, requestsSeen, urlOf } from './bench-receivers.ts';
import { withSystem } from './bench-system.ts';

const clients = 32;
const agent = new Agent({ keepAlive: true, maxSockets: clients });
/** If nothing has arrived for so long, nothing will any more. */
const patienceMs = 30_000;
/** Credits that come into the ledger in one transaction, and how many transactions are made at a time. */
const putsMax = 45;
const writers = 4;

type Sent = { name: string; at: number };

/** Sends so many events to an endpoint, as fast as the API takes them, and answers when each was sent. */
async function sendAll(call: Call, config_id: string, count: number) {
  const taken: Sent[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const name = `own ${index}`;
      const at = performance.now();
      const own = { event_type: 'bench', event_id: name, config_id, url_params: { name } };
      await call('POST', '/v1/webhooks', own);
      taken.push({ name, at });
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return taken;
}

/** A credit of the tenant that is in the ledger. */
function creditOf(tenant: string, walletId: `wal_${string}`) {
  const now = Date.now() as Instant;
  const request = { requestHash: sha256(walletId), requestedBy: null, createdAt: now, version: 2 };
  return transactionToRow(
    {
      id: transactionId('bench', tenant, walletId, randomUUID(), 1),
      tenant,
      walletId,
      type: 'CREDIT',
      amount: minor(1_000n),
      currency: 'USD',
      reference: null,
      metadata: {},
      ...request,
      status: 'PROCESSED',
      processedAt: now,
    },
    0,
  );
}

/** Puts so many credits into the ledger's table, as fast as it takes them. */
async function creditAll(system: System, walletId: `wal_${string}`, count: number) {
  const table = system.outputs.tables['money'] ?? '';
  const client = dynamoClient({
    endpoint: system.outputs.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const taken: Sent[] = [];
  let left = count;
  const writer = async (): Promise<void> => {
    while (left > 0) {
      const rows = Array.from({ length: Math.min(putsMax, left) }, () =>
        creditOf('alice', walletId),
      );
      left -= rows.length;
      const at = performance.now();
      const puts = rows.map((Item) => ({ Put: { TableName: table, Item } }));
      await client.send(new TransactWriteCommand({ TransactItems: puts }));
      for (const { pk } of rows) taken.push({ name: String(pk).slice('TXN#'.length), at });
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  client.destroy();
  return taken;
}

/** Waits until all of them have arrived, or nothing comes any more. */
async function untilArrived(wanted: readonly Sent[]): Promise<void> {
  let [seen, movedAt] = [-1, performance.now()];
  while (
    wanted.some(({ name }) => !arrived.has(name)) &&
    performance.now() - movedAt < patienceMs
  ) {
    if (arrived.size !== seen) [seen, movedAt] = [arrived.size, performance.now()];
    await sleep(50);
  }
}

const endpointAt = async (call: Call, url: string): Promise<string> =>
  (await call<{ id: string }>('POST', '/v1/webhook-endpoints', { url, events: ['wallet.*'] })).id;

/** Measures what `send` sends to one healthy endpoint. */
async function oneEndpoint(
  dataDir: string,
  send: () => Promise<readonly Sent[]>,
): Promise<Record<string, string | number>> {
  const before = usageIn(dataDir);
  const requests = requestsSeen();
  const began = performance.now();
  const taken = await send();
  const takenSeconds = (performance.now() - began) / 1_000;
  await untilArrived(taken);
  const arrivals = taken.flatMap(({ name }) => arrived.get(name) ?? []);
  const last = arrivals.reduce((latest, at) => Math.max(latest, at), began);
  await sleep(2_000);
  const after = usageIn(dataDir);
  const each = (name: keyof FunctionUsage): string =>
    ((totalOf(after)[name] - totalOf(before)[name]) / taken.length).toFixed(2);
  return {
    events: taken.length,
    'taken/s': (taken.length / takenSeconds).toFixed(1),
    'delivered/s': (arrivals.length / ((last - began) / 1_000)).toFixed(1),
    missing: taken.length - arrivals.length,
    requests: requestsSeen() - requests,
    'write units': each('writeUnits'),
    'read units': each('readUnits'),
    'SDK calls': each('awsCalls'),
    invocations: each('invocations'),
  };
}

async function toOne(system: System, call: Call, dataDir: string, count: number): Promise<void> {
  const server = await healthy();
  const id = await endpointAt(call, urlOf(server));
  const wallet = await call<{ id: `wal_${string}` }>('POST', '/v1/wallets', { currency: 'USD' });
  const url = urlOf(server);
  const there = (sent: readonly Sent[]) =>
    sent.map(({ name, at }) => ({ name: `${url} ${name}`, at }));
  const credits = async (many: number) => there(await creditAll(system, wallet.id, many));
  const own = async () => there(await sendAll(call, id, Math.round(count / 5)));
  await untilArrived(await credits(100)); // The functions are warm then.
  console.table({
    'credits in the ledger': await oneEndpoint(dataDir, () => credits(count)),
    'own events by the API': await oneEndpoint(dataDir, own),
  });
  await call('DELETE', `/v1/webhook-endpoints/${id}`);
  server.close();
}

/** Credits, so many deliveries a second at most, each of which every endpoint is told. Answers what the healthy ones are to get. */
async function creditsAtRate(
  give: (count: number) => Promise<readonly Sent[]>,
  urls: readonly string[],
  count: number,
  perSecond: number,
): Promise<Sent[]> {
  const wanted: Sent[] = [];
  const began = performance.now();
  for (let made = 0; made < count; made += urls.length) {
    await sleep(Math.max(0, began + (made * 1_000) / perSecond - performance.now()));
    for (const { name, at } of await give(1))
      wanted.push(...urls.map((url) => ({ name: `${url} ${name}`, at })));
  }
  return wanted;
}

async function besides(system: System, call: Call, count: number, perSecond: number) {
  const servers = await Promise.all(Array.from({ length: 40 }, healthy));
  const urls = servers.map(urlOf);
  for (const url of urls) await endpointAt(call, url);
  const wallet = await call<{ id: `wal_${string}` }>('POST', '/v1/wallets', { currency: 'USD' });
  const give = (many: number) => creditAll(system, wallet.id, many);
  await give(1);
  await sleep(10_500); // What happens right before an endpoint is made is told it as well.
  const delays = (taken: readonly Sent[]) =>
    taken.map(({ name, at }) => (arrived.get(name) ?? Number.POSITIVE_INFINITY) - at);
  const alone = await creditsAtRate(give, urls, count, perSecond);
  await untilArrived(alone);
  const strange = await Promise.all(
    Array.from({ length: 10 }, (_, n) => oddOne(odd[n % 5] ?? 'dead')),
  );
  for (const { url } of strange) await endpointAt(call, url);
  const beside = await creditsAtRate(give, urls, count, perSecond);
  await untilArrived(beside);
  const row = (taken: readonly Sent[]) => ({
    deliveries: taken.length,
    'p50 ms': percentile(delays(taken), 0.5).toFixed(0),
    'p95 ms': percentile(delays(taken), 0.95).toFixed(0),
    'p99 ms': percentile(delays(taken), 0.99).toFixed(0),
    missing: taken.filter(({ name }) => !arrived.has(name)).length,
  });
  console.table({ '40 healthy alone': row(alone), 'beside 10 others': row(beside) });
  for (const server of servers) server.close();
  for (const { close } of strange) close();
}

export const benchWebhooks = (count: number, perSecond: number): Promise<void> =>
  withSystem(async (system, dataDir) => {
    const { call } = callerOf(system.outputs.apiUrl, agent);
    await toOne(system, call, dataDir, count);
    await besides(system, call, Math.round(count / 2), perSecond);
  });
