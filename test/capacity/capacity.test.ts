/** A small run of `npm run capacity`: the product goes through the models with AWS's limits on, and the report adds up. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import type { Lambda } from '../sim/lambda.ts';
import type { DynamoModel } from '../sim/models/dynamodb.ts';
import type { Room } from '../sim/models/dynamodb-database.ts';
import type { EvmModel } from '../sim/models/evm.ts';
import { tables } from '../sim/tables.ts';
import type { Row, Write } from '../sim/truth.ts';
import { dynamodb, kms, lambda } from './aws.ts';
import { blocksOf } from './blocks.ts';
import type { Report } from './case.ts';
import { casesOf } from './cases.ts';
import { limitedDatabase } from './database.ts';
import { limitedFunctions } from './functions.ts';
import { keysModel } from './keys.ts';
import { forgetPeaks, limitsOf } from './limits.ts';
import { Busy, Peak, Purses } from './rates.ts';
import { workOf } from './work.ts';

jest.setTimeout(10 * 60_000);

const run = promisify(execFile);

test('what is offered to one wallet is held in order and completed, and the report says what it used', async () => {
  const main = ['--disable-warning=ExperimentalWarning', 'test/capacity/main.ts'];
  const { stdout } = await run(
    process.execPath,
    [...main, '--rate', '30', '--seconds', '3', '--json'],
    { cwd: path.join(import.meta.dirname, '../..') },
  );
  const report = JSON.parse(stdout) as Report;
  expect(report).toMatchObject({ refused: 0, outOfOrder: 0, notCompleted: 0 });
  expect(report.offered).toBeGreaterThan(3 * 30);
  expect(report.stages).toHaveLength(5);
  for (const { p50, p99 } of report.stages) expect(p50 > 0 && p99 >= p50).toBe(true);
  expect(report.units.written).toBeGreaterThan(report.units.invocations);
  expect(report.dollarsPerMillion).toBeGreaterThan(1);
  const parts = report.limits.map(({ used, most }) => used / most);
  expect(parts).toEqual(parts.toSorted((a, b) => b - a));
  expect(parts.every((part) => part > 0)).toBe(true);
});

test('a purse gives while nothing is owed, and saves no more than it holds', () => {
  const purses = new Purses(10, 3);
  purses.take('a', 25, 0);
  expect(purses.hasAny('a', 0)).toBe(false);
  expect(purses.hasAny('b', 0)).toBe(true);
  expect(purses.hasAny('a', 1_400)).toBe(false);
  expect(purses.hasAny('a', 1_600)).toBe(true);
  purses.take('a', 31, 60_000);
  expect(purses.hasAny('a', 60_000)).toBe(false);
});

test('a peak is the most of one name within one second', () => {
  const peak = new Peak();
  peak.count('a', 2, 0);
  peak.count('b', 3, 100);
  peak.count('a', 2, 999);
  peak.count('a', 3, 1_000);
  expect(peak.most).toEqual({ name: 'a', used: 4 });
});

/** Walls in one moment, over models that do what the test says. */
function walls() {
  const now = () => 1_000;
  let writes: readonly Write[] = [];
  let room: Room = () => null;
  const model = {
    setRoom: (given: Room) => {
      room = given;
    },
    takeWrites: () => writes,
    execute: () => ({ status: 200, body: { ConsumedCapacity: { CapacityUnits: 4_000 } } }),
  } as unknown as DynamoModel;
  const world = { now, after: (_: number, event: () => void) => event() } as unknown as Parameters<
    typeof limitedFunctions
  >[0];
  const database = limitedDatabase(model, now, () => {});
  const gas = [5_000, 9_000, 7_000];
  let head = 1;
  const blockOf = (tag: string) => (tag === 'latest' ? head : Number(tag));
  const chain = {
    rpc: (_: number, { params: [tag = ''] }: { params: string[] }) => ({
      result: { number: String(blockOf(tag)), gasUsed: String(gas[blockOf(tag)]) },
    }),
  } as unknown as EvmModel;
  // Only sweep ever ends.
  const functions = {
    invoke: async (name: string) =>
      name === 'sweep' ? { ok: true } : new Promise<never>(() => {}),
  } as unknown as Lambda;
  const row = (pk: string, more: Row = {}): Row => ({ pk: { S: pk }, sk: { S: 'META' }, ...more });
  return {
    database,
    functions: limitedFunctions(world, functions, workOf, null),
    keys: keysModel(now),
    groups: new Peak(),
    polled: { steps: new Map([['debit' as const, new Busy()]]) },
    blocks: blocksOf(chain),
    nextBlock: () => {
      head += 1;
    },
    row,
    roomFor: (after: Row) => room([{ table: 'money', before: null, after }]),
    /** Makes these rows, as one request. */
    put: (rows: readonly Row[]) => {
      writes = rows.map((after) => ({
        ...{ at: now(), transaction: 1, table: 'money', before: null, after },
      }));
      return database.execute('PutItem', { TableName: 'money', Item: rows[0] });
    },
  };
}

