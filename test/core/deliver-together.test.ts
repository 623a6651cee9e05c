/** The lanes of one invocation share what they read and save, and wait for nothing of each other's receivers. */
import { expect, test } from '@jest/globals';
import { budgetOf } from '../../lambdas/core/kernel/budget.ts';
import type { DeliveryLane } from '../../lambdas/core/kernel/ids.ts';
import { makeDeliver } from '../../lambdas/core/webhooks/deliver.ts';
import { well } from '../../lambdas/core/webhooks/endpoint.ts';
import { attemptsTogetherMax, lanesTogetherMax } from '../../lambdas/core/webhooks/limits.ts';
import type { WebhookStore } from '../../lambdas/core/webhooks/store.ts';
import {
  beginAttempt,
  type Delivery,
  deliveryLaneOf,
} from '../../lambdas/core/webhooks/webhook.ts';
import { allOn } from '../support/gates.ts';
import { at, evenDice, plenty } from '../support/things.ts';
import { deliveryOf, endpointOf } from '../support/webhooks.ts';

const many = 100;
const answer = { completedAt: at(1), httpStatus: 200, responseBody: null, error: null };

function manyLanes(silent: number) {
  const made = Array.from({ length: many }, (_, n) =>
    deliveryOf({ id: `del_${n}`, sourceId: `txn_${n}`, eventId: `evt_${n}` }),
  );
  const rows = new Map<string, Delivery>(made.map((one) => [deliveryLaneOf(one), one]));
  const calls = { lanes: 0, endpoints: 0, begins: 0, ends: 0 };
  const save = (to: Delivery): boolean => {
    const isNext = rows.get(deliveryLaneOf(to))?.version === to.version - 1;
    if (isNext) rows.set(deliveryLaneOf(to), to);
    return isNext;
  };
  const counted = <T>(name: keyof typeof calls, value: T): T => {
    calls[name] += 1;
    return value;
  };
  const store: WebhookStore = {
    lanes: async (lanes) =>
      counted(
        'lanes',
        lanes.map((lane) => [rows.get(lane) ?? []].flat()),
      ),
    endpoints: async (asked) =>
      counted(
        'endpoints',
        asked.map(() => ({ endpoint: endpointOf(), health: well })),
      ),
    saveBegins: async (begun) => counted('begins', begun.map(save)),
    saveEnds: async (ends) =>
      counted(
        'ends',
        ends.map(({ to }) => save(to)),
      ),
    endpointsOf: async () => [],
    createDeliveries: async () => new Set(),
    saveHealth: async () => {},
    disable: async () => true,
  };
  const { promise: never } = Promise.withResolvers<never>();
  const sent: string[] = [];
  const deliver = makeDeliver({
    store,
    send: async (_, { id }) => {
      sent.push(id);
      return id === `del_${silent}` ? never : { ...answer, retryAfterSeconds: null };
    },
    clock: { now: () => at(0), until: async () => {} },
    dice: evenDice,
    switches: allOn,
    setAside: null,
    budget: budgetOf(plenty.remainingMs),
  });
  return { lanes: [...rows.keys()] as DeliveryLane[], rows, calls, sent, deliver };
}

test('a hundred lanes are a few requests', async () => {
  const { lanes, rows, calls, sent, deliver } = manyLanes(-1);
  await Promise.all(lanes.map(deliver));
  expect(new Set(sent).size).toBe(many);
  expect([...rows.values()].every(({ status }) => status === 'COMPLETED')).toBe(true);
  expect(calls.lanes).toBeLessThanOrEqual(many / lanesTogetherMax + 1);
  expect(calls.endpoints).toBeLessThanOrEqual(many / lanesTogetherMax + 1);
  expect(calls.begins).toBeLessThanOrEqual(many / attemptsTogetherMax + 2);
  expect(calls.ends).toBeLessThanOrEqual(many / attemptsTogetherMax + 2);
});

test('a receiver that never answers keeps none of the others from their end', async () => {
  const { lanes, rows, deliver } = manyLanes(7);
  const visits = lanes.map(deliver);
  await Promise.all(visits.filter((_, n) => n !== 7));
  expect([...rows.values()].filter(({ status }) => status === 'COMPLETED')).toHaveLength(many - 1);
});

test('a lane that two messages name is visited once', async () => {
  const { lanes, sent, deliver } = manyLanes(-1);
  const [lane] = lanes;
  if (lane === undefined) throw new Error('no lane');
  await Promise.all([deliver(lane), deliver(lane)]);
  expect(sent).toHaveLength(1);
});

test('the beginning of an attempt moves the time of sweep only where that has come', () => {
  const waiting = deliveryOf({ dueAt: at(15_000) });
  expect(beginAttempt(waiting, at(100)).dueAt).toBe(15_000);
  expect(beginAttempt(waiting, at(20_000)).dueAt).toBe(33_000);
});
