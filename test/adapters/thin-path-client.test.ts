/** The thin path beside the SDK alone, where it is about the client: clock, credentials, settings, mocks, and a real network. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { mockClient } from 'aws-sdk-client-mock';
import { thin } from '../../lambdas/adapters/aws/thin/thin.ts';
import { dynamoClient } from '../../lambdas/adapters/dynamo/client.ts';
import { countCalls, counted } from '../../lambdas/adapters/dynamo/usage.ts';
import { sdkPackages } from '../sim/sdk.ts';
import {
  type Answer,
  type AnyClient,
  clientOf,
  credentials,
  isSigned,
  outcomeOf,
  type Rig,
  rig,
  wordsOf,
} from '../support/thin.ts';

const get = () => new GetCommand({ TableName: 'money', Key: { pk: 'a', sk: 'b' } });
const found: Answer = { body: { Item: { pk: { S: 'a' }, amount: { N: '5' } } } };

beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** How long after `at` the request says that it was signed, in tens of seconds. */
function signedAfter({ sent }: Rig, index: number, at: number): number {
  const text = sent[index]?.headers['x-amz-date'] ?? '';
  const iso = text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return Math.round((Date.parse(iso) - at) / 10_000) || 0;
}

const date = (aheadMs: number) => ({ date: new Date(Date.now() + aheadMs).toUTCString() });
const hour = 3_600_000;

test('a clock that is wrong is corrected by each answer, as the SDK does it', async () => {
  const offsets = [];
  for (const isThin of [false, true]) {
    const one = rig('document', isThin);
    one.answers.push(
      found,
      { ...found, headers: date(hour) },
      { ...found, headers: { ...date(-hour), age: '5' } },
      { ...found, headers: { date: 'no date' } },
      found,
    );
    const at = Date.now();
    for (let n = 0; n < 5; n += 1) await one.client.send(get());
    offsets.push([0, 1, 2, 3, 4].map((index) => signedAfter(one, index, at)));
    for (const request of one.sent) expect(await isSigned(one, request)).toBe(true);
  }
  expect(offsets[1]).toEqual(offsets[0]);
  expect(offsets[1]).toEqual([0, 0, 360, 360, 360]);
});

test('a signature that came too late is made again with the corrected clock', async () => {
  const runs = [];
  for (const isThin of [false, true]) {
    const one = rig('document', isThin);
    const late: Answer = {
      status: 400,
      headers: date(hour),
      body: { __type: 'InvalidSignatureException', message: 'Signature expired: old' },
    };
    one.answers.push(found, late, found, found);
    const at = Date.now();
    await one.client.send(get());
    const outcome = await outcomeOf(() => one.client.send(get()));
    await one.client.send(get());
    const signed = [1, 2, 3].map((index) => signedAfter(one, index, at));
    for (const request of one.sent) expect(await isSigned(one, request)).toBe(true);
    runs.push({ outcome, signed });
  }
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[1]?.signed).toEqual([0, 360, 360]);
});

test('with its correction switched off, the clock stays as it is', async () => {
  for (const isThin of [false, true]) {
    const one = rig('document', isThin, {
      disableClockSkewCorrection: true,
    } as DynamoDBClientConfig);
    one.answers.push(found, { ...found, headers: date(hour) }, found);
    const at = Date.now();
    for (let n = 0; n < 3; n += 1) await one.client.send(get());
    expect(signedAfter(one, 2, at)).toBe(0);
  }
});

