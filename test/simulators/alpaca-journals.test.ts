/** Journals have Alpaca's shapes (docs.alpaca.markets), and cash moves once, whatever is asked in whatever order. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AlpacaSimulator } from '../../local/simulators/alpaca/alpaca.ts';
import type { AlpacaOptions } from '../../local/simulators/alpaca/service.ts';
import {
  act,
  alice,
  alpacaBeside,
  ask,
  bob,
  cashOf,
  journal,
  journalOf,
  read,
  truth,
} from './alpaca-client.ts';
import { until } from './due-client.ts';

let dataDir: string;
let alpaca: AlpacaSimulator;
const start = (journals: AlpacaOptions['journals'] = {}): Promise<AlpacaSimulator> =>
  alpacaBeside({
    dataDir,
    accounts: [alice, bob],
    journals: { pendingMs: null, activityMs: 3_600_000, ...journals },
  });
/** Restarts the same Alpaca with other rules. */
const restart = async (journals: AlpacaOptions['journals'] = {}): Promise<void> => {
  await alpaca.stop();
  alpaca = await start(journals);
};
beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'alpaca-'));
  alpaca = await start();
});
afterEach(async () => {
  await alpaca.stop();
  rmSync(dataDir, { recursive: true });
});

const keyed = (amount: string, key: string, given: object = {}) =>
  ask(alpaca, 'POST', '/v1/journals', journalOf(alpaca, amount, given), { 'idempotency-key': key });

test('a small journal is executed at once, and comes back with its amount as net_amount', async () => {
  const made = await ask(alpaca, 'POST', '/v1/journals', journalOf(alpaca, '45.50'));
  expect(made).toMatchObject({
    status: 200,
    body: {
      entry_type: 'JNLC',
      from_account: alice,
      to_account: alpaca.firmAccountId,
      status: 'executed',
      net_amount: '45.5',
      description: 'wd_1',
      symbol: '',
      qty: null,
    },
  });
  expect(made.body).not.toHaveProperty('amount');
  expect(await cashOf(alpaca, alice)).toBe('999954.5');
  expect((await truth(alpaca)).movements).toMatchObject([
    { from: alice, to: alpaca.firmAccountId, amount: '45.5', kind: 'journal', description: 'wd_1' },
  ]);
});

test('the account says what may be moved, and whether it may', async () => {
  const path = `/v1/trading/accounts/${alice}/account`;
  expect(await ask(alpaca, 'GET', path)).toMatchObject({
    status: 200,
    body: {
      id: alice,
      status: 'ACTIVE',
      cash_transferable: '1000000',
      transfers_blocked: false,
      account_blocked: false,
      trading_blocked: false,
    },
  });
  await ask(alpaca, 'POST', `/_accounts/${alice}`, { transfersBlocked: true, status: 'DISABLED' });
  expect(await ask(alpaca, 'GET', path)).toMatchObject({
    body: { status: 'DISABLED', transfers_blocked: true, account_blocked: false },
  });
  expect((await ask(alpaca, 'POST', '/v1/journals', journalOf(alpaca, '1'))).status).toBe(403);
});

test('every answer carries the rate limit, and 429 says until when', async () => {
  await alpaca.stop();
  alpaca = await alpacaBeside({ dataDir, accounts: [alice], requestsPerMinute: 2 });
  const nowhere = () => ask(alpaca, 'GET', '/v1/nowhere');
  const first = await nowhere();
  expect(first).toMatchObject({ status: 404, body: { code: 40_410_000 } });
  expect(first.headers.get('x-ratelimit-limit')).toBe('2');
  expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
  await nowhere();
  const limited = await nowhere();
  expect(limited).toMatchObject({ status: 429, body: { code: 42_910_000 } });
  expect(limited.headers.get('x-ratelimit-remaining')).toBe('0');
  expect(Number(limited.headers.get('x-ratelimit-reset')) * 1000).toBeGreaterThan(Date.now());
});

test('without the right key nothing is told', async () => {
  const wrong = { ...alpaca, secretKey: 'guess' };
  expect(await ask(wrong, 'GET', `/v1/trading/accounts/${alice}/account`)).toMatchObject({
    status: 401,
    body: { message: 'unauthorized' },
  });
});

