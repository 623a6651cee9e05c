/** What is put on the bus, in which requests, and what becomes of entries that are not taken. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { eventBridgeBus } from '../../lambdas/adapters/aws/event-bus.ts';
import {
  metadataEntriesMax,
  metadataKeyLengthMax,
  metadataValueLengthMax,
  referenceLengthMax,
} from '../../lambdas/core/kernel/limits.ts';
import { type BusEntry, type EventBus, makeBus, type Put } from '../../lambdas/core/outbox/bus.ts';
import { busBytesMax, busEntriesMax, busRoundsMax } from '../../lambdas/core/outbox/limits.ts';
import { type WebhookEvent, withdrawalEvent } from '../../lambdas/core/webhooks/event.ts';
import { at, requestedOf, testClock, walletOf } from '../support/things.ts';

const eventOf = (given: Parameters<typeof requestedOf>[1] = {}): WebhookEvent => {
  const event = withdrawalEvent(requestedOf(walletOf(), given), new Map());
  if (event === null) throw new Error('a withdrawal that was asked for is an event');
  return event;
};
const events = (count: number, given = {}) => Array.from({ length: count }, () => eventOf(given));
const plenty = () => 60_000;
const idOf = ({ detail }: BusEntry): string => JSON.parse(detail).id;

/** A bus that says of each entry what `answer` says, and remembers the requests. */
function fake(answer: (entry: BusEntry, request: number) => Put) {
  const requests: BusEntry[][] = [];
  const bus: EventBus = {
    put: async (entries) => {
      requests.push([...entries]);
      return entries.map((entry) => answer(entry, requests.length));
    },
  };
  return { requests, put: makeBus(bus, testClock()) };
}

test('an entry is what a webhook would say, and the tenant', async () => {
  const event = eventOf({ createdAt: at(1_795_000_000_123) });
  const { requests, put } = fake(() => 'taken');
  expect(await put([event], plenty)).toEqual(['taken']);
  const entry = requests[0]?.[0];
  expect(entry).toMatchObject({ type: 'withdrawal.requested', at: event.at });
  expect(JSON.parse(entry?.detail ?? '')).toEqual({
    id: event.id,
    type: 'withdrawal.requested',
    timestamp: new Date(1_795_000_000_123).toISOString(),
    sequence: 1,
    data: event.data,
    tenant: 'alice',
  });
});

test('what fails is put again, and nothing else', async () => {
  const all = events(12);
  const [odd, slow] = [all[3]?.id, all[11]?.id];
  const { requests, put } = fake((entry, request) => {
    if (idOf(entry) === odd) return { never: 'MalformedDetail' };
    return idOf(entry) === slow && request < 4 ? { again: 'ThrottlingException' } : 'taken';
  });
  const puts = await put(all, plenty);
  expect(puts.map((one) => (one === 'taken' ? one : Object.keys(one)[0]))).toEqual(
    all.map(({ id }) => (id === odd ? 'never' : 'taken')),
  );
  expect(requests.map((one) => one.length)).toEqual([10, 2, 1, 1]);
  expect(requests.slice(2).flat().map(idOf)).toEqual([slow, slow]);
});

test('what fails again and again is left for later', async () => {
  const { requests, put } = fake(() => ({ again: 'InternalFailure' }));
  expect(await put(events(1), plenty)).toEqual([{ again: 'InternalFailure' }]);
  expect(requests).toHaveLength(busRoundsMax);
});

test('when nobody answers, or no time is left, the rest is not asked for', async () => {
  let asked = 0;
  const away: EventBus = {
    put: async (entries) => {
      asked += 1;
      if (asked === 2) throw new Error('no route');
      return entries.map(() => 'taken');
    },
  };
  const puts = await makeBus(away, testClock())(events(30), plenty);
  expect(puts.slice(0, 10)).toEqual(Array(10).fill('taken'));
  expect(puts.slice(10)).toEqual(Array(20).fill({ again: 'Error: no route' }));
  expect(asked).toBe(2);

  let left = 25_000;
  const { requests, put } = fake(() => 'taken');
  const late = await put(events(30), () => {
    left -= 8_000;
    return left;
  });
  expect(requests).toHaveLength(1);
  expect(late.filter((one) => one === 'taken')).toHaveLength(busEntriesMax);
});

test('the largest event that can be fits, and a request holds no more than is taken', async () => {
  // A control character is six bytes in JSON, the most that a character can be.
  const text = (length: number) => '\u0001'.repeat(length);
  const given = {
    reference: text(referenceLengthMax),
    idempotencyKey: '"'.repeat(255),
    metadata: Object.fromEntries(
      Array.from({ length: metadataEntriesMax }, (_, n) => [
        text(metadataKeyLengthMax - 2) + String(n).padStart(2, '0'),
        text(metadataValueLengthMax),
      ]),
    ),
  };
  const { requests, put } = fake(() => 'taken');
  await put(events(10, given), plenty);
  const sizes = requests.map((one) =>
    one.reduce((sum, { type, detail }) => sum + Buffer.byteLength(`drawbridge${type}${detail}`), 0),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0) / 10).toBeLessThan(72 * 1_024);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(busBytesMax);
  expect(requests.flat()).toHaveLength(10);
});

const client = mockClient(EventBridgeClient);
beforeEach(() => {
  client.reset();
});
const entry = (type: string): BusEntry => ({ type, at: at(5), detail: '{}' });
const bridge = () => eventBridgeBus(new EventBridgeClient({}), 'the-bus');

test("EventBridge's answer for each entry says what becomes of it", async () => {
  const codes = ['ThrottlingException', 'AccessDeniedException', 'MalformedDetail', 'Other'];
  client.on(PutEventsCommand).resolves({
    FailedEntryCount: 4,
    Entries: [
      { EventId: '1' },
      ...codes.map((ErrorCode) => ({ ErrorCode, ErrorMessage: 'Why.' })),
      // The last entry has no answer at all.
    ],
  });
  expect(await bridge().put(['a', 'b', 'c', 'd', 'e', 'f'].map(entry))).toEqual([
    'taken',
    { again: 'ThrottlingException: Why.' },
    { again: 'AccessDeniedException: Why.' },
    { never: 'MalformedDetail: Why.' },
    { again: 'Other: Why.' },
    { again: 'no answer: ' },
  ]);
  expect(client.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries?.[0]).toEqual({
    EventBusName: 'the-bus',
    Source: 'drawbridge',
    DetailType: 'a',
    Detail: '{}',
    Time: new Date(5),
  });
});

test('a request that is wrong as a whole is not the fault of all', async () => {
  client.on(PutEventsCommand).callsFake(({ Entries }) => {
    const types = Entries.map(({ DetailType }: { DetailType: string }) => DetailType);
    if (types.includes('odd'))
      throw Object.assign(new Error('Too large.'), { name: 'ValidationException' });
    return { Entries: types.map((EventId: string) => ({ EventId })) };
  });
  expect(await bridge().put(['a', 'odd', 'b'].map(entry))).toEqual([
    'taken',
    { never: 'Too large.' },
    'taken',
  ]);
  client.on(PutEventsCommand).rejects(Object.assign(new Error(), { name: 'InternalException' }));
  await expect(bridge().put([entry('a')])).rejects.toThrow();
});
