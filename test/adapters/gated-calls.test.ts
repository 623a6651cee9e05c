/** Each HTTP request to a provider passes the gate of its operation, and only the provider's own faults count. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Hex } from 'viem';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import { alpacaFirmJournals } from '../../lambdas/adapters/alpaca/firm-journals.ts';
import { dueVirtualAccounts } from '../../lambdas/adapters/due/accounts.ts';
import type { DueConfig } from '../../lambdas/adapters/due/calls.ts';
import { dueOnRamp } from '../../lambdas/adapters/due/on-ramp.ts';
import { openNode } from '../../lambdas/adapters/evm/node.ts';
import { isWell } from '../../lambdas/adapters/net/http.ts';
import { brokerageCalls } from '../../lambdas/boot/brokerage.ts';
import { onRampCalls } from '../../lambdas/boot/on-ramp.ts';
import type { Pass } from '../../lambdas/core/breakers/gates.ts';
import { ShutError } from '../../lambdas/core/kernel/errors.ts';
import { at, destination, minorOf } from '../support/things.ts';

let server: Server;
let url = '';
let status = 200;
let asked = 0;
const nothing = '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}';
let body = nothing;
beforeEach(async () => {
  [status, asked, body] = [200, 0, nothing];
  server = createServer((request, response) => {
    asked += 1;
    request.resume();
    request.on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body);
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
  const client = openNode({ ...config, rpcUrl: url, pass: passing }).client;
  await expect(client.request(request)).rejects.toThrow();
  // What is lost is asked for again.
  expect(new Set(seen)).toEqual(new Set([want]));
});

test('a batch is one request', async () => {
  body = JSON.stringify([1, 2].map((id) => ({ jsonrpc: '2.0', id, result: '0x1' })));
  const client = openNode({ ...config, rpcUrl: url, pass: passing }).client;
  await Promise.allSettled([client.request(call), client.request(call)]);
  expect(seen).toEqual(['base read: well']);
});

test('a node behind an open breaker is not asked', async () => {
  const client = openNode({ ...config, rpcUrl: url, pass: shut }).client;
  await expect(client.request(call)).rejects.toThrow();
  expect(asked).toBe(0);
});

const firmAccountId = 'f1f1f1f1-0000-4000-8000-000000000001';
const alpaca = () => ({ baseUrl: url, keyId: 'k', secretKey: 's', firmAccountId });
const brokerageBy = (pass: Pass) => alpacaBrokerage(alpaca(), brokerageCalls({ pass }));
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

test('a brokerage that answers more than can be taken is well', async () => {
  body = JSON.stringify('x'.repeat(300_000));
  expect(await brokerageBy(passing).status('1')).toMatchObject({ ok: false, refused: false });
  expect(seen).toEqual(['brokerage read: well']);
  // Unpacked, it was too much (test/adapters/http.test.ts).
  expect(isWell({ reply: 'lost', why: 'ERR_BUFFER_TOO_LARGE' })).toBe(true);
  expect(isWell({ reply: 'lost', why: 'TIMEOUT' })).toBe(false);
});

test('behind an open breaker nothing was sent, and until when', async () => {
  expect(await journal(shut)).toMatchObject({ outcome: 'NOT_SENT', until });
  expect(await brokerageBy(shut).status('1')).toMatchObject({ ok: false, refused: false, until });
  const ofFirm = alpacaFirmJournals(alpaca(), brokerageCalls({ pass: shut }));
  expect(await ofFirm.journalsBetween(at(0), at(1))).toMatchObject({ ok: false, until });
  expect(asked).toBe(0);
});

const onRampAt = (): DueConfig => ({
  baseUrl: url,
  apiKey: 'k',
  accountId: 'acct_1',
  treasury: destination,
});
const onRampBy = (pass: Pass) => dueOnRamp(onRampAt(), onRampCalls({ pass }));

test('quotes, transfers and questions to the on-ramp pass gates of their own', async () => {
  status = 503;
  const due = onRampBy(passing);
  await due.recipient('base');
  await dueVirtualAccounts(onRampAt(), onRampCalls({ pass: passing })).ensure('base');
  await due.quote('base', minorOf(1n), 'ach');
  await due.transfer('quote', 'wallet');
  await due.status('tf_1');
  await due.transfersBetween(at(0), at(1));
  const asked = ['quote', 'quote', 'quote', 'transfer', 'read', 'read'];
  expect(seen).toEqual(asked.map((what) => `on-ramp ${what}: ill`));
});

// biome-ignore format: columns are the point
test.each([
  [200, '{}',                              'well'],
  [400, '{"code":"err_validation"}',       'well'],
  [404, '{"code":"err_not_found"}',        'well'],
  [403, '{"code":"err_aml_hit"}',          'well'],
  // A proxy in front of it answers.
  [200, '<html>',                          'ill'],
  [404, '<html>',                          'ill'],
  [500, '{"code":"err_internal"}',         'ill'],
  // The refusal is about us, so every other request would fail too.
  [401, '{"code":"err_unauthorized"}',     'ill'],
  [429, '{"code":"err_rate_limit"}',       'ill'],
  [422, '{"code":"err_platform_inactive"}', 'ill'],
])('an on-ramp that answers %i %s is %s', async (answer, text, want) => {
  [status, body] = [answer, text];
  await onRampBy(passing).transfer('quote', 'wallet');
  expect(seen).toEqual([`on-ramp transfer: ${want}`]);
});

test('our wallet at the on-ramp, known from before, says nothing of how it is', async () => {
  body = JSON.stringify([{ id: 'wlt_1', address: `evm:${destination}` }]);
  const due = onRampBy(passing);
  await due.recipient('base');
  expect(await due.recipient('base')).toMatchObject({ ok: true, value: 'wlt_1' });
  expect(seen).toEqual(['on-ramp quote: well']);
});

test('an on-ramp behind an open breaker is not asked: nothing was sent, and until when', async () => {
  const due = onRampBy(shut);
  expect(await due.transfer('quote', 'wallet')).toMatchObject({ outcome: 'NOT_SENT', until });
  const unasked = { ok: false, refused: false, until };
  expect(await due.quote('base', minorOf(1n), 'ach')).toMatchObject(unasked);
  expect(await due.recipient('base')).toMatchObject(unasked);
  expect(await due.transfersBetween(at(0), at(1))).toMatchObject(unasked);
  expect(asked).toBe(0);
});
