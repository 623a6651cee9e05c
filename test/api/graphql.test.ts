import { expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import fc from 'fast-check';
import { getIntrospectionQuery } from 'graphql';
import { type GraphqlHandlers, graphqlServer } from '../../lambdas/api/graphql/server.ts';
import type { Reply } from '../../lambdas/api/perform.ts';
import { logger } from '../../lambdas/boot/observe.ts';
import {
  answerBytesMax,
  graphqlAliasesMax,
  graphqlSpreadsMax,
} from '../../lambdas/core/kernel/limits.ts';
import { isProblem, refuse } from '../../lambdas/core/requests/problem.ts';
import { resourceOf } from '../../lambdas/core/requests/resource.ts';
import { destination, requestedOf, walletOf } from '../support/things.ts';

const withdrawal = resourceOf(requestedOf(walletOf()), new Map());
const found = async (): Promise<Reply> => ({ status: 200, body: withdrawal });
const handlers: GraphqlHandlers = {
  createWithdrawal: found,
  cancelWithdrawal: found,
  retryWithdrawal: found,
  getWithdrawal: found,
  listWithdrawals: async () => ({ status: 200, body: { data: [withdrawal], nextCursor: null } }),
  getWallet: async () => refuse('NOT_FOUND', 'There is no such wallet.'),
};

type Sending = {
  handlers?: Partial<GraphqlHandlers>;
  introspection?: boolean;
  scopes?: string;
  accept?: string;
};
type Answer = {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: string[]; extensions: Record<string, unknown> }[];
};

const send = (body: string, { handlers: own, introspection = false, scopes, accept }: Sending) =>
  graphqlServer(
    { ...handlers, ...own },
    { introspection },
  )({
    body,
    isBase64Encoded: false,
    multiValueHeaders: {
      'Content-Type': ['application/json'],
      ...(accept === undefined ? {} : { Accept: [accept] }),
    },
    requestContext: {
      requestId: 'the-request',
      authorizer: {
        principalId: 'key_of_alice',
        keyId: 'key_of_alice',
        tenant: 'alice',
        scopes: scopes ?? 'withdrawals:read withdrawals:write wallets:read',
      },
    },
  } as unknown as APIGatewayProxyEvent);

async function ask(query: string, given: Sending & { variables?: object } = {}) {
  const { variables, ...sending } = given;
  const reply = await send(JSON.stringify({ query, variables }), sending);
  if (isProblem(reply)) throw new Error(`a problem: ${reply.detail}`);
  return { ...reply, body: reply.body as Answer };
}
const codesIn = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions['code']);

const input = `{ walletId: "wal_1", amount: "1.00", asset: "USDC", network: "base", destinationAddress: "${destination}" }`;
const create = (alias: string, key: string) =>
  `${alias}: createWithdrawal(input: ${input}, idempotencyKey: "${key}") { id }`;

test('an argument reaches the operation as REST would have sent it', async () => {
  const calls: unknown[] = [];
  const noting = async (call: unknown): Promise<Reply> => {
    calls.push(call);
    return { status: 200, body: { ...withdrawal, data: [], nextCursor: null } };
  };
  const own = { createWithdrawal: noting, listWithdrawals: noting, getWithdrawal: noting };
  await ask(`mutation { ${create('a', 'k1')} }`, { handlers: own });
  await ask(
    '{ withdrawals(walletId: "w", status: FAILED, limit: 7, cursor: null) { nextCursor } }',
    {
      handlers: own,
    },
  );
  await ask('{ withdrawal(id: "wd_1") { id } }', { handlers: own });
  expect(calls).toEqual([
    {
      tenant: 'alice',
      by: 'key_of_alice',
      principal: null,
      path: {},
      query: undefined,
      key: 'k1',
      body: {
        walletId: 'wal_1',
        amount: '1.00',
        asset: 'USDC',
        network: 'base',
        destinationAddress: destination,
        reference: null,
        metadata: {},
        maxRetries: 3,
      },
    },
    {
      tenant: 'alice',
      by: 'key_of_alice',
      principal: null,
      path: {},
      query: { walletId: 'w', status: 'FAILED', limit: 7 },
      key: '',
      body: undefined,
    },
    {
      tenant: 'alice',
      by: 'key_of_alice',
      principal: null,
      path: { id: 'wd_1' },
      query: undefined,
      key: '',
      body: undefined,
    },
  ]);
});

