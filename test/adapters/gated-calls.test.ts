/** Each HTTP request to a node or the brokerage passes the gate of its operation, and only the provider's own faults count. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Hex } from 'viem';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca.ts';
import { evmClient } from '../../lambdas/adapters/evm.ts';
import { brokerageCalls } from '../../lambdas/boot-gates.ts';
import { ShutError } from '../../lambdas/core/errors.ts';
import type { Gates, Pass } from '../../lambdas/core/gates.ts';
import { at, destination } from '../support/things.ts';

let server: Server;
let url = '';
let status = 200;
let asked = 0;
beforeEach(async () => {
  [status, asked] = [200, 0];
  server = createServer((request, response) => {
    asked += 1;
    request.resume();
    request.on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
});

const seen: string[] = [];
beforeEach(() => {
  seen.splice(0);
});
const passing: Pass = async (operation, request, isWell) => {
  const answer = await request();
  seen.push(`${operation}: ${isWell(answer) ? 'well' : 'ill'}`);
  return answer;
};
const until = at(9_000);
const shut: Pass = async (operation) => {
  throw new ShutError(operation, until);
};

const config = { network: 'base', token: destination, treasury: destination } as const;
const call = { method: 'eth_chainId' } as const;
const send: { method: 'eth_sendRawTransaction'; params: [Hex] } = {
  method: 'eth_sendRawTransaction',
  params: ['0x00'],
};

test.each([
  [200, call, 'base read: well'],
  [200, send, 'base send: well'],
  [429, call, 'base read: well'],
  [503, send, 'base send: ill'],
])('a node that answers %i to %j: %s', async (answer, request, want) => {
  status = answer;
  const client = evmClient({ ...config, rpcUrl: url, pass: passing });
  await expect(client.request(request)).rejects.toThrow();
  expect(seen).toEqual([want]);
});

test('a batch is one request', async () => {
  const client = evmClient({ ...config, rpcUrl: url, pass: passing });
  await Promise.allSettled([client.request(call), client.request(call)]);
  expect(seen).toEqual(['base read: well']);
});

test('a node behind an open breaker is not asked', async () => {
  const client = evmClient({ ...config, rpcUrl: url, pass: shut });
  await expect(client.request(call)).rejects.toThrow();
  expect(asked).toBe(0);
});

const firmAccountId = 'f1f1f1f1-0000-4000-8000-000000000001';
const brokerageBy = (pass: Pass) =>
  alpacaBrokerage(
    { baseUrl: url, keyId: 'k', secretKey: 's', firmAccountId },
    brokerageCalls({ pass } as Gates),
  );
const journal = (by: Pass) => {
  const brokerage = brokerageBy(by);
  const intent = { key: 'k', from: firmAccountId, to: firmAccountId, amount: 100n };
  return brokerage.journal(brokerage.prepare({ ...intent, description: 'wd_1' } as never));
};

test('journals and questions to the brokerage pass gates of their own', async () => {
  await journal(passing);
  await brokerageBy(passing).status('1');
  status = 500;
  await brokerageBy(passing).status('1');
  expect(seen).toEqual(['brokerage journal: well', 'brokerage read: well', 'brokerage read: ill']);
});

test('behind an open breaker nothing was sent: not now, and until when', async () => {
  expect(await journal(shut)).toMatchObject({ outcome: 'NOT_NOW', until });
  expect(await brokerageBy(shut).status('1')).toMatchObject({ ok: false, refused: false, until });
  expect(asked).toBe(0);
});