test('the same key and body is the same journal; another body is refused, for ever', async () => {
  const first = await keyed('10', 'key-1');
  await restart();
  expect((await keyed('10', 'key-1')).body).toEqual(first.body);
  expect(await keyed('11', 'key-1')).toMatchObject({ status: 422, body: { code: 42_210_000 } });
  expect((await keyed('10', 'key-2')).body['id']).not.toBe(first.body['id']);
  expect(await cashOf(alpaca, alice)).toBe('999980');
  expect(await keyed('10', 'k'.repeat(37))).toMatchObject({ status: 400 });
});

test('a key that is forgotten makes another journal', async () => {
  await keyed('10', 'key-1');
  await ask(alpaca, 'POST', '/_journals', { forgetKeys: true });
  expect((await keyed('10', 'key-1')).status).toBe(200);
  expect(await cashOf(alpaca, alice)).toBe('999980');
});

test('a replay shows the journal as it is now', async () => {
  await keyed('500', 'key-1');
  await act(alpaca, 'wd_1', { do: 'execute' });
  expect((await keyed('500', 'key-1')).body).toMatchObject({ status: 'executed' });
});

// biome-ignore format: columns are the point
test.each<[string, object, number, number]>([
  ['no amount',                    { amount: undefined },              400, 40_010_000],
  ['a number for an amount',       { amount: 5 },                      400, 40_010_000],
  ['half a cent',                  { amount: '1.005' },                400, 40_010_000],
  ['nothing',                      { amount: '0' },                    400, 40_010_000],
  ['a debt',                       { amount: '-5' },                   400, 40_010_000],
  ['shares',                       { entry_type: 'JNLS' },             400, 40_010_000],
  ['more than there is',           { amount: '1000000.01' },           403, 40_310_000],
  ['an account that is not there', { from_account: 'nobody' },         404, 40_410_000],
  ['customer to customer',         { to_account: bob },                422, 42_210_000],
])('refused: %s', async (_, given, status, code) => {
  expect(await ask(alpaca, 'POST', '/v1/journals', journalOf(alpaca, '5', given))).toMatchObject({
    status,
    body: { code, message: expect.any(String) },
  });
  expect((await truth(alpaca)).journals).toEqual([]);
  expect(await cashOf(alpaca, alice)).toBe('1000000');
});

test('over 50 in one journal, or 1,000 on one day, it is pending, and nothing has moved', async () => {
  expect(await journal(alpaca, '50.01')).toMatchObject({ status: 'pending' });
  expect(await cashOf(alpaca, alice)).toBe('1000000');
  for (let sent = 0; sent < 1_000; sent += 50) await journal(alpaca, '50', { description: 'day' });
  expect(await journal(alpaca, '0.01')).toMatchObject({ status: 'pending' });
  expect(await cashOf(alpaca, alice)).toBe('999000');
  expect(await journal(alpaca, '1', { from_account: bob })).toMatchObject({ status: 'executed' });
});

test('a pending journal is executed by itself, and told as activity after that', async () => {
  await restart({ pendingMs: 0, activityMs: 0 });
  const { id } = await journal(alpaca, '500');
  await until(async () => (await read(alpaca, id)).status === 'activity_created');
  expect(await cashOf(alpaca, alice)).toBe('999500');
});

test('while journals are held none is executed by itself; then they are', async () => {
  await ask(alpaca, 'POST', '/_journals', { hold: true });
  const { id, status } = await journal(alpaca, '5');
  expect(status).toBe('pending');
  await restart({ pendingMs: 0 }); // A restart forgets the hold.
  await until(async () => (await read(alpaca, id)).status === 'executed');
});

test('nobody is overdrawn: what is pending and cannot be paid any more is refused', async () => {
  const first = await journal(alpaca, '600000');
  const second = await journal(alpaca, '600000');
  await act(alpaca, first.id, { do: 'execute' });
  await act(alpaca, second.id, { do: 'execute' });
  expect(await read(alpaca, second.id)).toMatchObject({ status: 'refused' });
  expect(await cashOf(alpaca, alice)).toBe('400000');
});