test('credentials are asked for as the SDK asks: those that run out are renewed, with or without a token', async () => {
  const runs = [];
  for (const isThin of [false, true]) {
    let generation = 1;
    const one = rig('document', isThin, {
      credentials: async () => ({
        accessKeyId: `KEY${generation}`,
        secretAccessKey: `secret${generation}`,
        // The SDK asks again for what lasts no five minutes any more.
        expiration: new Date(Date.now() + 1_000),
        ...(generation !== 2 && { sessionToken: `token ${generation}` }),
      }),
    });
    for (const next of [1, 1, 2, 2, 3, 3, 4, 4]) {
      generation = next;
      one.answers.push(found);
      await one.client.send(get());
      const last = one.sent.at(-1) as Rig['sent'][number];
      expect(await isSigned(one, last)).toBe(true);
      expect(keyIn(last)).toBe(`KEY${next}`);
    }
    const made = one.sent.map((request) => request.isThin);
    // Where a token comes or goes the SDK makes a request again, from which the others follow.
    expect(made).toEqual(
      isThin ? [false, true, false, true, false, true, true, true] : Array(8).fill(false),
    );
    runs.push(one.sent.map(wordsOf));
  }
  expect(runs[1]).toEqual(runs[0]);
});
const keyIn = ({ headers }: Rig['sent'][number]) =>
  /Credential=([^/]+)\//.exec(headers['authorization'] ?? '')?.[1];

test('an account that has another host is asked there', async () => {
  for (const isThin of [false, true]) {
    let accountId = '111111111111';
    const one = rig('document', isThin, {
      accountIdEndpointMode: 'preferred',
      credentials: async () => ({ ...credentials, accountId, expiration: new Date(0) }),
    });
    for (let n = 0; n < 4; n += 1) {
      if (n === 2) accountId = '222222222222';
      one.answers.push(found);
      await one.client.send(get());
    }
    expect(one.sent.map(({ hostname }) => hostname.slice(0, 3))).toEqual([
      '111',
      '111',
      '222',
      '222',
    ]);
  }
});

test('a new day has a key of its own', async () => {
  const one = rig('document', true);
  jest.useFakeTimers({
    now: Date.parse('2026-12-31T23:59:59Z'),
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
  });
  for (let n = 0; n < 4; n += 1) {
    one.answers.push(found);
    await one.client.send(get());
    jest.advanceTimersByTime(700);
  }
  jest.useRealTimers();
  for (const request of one.sent) expect(await isSigned(one, request)).toBe(true);
  expect(new Set(one.sent.map(({ headers }) => headers['x-amz-date']?.slice(0, 8))).size).toBe(2);
});

test('what somebody adds to the client later, such as a tracer, sees every call', async () => {
  const one = rig('document', true);
  const seen: string[] = [];
  one.answers.push(found, found, found);
  await one.client.send(get());
  one.client.middlewareStack.add(
    (next: (args: object) => Promise<object>, context: { commandName: string }) =>
      (args: object) => {
        seen.push(context.commandName);
        return next(args);
      },
    { step: 'build', name: 'XRayMiddleware' },
  );
  await one.client.send(get());
  await one.client.send(get());
  expect(seen).toEqual(['GetItemCommand', 'GetItemCommand']);
});

test('a middleware of one command is run', async () => {
  const one = rig('document', true);
  one.answers.push(found, found);
  await one.client.send(get());
  const command = get();
  let ran = 0;
  command.middlewareStack.add(
    (next) => (args) => {
      ran += 1;
      return next(args);
    },
    { step: 'initialize', name: 'own' },
  );
  await one.client.send(command);
  expect(ran).toBe(1);
});

test('a logger hears of every call', async () => {
  const said: unknown[] = [];
  const quiet = () => {};
  const logger = {
    trace: quiet,
    debug: quiet,
    warn: quiet,
    error: quiet,
    info: (line: unknown) => said.push(line),
  };
  const one = rig('document', true, { logger });
  one.answers.push(found, found);
  await one.client.send(get());
  await one.client.send(get());
  expect(said).toHaveLength(2);
});

test('a retry mode that waits before a first attempt is left to the SDK', async () => {
  const one = rig('document', true, { retryMode: 'adaptive' });
  one.answers.push(found, found);
  await one.client.send(get());
  await one.client.send(get());
  expect(one.sent.map(({ isThin }) => isThin)).toEqual([false, false]);
});

