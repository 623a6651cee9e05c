import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { Webhook } from 'standardwebhooks';
import type { webhookSender } from '../../lambdas/adapters/net/webhook-sender.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import type { WebhookEndpoint } from '../../lambdas/core/webhooks/endpoint.ts';
import { deliveryOf, endpointOf } from '../support/webhooks.ts';
import {
  type Addresses,
  type Behaviour,
  type ReceiversModel,
  type ReceiversOptions,
  receiversModel,
} from './models/receivers.ts';
import { type StillWorld, stillWorld } from './still-world.ts';

/** The product's sender as a bundle, whose ways out are the ones that it is given. */
async function senderWith(world: StillWorld, outside: Record<string, object>) {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(import.meta.dirname, '../../lambdas/adapters/net/webhook-sender.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: "import{createRequire as c}from'node:module';const require=c('/');" },
    logLevel: 'error',
  });
  const context = vm.createContext({
    Buffer,
    URL,
    TextEncoder,
    console,
    setTimeout: (event: () => void, ms: number) => world.after(ms, event),
    setImmediate: (event: () => void) => world.after(0, event),
    clearTimeout: () => {},
  });
  const text = outputFiles[0]?.text ?? '';
  const module = new vm.SourceTextModule(text, { context });
  await module.link(async (specifier) => {
    const exports = outside[specifier] ?? ((await import(specifier)) as object);
    const names = Object.keys(exports);
    const linked = new vm.SyntheticModule(
      names,
      () => {
        for (const [name, value] of Object.entries(exports)) linked.setExport(name, value);
      },
      { context },
    );
    return linked;
  });
  await module.evaluate();
  return (module.namespace as { webhookSender: typeof webhookSender }).webhookSender;
}

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
const endpoint = (url: string): WebhookEndpoint => endpointOf({ url, secret });
const body = '{"id":"evt_1","type":"withdrawal.completed"}';
const delivery = deliveryOf({ status: 'PROCESSING', body });

type Sent = Awaited<ReturnType<ReturnType<typeof webhookSender>>>;
type Setup = {
  model: ReceiversModel;
  world: StillWorld;
  send(url?: string, allowedHosts?: readonly string[]): Promise<Sent & { tookMs: number }>;
};

async function make(
  behaviour: Behaviour,
  addresses: Addresses = ['93.184.216.34'],
  options: ReceiversOptions = {},
): Promise<Setup> {
  const world = stillWorld(5);
  const model = receiversModel(world, [{ host: 'hooks.test', addresses, behaviour }], options);
  const makeSender = await senderWith(world, {
    'node:http': model.http,
    'node:https': model.https,
    'node:dns': model.dns,
  });
  return {
    model,
    world,
    send: async (url = 'https://hooks.test/in?a=1', allowedHosts = []) => {
      const start = world.now();
      const clock = { now: () => world.now() as Instant, until: async () => {} };
      let result: Sent | undefined;
      const sending = makeSender(allowedHosts, clock)(endpoint(url), delivery, () => {}).then(
        (sent) => {
          result = sent;
        },
      );
      for (let tries = 0; result === undefined && tries < 100; tries++) await world.pass(1_000);
      if (result === undefined) throw new Error('the sender never ended');
      await sending;
      const sent: Sent = result;
      return { ...sent, tookMs: sent.completedAt - start };
    },
  };
}
const requestsOf = ({ model }: Setup) => model.truth().flatMap(({ requests }) => requests);
const connectionsOf = ({ model }: Setup) =>
  model.truth().flatMap(({ connections }) => connections.map(({ address }) => address));

