/** An endpoint is told of a withdrawal in order. */
import { describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../lambdas/core/kernel/budget.ts';
import type { DeliveryLane } from '../../lambdas/core/kernel/ids.ts';
import type { Switches } from '../../lambdas/core/switches/switches.ts';
import { type DeliverWorld, makeDeliver } from '../../lambdas/core/webhooks/deliver.ts';
import {
  type AttemptNews,
  type EndpointHealth,
  type WebhookEndpoint,
  well,
} from '../../lambdas/core/webhooks/endpoint.ts';
import type { WebhookStore } from '../../lambdas/core/webhooks/store.ts';
import { type Delivery, deliveryLaneOf } from '../../lambdas/core/webhooks/webhook.ts';
import { allOn, testSwitches } from '../support/gates.ts';
import { at, evenDice, plenty } from '../support/things.ts';
import { deliveryOf as anyDelivery, endpointOf } from '../support/webhooks.ts';

const endpoint = endpointOf({ id: 'we_1' });
const deliveryOf = (sequence: number, given: Partial<Delivery> = {}): Delivery =>
  anyDelivery({
    id: `del_${sequence}`,
    endpointId: endpoint.id,
    eventId: `evt_${sequence}`,
    sequence,
    ...given,
  });

type Answer = { status: number | null; meanwhile?: () => void; slow?: true };
type Given = {
  answers?: Answer[];
  there?: WebhookEndpoint | null;
  others?: WebhookEndpoint[];
  health?: EndpointHealth;
  saveTakesMs?: number;
  setAside?: boolean;
  switches?: Switches;
};

/** A delivery lane, and an endpoint that answers its attempts with these statuses and then with 200. */
function laneWith(
  deliveries: Delivery[],
  {
    answers = [],
    there = endpoint,
    others = [],
    health = well,
    saveTakesMs = 0,
    switches = allOn,
    setAside = false,
  }: Given = {},
) {
  const rows = new Map(deliveries.map((one) => [one.sequence, one]));
  const sent: number[] = [];
  const noted: AttemptNews[] = [];
  const told: Delivery[] = [];
  const aside: DeliveryLane[] = [];
  let found = there;
  let time = 0;
  let remainingMs = plenty.remainingMs();
  const save = async (to: Delivery) => {
    if (rows.get(to.sequence)?.version !== to.version - 1) return false;
    rows.set(to.sequence, to);
    time += saveTakesMs;
    return true;
  };
  const saveOne = async (to: Delivery | undefined) => (to === undefined ? [] : [await save(to)]);
  const store: WebhookStore = {
    lanes: async () => [[...rows.values()].sort((a, b) => a.sequence - b.sequence)],
    endpoints: async () => [found === null ? null : { endpoint: found, health }],
    endpointsOf: async () =>
      [...(found === null ? [] : [found]), ...others].map((endpoint) => ({ endpoint, health })),
    createDeliveries: async () => new Set(),
    saveBegins: ([to]) => saveOne(to),
    saveEnds: ([end]) => saveOne(end?.to),
    saveHealth: async (_, news) => void noted.push(news),
    disable: async (to, telling) => {
      if (found?.version !== to.version - 1) return false;
      found = to;
      told.push(...telling);
      return true;
    },
  };
  const world: DeliverWorld = {
    store,
    switches,
    send: async (_to, { sequence }, onSlow) => {
      sent.push(sequence);
      const { status, meanwhile, slow } = answers.shift() ?? { status: 200 };
      meanwhile?.();
      if (slow) onSlow();
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
    setAside: setAside ? async (lane) => void aside.push(lane) : null,
  };
  return {
    rows,
    sent,
    noted,
    told,
    aside,
    endpoint: () => found,
    change: (to: WebhookEndpoint) => {
      found = to;
    },
    visit: (now: number, leftMs = plenty.remainingMs()) => {
      [time, remainingMs] = [now, leftMs];
      return makeDeliver(world)(deliveryLaneOf(deliveryOf(1)));
    },
    ends: () => [...rows.values()].map(({ status }) => status),
  };
}

test('while the switch is off nothing is attempted and nothing is written; then all goes in order', async () => {
  const { switches, turnOff, turnOn } = testSwitches();
  turnOff('webhook');
  const lane = laneWith([deliveryOf(1), deliveryOf(2)], { switches });
  const before = [...lane.rows.values()];
  expect(await lane.visit(0)).toBe('done');
  expect([lane.sent, [...lane.rows.values()]]).toEqual([[], before]);
  turnOn();
  await lane.visit(1_000);
  expect([lane.sent, lane.ends()]).toEqual([
    [1, 2],
    ['COMPLETED', 'COMPLETED'],
  ]);
});

describe('events of one withdrawal reach one endpoint in sequence', () => {
  test('all that is due, one after the other', async () => {
    const lane = laneWith([deliveryOf(7), deliveryOf(1), deliveryOf(3)]);
    await lane.visit(0);
    expect(lane.sent).toEqual([1, 3, 7]);
    expect(lane.ends()).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  });

  test('while one waits for its next attempt, those behind it wait too, and go on with it in the same visit', async () => {
    const lane = laneWith([deliveryOf(1), deliveryOf(3)], { answers: [{ status: 500 }] });
    await lane.visit(0);
    await lane.visit(999);
    expect(lane.sent).toEqual([1]);
    await lane.visit(1_000);
    expect(lane.sent).toEqual([1, 1, 3]);
  });

  test('one that is given up is a gap, and the next goes on', async () => {
    const always500 = Array.from({ length: 7 }, () => ({ status: 500 }));
    const lane = laneWith([deliveryOf(1), deliveryOf(3)], { answers: always500 });
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
    const lane = laneWith([deliveryOf(1), deliveryOf(3)], {
      answers: [{ status: 200, meanwhile: takenOver }],
    });
    await lane.visit(0);
    expect(lane.sent).toEqual([1]);
  });
});

test('a worker that was held up for longer than its attempt may take does not make it any more', async () => {
  const lane = laneWith([deliveryOf(1)], { saveTakesMs: 13_000 });
  await lane.visit(0);
  expect(lane.sent).toEqual([]);
});

test('the first attempt waits for nobody whose clock was fast', async () => {
  const lane = laneWith([deliveryOf(1, { nextAttemptAt: at(500) })]);
  await lane.visit(0);
  expect(lane.sent).toEqual([1]);
});

test('an endpoint that is disabled is told nothing, and nothing waits for it', async () => {
  const lane = laneWith([deliveryOf(1), deliveryOf(3)], { there: { ...endpoint, enabled: false } });
  await lane.visit(0);
  expect([lane.sent, lane.ends()]).toEqual([[], ['FAILED', 'FAILED']]);
  // No attempt was made, and none is on record.
  expect([...lane.rows.values()].map(({ failure, attempts }) => [failure, attempts])).toEqual([
    ['ENDPOINT_DISABLED', []],
    ['ENDPOINT_DISABLED', []],
  ]);
});

test('no attempt begins that the invocation has no time for', async () => {
  const lane = laneWith([deliveryOf(1)]);
  expect(await lane.visit(0, 12_999)).toBe('unfinished');
  expect(lane.ends()).toEqual(['PENDING']);
  expect(await lane.visit(0, 13_000)).toBe('done');
  expect(lane.ends()).toEqual(['COMPLETED']);
});

test('an endpoint that was deleted is told nothing', async () => {
  const lane = laneWith([deliveryOf(1)], { there: null });
  await lane.visit(0);
  expect([lane.sent, lane.rows.get(1)]).toMatchObject([
    [],
    { status: 'FAILED', failure: 'ENDPOINT_DELETED', attempts: [] },
  ]);
});

test('of an attempt whose end nobody saw no eighth is made', async () => {
  const attempts = Array.from({ length: 7 }, (_, number) => ({
    number,
    startedAt: at(number),
    completedAt: number === 6 ? null : at(number),
    durationMs: null,
    httpStatus: null,
    responseBody: null,
    error: number === 6 ? null : 'ECONNREFUSED',
  }));
  const status = 'PROCESSING';
  const lane = laneWith([deliveryOf(1, { attempts, status, nextAttemptAt: at(13_006) })]);
  await lane.visit(13_006);
  expect([lane.sent, lane.rows.get(1)]).toMatchObject([
    [],
    { status: 'FAILED', failure: 'EXHAUSTED' },
  ]);
  expect(lane.rows.get(1)?.attempts.at(-1)).toMatchObject({ error: 'SENT_UNKNOWN' });
});

describe('what is delivered once more', () => {
  const again = { reopened: 1 };

  test('is delivered in sequence', async () => {
    const lane = laneWith([deliveryOf(1, again), deliveryOf(3, again)], {
      answers: [{ status: 500 }],
    });
    await lane.visit(0);
    expect(lane.sent).toEqual([1]);
    await lane.visit(1_000);
    expect(lane.sent).toEqual([1, 1, 3]);
  });

  test('holds up nothing that is new', async () => {
    const waits = { ...again, ...endOf(500), nextAttemptAt: at(9_000) };
    const lane = laneWith([deliveryOf(1, waits), deliveryOf(3)]);
    await lane.visit(0);
    expect(lane.sent).toEqual([3]);
  });
});

/** One attempt that ended so. */
const endOf = (httpStatus: number) => ({
  attempts: [
    {
      number: 0,
      startedAt: at(0),
      completedAt: at(0),
      durationMs: 0,
      httpStatus,
      responseBody: null,
      error: null,
    },
  ],
});

describe('an endpoint is disabled', () => {
  const day = 24 * 3_600_000;
  const other = endpointOf({ id: 'we_2' });
  const failing = { ...well, failingSince: at(day), slowSince: at(day) };

  test('when its receiver says that it is gone, and the others are told', async () => {
    const lane = laneWith([deliveryOf(1), deliveryOf(3)], {
      answers: [{ status: 410 }],
      others: [other, endpointOf({ id: 'we_3', events: ['withdrawal.*'] })],
    });
    await lane.visit(0);
    expect(lane.endpoint()).toMatchObject({ enabled: false, disabledReason: 'RECEIVER_GONE' });
    expect(lane.sent).toEqual([1]);
    expect([...lane.rows.values()].map(({ failure }) => failure)).toEqual([
      'RECEIVER_GONE',
      'ENDPOINT_DISABLED',
    ]);
    expect(lane.told).toMatchObject([{ endpointId: 'we_2', type: 'webhook-endpoint.disabled' }]);
    expect(JSON.parse(lane.told[0]?.body ?? '')).toMatchObject({
      data: { id: 'we_1', disabledReason: 'RECEIVER_GONE' },
    });
  });

  test('when every attempt of five days has failed, and not before', async () => {
    const tried = async (now: number, answer: number) => {
      const lane = laneWith([deliveryOf(1)], {
        answers: [{ status: answer }],
        others: [other],
        health: failing,
      });
      await lane.visit(now);
      return [lane.endpoint()?.disabledReason, lane.told.length, lane.rows.get(1)?.status];
    };
    expect(await tried(6 * day - 1, 500)).toEqual([null, 0, 'PENDING']);
    expect(await tried(6 * day, 500)).toEqual(['FAILING', 1, 'PENDING']);
    expect(await tried(6 * day, 200)).toEqual([null, 0, 'COMPLETED']);
  });

  test('but not for what it was before its client has changed it', async () => {
    const changed = { ...endpoint, url: 'https://new.example', version: 2 };
    const lane: ReturnType<typeof laneWith> = laneWith([deliveryOf(1)], {
      answers: [{ status: 410, meanwhile: () => lane.change(changed) }],
    });
    await lane.visit(0);
    expect(lane.endpoint()).toEqual(changed);
  });
});

test('how an endpoint does is noted when it changes', async () => {
  const noted = async (health: EndpointHealth, answer: Answer) => {
    const lane = laneWith([deliveryOf(1)], { answers: [answer], health });
    await lane.visit(0);
    return lane.noted;
  };
  const slow = { ...well, failingSince: null, slowSince: at(0) };
  const failing = { ...well, failingSince: at(0), slowSince: at(0) };
  expect(await noted(well, { status: 200 })).toEqual([]);
  expect(await noted({ ...well, isKnown: false }, { status: 200 })).toEqual([
    { failed: false, slow: false },
  ]);
  expect(await noted(well, { status: 500 })).toEqual([{ failed: true, slow: false }]);
  // While its receiver keeps us waiting it is known already.
  const both = [
    { failed: false, slow: true },
    { failed: true, slow: true },
  ];
  expect(await noted(well, { status: null, slow: true })).toEqual(both);
  expect(await noted(failing, { status: null, slow: true })).toEqual([]);
  expect(await noted(failing, { status: 200 })).toEqual([{ failed: false, slow: false }]);
  expect(await noted(slow, { status: 200, slow: true })).toEqual([]);
  expect(await noted(slow, { status: 200 })).toEqual([{ failed: false, slow: false }]);
});

test.each([
  ['is known to be slow', { ...well, slowSince: at(0) }, true, { aside: 1, sent: [] }],
  ['answers', well, true, { aside: 0, sent: [1, 3] }],
  [
    'is slow, by those who wait for such',
    { ...well, slowSince: at(0) },
    false,
    { aside: 0, sent: [1, 3] },
  ],
])('a lane of an endpoint that %s is left to others or not', async (_, health, setAside, then) => {
  const lane = laneWith([deliveryOf(1), deliveryOf(3)], { health, setAside });
  expect(await lane.visit(0)).toBe('done');
  expect({ aside: lane.aside.length, sent: lane.sent }).toEqual(then);
});