test('where the SDK would make another request than ours, it makes them all', async () => {
  const signer = {
    sign: async (request: { headers: Record<string, string> }) => ({
      ...request,
      headers: {
        ...request.headers,
        'x-amz-date': '20260101T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=A/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=of-another-kind',
      },
    }),
  };
  const one = rig('document', true, { signer } as unknown as DynamoDBClientConfig);
  for (let n = 0; n < 5; n += 1) {
    one.answers.push(found);
    await one.client.send(get());
  }
  expect(one.sent.map(({ headers }) => headers['authorization']?.slice(-15))).toEqual(
    Array(5).fill('of-another-kind'),
  );
});

test('what a failure takes from the retries that are left, successes give back', async () => {
  const left = [];
  for (const isThin of [false, true]) {
    const one = rig('document', isThin);
    const failed: Answer = { status: 500, body: { __type: 'InternalServerError' } };
    one.answers.push(found, failed, failed, failed, failed, found, found);
    await one.client.send(get());
    await expect(one.client.send(get())).rejects.toThrow();
    await one.client.send(get());
    await one.client.send(get());
    left.push((await one.client.config.retryStrategy()).capacity);
  }
  expect(left[1]).toBe(left[0]);
  expect(left[1]).toBeLessThan(500);
});

test('the trace of an invocation is handed on, and is not signed', async () => {
  process.env['AWS_LAMBDA_FUNCTION_NAME'] = 'debit';
  const runs = [];
  for (const isThin of [false, true]) {
    const one = rig('document', isThin);
    for (const trace of ['Root=1', 'Root=2', 'Root=3']) {
      process.env['_X_AMZN_TRACE_ID'] = trace;
      one.answers.push(found);
      await one.client.send(get());
    }
    runs.push(one.sent.map(({ headers }) => headers['X-Amzn-Trace-Id']));
    expect(one.sent.at(-1)?.isThin).toBe(isThin);
    expect(one.sent.at(-1)?.headers['authorization']).not.toContain('trace');
  }
  delete process.env['AWS_LAMBDA_FUNCTION_NAME'];
  delete process.env['_X_AMZN_TRACE_ID'];
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[1]).toEqual(['Root=1', 'Root=2', 'Root=3']);
});

test('a hundred calls at once are answered each by its own', async () => {
  const one = rig('document', true);
  Object.assign(one.client.config.requestHandler, {
    handle: async ({ body }: { body: Uint8Array }) => {
      const { Key } = JSON.parse(new TextDecoder().decode(body)) as { Key: object };
      await new Promise((resolve) => setImmediate(resolve));
      return {
        response: {
          statusCode: 200,
          headers: {},
          body: Buffer.from(JSON.stringify({ Item: Key })),
        },
      };
    },
  });
  const keys = Array.from({ length: 100 }, (_, n) => ({ pk: String(n), sk: 'x' }));
  const items = await Promise.all(
    keys.map(
      async (Key) =>
        (await one.client.send(new GetCommand({ TableName: 'money', Key }))) as { Item: object },
    ),
  );
  expect(items.map(({ Item }) => Item)).toEqual(keys);
});

test('the simulation’s clients, which sign nothing, are on the thin path as well', async () => {
  const { DynamoDBClient } = sdkPackages['@aws-sdk/client-dynamodb'] as typeof dynamodb;
  const made: boolean[] = [];
  const handle = async (request: object) => {
    made.push(Object.getPrototypeOf(request) === Object.prototype);
    return { response: { statusCode: 200, headers: {}, body: Buffer.from('{}') } };
  };
  const raw = new DynamoDBClient({ requestHandler: { handle } });
  countCalls(raw.middlewareStack);
  const client = thin(raw, counted);
  for (let n = 0; n < 3; n += 1)
    await client.send(new dynamodb.GetItemCommand({ TableName: 'money', Key: { pk: { S: 'a' } } }));
  expect(made).toEqual([false, true, true]);
});

