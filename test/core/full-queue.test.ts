/** What tells sweep that doorbells wait in a full queue and are not lost. */
import { expect, test } from '@jest/globals';
import { lostDoorbellMs } from '../../lambdas/core/kernel/limits.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import { watchQueue } from '../../lambdas/core/outbox/full-queue.ts';
import { lostForSureMs, lostRungPerSecond } from '../../lambdas/core/outbox/limits.ts';
import type { Due } from '../../lambdas/core/outbox/patience.ts';
import type { Stage } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { at, requestedOf, walletOf } from '../support/things.ts';

const passMs = 1_000;
const start = at(10_000_000);
const from = at(start + passMs);
const late = lostDoorbellMs + 1;

/** One that waits to be signed since `from`. */
const signable = (given: Partial<Due> = {}): Due => ({
  ...requestedOf(walletOf(), { createdAt: start, updatedAt: from }),
  ...{ stage: 'reserved', currency: 'USDC' },
  ...given,
});

/** A watch that has made a pass each second, up to this one. */
function watchedUntil(until: Instant, watch = watchQueue(passMs)) {
  for (let now = start; now <= until; now = at(now + passMs)) watch.begin(now, passMs);
  return watch;
}

/** How many of a hundred it lets ring at that time. */
const rungOf = (watch: ReturnType<typeof watchQueue>, now: Instant, given?: Partial<Due>) =>
  Array.from({ length: 100 }, () => signable(given)).filter(
    (one) => watch.heldUntil(one, now) === null,
  ).length;

const line = (stage: Stage, when: number) => ({ stage, at: at(when) });
type Line = [stage: Stage, afterMs: number];
const few = lostRungPerSecond;

test.each<[string, Line[], number]>([
  [
    'one that was signed late by itself',
    [
      ['reserved', 0],
      ['signed', late],
    ],
    few,
  ],
  [
    'one that was confirmed since',
    [
      ['converted', 0],
      ['signed', late],
      ['broadcast', late],
    ],
    few,
  ],
  [
    'one that was signed in time',
    [
      ['reserved', 0],
      ['signed', lostDoorbellMs],
    ],
    100,
  ],
  [
    'one that was signed in time and is settled',
    [
      ['reserved', 0],
      ['signed', 500],
      ['settled', late],
    ],
    100,
  ],
  [
    'one that was cancelled late',
    [
      ['reserved', 0],
      ['refunding', late],
    ],
    100,
  ],
  [
    'one that waited for something else',
    [
      ['converting', 0],
      ['signed', late],
    ],
    100,
  ],
  [
    'one that waited before there was a pass',
    [
      ['reserved', -2 * passMs],
      ['signed', late],
    ],
    100,
  ],
])('%s', (_, lines, expected) => {
  const now = at(from + 2 * lostDoorbellMs);
  const watch = watchedUntil(now);
  const history = lines.map(([stage, afterMs]) => line(stage, from + afterMs));
  watch.note({ ...signable(), history });
  expect(rungOf(watch, now)).toBe(expected);
});

/** A full queue: one has come out of it at this time, late. */
function full(now: Instant) {
  const watch = watchedUntil(now);
  watch.note({ ...signable(), history: [line('reserved', now - late), line('signed', now)] });
  return watch;
}
const now = at(from + 2 * lostDoorbellMs);

test.each<[string, Partial<Due>]>([
  ['what is to be sent', { stage: 'signed' }],
  ['what waits for the outside', { stage: 'converting' }],
  ['what another step is to do', { currency: 'USD' }],
  ['what has a time of its own', { nextAttemptAt: now }],
  ['what has waited for a minute', { updatedAt: at(now - lostForSureMs) }],
])('%s is rung for all the same', (_, given) => {
  expect(rungOf(full(now), now, given)).toBe(100);
});

test('what sweep has rung for itself is no sign of a full queue', () => {
  const watch = watchedUntil(now);
  const one = signable();
  expect(watch.heldUntil(one, now)).toBeNull();
  watch.note({ ...one, history: [line('reserved', from), line('signed', now + 1)] });
  expect(rungOf(watch, now)).toBe(100);
});

test('who was rung for is rung for again after a minute, and takes nothing of what is for others', () => {
  const watch = full(now);
  const one = signable();
  expect(watch.heldUntil(one, now)).toBeNull();
  const next = at(now + passMs);
  watch.begin(next, passMs);
  expect(watch.heldUntil(one, next)).toBe(now + lostForSureMs);
  expect(rungOf(watch, next)).toBe(few);
});

test('who was not sent was not rung for', () => {
  const watch = full(now);
  const one = signable();
  expect(watch.heldUntil(one, now)).toBeNull();
  watch.notSent(now);
  watch.begin(at(now + passMs), passMs);
  expect(watch.heldUntil(one, at(now + passMs))).toBeNull();
});

test('a minute later, and after a gap in which others may have rung, nothing is known of the queue', () => {
  const after = at(now + lostForSureMs);
  const young = { updatedAt: at(after - late) };
  expect(rungOf(watchedUntil(at(after - 1), full(now)), at(after - 1), young)).toBe(few);
  expect(rungOf(watchedUntil(after, full(now)), after, young)).toBe(100);
  const gap = at(now + 30_000);
  const watch = watchedUntil(now);
  watch.begin(gap, gap - now);
  const next = at(gap + passMs);
  watch.begin(next, passMs);
  watch.note({ ...signable(), history: [line('reserved', now), line('signed', gap)] });
  expect(rungOf(watch, next)).toBe(100);
});

test('a pass that comes late lets as many ring as those that it stands for', () => {
  const watch = full(now);
  watch.begin(at(now + 3 * passMs), 3 * passMs);
  expect(rungOf(watch, at(now + 3 * passMs))).toBe(3 * few);
});
