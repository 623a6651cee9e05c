/** Circuit breakers let requests pass or wait, and tell all workers. */
import { expect, test } from '@jest/globals';
import type { Breakers } from '../../lambdas/core/breakers/breaker.ts';
import { after, type Breaker, closed } from '../../lambdas/core/breakers/breaker.ts';
import { type Gates, makeGates } from '../../lambdas/core/breakers/gates.ts';
import { breakerFaultsMax, breakerOpenMs } from '../../lambdas/core/kernel/limits.ts';
import { at, memoryBreakers, testClock } from '../support/things.ts';

const openAt = (ms: number): Breaker =>
  Array.from({ length: breakerFaultsMax }).reduce<Breaker>(
    (breaker) => after(breaker, { succeeded: 0, faulted: 1 }, at(ms)),
    closed('x'),
  );

function setUp() {
  const clock = testClock();
  const all = memoryBreakers();
  const counted = { reads: 0, saves: 0, probes: 0, answers: true };
  const breakers: Breakers = {
    read: (names) => {
      counted.reads += 1;
      return all.read(names);
    },
    save: (to) => {
      counted.saves += 1;
      return all.save(to);
    },
  };
  const probe = async () => {
    counted.probes += 1;
    return counted.answers;
  };
  const worker = (): Gates => makeGates(breakers, clock, { x: probe, y: probe });
  return { clock, counted, worker, state: () => all.all.get('x')?.state, all: all.all };
}

const ask = (gates: Gates, answer: 'well' | 'ill' | 'lost' = 'well') =>
  gates.pass(
    'x',
    async () => {
      if (answer === 'lost') throw new Error('lost');
      return answer;
    },
    (got) => got === 'well',
  );
/** Makes an invocation with these requests, one after the other. */
const invoke = (gates: Gates, ...answers: ('well' | 'ill' | 'lost')[]) =>
  gates.during(async () => {
    const ends: string[] = [];
    for (const answer of answers) ends.push(await ask(gates, answer).catch((e: Error) => e.name));
    return ends;
  });

test('what the provider answers is passed on, and while it is well nothing is written', async () => {
  const { worker, counted } = setUp();
  expect(await invoke(worker(), 'well', 'well')).toEqual(['well', 'well']);
  expect(counted).toMatchObject({ saves: 0, probes: 0 });
});

test('faults of several workers in an unbroken row shut it for all, and nothing is asked', async () => {
  const { worker, state } = setUp();
  const [one, two] = [worker(), worker()];
  expect(await invoke(one, 'lost')).toEqual(['Error']);
  expect(await invoke(two, 'ill')).toEqual(['ill']);
  expect(await invoke(one, 'lost')).toEqual(['Error']);
  expect(state()?.is).toBe('OPEN');
  expect(await invoke(two, 'well')).toEqual(['UnavailableError']);
  expect(await invoke(one, 'well')).toEqual(['UnavailableError']);
});

test('within one invocation the row counts at once', async () => {
  const { worker } = setUp();
  const answers = Array.from({ length: breakerFaultsMax + 1 }, () => 'ill' as const);
  expect((await invoke(worker(), ...answers)).at(-1)).toBe('UnavailableError');
});

test('a success between the faults begins the row anew', async () => {
  const { worker, state } = setUp();
  const gates = worker();
  await invoke(gates, 'ill', 'ill', 'well');
  await invoke(gates, 'ill', 'ill');
  expect(state()).toEqual({ is: 'CLOSED', faults: 2 });
});

test('who only wants to know finds out without a probe', async () => {
  const { worker, all, clock, counted } = setUp();
  all.set('x', openAt(clock.now()));
  clock.advance(breakerOpenMs);
  const gates = worker();
  expect([await gates.isShut('x'), await gates.isShut('y')]).toEqual([true, false]);
  expect(counted.probes).toBe(0);
});

test('those that come together share one probe; after it they go one at a time, then two …', async () => {
  const { worker, all, clock, counted, state } = setUp();
  all.set('x', openAt(clock.now()));
  clock.advance(breakerOpenMs);
  const gates = worker();
  let [underway, most] = [0, 0];
  const request = () =>
    gates.pass(
      'x',
      async () => {
        underway += 1;
        most = Math.max(most, underway);
        await new Promise(setImmediate);
        underway -= 1;
        return true;
      },
      (well) => well,
    );
  const together = () => gates.during(() => Promise.all([1, 2, 3, 4, 5].map(request)));
  expect(await together()).toEqual([true, true, true, true, true]);
  expect([counted.probes, state()]).toMatchObject([1, { is: 'HALF_OPEN', allowed: 2 }]);
  expect(most).toBeLessThan(5);
  for (const _ of [1, 2, 3]) await together();
  expect(state()?.is).toBe('CLOSED');
  most = 0;
  await together();
  expect(most).toBe(5);
});

test('of many workers one probes, and one of them may begin one piece of work', async () => {
  const { worker, all, clock, counted } = setUp();
  all.set('x', openAt(clock.now()));
  clock.advance(breakerOpenMs);
  const guards = await Promise.all([1, 2, 3, 4].map(() => worker().begin(10, 'x', 'y')));
  expect(counted.probes).toBe(1);
  expect(guards.map(({ allowed }) => allowed).sort()).toEqual([0, 0, 0, 1]);
  expect(guards.every(({ isWell, until }) => !isWell && until > clock.now())).toBe(true);
});

test('what has begun counts against what may still begin, until the invocation ends', async () => {
  const { worker, all } = setUp();
  const state = { is: 'HALF_OPEN', since: at(0), openings: 1, allowed: 4 } as const;
  all.set('x', { name: 'x', version: 1, state });
  const gates = worker();
  await gates.during(async () => {
    expect(await gates.begin(3, 'x', 'y')).toMatchObject({ allowed: 3, isWell: false });
    const more = await Promise.all([gates.begin(3, 'x', 'y'), gates.begin(3, 'y', 'x')]);
    expect(more.map(({ allowed }) => allowed).sort()).toEqual([0, 1]);
    expect(await gates.begin(3, 'y')).toMatchObject({ allowed: 3, isWell: true });
  });
  expect((await gates.begin(9, 'x')).allowed).toBe(4);
});

test('a relapse shuts it in the middle of what waits for its turn', async () => {
  const { worker, all, clock, state } = setUp();
  all.set('x', openAt(clock.now()));
  clock.advance(breakerOpenMs);
  const gates = worker();
  const ends = await gates.during(() =>
    Promise.allSettled([1, 2, 3].map(() => ask(gates, 'lost'))),
  );
  expect(ends.map((end) => end.status === 'rejected' && (end.reason as Error).name)).toEqual([
    'Error',
    'UnavailableError',
    'UnavailableError',
  ]);
  expect(state()).toMatchObject({ is: 'OPEN', openings: 2 });
});
