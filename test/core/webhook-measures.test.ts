import { expect, test } from '@jest/globals';
import { measuresOfEnd } from '../../lambdas/core/webhooks/measures.ts';
import { statsResourceOf } from '../../lambdas/core/webhooks/resource.ts';
import { nothing, type Tally } from '../../lambdas/core/webhooks/tally.ts';
import type { Delivery, DeliveryAttempt } from '../../lambdas/core/webhooks/webhook.ts';
import { at } from '../support/things.ts';
import { deliveryOf, endpointOf } from '../support/webhooks.ts';

const attempt = (completedAt: number | null, durationMs: number | null): DeliveryAttempt => ({
  ...{
    number: 0,
    startedAt: at(1_000),
    durationMs,
    httpStatus: null,
    responseBody: null,
    error: null,
  },
  completedAt: completedAt === null ? null : at(completedAt),
});
const of = (attempts: readonly DeliveryAttempt[], given: Partial<Delivery> = {}): Delivery =>
  deliveryOf({ attempts, createdAt: at(400), ...given });
const begun = of([attempt(null, null)], { status: 'PROCESSING' });

// biome-ignore format: columns are the point
test.each<[string, Delivery, Delivery, string[]]>([
  ['an attempt that succeeds', begun, of([attempt(1_300, 300)], { status: 'COMPLETED' }), ['webhook-ok 1', 'webhook-ms 300', 'webhook-told-after 900']],
  ['an attempt that fails', begun, of([attempt(1_300, 300)], { status: 'PROCESSING' }), ['webhook-failed 1', 'webhook-ms 300']],
  ['the last attempt', begun, of([attempt(1_300, 300)], { status: 'FAILED' }), ['webhook-failed 1', 'webhook-ms 300', 'webhook-given-up 1']],
  ['a delivery that is given up without an attempt', of([]), of([], { status: 'FAILED' }), ['webhook-given-up 1']],
  ['one whose last attempt was long ago', of([attempt(1_300, 300)]), of([attempt(1_300, 300)], { status: 'FAILED' }), ['webhook-given-up 1']],
  ['a redelivery, which is no news', { ...begun, reopened: 1 }, of([attempt(1_300, 300)], { status: 'COMPLETED', reopened: 1 }), ['webhook-ok 1', 'webhook-ms 300']],
])('%s', (_what, from, to, want) => {
  expect(measuresOfEnd({ from, to }).map(({ name, value }) => `${name} ${value}`)).toEqual(want);
});

// biome-ignore format: columns are the point
test.each<[string, Partial<Tally>, number]>([
  ['nothing is tried yet',                  { open: 9 },                                           1],
  ['63 attempts failed, and none is given up', { open: 9, attempts: 63 },                          0],
  ['one is delivered, others are tried',    { open: 9, attempts: 64, completed: 1 },               1],
  ['one of four is given up',               { attempts: 12, completed: 3, failed: 1 },             0.75],
  ['all are given up',                      { attempts: 14, failed: 2 },                           0],
])('the rate of success when %s', (_what, tally, rate) => {
  const one = { id: endpointOf().id, tally: { ...nothing, ...tally, processing: 0 } };
  const { successRate, byEndpoint } = statsResourceOf([one]);
  expect([successRate, byEndpoint[0]?.successRate]).toEqual([rate, rate]);
});
