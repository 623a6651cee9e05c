/** The benchmark counts what it was refused, judges only what it can, and loses nothing of what was kept. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { aimsOf } from '../../bin/bench-aims.ts';
import { callerOf } from '../../bin/bench-client.ts';
import { completions, percentile } from '../../bin/bench-figures.ts';
import { show } from '../../bin/bench-kept.ts';

type Scripted = 'lost' | 'broken off' | { status: number; retryAfter?: string };
let answers: Scripted[] = [];
let keys: unknown[] = [];
const server = createServer((request, response) => {
  keys.push(request.headers['idempotency-key']);
  const answer = answers.shift() ?? { status: 200 };
  if (answer === 'lost') return void request.socket.destroy();
  if (answer === 'broken off')
    return void response
      .writeHead(200)
      .write('{"id":', () => setImmediate(() => response.destroy()));
  const { status, retryAfter } = answer;
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
  response.end('{"id":"wd_1"}');
});
const agent = new Agent({ keepAlive: true });
const folder = mkdtempSync(path.join(tmpdir(), 'drawbridge-kept-'));
const file = path.join(folder, 'last.json');
const printed = { table: jest.spyOn(console, 'table'), error: jest.spyOn(console, 'error') };
beforeEach(() => {
  [answers, keys] = [[], []];
  jest.spyOn(console, 'log').mockReturnValue();
  for (const one of Object.values(printed)) one.mockReset();
});
afterEach(() => rmSync(file, { force: true }));
afterAll(() => {
  agent.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

async function asked() {
  if (!server.listening)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const pauses: number[] = [];
  const { call, troubles } = callerOf(`http://127.0.0.1:${port}`, agent, async (ms) => {
    pauses.push(ms);
  });
  const outcome = await call<{ id: string }>('POST', '/v1/withdrawals', {}).then(
    ({ id }) => id,
    (error: Error) => error.message.replace(/^POST \/v1\/withdrawals: /, ''),
  );
  expect(new Set(keys).size).toBe(1);
  return { outcome, pauses, ...troubles, times: keys.length };
}

const refusedAlways = Array.from({ length: 100 }, (): Scripted => ({ status: 503 }));
test.each<[string, Scripted[], Awaited<ReturnType<typeof asked>>]>([
  ['accepted', [], { outcome: 'wd_1', pauses: [], refused: 0, lost: 0, times: 1 }],
  [
    'refused for so many seconds',
    [{ status: 503, retryAfter: '2' }],
    { outcome: 'wd_1', pauses: [2_000], refused: 1, lost: 0, times: 2 },
  ],
  [
    'refused again and again without a time',
    [{ status: 429 }, { status: 429, retryAfter: 'Mon, 30 Nov 2026 12:00:00 GMT' }],
    { outcome: 'wd_1', pauses: [250, 500], refused: 2, lost: 0, times: 3 },
  ],
  [
    'refused for ever',
    refusedAlways,
    {
      ...{ outcome: '503 {"id":"wd_1"}', pauses: [250, 500, 1_000, 2_000] },
      ...{ refused: 5, lost: 0, times: 5 },
    },
  ],
  [
    'refused for hours',
    [{ status: 429, retryAfter: '7200' }],
    { outcome: '429 {"id":"wd_1"}', pauses: [], refused: 1, lost: 0, times: 1 },
  ],
  [
    'not answered, or not to the end',
    ['lost', 'broken off'],
    { outcome: 'wd_1', pauses: [250, 500], refused: 0, lost: 2, times: 3 },
  ],
  [
    'never answered',
    Array.from({ length: 100 }, (): Scripted => 'lost'),
    {
      ...{ outcome: 'no answer: Error: socket hang up', pauses: [250, 500, 1_000, 2_000] },
      ...{ refused: 0, lost: 5, times: 5 },
    },
  ],
  [
    'answered that it is wrong',
    [{ status: 422 }],
    { outcome: '422 {"id":"wd_1"}', pauses: [], refused: 0, lost: 0, times: 1 },
  ],
])('what is %s', async (_, scripted, expected) => {
  answers = [...scripted];
  expect(await asked()).toEqual(expected);
});

test('figures are of what has completed, and end with the last of it', () => {
  const startedAt = Date.parse('2026-11-30T12:00:00.000Z');
  const at = (second: number) => new Date(startedAt + second * 1_000).toISOString();
  const ends = [12, 9, null, 30, 8, 7].map((second) => ({
    createdAt: at(1),
    completedAt: second === null ? null : at(second),
  }));
  const { tookMs, perSecond } = completions(ends, startedAt);
  expect([0.5, 0.99].map((part) => percentile(tookMs, part))).toEqual([8_000, 29_000]);
  expect(perSecond).toBe(5 / 30);
  expect(completions([{ createdAt: at(1), completedAt: null }], startedAt)).toEqual({
    ...{ tookMs: [], perSecond: 0 },
  });
  expect(percentile([], 0.5)).toBeNaN();
});

const usual = { currency: 'USDC', walletCount: 1, count: 2_000, clients: 64, offered: null };
test.each([
  ['the usual run', usual, 'completed/s', { atLeast: 150 }],
  [
    'fewer',
    { ...usual, count: 200 },
    'completed/s',
    { atLeast: 150, onlyFor: '2,000 withdrawals and 64 clients' },
  ],
  [
    'fewer clients',
    { ...usual, clients: 8 },
    'peak MiB',
    { atMost: 900, onlyFor: '2,000 withdrawals and 64 clients' },
  ],
  ['a rate', { ...usual, offered: 300, clients: 8 }, 'refused', { atMost: 0 }],
  [
    'fewer at a rate',
    { ...usual, offered: 100, count: 9 },
    'accept p99 ms',
    { atMost: 50, onlyFor: '2,000 withdrawals' },
  ],
  ['any run', { ...usual, count: 9, clients: 8 }, 'not accepted', { atMost: 0 }],
])('an aim says whether it is one for %s', (_, run, what, aim) => {
  expect(aimsOf(run)[what]).toEqual(aim);
});

test('a figure that there is none of is not kept, and the other cases stay', () => {
  show('A', { 'completed/s': 44.1 }, {}, file);
  show('B', { 'complete p50 s': Number.NaN, sums: 'exact' }, {}, file);
  show('C', { 'completed/s': 50 }, { 'completed/s': { atLeast: 9 } }, file);
  show('C', { 'completed/s': 7 }, { 'completed/s': { atLeast: 9, onlyFor: 'others' } }, file);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    A: { 'completed/s': 44.1 },
    B: { sums: 'exact' },
    C: { 'completed/s': 7 },
  });
  expect(printed.table.mock.calls.slice(-2)).toEqual([
    [{ 'completed/s': { now: 50, target: 'at least 9', reached: 'yes' } }],
    [{ 'completed/s': { now: 7, last: 50, target: 'at least 9 (others)' } }],
  ]);
  expect(printed.error).not.toHaveBeenCalled();
});

test('a case that cannot be read is said, and stands for itself', () => {
  const broken = { 'complete p50 s': null };
  writeFileSync(file, JSON.stringify({ A: broken, B: broken }));
  show('A', { 'completed/s': 50 }, {}, file);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ A: { 'completed/s': 50 }, B: broken });
  expect(printed.error.mock.calls).toEqual([[expect.stringMatching(/cannot be read/)]]);
});

test.each(['{"A": {', '[1]'])('a file that cannot be read is said and put aside: %s', (text) => {
  writeFileSync(file, text);
  show('A', { 'completed/s': 50 }, {}, file);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ A: { 'completed/s': 50 } });
  expect(readFileSync(`${file}.unreadable`, 'utf8')).toBe(text);
  expect(printed.error).toHaveBeenCalledWith(expect.stringMatching(/cannot be read/));
});
