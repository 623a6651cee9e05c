/** What tells sweep that doorbells wait in a full queue and are not lost. */
import { expect, test } from '@jest/globals';
import { lostDoorbellMs } from '../../lambdas/core/kernel/limits.ts';
import { watchQueue } from '../../lambdas/core/outbox/full-queue.ts';
import { lostForSureMs } from '../../lambdas/core/outbox/limits.ts';
import type { Due } from '../../lambdas/core/outbox/patience.ts';
import { at, requestedOf, walletOf } from '../support/things.ts';

const since = at(1_000_000);
const late = lostDoorbellMs + 1;
const signable: Due = {
  ...requestedOf(walletOf(), { createdAt: since, updatedAt: since }),
  ...{ stage: 'reserved', currency: 'USDC' },
};

test.each<[string, Partial<Due>, { rungAfterMs?: number; movedAfterMs: number }, boolean]>([
  ['one that came late by itself', {}, { movedAfterMs: late }, true],
  ['one that came in time', {}, { movedAfterMs: lostDoorbellMs }, false],
  ['one that sweep has rung for', {}, { rungAfterMs: late, movedAfterMs: late + 500 }, false],
  ['one that it had rung for before', {}, { rungAfterMs: -1, movedAfterMs: late }, true],
  ['what waits for the outside', { stage: 'converting' }, { movedAfterMs: late }, false],
  ['what is to be tried again', { nextAttemptAt: since }, { movedAfterMs: late }, false],
])('%s', (_, given, { rungAfterMs, movedAfterMs }, expected) => {
  const { note, isFull } = watchQueue();
  note({ ...signable, ...given }, undefined, since);
  const movedAt = at(since + movedAfterMs);
  const rungAt = rungAfterMs === undefined ? undefined : at(since + rungAfterMs);
  note({ ...signable, stage: 'signed', updatedAt: movedAt }, rungAt, movedAt);
  expect(isFull(movedAt)).toBe(expected);
  expect(isFull(at(movedAt + lostForSureMs))).toBe(false);
});

test('one that was not looked at for two minutes is forgotten', () => {
  const { note, isFull, forget } = watchQueue();
  note(signable, undefined, since);
  const movedAt = at(since + 2 * lostForSureMs + 1);
  forget(movedAt);
  note({ ...signable, stage: 'signed', updatedAt: movedAt }, undefined, movedAt);
  expect(isFull(movedAt)).toBe(false);
});
