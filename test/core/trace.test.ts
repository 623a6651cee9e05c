import { expect, test } from '@jest/globals';
import { traceResourceOf } from '../../lambdas/core/requests/trace-resource.ts';
import { inReview, waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import {
  rootSpanId,
  type Span,
  spanIdOf,
  spansOf,
  stageSpanId,
  traceIdOf,
  xrayTraceIdOf,
} from '../../lambdas/core/withdrawal/trace.ts';
import { moveTo } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { at, evenDice, requestedOf, walletOf } from '../support/things.ts';

const created = 1_790_000_000_123;
const requested = requestedOf(walletOf(), {
  createdAt: at(created),
  history: [{ stage: 'requested', at: at(created) }],
});
const reserved = moveTo(requested, 'reserved', {}, at(created + 1_000));
const waiting = waitFor(
  reserved,
  at(created + 9_000),
  'on-ramp-away',
  at(created + 2_000),
  evenDice,
);
const converting = moveTo(waiting, 'converting', {}, at(created + 5_000));

test('the ids of a trace follow from the withdrawal, and are as X-Ray and W3C want them', () => {
  const id = traceIdOf(requested);
  expect(id).toBe(traceIdOf(converting));
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(xrayTraceIdOf(id)).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  // X-Ray reads the time of the request there.
  expect(Number.parseInt(id.slice(0, 8), 16)).toBe(1_790_000_000);
  const another = requestedOf(walletOf(), { createdAt: at(created) });
  expect([traceIdOf(another), rootSpanId(another.id)]).not.toContain(id);
  expect(spanIdOf(requested.id, 0)).toMatch(/^[0-9a-f]{16}$/);
});

test('a wait is part of its stage, and the last stage of a withdrawal under way goes on', () => {
  const [root, ...stays] = spansOf(converting);
  expect([root.endedAt, root.ok, root.parentId]).toEqual([null, true, null]);
  expect(stays.map(({ name, startedAt, endedAt }) => [name, startedAt, endedAt])).toEqual([
    ['requested', created, created + 1_000],
    ['reserved', created + 1_000, created + 5_000],
    ['converting', created + 5_000, null],
  ]);
  expect(stays[1]?.attributes['waits']).toBe('The on-ramp is not answering at the moment.');
  expect(new Set(stays.map(({ parentId }) => parentId))).toEqual(new Set([root.spanId]));
  expect(stageSpanId(converting)).toBe(stays[2]?.spanId);
  // What is told while it waits belongs to the same span as what was told before.
  expect(stageSpanId(waiting)).toBe(stageSpanId(reserved));
});

test('a stage that is come to twice has two spans, and what ends well or not shows it', () => {
  const held = inReview(converting, 'Nobody knows.', at(created + 6_000));
  const again = moveTo(held, 'converting', {}, at(created + 7_000));
  const stays = spansOf(again).slice(1);
  expect(new Set(stays.map(({ spanId }) => spanId)).size).toBe(5);
  expect(stays.map(({ ok }) => ok)).toEqual([true, true, true, false, true]);
  expect(spansOf(held)[0]).toMatchObject({ ok: false, endedAt: null });
  const rejected = moveTo(
    requested,
    'rejected',
    { failure: { code: 'INSUFFICIENT_FUNDS', message: 'No.', retryable: false } },
    at(created + 8_000),
  );
  expect(spansOf(rejected)[0]).toMatchObject({ ok: false, endedAt: created + 8_000 });
});

test('what is kept of other traces is left out, and what the timeline says wins', () => {
  const told: Span = {
    traceId: traceIdOf(converting),
    spanId: spanIdOf(converting.id, 'call'),
    parentId: stageSpanId(converting),
    name: 'POST /v1/transfers',
    startedAt: at(created + 5_010),
    endedAt: at(created + 5_050),
    ok: true,
    attributes: { 'http.response.status_code': 200 },
  };
  const stale: Span = { ...told, spanId: stageSpanId(waiting), endedAt: null, ok: false };
  const others: Span = { ...told, traceId: 'f'.repeat(32), spanId: 'e'.repeat(16) };
  const shown = traceResourceOf(converting, [told, stale, others]);
  expect(shown.spans.map(({ name }) => name)).toEqual([
    ...['withdrawal', 'requested', 'reserved', 'converting', 'POST /v1/transfers'],
  ]);
  expect(shown.spans[2]).toMatchObject({
    endedAt: new Date(created + 5_000).toISOString(),
    attributes: { 'http.response.status_code': 200, 'withdrawal.stage': 'reserved' },
  });
  expect(traceResourceOf(converting, null).source).toBe('timeline');
});