test('mutations are carried out one after the other, and one that is refused harms no other', async () => {
  const order: string[] = [];
  const { body } = await ask(
    `mutation { ${create('a', 'k1')} ${create('b', 'k2')} ${create('c', 'k3')} }`,
    {
      handlers: {
        createWithdrawal: async ({ key }) => {
          order.push(`${key} begins`);
          await new Promise((resolve) => setImmediate(resolve));
          order.push(`${key} ends`);
          return key === 'k2' ? refuse('WALLET_SUSPENDED', 'The wallet is suspended.') : found();
        },
      },
    },
  );
  expect(order).toEqual(['k1', 'k2', 'k3'].flatMap((key) => [`${key} begins`, `${key} ends`]));
  expect(body.data).toMatchObject({ a: { id: withdrawal.id }, b: null, c: { id: withdrawal.id } });
  expect(codesIn(body)).toEqual(['WALLET_SUSPENDED']);
});

test('a problem is an error with its code, status, fields and whatever else it has', async () => {
  const problem = { ...refuse('LIMIT_EXCEEDED', 'Too much.'), more: { remaining: '5.00' } };
  const { status, body } = await ask(`mutation { ${create('a', 'k')} }`, {
    handlers: { createWithdrawal: async () => problem },
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    data: { a: null },
    errors: [
      {
        message: 'Too much.',
        path: ['a'],
        extensions: {
          code: 'LIMIT_EXCEEDED',
          status: 422,
          requestId: 'the-request',
          remaining: '5.00',
        },
      },
    ],
  });
});

test.each([
  ['an amount that is none', input.replace('1.00', '1e2'), '"k"', 'INVALID_AMOUNT', '#/amount'],
  [
    'metadata that is no text',
    input.replace('}', 'metadata: { a: 1 } }'),
    '"k"',
    'INVALID_REQUEST',
    '#/metadata/a',
  ],
  [
    'no retries at all',
    input.replace('}', 'maxRetries: 11 }'),
    '"k"',
    'INVALID_REQUEST',
    '#/maxRetries',
  ],
  [
    '__proto__',
    input.replace('}', 'metadata: { __proto__: "x" } }'),
    '"k"',
    'INVALID_REQUEST',
    undefined,
  ],
  ['no key', input, 'null', 'IDEMPOTENCY_KEY_REQUIRED', undefined],
  ['a key with a space', input, '"a b"', 'IDEMPOTENCY_KEY_INVALID', undefined],
])('%s is refused as REST refuses it', async (_name, given, key, code, pointer) => {
  const { body } = await ask(
    `mutation { createWithdrawal(input: ${given}, idempotencyKey: ${key}) { id } }`,
  );
  const [error] = body.errors ?? [];
  expect(error?.extensions).toMatchObject({ code, status: 400 });
  const errors = error?.extensions['errors'] as { pointer: string }[] | undefined;
  expect(errors?.[0]?.pointer).toBe(pointer);
});

test('every field asks for its own scope', async () => {
  const { body } = await ask('{ withdrawal(id: "wd_1") { id } wallet(id: "wal_1") { id } }', {
    scopes: 'withdrawals:read',
  });
  expect(body.data).toMatchObject({ withdrawal: { id: withdrawal.id }, wallet: null });
  expect(codesIn(body)).toEqual(['FORBIDDEN']);
  const other = await ask(`mutation { ${create('a', 'k')} }`, { scopes: 'withdrawals:read' });
  expect(codesIn(other.body)).toEqual(['FORBIDDEN']);
});

test('what breaks inside is logged, and told as 503 without a word of it', async () => {
  const logged = jest.spyOn(logger, 'error').mockImplementation(() => undefined);
  const { status, body } = await ask('{ withdrawal(id: "wd_1") { id } }', {
    handlers: { getWithdrawal: () => Promise.reject(new Error('table money is gone')) },
  });
  expect(status).toBe(200);
  expect(body.data).toEqual({ withdrawal: null });
  expect(body.errors?.[0]).toMatchObject({
    path: ['withdrawal'],
    extensions: { code: 'TEMPORARILY_UNAVAILABLE', status: 503 },
  });
  expect(JSON.stringify(body)).not.toContain('money');
  expect(
    JSON.stringify(logged.mock.calls.map(([, more]) => String((more as { error: Error }).error))),
  ).toContain('table money is gone');
  logged.mockRestore();
});