describe('the real sender and a simulated receiver', () => {
  test('a webhook arrives whole, signed, at the address that was looked up', async () => {
    const setup = await make({ ok: 1 });
    const sent = await setup.send();
    expect(sent).toMatchObject({ httpStatus: 200, responseBody: 'ok', error: null });
    const [request] = requestsOf(setup);
    expect(request).toMatchObject({
      url: 'https://hooks.test/in?a=1',
      address: '93.184.216.34',
      method: 'POST',
      status: 200,
      body,
      headers: { 'webhook-id': 'evt_1', 'user-agent': 'Drawbridge-Webhooks/1', host: 'hooks.test' },
    });
    const timestamp = Number(request?.headers['webhook-timestamp']);
    expect(new Webhook(secret).sign('evt_1', new Date(timestamp * 1_000), body)).toBe(
      request?.headers['webhook-signature'],
    );
    expect(setup.model.truth()).toMatchObject([
      { host: 'hooks.test', connections: [{ address: '93.184.216.34', port: 443, secure: true }] },
    ]);
    expect(sent.tookMs).toBeGreaterThan(0);
  });

  test.each([
    ['serverError', { httpStatus: 500, error: null, responseBody: 'it broke' }, [500]],
    ['gone', { httpStatus: 410, error: null }, [410]],
    ['redirect', { httpStatus: 307, error: null, responseBody: '' }, [307]],
    ['lost', { httpStatus: null, error: 'ECONNRESET' }, [null]],
    ['refused', { httpStatus: null, error: 'ECONNREFUSED' }, []],
    ['cut', { httpStatus: 200, error: null, responseBody: 'half a b' }, [200]],
    ['silent', { httpStatus: null, error: 'TIMEOUT', tookMs: 10_000 }, [null]],
    ['slow', { httpStatus: null, error: 'TIMEOUT', tookMs: 10_000 }, [null]],
    ['unreachable', { httpStatus: null, error: 'TIMEOUT', tookMs: 10_000 }, []],
    [
      'trickle',
      {
        httpStatus: 200,
        error: null,
        responseBody: expect.stringMatching(/^\.{2,3}$/),
        tookMs: expect.closeTo(3_000, -3),
      },
      [200],
    ],
    ['endless', { httpStatus: 200, error: null, responseBody: 'x'.repeat(4_096) }, [200]],
  ] as const)('%s', async (doing, result, statuses) => {
    const setup = await make({ [doing]: 1 });
    expect(await setup.send()).toMatchObject(result);
    await setup.world.pass(60_000);
    expect(requestsOf(setup).map(({ status }) => status)).toEqual(statuses);
    expect(connectionsOf(setup)).toEqual(['93.184.216.34']);
  });

  test('DNS that does not answer is waited for no longer than anything else', async () => {
    const setup = await make({ ok: 1 }, ['93.184.216.34'], { latencyMs: [30_000, 30_000] });
    expect(await setup.send()).toMatchObject({ error: 'TIMEOUT', tookMs: 10_000 });
    await setup.world.pass(60_000);
    expect(connectionsOf(setup)).toEqual([]);
  });

  test('Retry-After comes in seconds and as a date', async () => {
    const setup = await make({ retryAfter: 1 });
    const seconds = new Set<number>();
    for (let time = 0; time < 30; time++) {
      const sent = await setup.send();
      expect([429, 503]).toContain(sent.httpStatus);
      seconds.add(Math.round(sent.retryAfterSeconds ?? -1));
    }
    expect([...seconds].sort((a, b) => a - b)).toEqual(expect.arrayContaining([1, 7, 120, 3_600]));
  });

  test('a request that is late arrives when nobody waits for it any more', async () => {
    const setup = await make({ late: 1 });
    const start = setup.world.now();
    expect(await setup.send()).toMatchObject({ error: 'TIMEOUT' });
    await setup.world.pass(60_000);
    const [request] = requestsOf(setup);
    expect(request).toMatchObject({ body, status: null });
    expect(request?.at).toBeGreaterThan(start + 10_000);
  });

  test('a name that turns to an address inside between two attempts is not connected to', async () => {
    const setup = await make({ ok: 1 }, (nth) =>
      nth === 1 ? ['93.184.216.34'] : ['169.254.169.254'],
    );
    expect(await setup.send()).toMatchObject({ httpStatus: 200 });
    expect(await setup.send()).toMatchObject({ error: 'WEBHOOK_URL_NOT_ALLOWED' });
    expect(connectionsOf(setup)).toEqual(['93.184.216.34']);
    setup.model.change('hooks.test', { addresses: ['93.184.216.35', '10.0.0.1'] });
    expect(await setup.send()).toMatchObject({ error: 'WEBHOOK_URL_NOT_ALLOWED' });
    setup.model.change('hooks.test', { addresses: [] });
    expect(await setup.send()).toMatchObject({ error: 'ENOTFOUND' });
    expect(connectionsOf(setup)).toEqual(['93.184.216.34']);
  });

  test('whoever connects to an address inside is seen: allowed hosts are not looked at', async () => {
    const setup = await make({ ok: 1 }, ['10.0.0.1']);
    expect(await setup.send('http://hooks.test/', ['hooks.test'])).toMatchObject({
      httpStatus: 200,
    });
    expect(await setup.send('http://127.0.0.1:9/', ['127.0.0.1'])).toMatchObject({
      httpStatus: 200,
    });
    expect(setup.model.truth()).toMatchObject([
      { host: 'hooks.test', connections: [{ address: '10.0.0.1', port: 80, secure: false }] },
      { host: '127.0.0.1', connections: [{ address: '127.0.0.1', port: 9 }], requests: [{}] },
    ]);
  });

  test('when one address refuses, the next is tried', async () => {
    const setup = await make({ refused: 1 }, ['93.184.216.34', '93.184.216.35']);
    expect(await setup.send()).toMatchObject({ error: 'ECONNREFUSED' });
    expect(connectionsOf(setup)).toEqual(['93.184.216.34', '93.184.216.35']);
  });

  test('the same seed is the same story', async () => {
    const all = { ok: 3, slow: 1, lost: 1, cut: 1, retryAfter: 1, endless: 1, late: 1 };
    const told = async () => {
      const setup = await make(all);
      const results: Sent[] = [];
      for (let time = 0; time < 20; time++) results.push(await setup.send());
      return [results, setup.world.story, setup.model.truth()];
    };
    const first = await told();
    expect(await told()).toEqual(first);
    expect(new Set(first[1] as string[]).size).toBeGreaterThan(4);
  });
});

