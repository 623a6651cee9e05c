/** Connect, gRPC-Web and gRPC, by generated clients and by `buf curl`: the same keys, scopes, codes and idempotency as REST. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { expect, test } from '@jest/globals';
import { ErrorDetailSchema } from '../../lambdas/api/connect/generated/drawbridge/v1/error_detail_pb.js';
import { WithdrawalStatus } from '../../lambdas/api/connect/generated/drawbridge/v1/withdrawal_pb.js';
import {
  ProcessorState,
  WithdrawalProcessorService,
} from '../../lambdas/api/connect/generated/drawbridge/v1/withdrawal_processor_service_pb.js';
import { WithdrawalService } from '../../lambdas/api/connect/generated/drawbridge/v1/withdrawal_service_pb.js';
import { newAddress, newKey } from './client.ts';
import { testSystem } from './system.ts';

const { system, alice } = testSystem();
const root = path.join(import.meta.dirname, '../..');

const transports: Record<string, () => Transport> = {
  Connect: () => createConnectTransport({ baseUrl: system.outputs.apiUrl, httpVersion: '1.1' }),
  'Connect in JSON': () =>
    createConnectTransport({
      ...{ baseUrl: system.outputs.apiUrl, httpVersion: '1.1', useBinaryFormat: false },
    }),
  'Connect over HTTP/2': () =>
    createConnectTransport({ baseUrl: system.outputs.grpcUrl, httpVersion: '2' }),
  gRPC: () => createGrpcTransport({ baseUrl: system.outputs.grpcUrl }),
  'gRPC-Web': () => createGrpcWebTransport({ baseUrl: system.outputs.grpcUrl, httpVersion: '2' }),
};
const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
const asAlice = as('dk_local_alice');

/** The error of a call, and what it says in detail. */
async function errorOf(call: Promise<unknown>) {
  const error = await call.then(
    () => null,
    (caught: unknown) => ConnectError.from(caught),
  );
  if (error === null) throw new Error('It was done.');
  return { code: Code[error.code], detail: error.findDetails(ErrorDetailSchema)[0], error };
}

/** They wait for payouts, so all of them wait at the same time: the first test begins all. */
let begun: Map<string, Promise<void>> | undefined;
const beginAll = () =>
  new Map(
    Object.entries(transports).map(([name, transport]) => {
      const done = doesWhatRestDoes(name, transport());
      done.catch(() => {}); // The test of its name says so.
      return [name, done];
    }),
  );

test.each(Object.keys(transports))('%s does what REST does', async (name) => {
  begun ??= beginAll();
  await begun.get(name);
});

async function doesWhatRestDoes(name: string, transport: Transport): Promise<void> {
  const client = createClient(WithdrawalService, transport);
  const walletId = await alice.wallet('USDC', '50.00');
  const payment = {
    ...{ walletId, amount: '10.00', asset: 'USDC', network: 'base', reference: name },
    ...{ destinationAddress: newAddress(), metadata: { team: 'red' }, idempotencyKey: newKey() },
  };
  const first = await client.createWithdrawal(payment, asAlice);
  expect(first).toMatchObject({ alreadyExists: false, withdrawal: { stage: 'requested' } });
  const again = await client.createWithdrawal({ ...payment, amount: '10' }, asAlice);
  expect(again).toMatchObject({ alreadyExists: true, withdrawal: { id: first.withdrawal?.id } });
  const { idempotencyKey, ...sameInRest } = payment;
  const rest = await alice.withdraw(walletId, sameInRest, idempotencyKey);
  expect([rest.status, rest.body.id]).toEqual([200, first.withdrawal?.id]);

  const id = rest.body.id;
  const ended = await alice.ended(id);
  const { withdrawal } = await client.getWithdrawal({ id }, asAlice);
  expect(withdrawal).toMatchObject({
    ...{ id, status: WithdrawalStatus.COMPLETED, txHash: ended.txHash ?? '', reference: name },
    ...{ payout: { amount: '10.00', asset: 'USDC' }, metadata: { team: 'red' } },
  });
  const at = withdrawal?.completedAt;
  const millis = Number(at?.seconds) * 1_000 + Number(at?.nanos) / 1e6;
  expect(new Date(millis).toISOString()).toBe(ended.completedAt);
  const found = await client.getWithdrawalByIdempotencyKey({ idempotencyKey }, asAlice);
  expect(found).toMatchObject({ found: true, withdrawal: { id } });
  const none = await client.getWithdrawalByIdempotencyKey({ idempotencyKey: 'never' }, asAlice);
  expect([none.found, none.withdrawal]).toEqual([false, undefined]);
  const query = { walletId, status: WithdrawalStatus.COMPLETED, limit: 1 };
  const page = await client.listWithdrawals(query, asAlice);
  expect(page.withdrawals.map((one) => one.id)).toEqual([id]);

  const refusals: [Promise<unknown>, string, string][] = [
    [client.getWithdrawal({ id }, as('dk_local_bob')), 'NotFound', 'NOT_FOUND'],
    [
      client.createWithdrawal({ ...payment, amount: '11.00' }, asAlice),
      'AlreadyExists',
      'IDEMPOTENCY_KEY_REUSED',
    ],
    [
      client.createWithdrawal({ ...payment, idempotencyKey: '' }, asAlice),
      'InvalidArgument',
      'IDEMPOTENCY_KEY_REQUIRED',
    ],
    [
      client.createWithdrawal({ ...payment, amount: 'x' }, asAlice),
      'InvalidArgument',
      'INVALID_AMOUNT',
    ],
    [
      client.createWithdrawal(payment, as('dk_local_alice_readonly')),
      'PermissionDenied',
      'FORBIDDEN',
    ],
    [client.cancelWithdrawal({ id }, asAlice), 'FailedPrecondition', 'TOO_LATE_TO_CANCEL'],
    [client.retryWithdrawal({ id }, asAlice), 'FailedPrecondition', 'NOT_RETRYABLE'],
    [client.listWithdrawals({ cursor: 'x' }, asAlice), 'InvalidArgument', 'INVALID_CURSOR'],
    [client.listWithdrawals({ limit: 0 }, asAlice), 'InvalidArgument', 'INVALID_REQUEST'],
    [
      client.getWithdrawalByIdempotencyKey({}, asAlice),
      'InvalidArgument',
      'IDEMPOTENCY_KEY_REQUIRED',
    ],
  ];
  const errors = await Promise.all(refusals.map(([call]) => errorOf(call)));
  expect(errors.map(({ code, detail }) => [code, detail?.code])).toEqual(
    refusals.map(([, code, problem]) => [code, problem]),
  );
  expect(errors[3]?.detail?.errors).toMatchObject([
    { pointer: '#/amount', code: 'INVALID_AMOUNT' },
  ]);
  for (const { detail } of errors) expect(detail?.requestId).toMatch(/\S/);
  // The gateway refuses it before there is anything that could say more.
  for (const options of [{}, as('dk_nobody')])
    expect((await errorOf(client.getWithdrawal({ id }, options))).code).toBe('Unauthenticated');
}