const fields = Object.keys(withdrawal).filter(
  (name) => !['payout', 'fees', 'failure'].includes(name),
);
const all = `${fields.join(' ')} payout { amount asset } fees { type amount currency } failure { code message retryable }`;
const page = (limit: string) => `withdrawals(${limit}) { data { ${all} } nextCursor }`;

test('a full page with every field is within the limits', async () => {
  const { body } = await ask(`{ ${page('limit: 100')} }`);
  expect(body).toEqual({ data: { withdrawals: { data: [expect.anything()], nextCursor: null } } });
});

/** Each fragment uses the next one twice. */
const doubling = Array.from(
  { length: 40 },
  (_, n) => `fragment f${n} on __Schema { ...f${n + 1} ...f${n + 1} }`,
).join(' ');
const repeated = (count: number, of: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => of(n)).join(' ');

test.each<[string, string, RegExp]>([
  ['nested fields', `{ ${'a { '.repeat(7)} a ${'} '.repeat(7)} }`, /depth limit of 6/],
  ['nested fields by the thousand', '{ a '.repeat(10_000), /1000 tokens/],
  ['nested lists by the thousand', `{ withdrawal(id: ${'['.repeat(10_000)}`, /1000 tokens/],
  [
    'two full pages',
    `{ a: ${page('limit: 100')} b: ${page('limit: 100')} }`,
    /Cost limit of 5000 exceeded, found 7000/,
  ],
  [
    'two pages of any size',
    `query ($n: Int) { a: ${page('limit: $n')} b: ${page('limit: $n')} }`,
    /Cost limit/,
  ],
  [
    'pages in fragments',
    `{ ...p q: ${page('limit: 90')} } fragment p on Query { ${page('limit: 90')} }`,
    /Cost limit/,
  ],
  [
    'three pages of 50 by default',
    `{ a: ${page('status: FAILED')} b: ${page('status: FAILED')} c: ${page('limit: null')} }`,
    /Cost limit/,
  ],
  [
    'many requests in one',
    `mutation { ${repeated(graphqlAliasesMax + 1, (n) => create(`a${n}`, `k${n}`).replace(input, '$i'))} }`,
    /at most 10 aliases, not 11/,
  ],
  [
    'many fragments',
    `{ ${repeated(graphqlSpreadsMax + 1, () => '...f')} } fragment f on Query { __typename }`,
    /at most 20 uses/,
  ],
  [
    'fragments in fragments',
    `{ __schema { ...f0 } } ${doubling} fragment f40 on __Schema { description }`,
    /at most 20 uses of fragments, not 81/,
  ],
  [
    'fragments in circles',
    '{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }',
    /Cannot spread fragment/,
  ],
])('a bomb is refused: %s', async (_name, query, message) => {
  const { status, body } = await ask(query, { introspection: true });
  expect(status).toBe(200);
  expect(body).not.toHaveProperty('data');
  expect(new Set(codesIn(body))).toEqual(new Set(['INVALID_REQUEST']));
  expect(body.errors?.map((error) => error.message).join('\n')).toMatch(message);
});

test('an answer that Lambda could not give is refused', async () => {
  const huge = { ...withdrawal, reference: 'x'.repeat(answerBytesMax) };
  const own = { getWithdrawal: async () => ({ status: 200, body: huge }) };
  const reply = await send('{"query":"{ withdrawal(id: 1) { reference } }"}', { handlers: own });
  expect(reply).toMatchObject({ problem: 'INVALID_REQUEST' });
});