test('cancelled while it is pending, and not later', async () => {
  const pending = await journal(alpaca, '500');
  const remove = (id: string) => ask(alpaca, 'DELETE', `/v1/journals/${id}`);
  expect(await remove(pending.id)).toMatchObject({ status: 204, body: {} });
  expect(await read(alpaca, pending.id)).toMatchObject({ status: 'canceled' });
  expect((await act(alpaca, pending.id, { do: 'execute' })).status).toBe(409);
  const executed = await journal(alpaca, '5');
  expect((await remove(executed.id)).status).toBe(422);
  expect((await remove('nothing')).status).toBe(404);
  expect(await cashOf(alpaca, alice)).toBe('999995');
});

// biome-ignore format: columns are the point
test.each([
  ['reject', 'rejected', '1000000'],
  ['refuse', 'refused', '1000000'],
  ['cancel', 'canceled', '1000000'],
  ['send', 'sent_to_clearing', '1000000'],
  ['execute', 'executed', '999500'],
])('an operator can %s what is pending', async (what, status, cash) => {
  const { id } = await journal(alpaca, '500');
  expect((await act(alpaca, 'wd_1', { do: what })).status).toBe(200);
  expect(await read(alpaca, id)).toMatchObject({ status });
  expect(await cashOf(alpaca, alice)).toBe(cash);
});

test('cashiering reverses what is executed, once: it is deleted and the cash is back', async () => {
  const { id } = await journal(alpaca, '40');
  expect((await act(alpaca, id, { do: 'reverse' })).status).toBe(200);
  expect((await act(alpaca, id, { do: 'reverse' })).status).toBe(409);
  expect(await read(alpaca, id)).toMatchObject({ status: 'deleted' });
  expect(await cashOf(alpaca, alice)).toBe('1000000');
});

test('a corrected journal has a successor under a new id, and only that one counts', async () => {
  const { id } = await journal(alpaca, '40');
  await act(alpaca, id, { do: 'correct', amount: '39' });
  const journals = (await truth(alpaca)).journals;
  expect(journals).toMatchObject([
    { id, status: 'correct', amount: '40', corrects: null },
    { status: 'executed', amount: '39', corrects: id },
  ]);
  expect(await read(alpaca, journals[1]?.id ?? '')).toMatchObject({
    net_amount: '39',
    description: 'wd_1',
  });
  expect(await cashOf(alpaca, alice)).toBe('999961');
});

test('a status that nobody knows can be said, and moves nothing', async () => {
  const { id } = await journal(alpaca, '40');
  await act(alpaca, id, { do: 'say', status: 'next_year' });
  expect(await read(alpaca, id)).toMatchObject({ status: 'next_year' });
  expect(await cashOf(alpaca, alice)).toBe('999960');
});

test('the sandbox fixtures: pending for ever, and rejected at the end of the day', async () => {
  await restart({ pendingMs: 0 });
  const fixed = (status: string) =>
    journal(alpaca, '500', { description: `x /fixtures/status=${status}/fixtures/` });
  const rejected = await fixed('rejected');
  const pending = await fixed('pending');
  await until(async () => (await read(alpaca, rejected.id)).status === 'rejected');
  expect(await read(alpaca, pending.id)).toMatchObject({ status: 'pending' });
});

test('a list is a bare array, newest first, of what is asked for', async () => {
  const first = await journal(alpaca, '1');
  const second = await journal(alpaca, '2', { from_account: bob });
  const pending = await journal(alpaca, '500');
  const day = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const ids = async (query: string): Promise<unknown> => {
    const { body } = await ask(alpaca, 'GET', `/v1/journals?${query}`);
    return (body as unknown as { id: string }[]).map(({ id }) => id);
  };
  expect(await ids('')).toEqual([pending.id, second.id, first.id]);
  expect(await ids('limit=2')).toEqual([pending.id, second.id]);
  expect(await ids(`from_account=${alice}&status=executed`)).toEqual([first.id]);
  expect(await ids(`to_account=${alpaca.firmAccountId}&entry_type=JNLC`)).toHaveLength(3);
  expect(await ids('entry_type=JNLS')).toEqual([]);
  expect(await ids(`after=${day(-2)}&before=${day(2)}`)).toHaveLength(3);
  expect(await ids(`after=${day(1)}`)).toEqual([]);
  expect((await ask(alpaca, 'GET', '/v1/journals?after=yesterday')).status).toBe(400);
});

