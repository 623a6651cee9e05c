/**
 * `npm run bench -- webhooks`: how fast events reach one healthy endpoint, and what 10 of 50 that are dead, silent or odd cost the
 * others. Events are a client's own, so that nothing but webhooks is measured.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type System, startSystem } from '../local/child.ts';
import { totalOf, usageIn } from '../local/lambda/usage.ts';

const clients = 32;
const agent = new Agent({ keepAlive: true, maxSockets: clients });
/** If nothing has arrived for so long, nothing will any more. */
const patienceMs = 30_000;

type Call = <T>(method: string, at: string, body?: object) => Promise<T>;
const callerOf =
  ({ outputs }: System): Call =>
  (method, at, body) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: 'Bearer dk_local_alice',
        'content-type': 'application/json',
      };
      const sent = request(outputs.apiUrl + at, { method, agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          if ((response.statusCode ?? 500) < 300) resolve(text === '' ? null : JSON.parse(text));
          else reject(new Error(`${method} ${at}: ${response.statusCode} ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });

/** When each event of a healthy receiver arrived first, by its name. */
const arrived = new Map<string, number>();
let requests = 0;

const listening = (server: { listen(port: number, host: string, then: () => void): unknown }) =>
  new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
const urlOf = (server: Pick<Server, 'address'>): string => {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
};

async function healthy(): Promise<Server> {
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    incoming.on('end', () => {
      requests += 1;
      const { data } = JSON.parse(text) as { data: { name: string } };
      if (!arrived.has(data.name)) arrived.set(data.name, performance.now());
      response.writeHead(204).end();
    });
  });
  await listening(server);
  return server;
}

/** Receivers that take all and say nothing, drip headers, drip a body, fail, or are not there. */
const odd = ['silent', 'headers', 'body', 'fails', 'dead'] as const;
async function oddOne(kind: (typeof odd)[number]): Promise<{ url: string; close(): void }> {
  if (kind === 'dead') return { url: 'http://127.0.0.1:1/', close: () => {} };
  const timers = new Set<NodeJS.Timeout>();
  const server = createSocketServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      if (kind === 'fails') socket.end('HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n');
      if (kind === 'headers' || kind === 'body') {
        socket.write(kind === 'body' ? 'HTTP/1.1 200 OK\r\n\r\n' : 'HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => socket.write(kind === 'body' ? '.' : 'a: b\r\n'), 500);
        timers.add(timer);
        socket.once('close', () => clearInterval(timer));
      }
    });
  });
  await listening(server);
  return {
    url: urlOf(server),
    close: () => {
      for (const timer of timers) clearInterval(timer);
      server.close();
    },
  };
}

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ??
  0;

type Sent = { name: string; at: number };

/** Sends events to these endpoints by turns, so many a second at most, and answers when each was taken. */
async function sendAll(call: Call, ids: readonly string[], count: number, perSecond: number) {
  const taken: Sent[] = [];
  let next = 0;
  const began = performance.now();
  const client = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await sleep(Math.max(0, began + (index * 1_000) / perSecond - performance.now()));
      const config_id = ids[index % ids.length] ?? '';
      const name = `${config_id} ${index} ${Math.round(began)}`;
      const at = performance.now();
      const own = { event_type: 'bench', event_id: name, config_id, url_params: { name } };
      await call('POST', '/v1/webhooks', own);
      taken.push({ name, at });
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
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
  (await call<{ id: string }>('POST', '/v1/webhook-endpoints', { url, events: ['*'] })).id;

async function oneEndpoint(call: Call, dataDir: string, count: number) {
  const server = await healthy();
  const id = await endpointAt(call, urlOf(server));
  const before = totalOf(usageIn(dataDir));
  const began = performance.now();
  const taken = await sendAll(call, [id], count, 10_000);
  const acceptedSeconds = (performance.now() - began) / 1_000;
  await untilArrived(taken);
  const last = Math.max(...taken.map(({ name }) => arrived.get(name) ?? Number.NaN));
  await sleep(2_000);
  const after = totalOf(usageIn(dataDir));
  const each = (name: keyof typeof after): string =>
    ((after[name] - before[name]) / count).toFixed(2);
  console.table({
    [`${count} events to one endpoint`]: {
      'accepted/s': (count / acceptedSeconds).toFixed(1),
      'delivered/s': (count / ((last - began) / 1_000)).toFixed(1),
      missing: taken.filter(({ name }) => !arrived.has(name)).length,
      requests,
      'write units': each('writeUnits'),
      'read units': each('readUnits'),
      'SDK calls': each('awsCalls'),
      invocations: each('invocations'),
    },
  });
  await call('DELETE', `/v1/webhook-endpoints/${id}`);
  server.close();
}

async function besides(call: Call, count: number, perSecond: number): Promise<void> {
  const servers = await Promise.all(Array.from({ length: 40 }, healthy));
  const good = await Promise.all(servers.map((server) => endpointAt(call, urlOf(server))));
  const delays = (taken: readonly Sent[]) =>
    taken.map(({ name, at }) => (arrived.get(name) ?? Number.POSITIVE_INFINITY) - at);
  const alone = await sendAll(call, good, count, perSecond);
  await untilArrived(alone);
  const strange = await Promise.all(
    Array.from({ length: 10 }, (_, n) => oddOne(odd[n % 5] ?? 'dead')),
  );
  const bad = await Promise.all(strange.map(({ url }) => endpointAt(call, url)));
  const mixed = await sendAll(call, [...good, ...bad], Math.round(count * 1.25), perSecond);
  const toGood = mixed.filter(({ name }) => good.some((id) => name.startsWith(id)));
  await untilArrived(toGood);
  const row = (taken: readonly Sent[]) => ({
    events: taken.length,
    'p50 ms': percentile(delays(taken), 0.5).toFixed(0),
    'p95 ms': percentile(delays(taken), 0.95).toFixed(0),
    'p99 ms': percentile(delays(taken), 0.99).toFixed(0),
    missing: taken.filter(({ name }) => !arrived.has(name)).length,
  });
  console.table({ '40 healthy alone': row(alone), 'beside 10 others': row(toGood) });
  for (const server of servers) server.close();
  for (const { close } of strange) close();
}

export async function benchWebhooks(count: number, perSecond: number): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'drawbridge-bench-'));
  const system = await startSystem({ dataDir, env: { LOG_LEVEL: 'warn' } });
  const call = callerOf(system);
  try {
    await oneEndpoint(call, dataDir, count);
    await besides(call, Math.round(count / 2), perSecond);
  } finally {
    await system.stop();
    rmSync(dataDir, { recursive: true });
  }
}
