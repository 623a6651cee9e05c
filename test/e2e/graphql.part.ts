import { beforeAll, expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { auditServer } from 'graphql-http';
import { newAddress, newKey } from './client.ts';
import { testSystem } from './system.ts';

const { system, alice } = testSystem();
let walletId: string;

beforeAll(async () => {
  walletId = await alice.wallet('USD', '100.00');
});

type Extensions = { code: string; status: number; errors?: { pointer: string }[] };
type Answer = {
  data?: Record<string, Record<string, unknown> | null> | null;
  errors?: { message: string; path?: string[]; extensions: Extensions }[];
};

const post = (
  body: string,
  { key = 'dk_local_alice', headers = {} }: { key?: string; headers?: Record<string, string> } = {},
) =>
  fetch(`${system.outputs.apiUrl}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body,
  });

async function ask(query: string, variables: object = {}, key?: string): Promise<Answer> {
  const response = await post(
    JSON.stringify({ query, variables }),
    key === undefined ? {} : { key },
  );
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}
const codesIn = ({ errors = [] }: Answer) =>
  errors.map(({ extensions: { code, status } }) => `${status} ${code}`);

const everything = `
  id walletId status stage amount currency asset network destinationAddress payout { amount asset }
  fees { type amount currency } txHash explorerUrl confirmations retryCount maxRetries nextAttemptAt
  failure { code message retryable } reference metadata idempotencyKey createdAt updatedAt completedAt`;
const creation = `mutation ($input: CreateWithdrawalInput!, $key: String) {
  createWithdrawal(input: $input, idempotencyKey: $key) { ${everything} }
}`;
const inputOf = (given: object = {}) => ({
  walletId,
  amount: '1.00',
  asset: 'USDC',
  network: 'ethereum',
  destinationAddress: newAddress(),
  ...given,
});
const create = async (input: object, key = newKey()) => ask(creation, { input, key });

test('a withdrawal is created, replayed and read with the fields of REST', async () => {
  const key = newKey();
  const input = inputOf({ reference: 'order 7', metadata: { a: 'b' }, maxRetries: 5 });
  const { data, errors } = await create(input, key);
  expect(errors).toBeUndefined();
  const created = data?.['createWithdrawal'];
  expect(created).toMatchObject({
    walletId,
    amount: '1.00',
    reference: 'order 7',
    metadata: { a: 'b' },
    maxRetries: 5,
    idempotencyKey: key,
  });
  const id = String(created?.['id']);
  expect((await create({ ...input, amount: '1.0' }, key)).data?.['createWithdrawal']?.['id']).toBe(
    id,
  );
  expect(codesIn(await create({ ...input, amount: '2.00' }, key))).toEqual([
    '422 IDEMPOTENCY_KEY_REUSED',
  ]);

  await alice.until(
    () => alice.withdrawal(id),
    ({ status }) => status === 'COMPLETED',
  );
  const { data: read } = await ask(`query ($id: ID!) { withdrawal(id: $id) { ${everything} } }`, {
    id,
  });
  expect(read?.['withdrawal']).toEqual(await alice.get(`/v1/withdrawals/${id}`));
  const fields =
    'id currency available held status funding { type } reference metadata createdAt updatedAt';
  const { data: wallets } = await ask(`{ wallet(id: "${walletId}") { ${fields} } }`);
  expect(wallets?.['wallet']).toEqual(await alice.get(`/v1/wallets/${walletId}`));

  const late = await ask(
    `mutation { cancelWithdrawal(id: "${id}") { id } retryWithdrawal(id: "${id}") { id } }`,
  );
  expect(codesIn(late)).toEqual(['409 TOO_LATE_TO_CANCEL', '409 NOT_RETRYABLE']);
});

test('two withdrawals in one document, with a key each', async () => {
  const both = `mutation ($input: CreateWithdrawalInput!, $a: String, $b: String) {
    first: createWithdrawal(input: $input, idempotencyKey: $a) { id }
    second: createWithdrawal(input: $input, idempotencyKey: $b) { id }
  }`;
  const variables = { input: inputOf(), a: newKey(), b: newKey() };
  const { data, errors } = await ask(both, variables);
  expect(errors).toBeUndefined();
  expect(data?.['first']?.['id']).not.toBe(data?.['second']?.['id']);
  expect((await ask(both, variables)).data).toEqual(data);
});

test('a withdrawal is cancelled; one that failed is taken up again', async () => {
  const { data } = await create(inputOf());
  const id = String(data?.['createWithdrawal']?.['id']);
  expect(await ask(`mutation { cancelWithdrawal(id: "${id}") { id } }`)).toEqual({
    data: { cancelWithdrawal: { id } },
  });
  await alice.until(
    () => alice.withdrawal(id),
    ({ status }) => status === 'CANCELLED',
  );

  const empty = await create(inputOf({ walletId: await alice.wallet('USD', '0.01') }));
  const failed = String(empty.data?.['createWithdrawal']?.['id']);
  const { failure } = await alice.until(
    () => alice.withdrawal(failed),
    ({ status }) => status === 'FAILED',
  );
  expect(failure).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
  expect(await ask(`mutation { retryWithdrawal(id: "${failed}") { id stage } }`)).toEqual({
    data: { retryWithdrawal: { id: failed, stage: 'requested' } },
  });
});

test('pages are those of REST, and a cursor fits its own list only', async () => {
  const mine = await alice.wallet('USD', '0.01');
  for (let index = 0; index < 3; index += 1) await create(inputOf({ walletId: mine }));
  const query = `query ($cursor: String, $limit: Int) {
    withdrawals(walletId: "${mine}", limit: $limit, cursor: $cursor) { data { id } nextCursor }
  }`;
  const { data: first } = await ask(query, { limit: 2 });
  const cursor = first?.['withdrawals']?.['nextCursor'];
  const { data: second } = await ask(query, { limit: 2, cursor });
  const ids = [first, second].flatMap(
    (page) => page?.['withdrawals']?.['data'] as { id: string }[],
  );
  const { data: all } = await alice.get<{ data: { id: string }[] }>(
    `/v1/withdrawals?walletId=${mine}`,
  );
  expect(ids).toEqual(all.map(({ id }) => ({ id })));
  expect(second?.['withdrawals']?.['nextCursor']).toBeNull();
  expect(codesIn(await ask(`{ withdrawals(cursor: "${cursor}") { nextCursor } }`))).toEqual([
    '400 INVALID_CURSOR',
  ]);
  const { data: filtered } = await ask(
    `{ withdrawals(walletId: "${mine}", status: COMPLETED) { data { id } } }`,
  );
  expect(filtered).toEqual({ withdrawals: { data: [] } });
  for (const limit of [0, 101, -1])
    expect(codesIn(await ask(query, { limit }))).toEqual(['400 INVALID_REQUEST']);
});

test('a key can do here what it can do there', async () => {
  const readonly = 'dk_local_alice_readonly';
  const { data } = await create(inputOf());
  const id = String(data?.['createWithdrawal']?.['id']);
  const read = `{ withdrawal(id: "${id}") { id } wallet(id: "${walletId}") { id } }`;
  expect(await ask(read, {}, readonly)).toEqual({
    data: { withdrawal: { id }, wallet: { id: walletId } },
  });
  const act = `mutation { cancelWithdrawal(id: "${id}") { id } retryWithdrawal(id: "${id}") { id } }`;
  expect(codesIn(await ask(act, {}, readonly))).toEqual(['403 FORBIDDEN', '403 FORBIDDEN']);
  expect(codesIn(await ask(creation, { input: inputOf(), key: newKey() }, readonly))).toEqual([
    '403 FORBIDDEN',
  ]);
  expect(codesIn(await ask(read, {}, 'dk_local_operator'))).toEqual([
    '403 FORBIDDEN',
    '403 FORBIDDEN',
  ]);
  const bob = 'dk_local_bob';
  for (const query of [read, act]) {
    const answer = await ask(query, {}, bob);
    expect(codesIn(answer)).toEqual(['404 NOT_FOUND', '404 NOT_FOUND']);
    expect(Object.values(answer.data ?? {})).toEqual([null, null]);
  }
  expect(codesIn(await ask(creation, { input: inputOf(), key: newKey() }, bob))).toEqual([
    '404 NOT_FOUND',
  ]);
  const { data: none } = await ask(
    `{ withdrawals(walletId: "${walletId}") { data { id } } }`,
    {},
    bob,
  );
  expect(none).toEqual({ withdrawals: { data: [] } });
});

test.each<[string, object, string, string | null]>([
  ['no amount', { amount: undefined }, '400 INVALID_REQUEST', null],
  ['an amount as a number', { amount: 1 }, '400 INVALID_REQUEST', null],
  ['too many decimals', { amount: '1.001' }, '400 INVALID_AMOUNT', '#/amount'],
  [
    'a bad checksum',
    { destinationAddress: '0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed' },
    '400 INVALID_ADDRESS',
    '#/destinationAddress',
  ],
  ['metadata that is no text', { metadata: { a: 1 } }, '400 INVALID_REQUEST', '#/metadata/a'],
  ['an unknown field', { status: 'COMPLETED' }, '400 INVALID_REQUEST', null],
  ['a network nobody pays on', { network: 'tron' }, '422 NETWORK_NOT_SUPPORTED', null],
  ['no such wallet', { walletId: '../../etc/passwd' }, '404 NOT_FOUND', null],
])('refused, and its key still free: %s', async (_name, given, code, pointer) => {
  const key = newKey();
  const answer = await create(inputOf(given), key);
  expect(codesIn(answer)).toEqual([code]);
  if (pointer !== null) expect(answer.errors?.[0]?.extensions.errors?.[0]?.pointer).toBe(pointer);
  expect((await create(inputOf(), key)).errors).toBeUndefined();
});

test.each<[string, string]>([
  ['a depth bomb', `{ ${'a { '.repeat(50)} a ${'} '.repeat(50)} }`],
  [
    'a cost bomb',
    `{ a: withdrawals(limit: 100) { data { ${everything} } } b: withdrawals(limit: 100) { data { ${everything} } } }`,
  ],
  [
    'an alias bomb',
    `{ ${Array.from({ length: 50 }, (_, n) => `a${n}: wallet(id: "w") { id }`).join(' ')} }`,
  ],
  ['no document', '{'],
  ['an unknown field', '{ balance }'],
  ['a subscription', 'subscription { withdrawal { id } }'],
  ['a status that is none', '{ withdrawals(status: DONE) { nextCursor } }'],
])('refused: %s', async (_name, query) => {
  const answer = await ask(query);
  expect(answer.data ?? null).toBeNull();
  expect(new Set(codesIn(answer))).toEqual(new Set(['400 INVALID_REQUEST']));
});

// biome-ignore format: columns are the point
test.each<[string, string, Parameters<typeof post>[1], number, string]>([
  ['an unknown key',   '{"query":"{__typename}"}',                        { key: 'dk_nobody' },                            401, 'UNAUTHORIZED'],
  ['no JSON',          'hello',                                           {},                                              400, 'INVALID_REQUEST'],
  ['a batch',          '[{"query":"{__typename}"}]',                      {},                                              400, 'INVALID_REQUEST'],
  ['a duplicate key',  '{"query":"{a}","query":"{__typename}"}',          {},                                              400, 'INVALID_REQUEST'],
  ['a form',           'query=%7B__typename%7D',                          { headers: { 'content-type': 'text/plain' } },   415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['more than 64 KiB', `{"query":"{__typename}${' '.repeat(65_536)}"}`,   {},                                              413, 'PAYLOAD_TOO_LARGE'],
])('refused before it is read as GraphQL: %s', async (_name, body, given, status, code) => {
  const response = await post(body, given);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ code, status });
});

test('the schema is told on this machine', async () => {
  const { data, errors } = await ask(getIntrospectionQuery());
  expect(errors).toBeUndefined();
  expect(data).toHaveProperty('__schema.mutationType.name', 'Mutation');
});

test('the server keeps to the GraphQL-over-HTTP specification, but for GET, which it has not', async () => {
  const results = await auditServer({
    url: `${system.outputs.apiUrl}/graphql`,
    fetchFn: async (url: string, init?: RequestInit) =>
      fetch(url, {
        ...init,
        headers: {
          ...(init?.headers as Record<string, string>),
          authorization: 'Bearer dk_local_alice',
        },
      }),
  });
  const failed = results.filter(({ status }) => status === 'error' || status === 'warn');
  expect(failed.map(({ id, name }) => `${id} ${name}`)).toEqual([]);
});