const index = tables.find(({ name }) => name === 'money')?.indexes[0];
const inIndex: Row = {
  [index?.partition ?? '']: { S: 'DUE#1' },
  [index?.sort ?? '']: { S: '1' },
};
const times = (many: number, one: (nth: number) => unknown): void => {
  for (let nth = 0; nth < many; nth += 1) one(nth);
};
test.each<[string, (of: ReturnType<typeof walls>) => void]>([
  [
    'write units of a partition key',
    ({ put, row }) => {
      put(Array.from({ length: dynamodb.partitionWriteUnits }, () => row('WAL#1')));
      times(7, () => put([row('WAL#1')]));
    },
  ],
  [
    'write units of an index partition',
    ({ put, row, roomFor }) => {
      put(
        Array.from({ length: dynamodb.partitionWriteUnits }, (_, nth) => row(`WD#${nth}`, inIndex)),
      );
      times(7, () => roomFor(row('WD#x', inIndex)));
    },
  ],
  [
    'read units of a partition key',
    ({ database, row }) =>
      times(8, () => database.execute('GetItem', { TableName: 'money', Key: row('WAL#1') })),
  ],
  [
    'functions at a time (quota)',
    ({ functions }) => times(lambda.concurrency + 7, () => void functions.invoke('debit', {}, 1)),
  ],
  [
    'signatures of KMS (quota)',
    ({ keys }) =>
      times(kms.signatures + 7, () =>
        keys.execute('Sign', { Message: Buffer.alloc(32, 1).toString('base64') }),
      ),
  ],
])('%s: what is refused there is counted there, and forgotten', (wall, meet) => {
  const all = walls();
  const refusedAt = () =>
    limitsOf(all, { gasLimit: 1n })
      .filter(({ refused }) => refused > 0)
      .map(({ what, refused }) => [what, refused]);
  meet(all);
  expect(refusedAt()).toEqual([[wall, 7]]);
  forgetPeaks(all);
  expect(refusedAt()).toEqual([]);
});

test('a busiest second is one of those that count, and so is the fullest block', async () => {
  const all = walls();
  const used = () =>
    Object.fromEntries(
      limitsOf(all, { gasLimit: 1n }).map(({ what, who, used }) => [what, [who, used]]),
    );
  all.put([all.row('WAL#1', inIndex)]);
  all.groups.count('debit', 3, 1_000);
  void all.functions.invoke('debit', {}, 1);
  await all.functions.invoke('sweep', {}, 0);
  expect(Object.keys(used()).length).toBeGreaterThan(4);
  expect(used()).toMatchObject({
    'gas of a block': ['block 1', 9_000],
    'functions at a time (quota)': ['account', 2],
  });
  forgetPeaks(all);
  // It is still running.
  expect(used()).toEqual({ 'functions at a time (quota)': ['account', 1] });
  all.nextBlock();
  all.groups.count('debit', 2, 1_000);
  expect(used()).toMatchObject({
    'gas of a block': ['block 2', 7_000],
    'sends to a message group': ['debit', 2],
  });
});

test('an outage is named by how long it is', () => {
  const outages = [60, 1, 5].map((seconds) => casesOf(seconds).at(-1));
  expect(outages.map((one) => [one?.name, one?.outageSeconds])).toEqual([
    ['no node answers for an hour, 5/s', 3_600],
    ['no node answers for 1 minute, 5/s', 60],
    ['no node answers for 5 minutes, 5/s', 300],
  ]);
});
