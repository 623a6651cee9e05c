/** An endpoint is told of a withdrawal in order. */
import { describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../lambdas/core/kernel/budget.ts';
import { makeDeliver } from '../../lambdas/core/webhooks/deliver.ts';
import type { WebhookStore } from '../../lambdas/core/webhooks/store.ts';
import {
  type Delivery,
  deliveryLaneOf,
  type WebhookEndpoint,
} from '../../lambdas/core/webhooks/webhook.ts';
import { at, evenDice, plenty } from '../support/things.ts';

const endpoint: WebhookEndpoint = {
  id: 'we_1',
  tenant: 'alice',
  url: 'https://example.com',
  events: ['*'],
  secret: 'whsec_x',
  description: null,
  enabled: true,
  createdAt: at(0),
};
const deliveryOf = (sequence: number, given: Partial<Delivery> = {}): Delivery => ({
  id: `del_${sequence}`,
  endpointId: endpoint.id,
  tenant: 'alice',
  eventId: `evt_${sequence}`,
  type: 'withdrawal.completed',
  sourceId: 'wd_1',
  sequence,
  status: 'PENDING',
  body: '{}',
  attempts: [],
  nextAttemptAt: at(0),
  version: 1,
  createdAt: at(0),
  ...given,
});

type Answer = { status: number | null; meanwhile?: () => void };

/** A delivery lane, and an endpoint that answers its attempts with these statuses and then with 200. */
function laneWith(
  deliveries: Delivery[],
  answers: Answer[] = [],
  there = endpoint,
  saveTakesMs = 0,
) {
  const rows = new Map(deliveries.map((one) => [one.sequence, one]));
  const sent: number[] = [];
  let time = 0;
  let remainingMs = plenty.remainingMs();
  const store: Pick<WebhookStore, 'deliveries' | 'endpoint' | 'saveDelivery'> = {
    deliveries: async () => [...rows.values()].sort((a, b) => a.sequence - b.sequence),
    endpoint: async () => there,
    saveDelivery: async (to) => {
      if (rows.get(to.sequence)?.version !== to.version - 1) return false;
      rows.set(to.sequence, to);
      time += saveTakesMs;
      return true;
    },
  };
  const world = {
    store: store as WebhookStore,
    send: async (_to: WebhookEndpoint, { sequence }: Delivery) => {
      sent.push(sequence);
      const { status, meanwhile } = answers.shift() ?? { status: 200 };
      meanwhile?.();
      return {
        completedAt: at(time),
        httpStatus: status,
        responseBody: null,
        error: null,
        retryAfterSeconds: null,
      };
    },
    clock: { now: () => at(time), until: async () => {} },
    dice: evenDice,
    budget: budgetOf(() => remainingMs),
  };
  return {
    rows,
    sent,
    visit: (now: number, leftMs = plenty.remainingMs()) => {
      [time, remainingMs] = [now, leftMs];
      return makeDeliver(world)(deliveryLaneOf(deliveryOf(1)));
    },
    ends: () => [...rows.values()].map(({ status }) => status),
  };
}

describe('events of one withdrawal reach one endpoint in sequence', () => {
  test('all that is due, one after the other', async () => {
    const lane = laneWith([deliveryOf(7), deliveryOf(1), deliveryOf(3)]);
    await lane.visit(0);
    expect(lane.sent).toEqual([1, 3, 7]);
    expect(lane.ends()).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  });

  test('while one waits for its next attempt, those behind it wait too, and go on with it in the same visit', async () => {
    const lane = laneWith([deliveryOf(1), deliveryOf(3)], [{ status: 500 }]);
    await lane.visit(0);
    await lane.visit(999);
    expect(lane.sent).toEqual([1]);
    await lane.visit(1_000);
    expect(lane.sent).toEqual([1, 1, 3]);
  });

  test('one that is given up is a gap, and the next goes on', async () => {
    const always500 = Array.from({ length: 7 }, () => ({ status: 500 }));
    const lane = laneWith([deliveryOf(1), deliveryOf(3)], always500);
    for (let second = 0; second < 70; second++) await lane.visit(second * 1_000);
    expect(lane.sent).toEqual([1, 1, 1, 1, 1, 1, 1, 3]);
    expect(lane.ends()).toEqual(['FAILED', 'COMPLETED']);
  });

  test('while another worker makes an attempt, nobody goes past it, even if it never comes back', async () => {
    const lane = laneWith([deliveryOf(1), deliveryOf(3)]);
    const [under] = lane.rows.values();
    const started = { number: 0, startedAt: at(0), completedAt: null, durationMs: null };
    const attempts = [{ ...started, httpStatus: null, responseBody: null, error: null }];
    lane.rows.set(1, deliveryOf(1, { ...under, attempts, nextAttemptAt: at(13_000) }));
    await lane.visit(12_999);
    expect(lane.sent).toEqual([]);
    await lane.visit(13_000);
    expect(lane.sent).toEqual([1, 3]);
    expect(lane.rows.get(1)?.attempts).toMatchObject([{ error: 'SENT_UNKNOWN' }, { number: 1 }]);
  });

  test('who loses an attempt to another worker leaves the rest to that one', async () => {
    const lane = laneWith([deliveryOf(1), deliveryOf(3)]);
    await Promise.all([lane.visit(0), lane.visit(0)]);
    expect(lane.sent).toEqual([1, 3]);
  });

  test('who comes back too late with an answer does not go on', async () => {
    const takenOver = () => lane.rows.set(1, deliveryOf(1, { version: 9 }));
    const lane = laneWith([deliveryOf(1), deliveryOf(3)], [{ status: 200, meanwhile: takenOver }]);
    await lane.visit(0);
    expect(lane.sent).toEqual([1]);
  });
});

test('a worker that was held up for longer than its attempt may take does not make it any more', async () => {
  const lane = laneWith([deliveryOf(1)], [], endpoint, 13_000);
  await lane.visit(0);
  expect(lane.sent).toEqual([]);
});

test('the first attempt waits for nobody whose clock was fast', async () => {
  const lane = laneWith([deliveryOf(1, { nextAttemptAt: at(500) })]);
  await lane.visit(0);
  expect(lane.sent).toEqual([1]);
});

test('an endpoint that is disabled is told nothing, and nothing waits for it', async () => {
  const lane = laneWith([deliveryOf(1), deliveryOf(3)], [], { ...endpoint, enabled: false });
  await lane.visit(0);
  expect([lane.sent, lane.ends()]).toEqual([[], ['FAILED', 'FAILED']]);
});

test('no attempt begins that the invocation has no time for', async () => {
  const lane = laneWith([deliveryOf(1)]);
  expect(await lane.visit(0, 12_999)).toBe('unfinished');
  expect(lane.ends()).toEqual(['PENDING']);
  expect(await lane.visit(0, 13_000)).toBe('done');
  expect(lane.ends()).toEqual(['COMPLETED']);
});