/** What node:http does when a server does the same. */
describe('the model and Node', () => {
  let server: http.Server;
  beforeAll(async () => {
    server = http.createServer((request, response) => {
      const doing = request.url?.slice(1);
      if (doing === 'lost') request.socket.destroy();
      else if (doing === 'cut' || doing === 'trickle') {
        response.writeHead(200, doing === 'cut' ? { 'content-length': '100' } : {});
        response.write('half a b', () => {
          if (doing === 'cut') request.socket.destroy();
        });
      } else if (doing === 'serverError') response.writeHead(500).end('it broke');
      else if (doing === 'redirect') response.writeHead(307, { Location: 'http://x.test/' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  type Client = Pick<ReceiversModel['http'], 'request'>;
  type Lookup = ReceiversModel['dns']['lookup'];
  const portOf = (): number => (server.address() as AddressInfo).port;

  /** What somebody sees who sends a request as the sender does, and aborts it once he has the response, or at once. */
  async function seen(
    client: Client,
    url: string,
    abort: 'never' | 'before' | 'waiting' | 'reading',
    lookup?: Lookup,
  ): Promise<unknown[]> {
    const controller = new AbortController();
    const story: unknown[] = [];
    const fault = (error: unknown): unknown => {
      const { name, code, message } = error as NodeJS.ErrnoException;
      return { name, code, message: message.replace(/:\d+$/, '') };
    };
    if (abort === 'before') controller.abort();
    try {
      const response = await new Promise<Parameters<Parameters<Client['request']>[2]>[0]>(
        (resolve, reject) => {
          const { signal } = controller;
          const request = client.request(
            new URL(url),
            { method: 'POST', agent: false, signal, headers: {}, ...(lookup && { lookup }) },
            resolve,
          );
          request.on('error', (error: Error) => {
            story.push(['error', fault(error)]);
            reject(error);
          });
          request.end('{}');
          if (abort === 'waiting') setImmediate(() => controller.abort());
        },
      );
      const { statusCode, headers } = response;
      story.push([statusCode, headers['location'], headers['connection']]);
      for await (const chunk of response) {
        story.push(String(chunk));
        if (abort === 'reading') controller.abort();
      }
      story.push('end');
    } catch (error) {
      story.push(['caught', fault(error)]);
    }
    return story;
  }

  test.each([
    ['serverError', 'never'],
    ['redirect', 'never'],
    ['lost', 'never'],
    ['cut', 'never'],
    ['silent', 'before'],
    ['silent', 'waiting'],
    ['trickle', 'reading'],
  ] as const)('%s, aborted: %s', async (doing, abort) => {
    const real = await seen(
      http as unknown as Client,
      `http://127.0.0.1:${portOf()}/${doing}`,
      abort,
    );
    const modelled = await inModel({ [doing]: 1 }, (client) =>
      seen(client, `http://127.0.0.1/${doing}`, abort),
    );
    const same = (story: unknown[]): string =>
      JSON.stringify(story)
        .replace('http://169.254.169.254/latest/meta-data/', 'http://x.test/')
        .replace('"."', '"half a b"');
    expect(same(modelled)).toBe(same(real));
  });

  const found =
    (...addresses: string[]): Lookup =>
    (_, options, callback) => {
      expect(options).toEqual({ family: undefined, hints: 32, all: true });
      queueMicrotask(() =>
        callback(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        ),
      );
    };
  const fails: Lookup = (_host, _options, callback) =>
    queueMicrotask(() => callback(new Error('WEBHOOK_URL_NOT_ALLOWED'), []));

  test.each([
    ['one address', found('127.0.0.1')],
    ['two addresses', found('127.0.0.2', '127.0.0.3')],
    ['an error', fails],
  ])('a lookup that gives %s, and nobody there', async (_, lookup) => {
    const free = http.createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const url = `http://a.test:${port}/`;
    const real = await seen(http as unknown as Client, url, 'never', lookup);
    expect(await inModel({ refused: 1 }, (client) => seen(client, url, 'never', lookup))).toEqual(
      real,
    );
  });

  test('nobody is asked about an address', async () => {
    const url = `http://127.0.0.1:${portOf()}/serverError`;
    const real = await seen(http as unknown as Client, url, 'never', fails);
    expect(
      await inModel({ serverError: 1 }, (client) => seen(client, url, 'never', fails)),
    ).toEqual(real);
  });

  async function inModel(
    behaviour: Behaviour,
    run: (client: Client) => Promise<unknown[]>,
  ): Promise<unknown[]> {
    const world = stillWorld();
    const model = receiversModel(world, [
      { host: '127.0.0.1', addresses: [], behaviour },
      { host: 'a.test', addresses: ['127.0.0.1'], behaviour },
    ]);
    let story: unknown[] | undefined;
    const running = run(model.http).then((told) => {
      story = told;
    });
    for (let tries = 0; story === undefined && tries < 100; tries++) await world.pass(1_000);
    await running;
    return story ?? [];
  }

  test('what is not modelled is refused', () => {
    const { http: client } = receiversModel(stillWorld(), []);
    const request = (options: object) => () =>
      client.request('http://a.test/', { agent: false, ...options }, () => {});
    expect(request({ timeout: 5 })).toThrow(/no timeout/);
    expect(request({ agent: undefined })).toThrow(/kept/);
    expect(() => client.request('https://a.test/', { agent: false }, () => {})).toThrow(/Protocol/);
  });
});
