import { expect, test } from '@jest/globals';
import { dynamoBreakers } from '../../lambdas/adapters/dynamo/breakers.ts';
import type { Breakers } from '../../lambdas/core/breakers/breaker.ts';
import { after, type Breaker, closed, gateOf } from '../../lambdas/core/breakers/breaker.ts';
import {
  breakerMemoryMs,
  breakerOpenMaxMs,
  breakerRampFull,
} from '../../lambdas/core/kernel/limits.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { shared } from '../support/shared.ts';
import { at, testClock } from '../support/things.ts';

const fault = { succeeded: 0, faulted: 1 };
const success = { succeeded: 1, faulted: 0 };
const openAt = (ms: number, name = 'x'): Breaker =>
  [1, 2, 3].reduce((breaker) => after(breaker, fault, at(ms)), closed(name));

test('an unbroken row of faults opens it; a success in between begins the row anew', () => {
  expect(openAt(0).state).toMatchObject({ is: 'OPEN', faults: 3 });
  const broken = [fault, fault, success, fault, fault].reduce(
    (breaker, calls) => after(breaker, calls, at(0)),
    closed('x'),
  );
  expect(broken.state).toEqual({ is: 'CLOSED', faults: 2 });
  // One success among many calls of a batch is enough.
  expect(after(closed('x'), { succeeded: 1, faulted: 20 }, at(0)).state.is).toBe('CLOSED');
});

test('a provider that is well is not written about', () => {
  const well = closed('x');
  expect(after(well, success, at(0))).toBe(well);
});

test('while it is open nothing begins, then one probes', () => {
  const open = openAt(0);
  expect(gateOf(open, at(999))).toEqual({ gate: 'shut', until: 1_000 });
  const gate = gateOf(open, at(1_000));
  if (gate.gate !== 'probe') throw new Error(gate.gate);
  expect(gateOf(gate.claimed, at(1_001)).gate).toBe('shut');
});

test('each failed probe makes the next one later, up to a limit', () => {
  let breaker = openAt(0);
  let time = 0;
  const waits: number[] = [];
  for (let probe = 0; probe < 7; probe += 1) {
    if (breaker.state.is !== 'OPEN') throw new Error(breaker.state.is);
    waits.push(breaker.state.probeAt - time);
    time = breaker.state.probeAt;
    breaker = after(breaker, fault, at(time));
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, ...Array(3).fill(breakerOpenMaxMs)]);
  expect(breaker.state).toMatchObject({ since: 0 });
});

test('after the outage one call, then two, then four …, and a relapse opens it again', () => {
  const back = after(openAt(0), success, at(1));
  const allowed: number[] = [];
  let breaker = back;
  while (breaker.state.is === 'HALF_OPEN') {
    allowed.push(breaker.state.allowed);
    breaker = after(breaker, { succeeded: breaker.state.allowed, faulted: 0 }, at(2));
  }
  expect(allowed).toEqual([1, 2, 4, breakerRampFull]);
  expect(breaker.state.is).toBe('CLOSED');
  expect(after(back, fault, at(2)).state).toMatchObject({ is: 'OPEN', openings: 2 });
});

const database = shared(startDatabase);

test('the table keeps it for all workers, and of two that write at once one is refused', async () => {
  const { client, tables } = database;
  const clock = testClock();
  const [mine, theirs] = [1, 2].map(() => dynamoBreakers(client, tables, clock)) as [
    Breakers,
    Breakers,
  ];
  expect(await mine.read(['x'])).toEqual([]);
  const first = after(closed('x'), fault, at(0));
  expect(await Promise.all([mine.save(first), theirs.save(first)])).toContain(false);
  const open = after(after(first, fault, at(0)), fault, at(0));
  expect(await mine.save(open)).toBe(false); // It is two versions ahead, so a write was missed.
  const second = after(first, fault, at(0));
  expect(await mine.save(second)).toBe(true);
  expect(await theirs.read(['x'])).toEqual([second]);
  const third = after(second, fault, at(7));
  await mine.save(third);
  expect(await theirs.read(['x'])).toEqual([second]); // A read is remembered for a moment.
  clock.advance(breakerMemoryMs);
  expect(await theirs.read(['x'])).toEqual([third]);
});