test('the schema is told where introspection is on, and nowhere else', async () => {
  const query = getIntrospectionQuery();
  const on = await ask(query, { introspection: true });
  expect(on.body.errors).toBeUndefined();
  expect(on.body.data).toHaveProperty('__schema.queryType.name', 'Query');
  for (const asked of [query, '{ __type(name: "Wallet") { name } }']) {
    const off = await ask(asked);
    expect(off.body).not.toHaveProperty('data');
    expect(codesIn(off.body)).toContain('INVALID_REQUEST');
  }
  expect((await ask('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } });
});

// biome-ignore format: columns are the point
test.each<[string, string, string]>([
  ['no JSON', 'hello', 'INVALID_REQUEST'],
  ['no object', '"{\\"query\\":\\"{__typename}\\"}"', 'INVALID_REQUEST'],
  ['nothing', 'null', 'INVALID_REQUEST'],
  ['a batch', '[{"query":"{__typename}"}]', 'INVALID_REQUEST'],
  ['no query', '{}', 'INVALID_REQUEST'],
  ['a query that is none', '{"query":1}', 'INVALID_REQUEST'],
  ['variables that are none', '{"query":"{__typename}","variables":[]}', 'INVALID_REQUEST'],
  ['a duplicate key', '{"query":"{__typename}","query":"{__typename}"}', 'INVALID_REQUEST'],
  ['__proto__', '{"query":"{__typename}","variables":{"__proto__":{}}}', 'INVALID_REQUEST'],
  ['an unknown field', '{"query":"{__typename}","id":"x"}', 'INVALID_REQUEST'],
  ['more than 64 KiB', `{"query":"${' '.repeat(65_536)}"}`, 'PAYLOAD_TOO_LARGE'],
])('the body is refused as everywhere: %s', async (_name, body, code) => {
  expect(await send(body, {})).toMatchObject({ problem: code });
});

const legacy = 'application/json';
const modern = 'application/graphql-response+json';
// biome-ignore format: columns are the point
test.each<[string, string, string, number]>([
  ['no document',            '{"query":"{"}',                                                               legacy, 200],
  ['no document',            '{"query":"{"}',                                                               modern, 400],
  ['an unknown field',       '{"query":"{ balance }"}',                                                     legacy, 200],
  ['an unknown field',       '{"query":"{ balance }"}',                                                     modern, 400],
  ['a subscription',         '{"query":"subscription { withdrawal }"}',                                     modern, 400],
  ['no such operation',      '{"query":"query a { __typename }","operationName":"b"}',                      modern, 400],
  ['a variable of wrong type','{"query":"query ($i: ID!) { withdrawal(id: $i) { id } }","variables":{"i":{}}}', legacy, 200],
  ['a variable of wrong type','{"query":"query ($i: ID!) { withdrawal(id: $i) { id } }","variables":{"i":{}}}', modern, 400],
  ['a missing variable',     '{"query":"query ($i: ID!) { withdrawal(id: $i) { id } }"}',                   modern, 400],
])('a request that cannot be carried out: %s, %s as %s: %i', async (_name, body, accept, status) => {
  const reply = (await send(body, { accept })) as Reply;
  expect(reply.status).toBe(status);
  const { errors = [] } = reply.body as Answer;
  expect(errors.length).toBeGreaterThan(0);
  for (const { extensions, message } of errors) {
    expect(extensions).toMatchObject({ code: 'INVALID_REQUEST', status: 400, requestId: 'the-request' });
    expect(message.length).toBeGreaterThan(5);
  }
});

test.each([
  [modern, modern],
  ['*/*', legacy],
  ['text/html', legacy],
  [`${legacy}, ${modern}`, legacy],
])('who accepts %s gets %s', async (accept, type) => {
  const { headers } = await ask('{ __typename }', { accept });
  expect(headers?.['content-type']).toBe(`${type}; charset=utf-8`);
});

// biome-ignore format: words
const words = ['{', '}', '(', ')', '[', ']', ':', '$', '!', '...', '@skip', '|', '=', '"', '"""', '#', ',', '\n', '\u0000', '\ud800',
  'query', 'mutation', 'fragment', 'on', 'Query', 'withdrawal', 'withdrawals', 'createWithdrawal', 'id', 'limit', 'data', '__typename', '__proto__', 'null', '1', '1e999'];

test('whatever is sent, there is an answer, and nothing breaks', async () => {
  const document = fc.oneof(
    fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join(' ')),
    fc.string({ unit: 'binary' }),
  );
  const request = fc.record(
    { query: document, variables: fc.object(), operationName: fc.string() },
    { requiredKeys: ['query'] },
  );
  await fc.assert(
    fc.asyncProperty(request, async (body) => {
      const reply = await send(JSON.stringify(body), {});
      if (isProblem(reply)) return expect(reply.problem).toBe('INVALID_REQUEST');
      expect(reply.status).toBe(200);
      for (const code of codesIn(reply.body as Answer)) expect(code).toBe('INVALID_REQUEST');
    }),
  );
});
