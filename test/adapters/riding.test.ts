/** Small rows that travel with other reads are never older than whoever asks for them allows, and never taken for missing. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import type { Row } from '../../lambdas/adapters/dynamo/keys.ts';
import { type Key, makeRiding, rideWith } from '../../lambdas/adapters/dynamo/riding.ts';
import { batchGet } from '../../lambdas/adapters/dynamo/store.ts';
import { testClock } from '../support/things.ts';

type Asked = Record<string, { Keys: Key[] }>;
const goodMs = 1_000;
const lever = { pk: 'SWITCHES', sk: 'STATE' };
const thing = { pk: 'WD#1', sk: 'META' };

/** A database that says what it was asked for, and leaves out of an answer what `leaves` says. */
function setUp() {
  const clock = testClock();
  const state = { version: 1, missing: false, leaves: [] as string[] };
  const calls: string[] = [];
  const row = (key: Key): Row[] =>
    key.pk === lever.pk && state.missing ? [] : [{ ...key, version: state.version }];
  const send = async ({ input }: { input: { RequestItems: Asked } }) => {
    const asked = Object.entries(input.RequestItems);
    calls.push(asked.map(([table, { Keys }]) => `${table} ${Keys.length}`).join(', '));
    const left = asked.filter(([table]) => state.leaves.includes(table));
    state.leaves = [];
    return {
      Responses: Object.fromEntries(
        asked.map(([table, { Keys }]) => [
          table,
          left.some(([name]) => name === table) ? [] : Keys.flatMap(row),
        ]),
      ),
      UnprocessedKeys: Object.fromEntries(left),
    };
  };
  const client = { send } as unknown as DynamoDBDocumentClient;
  const riding = rideWith(client, makeRiding(clock));
  const alone = (keys: readonly Key[]) => batchGet(client, 'control', keys);
  const levers = async () => (await riding.rows('control', [lever], goodMs, alone))[0]?.['version'];
  const others = (count = 1) =>
    batchGet(
      client,
      'money',
      Array.from({ length: count }, (_, index) => ({ ...thing, pk: `WD#${index}` })),
    );
  return { clock, state, calls, riding, levers, others };
}

test('it is read by itself once, and then with what is read anyway, of whatever table', async () => {
  const { clock, state, calls, levers, others } = setUp();
  await others();
  expect(await levers()).toBe(1);
  clock.advance(goodMs / 2);
  state.version = 2;
  expect(await others()).toEqual([{ ...thing, pk: 'WD#0', version: 2 }]);
  clock.advance(goodMs - 1);
  expect(await levers()).toBe(2);
  expect(calls).toEqual(['money 1', 'control 1', 'money 1, control 1']);
});

test('nobody gets what was read longer ago than they allow', async () => {
  const { clock, state, calls, levers, others } = setUp();
  await levers();
  state.version = 2;
  clock.advance(goodMs / 2 - 1);
  // Young enough, it need not travel.
  await others();
  clock.advance(goodMs / 2);
  expect(await levers()).toBe(1);
  clock.advance(1);
  expect(await levers()).toBe(2);
  expect(calls).toEqual(['control 1', 'money 1', 'control 1']);
});

test('what DynamoDB has left for another time is not taken for missing', async () => {
  const { clock, state, calls, levers, others } = setUp();
  await levers();
  clock.advance(goodMs);
  state.leaves = ['control'];
  await others();
  expect(await levers()).toBe(1);
  expect(calls).toEqual(['control 1', 'money 1, control 1', 'control 1']);
});

test('what is not there is known as well', async () => {
  const { clock, state, calls, levers, others } = setUp();
  state.missing = true;
  expect(await levers()).toBeUndefined();
  clock.advance(goodMs);
  await others();
  expect(await levers()).toBeUndefined();
  expect(calls).toHaveLength(2);
});

test('what was forgotten is read anew, also when an answer was under way', async () => {
  const { clock, state, levers, others, riding } = setUp();
  await levers();
  clock.advance(goodMs);
  const reading = others();
  clock.advance(1);
  riding.forget('control', [lever]);
  await reading;
  state.version = 3;
  expect(await levers()).toBe(3);
});

test('a batch that is full takes nobody along, and what nobody asks for any more stays at home', async () => {
  const { clock, calls, levers, others } = setUp();
  await levers();
  clock.advance(goodMs);
  await others(100);
  await others(99);
  clock.advance(10 * 60_000);
  await others();
  expect(calls.slice(1)).toEqual(['money 100', 'money 99, control 1', 'money 1']);
});

/** A database that answers one key of each question, or none. */
function throttled(answers: 0 | 1) {
  const asked: number[] = [];
  const send = async ({ input }: { input: { RequestItems: Asked } }) => {
    const { Keys = [] } = input.RequestItems['money'] ?? {};
    asked.push(Keys.length);
    const left = Keys.slice(answers);
    return {
      Responses: { money: Keys.slice(0, answers) },
      UnprocessedKeys: left.length === 0 ? {} : { money: { Keys: left } },
    };
  };
  const read = (many: number) =>
    batchGet(
      { send } as unknown as DynamoDBDocumentClient,
      'money',
      Array.from({ length: many }, (_, nth) => ({ pk: `WD#${nth}`, sk: 'META' })),
    );
  return { asked, read };
}

test('what DynamoDB leaves is asked for again, and not for ever', async () => {
  const one = throttled(1);
  expect(await one.read(4)).toHaveLength(4);
  expect(one.asked).toEqual([4, 3, 2, 1]);
  const none = throttled(0);
  await expect(none.read(3)).rejects.toThrow('3 items unread');
  expect(none.asked.length).toBeLessThan(20);
});
