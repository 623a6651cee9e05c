import os from 'node:os';
import { afterEach, expect, jest, test } from '@jest/globals';
import { coresWatch } from '../../local/host/cores.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A machine of two cores, of which each second so many milliseconds are idle, of both together. */
function machine() {
  let [at, idle] = [1_000, 0];
  jest.spyOn(Date, 'now').mockImplementation(() => at);
  jest.spyOn(os, 'cpus').mockImplementation(() =>
    [0, 1].map(() => ({
      ...{ model: 'one', speed: 1 },
      times: { user: at - idle / 2, nice: 0, sys: 0, idle: idle / 2, irq: 0 },
    })),
  );
  return (ms: number, idleMs: number): void => {
    at += ms;
    idle += idleMs;
  };
}

test('cores are busy when next to nothing of them was idle since the last look', () => {
  const pass = machine();
  const areBusy = coresWatch();
  pass(500, 900);
  expect(areBusy()).toBe(false);
  pass(500, 90);
  expect(areBusy()).toBe(true);
  pass(500, 110);
  expect(areBusy()).toBe(false);
});

test('what is too short to say anything says what was said before, and what is long ago says busy', () => {
  const pass = machine();
  const areBusy = coresWatch();
  pass(100, 200);
  expect(areBusy()).toBe(true);
  pass(400, 800);
  expect(areBusy()).toBe(false);
  pass(100, 0);
  expect(areBusy()).toBe(false);
  pass(60_000, 120_000);
  expect(areBusy()).toBe(true);
  pass(500, 900);
  expect(areBusy()).toBe(false);
});