test('the processor is stopped, looked at and started by operators only', async () => {
  const client = createClient(WithdrawalProcessorService, transports['gRPC']?.() as Transport);
  const operator = as('dk_local_operator');
  expect((await client.stopProcessor({ reason: 'A look.' }, operator)).state).toBe(
    ProcessorState.STOPPED,
  );
  const stats = await client.getProcessorStats({}, operator);
  expect(stats.state).toBe(ProcessorState.STOPPED);
  expect(stats.processed).toBeGreaterThan(0n);
  expect(stats.queueDepth).toHaveProperty('debit');
  expect(stats.deadLetters).toHaveProperty('relay');
  expect((await client.startProcessor({}, operator)).state).toBe(ProcessorState.RUNNING);
  expect((await client.startProcessor({}, operator)).state).toBe(ProcessorState.RUNNING);
  for (const call of [client.stopProcessor({}, asAlice), client.getProcessorStats({}, asAlice)])
    expect(await errorOf(call)).toMatchObject({
      code: 'PermissionDenied',
      detail: { status: 403 },
    });
});

test('what is no call of Connect is refused as Connect does, and strictly', async () => {
  const call = (procedure: string, body: string, type = 'application/json') =>
    fetch(`${system.outputs.apiUrl}/drawbridge.v1.WithdrawalService/${procedure}`, {
      ...{ method: 'POST', body },
      headers: { ...asAlice.headers, 'content-type': type },
    }).then(async (response) => [
      response.status,
      ((await response.json()) as { code: string }).code,
    ]);
  expect(await call('GetWithdrawal', '{"id":"wd_1"}')).toEqual([404, 'not_found']);
  expect(await call('PayMe', '{}')).toEqual([501, 'unimplemented']);
  expect(await call('GetWithdrawal', '{"id":"wd_1","idd":"x"}')).toEqual([400, 'invalid_argument']);
  expect(await call('GetWithdrawal', '{"id":"a","id":"b"}')).toEqual([400, 'invalid_argument']);
  expect(await call('GetWithdrawal', '{')).toEqual([400, 'invalid_argument']);
  expect(await call('GetWithdrawal', '{"id":7}')).toEqual([400, 'invalid_argument']);
  expect(await call('GetWithdrawal', 'x', 'application/proto')).toEqual([400, 'invalid_argument']);
  expect(await call('GetWithdrawal', '{}', 'text/plain')).toEqual([400, 'invalid_argument']);
});

const buf = async (...words: string[]): Promise<string> => {
  const program = path.join(root, 'node_modules/@bufbuild/buf/bin/buf');
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...words]);
  return stdout;
};

test.each(['grpc', 'grpcweb', 'connect'])(
  'buf curl speaks %s, and learns by reflection what there is',
  async (protocol) => {
    const { grpcUrl } = system.outputs;
    const http2 = ['--http2-prior-knowledge', '--protocol', protocol];
    const services = await buf('curl', ...http2, '--list-services', grpcUrl);
    expect(services.trim().split('\n')).toEqual(
      expect.arrayContaining([
        'drawbridge.v1.WithdrawalProcessorService',
        'drawbridge.v1.WithdrawalService',
      ]),
    );
    const methods = await buf('curl', ...http2, '--list-methods', grpcUrl);
    expect(methods.trim().split('\n')).toEqual(
      expect.arrayContaining([
        'drawbridge.v1.WithdrawalService/CreateWithdrawal',
        'grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      ]),
    );
    const data = [
      '-d',
      '{"idempotencyKey":"never"}',
      '-H',
      `authorization: ${asAlice.headers.authorization}`,
    ];
    const at = `${grpcUrl}/drawbridge.v1.WithdrawalService/GetWithdrawalByIdempotencyKey`;
    expect(JSON.parse(await buf('curl', ...http2, ...data, at))).toEqual({});
  },
);

test('buf curl speaks Connect to the API itself, with the files of this repository', async () => {
  const at = `${system.outputs.apiUrl}/drawbridge.v1.WithdrawalService/ListWithdrawals`;
  const schema = ['--schema', path.join(root, 'proto'), '-d', '{"limit":1}'];
  const said = await buf(
    'curl',
    ...schema,
    '-H',
    `authorization: ${asAlice.headers.authorization}`,
    at,
  );
  expect(JSON.parse(said)).toMatchObject({ withdrawals: [{ id: expect.stringMatching(/^wd_/) }] });
});
