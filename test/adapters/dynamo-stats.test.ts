/** The counters of withdrawals: each change once, whoever is told of it and however often, in few writes. On the model of DynamoDB. */
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { dynamoStats } from '../../lambdas/adapters/dynamo/stats.ts';
import {
  bundlesOf,
  type Change,
  type Counts,
  changeIdOf,
  noCounts,
  parts,
  windows,
} from '../../lambdas/core/operations/stats.ts';
import { emptyModel, thinModelClient } from '../sim/conformance/dynamodb-client.ts';

const tables = { control: 'control' };
const second = 1_700_000_000;
const reset = () => Object.assign(new Error('reset'), { code: 'ECONNRESET' });

/** Workers on one table. What a worker asks for is noted; `lose` loses the answer of its next write. */
function setUp() {
  const model = emptyModel();
  const asked: string[] = [];
  let lost = 0;
  const execute = (operation: string, input: object) => {
    asked.push(operation);
    const answer = model.execute(operation, input);
    if (lost > 0 && operation === 'UpdateItem') {
      lost -= 1;
      throw reset();
    }
    return answer;
  };
  const client = DynamoDBDocumentClient.from(thinModelClient(model, { maxAttempts: 3, execute }), {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: (text) => BigInt(text) },
  });
  return {
    model,
    asked,
    lose: () => {
      lost = 1;
    },
    worker: () => dynamoStats(client, tables),
    total: () => dynamoStats(client, tables).total(),
    put: (Item: Record<string, object>) =>
      expect(model.execute('PutItem', { TableName: 'control', Item }).status).toBe(200),
    seenAt: (change: Change) => {
      const pk = { S: `STATS#${bundlesOf([change])[0]?.part}` };
      const sk = { S: `WINDOW#${String(second % windows).padStart(3, '0')}` };
      const answer = model.execute('GetItem', { TableName: 'control', Key: { pk, sk } });
      return (answer.body as { Item?: { seen?: { SS: string[] } } }).Item?.seen?.SS ?? [];
    },
  };
}
const paid = (
  id: string,
  at = second,
  counts: Partial<Counts> = { succeeded: 1, inFlight: -1 },
) => ({
  ...{ id, second: at, part: Number(id.charCodeAt(0)) % parts },
  counts: { ...noCounts, ...counts },
});
const changes = Array.from({ length: 300 }, (_, n) => paid(changeIdOf(`record ${n}`)));
const [first, next] = changes as [Change, Change];
/** Those that are counted where the first is. */
const beside = changes.filter((one) => one !== first && bundlesOf([one, first]).length === 1);
const counted = (succeeded: number) => ({ ...noCounts, succeeded, inFlight: -succeeded });

test('workers that count at the same moment lose nothing of each other', async () => {
  const { worker, total } = setUp();
  await Promise.all(
    Array.from({ length: 30 }, (_, n) => worker().count(changes.slice(10 * n, 10 * n + 10))),
  );
  expect(await total()).toEqual(counted(300));
});

test.each<[string, Change[][], number]>([
  ['whole', [changes], 300],
  ['in halves', [changes.slice(0, 150), changes.slice(150)], 300],
  ['beside a new one', [changes.slice(280), [...changes.slice(0, 40), paid('new')]], 301],
])('a batch that comes again, %s, is counted once', async (_name, again, expected) => {
  const { worker, total } = setUp();
  const one = worker();
  await Promise.all([one.count(changes), worker().count(changes)]);
  for (const batch of again) {
    await one.count(batch);
    await worker().count(batch);
  }
  expect(await total()).toEqual(counted(expected));
});

test.each<[string, number]>([
  ['begins a second', 0],
  ['adds to one', 1],
])('a write that %s and whose answer is lost is counted once', async (_name, before) => {
  const { worker, total, lose } = setUp();
  const one = worker();
  if (before > 0) await one.count([first]);
  lose();
  await one.count(beside);
  expect(await total()).toEqual(counted(beside.length + before));
});

test('the next second of a window forgets which changes it has seen, and keeps what was counted', async () => {
  const { worker, total, seenAt } = setUp();
  await worker().count([first]);
  await worker().count([paid(first.id, second + windows)]);
  await worker().count([paid(first.id, second + windows)]);
  expect(await total()).toEqual(counted(2));
  expect(seenAt(first)).toEqual([first.id]);
});

test('what comes after its window has gone on is counted, once, and what the window has seen since stays seen', async () => {
  const { worker, total } = setUp();
  const newer = paid(first.id, second + windows);
  await worker().count([newer]);
  const late = beside.slice(0, 1);
  await worker().count(late);
  await worker().count(late);
  await worker().count([newer]);
  expect(await total()).toEqual(counted(2));
});

test('two that add up to nothing are seen all the same', async () => {
  const { worker, total } = setUp();
  const up = paid(first.id, second, { inFlight: 1, failed: -1 });
  const down = paid(beside[0]?.id ?? '', second, { inFlight: -1, failed: 1 });
  for (const _ of [1, 2]) await worker().count([up, down]);
  await worker().count([up]);
  expect(await total()).toEqual(noCounts);
});

test('a change that comes alone is one write, and so is each of many that come at the same time, nearly always', async () => {
  const { worker, asked } = setUp();
  const one = worker();
  for (let nth = 0; nth < 20; nth += 1) await one.count([paid(`lone${nth}`, second + nth)]);
  expect(asked).toEqual(Array.from({ length: 20 }, () => 'UpdateItem'));

  const workers = Array.from({ length: 12 }, worker);
  asked.length = 0;
  for (let at = second; at < second + 10; at += 1)
    for (const [nth, { id }] of changes.entries())
      await workers[nth % workers.length]?.count([paid(id, at)]);
  expect(asked.length).toBeLessThan(1.15 * 10 * changes.length);
});

test('what was counted before there were parts counts, and whoever shows it reads each part once', async () => {
  const { worker, total, put, asked } = setUp();
  const n = (value: number) => ({ N: String(value) });
  const counts = { succeeded: n(5), failed: n(1), cancelled: n(0), inFlight: n(2), retries: n(3) };
  put({
    ...{ pk: { S: 'STATS' }, sk: { S: 'WINDOW#001' }, version: n(9) },
    ...{ second: n(second + 5), seen: { L: [{ S: '0011aabb' }] }, counts: { M: counts } },
  });
  await worker().count([first, next]);
  asked.length = 0;
  expect(await total()).toEqual({ succeeded: 7, failed: 1, cancelled: 0, inFlight: 0, retries: 3 });
  expect(asked).toEqual(Array.from({ length: parts + 1 }, () => 'Query'));
  expect((await worker().soFar()).until).toBe((second + 5) * 1_000);
});