test('a stale answer knows neither the new nor what has changed', async () => {
  const { id } = await journal(alpaca, '500');
  const faults = (rule: object) => ask(alpaca, 'POST', '/_faults', rule);
  const before = Date.now();
  await until(async () => Date.now() > before);
  await act(alpaca, id, { do: 'execute' });
  await faults([
    { operation: 'journal.get', kind: 'stale-list', byMs: 3_600_000, times: 1 },
    { operation: 'journal.list', kind: 'stale-list', byMs: 3_600_000, times: 1 },
    { operation: 'account.get', kind: 'stale-list', byMs: 0, times: 1 },
  ]);
  expect((await ask(alpaca, 'GET', `/v1/journals/${id}`)).status).toBe(404);
  expect((await ask(alpaca, 'GET', '/v1/journals')).body).toEqual([]);
  expect(await ask(alpaca, 'GET', `/v1/trading/accounts/${alice}/account`)).toMatchObject({
    body: { cash_transferable: '999500' },
  });
  expect(await read(alpaca, id)).toMatchObject({ status: 'executed' });
});

test('a fault of the provider: twice for one key; and its errors are in its own words', async () => {
  await ask(alpaca, 'POST', '/_faults', [
    { operation: 'journal.create', kind: 'duplicate', times: 1 },
    { operation: 'journal.create', kind: 'error-after-applying', times: 1 },
    { operation: 'journal.create', kind: '429', forMs: 30_000, times: 1 },
  ]);
  await keyed('10', 'key-1');
  expect(await cashOf(alpaca, alice)).toBe('999980');
  const failed = await keyed('10', 'key-2');
  expect(failed).toMatchObject({ status: 500, body: { code: 50_010_000 } });
  expect(failed.headers.has('x-ratelimit-reset')).toBe(true);
  expect(await cashOf(alpaca, alice)).toBe('999970');
  const limited = await keyed('10', 'key-3');
  expect(limited.status).toBe(429);
  expect(Number(limited.headers.get('x-ratelimit-reset')) * 1000).toBeGreaterThan(
    Date.now() + 20_000,
  );
  expect(await cashOf(alpaca, alice)).toBe('999970');
});

test('whatever is broken, it can be told to stop being so, and its people can act', async () => {
  const { id } = await journal(alpaca, '500');
  await ask(alpaca, 'POST', '/_faults', { operation: '*', kind: 'error' });
  expect((await ask(alpaca, 'GET', `/v1/journals/${id}`)).status).toBe(503);
  expect((await act(alpaca, id, { do: 'execute' })).status).toBe(200);
  await ask(alpaca, 'DELETE', '/_faults');
  expect(await read(alpaca, id)).toMatchObject({ status: 'executed' });
});

test('killed while it works, it has made each journal whole or not at all', async () => {
  await alpaca.stop();
  const program = path.join(import.meta.dirname, 'hold-alpaca.ts');
  const journals = { perAccountAndDayCents: 100_000_000, pendingMs: null };
  const options = JSON.stringify({ dataDir, accounts: [alice, bob], journals });
  const holder = spawn(process.execPath, [program, options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(holder.stdout, 'data')) as [Buffer];
  const killed = JSON.parse(said.toString()) as AlpacaSimulator;
  const send = (to: AlpacaSimulator, key: string) =>
    ask(to, 'POST', '/v1/journals', journalOf(to, '1'), { 'idempotency-key': key });
  const keys: string[] = [];
  const sendOn = async (): Promise<void> => {
    for (;;) {
      const key = `key-${keys.length}`;
      keys.push(key);
      await send(killed, key);
    }
  };
  const sending = Promise.allSettled(Array.from({ length: 10 }, sendOn)); // They go on until nobody answers.
  await until(async () => (await truth(killed)).journals.length > 50);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await sending;

  alpaca = await start(journals);
  const { journals: made, movements } = await truth(alpaca);
  expect(made.length).toBeGreaterThan(50);
  expect(movements).toHaveLength(made.length);
  expect(await cashOf(alpaca, alice)).toBe(String(1_000_000 - made.length));
  for (const key of keys) await send(alpaca, key);
  expect((await truth(alpaca)).journals).toHaveLength(keys.length);
  expect(await cashOf(alpaca, alice)).toBe(String(1_000_000 - keys.length));
});
