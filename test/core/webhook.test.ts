import { expect, test } from '@jest/globals';
import { beginAttempt, type Delivery, endAttempt } from '../../lambdas/core/webhooks/webhook.ts';
import { at } from '../support/things.ts';
import { deliveryOf } from '../support/webhooks.ts';

const fresh = deliveryOf();
const ended = (httpStatus: number | null, retryAfterSeconds: number | null = null) => ({
  completedAt: at(0),
  httpStatus,
  responseBody: null,
  error: httpStatus === null ? 'ETIMEDOUT' : null,
  retryAfterSeconds,
});
const even = { roll: () => 0.5 };

test('seven attempts, 1, 2, 4, 8, 16 and 32 seconds apart, then it is given up', () => {
  let delivery: Delivery = fresh;
  const waits: (number | null)[] = [];
  while (delivery.status === 'PENDING') {
    delivery = endAttempt(beginAttempt(delivery, at(0)), ended(500), even);
    waits.push(delivery.nextAttemptAt);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, null]);
  expect(delivery.status).toBe('FAILED');
  expect(delivery.attempts.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test.each([
  [0, 750],
  [1, 1_250],
])('waits are spread by a quarter either way (dice %p: %p ms)', (roll, want) => {
  expect(
    endAttempt(beginAttempt(fresh, at(0)), ended(500), { roll: () => roll }).nextAttemptAt,
  ).toBe(want);
});

// biome-ignore format: columns are the point
test.each<[string, ReturnType<typeof ended>, string, number | null]>([
  ['204',                        ended(204),        'COMPLETED', null],
  ['a redirect',                 ended(302),        'PENDING',   1_000],
  ['410',                        ended(410),        'FAILED',    null],
  ['no answer',                  ended(null),       'PENDING',   1_000],
  ['429 with Retry-After',       ended(429, 20),    'PENDING',   20_000],
  ['an endless Retry-After',     ended(503, 9_999), 'PENDING',   300_000],
])('%s', (_name, result, status, nextAttemptAt) => {
  expect(endAttempt(beginAttempt(fresh, at(0)), result, even)).toMatchObject({ status, nextAttemptAt });
});

test('an attempt whose end nobody saw is kept as SENT_UNKNOWN', () => {
  const begun = beginAttempt(fresh, at(0));
  expect(beginAttempt(begun, at(20_000)).attempts).toMatchObject([
    { number: 0, completedAt: 20_000, error: 'SENT_UNKNOWN' },
    { number: 1, completedAt: null, error: null },
  ]);
});