test('tests mock the classes of the SDK, as before', async () => {
  const mock = mockClient(DynamoDBDocumentClient);
  mock.on(PutCommand).resolves({ Attributes: { mocked: true } });
  const { Attributes } = await dynamoClient().send(
    new PutCommand({ TableName: 'money', Item: { pk: 'a' } }),
  );
  expect(Attributes).toEqual({ mocked: true });
  mock.restore();
});

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

const ok: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => response.end(JSON.stringify({ Item: { amount: { N: '5' } } })));
};
const cut: RequestListener = (request) => request.socket.destroy();
const cutInTheMiddle: RequestListener = (request, response) => {
  request.resume();
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"Item":');
  setTimeout(() => response.destroy(), 20);
};
const silent: RequestListener = (request) => request.resume();

/** The second of two calls, both ways, to a server that treats the requests of it as `listeners` say. */
async function overTheWire(
  listeners: readonly RequestListener[],
  call: (client: AnyClient) => Promise<object> = (client) => client.send(get()),
) {
  const runs = [];
  for (const isThin of [false, true]) {
    const ways = [ok, ...listeners];
    let [requests, connections] = [0, 0];
    const listening = createServer((request, response) => {
      ways[requests]?.(request, response);
      requests += 1;
    });
    listening.on('connection', () => {
      connections += 1;
    });
    server = listening;
    await once(listening.listen(0, '127.0.0.1'), 'listening');
    const { port } = listening.address() as AddressInfo;
    const client = clientOf('document', isThin, {
      region: 'eu-central-1',
      credentials,
      endpoint: `http://127.0.0.1:${port}`,
      requestHandler: new NodeHttpHandler({ requestTimeout: 300, throwOnRequestTimeout: true }),
    });
    await client.send(get());
    const outcome = await outcomeOf(() => call(client));
    listening.closeAllConnections();
    listening.close();
    const text = JSON.stringify(outcome, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    runs.push({ outcome: text.replaceAll(String(port), 'port'), requests, connections });
  }
  expect(runs[1]).toEqual(runs[0]);
  return runs[1];
}

test.each<[name: string, listeners: RequestListener[], requests: number, connections: number]>([
  ['the connection is kept', [ok], 2, 1],
  ['a connection that is cut is made again', [cut, ok], 3, 2],
  ['an answer that is cut is asked for again', [cutInTheMiddle, ok], 3, 2],
  ['a server that is silent is asked again after the timeout', [silent, ok], 3, 2],
  ['a server that stays silent', [silent, silent, silent, silent], 5, 4],
])('over the wire: %s', async (_, listeners, requests, connections) => {
  expect(await overTheWire(listeners)).toMatchObject({ requests, connections });
});

let abort = new AbortController();
const aborting: RequestListener = (request) => {
  request.resume();
  setTimeout(() => abort.abort(), 20);
};
const abortingInTheMiddle: RequestListener = (request, response) => {
  aborting(request, response);
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"Item":');
};

test.each<[when: string, listeners: RequestListener[], requests: number]>([
  ['before it is sent', [], 1],
  ['while it waits', [aborting], 2],
  ['while the answer comes', [abortingInTheMiddle], 2],
])('over the wire: a call that is aborted %s', async (_, listeners, requests) => {
  const run = await overTheWire(listeners, (client) => {
    abort = new AbortController();
    if (listeners.length === 0) abort.abort();
    return client.send(get(), { abortSignal: abort.signal });
  });
  expect(run).toMatchObject({ requests });
  expect(run?.outcome).toMatch(/abort/i);
});

test('an answer that is far too large is not read to its end', async () => {
  const endless: RequestListener = (request, response) => {
    request.resume();
    const chunk = Buffer.alloc(2 ** 20, ' ');
    const more = (): void => {
      while (response.write(chunk));
      response.once('drain', more);
    };
    more();
  };
  const ways = [ok, endless];
  server = createServer((request, response) => ways.shift()?.(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = clientOf('document', true, {
    region: 'eu-central-1',
    credentials,
    endpoint: `http://127.0.0.1:${port}`,
  });
  await client.send(get());
  await expect(client.send(get())).rejects.toThrow(/larger than 33554432 bytes/);
});
