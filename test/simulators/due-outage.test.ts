/** While Due is away for a minute nothing fails, new withdrawals wait visibly, and afterwards work starts slowly and grows. */
import { beforeEach, expect, test } from '@jest/globals';

import { dueOnRamp } from '../../lambdas/adapters/due/on-ramp.ts';
import { onRampCalls } from '../../lambdas/boot/on-ramp.ts';
import { after, closed } from '../../lambdas/core/breakers/breaker.ts';
import { makeGates } from '../../lambdas/core/breakers/gates.ts';
import { quoting, reading, transferring } from '../../lambdas/core/breakers/names.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { breakerFaultsMax, breakerOpenMs } from '../../lambdas/core/kernel/limits.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { treasury } from '../../local/chains/dev-accounts.ts';
import { allOn } from '../support/gates.ts';
import { noAccounts, noArrivals } from '../support/on-ramp.ts';
import { shared } from '../support/shared.ts';
import { evenDice, memoryBreakers, plenty, testClock } from '../support/things.ts';
import { startWorld } from '../support/world.ts';
import { control, listen, startDue, truthOf } from './due-client.ts';

const world = shared(startWorld);
const events = shared(listen);
const due = shared(() => startDue({ eventsUrl: events.url, autoFund: false }));

let madeBefore = 0;
const made = async (): Promise<number> => (await truthOf(due)).transfers.length - madeBefore;
beforeEach(async () => {
  madeBefore = (await truthOf(due)).transfers.length;
});
const goAway = (operation: string) => control(due, '/_faults', { operation, kind: 'error' });
const comeBack = () => fetch(`${due.baseUrl}/_faults`, { method: 'DELETE' });

function setUp() {
  const clock = testClock(Date.now());
  const breakers = memoryBreakers();
  const config = { ...due, treasury: treasury.address };
  const probe = async () => (await dueOnRamp(config).transfersBetween(clock.now(), clock.now())).ok;
  const worker = () => {
    const probes = { [quoting]: probe, [transferring]: probe, [reading]: probe };
    const gates = makeGates(breakers, clock, probes);
    const onRamp = dueOnRamp(config, onRampCalls(gates));
    const arrivals = noArrivals;
    const around = {
      store: world.store,
      onRamp,
      arrivals,
      gates,
      switches: allOn,
      clock,
      dice: evenDice,
      budget: plenty,
    };
    const step = makeOnRamp({ ...around, payIn: 'ach', accounts: noAccounts, brokerage: null });
    return { step, recipient: onRamp.recipient };
  };
  const stateOf = (name: string) => breakers.all.get(name)?.state;
  return { clock, breakers, worker, stateOf };
}
const some = (count: number): Promise<WithdrawalId[]> =>
  Promise.all(Array.from({ length: count }, async () => (await world.reserved()).id));

test.each([
  ['our wallet there is not known', false, '*'],
  ['our wallet there is known from before', true, '*'],
  ['only its quotes are away', true, 'quote.create'],
])(
  'an outage fails nobody: work waits, visibly, and goes on by and by when it is over; %s',
  async (_, isKnown, operation) => {
    const { clock, worker, stateOf } = setUp();
    const [one, two] = [worker(), worker()];
    const ids = await some(12);
    if (isKnown) for (const { recipient } of [one, two]) await recipient('ethereum');
    await goAway(operation);
    const ring = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        await Promise.all([one.step(ids.slice(0, 5)), two.step(ids.slice(5))]);
        clock.advance(1_000);
      }
    };
    await ring(60);
    const waiting = await Promise.all(ids.map(world.now));
    expect(new Set(waiting.map(statusOf))).toEqual(new Set(['RETRYING']));
    expect(Math.max(...waiting.map(({ retryCount }) => retryCount))).toBeLessThanOrEqual(3);
    expect(stateOf(quoting)).toMatchObject({ is: 'OPEN' });
    await comeBack();
    await ring(40);
    const ends = await Promise.all(ids.map(world.now));
    expect(ends.map(({ stage }) => stage)).toEqual(ids.map(() => 'converting'));
    expect(await made()).toBe(ids.length);
    expect(stateOf(quoting)?.is).not.toBe('OPEN');
  },
);

test('after it an invocation begins one, then two, then four …, and none is sent twice', async () => {
  const { clock, breakers, worker, stateOf } = setUp();
  const { step } = worker();
  const ids = await some(20);
  for (const name of [quoting, transferring])
    breakers.all.set(
      name,
      after(closed(name), { succeeded: 0, faulted: breakerFaultsMax }, clock.now()),
    );
  clock.advance(breakerOpenMs);
  const begun: number[] = [];
  for (let before = 0; before < ids.length && begun.length < 9; before = await made()) {
    await step(ids);
    begun.push((await made()) - before);
    clock.advance(2_000);
  }
  expect(begun).toEqual([1, 2, 4, 8, 5]);
  expect([stateOf(quoting)?.is, stateOf(transferring)?.is]).toEqual(['CLOSED', 'CLOSED']);
  const effects = await world.store.conversions(ids);
  expect(effects.every(({ sends }) => sends === 1)).toBe(true);
});

test('a batch that meets the outage halfway: what is kept back after it was saved goes later, once', async () => {
  const { clock, breakers, worker } = setUp();
  const { step } = worker();
  const ids = await some(3);
  // Another worker opens the breaker after this one has read it a moment ago.
  const { read } = breakers;
  let looks = 0;
  breakers.read = async (names) => {
    looks += 1;
    if (looks === 4) {
      const fault = { succeeded: 0, faulted: breakerFaultsMax };
      breakers.all.set(transferring, after(closed(transferring), fault, clock.now()));
    }
    return read(names);
  };
  await step(ids);
  expect(await made()).toBe(0);
  const waiting = await Promise.all(ids.map(world.now));
  expect(waiting.map((one) => [one.stage, statusOf(one), one.retryCount])).toEqual(
    ids.map(() => ['converting', 'RETRYING', 0]),
  );
  const kept = await world.store.conversions(ids);
  expect(kept.every(({ sends }) => sends === 0)).toBe(true);
  for (let seconds = 0; seconds < 30; seconds += 2) {
    clock.advance(2_000);
    await step(ids);
  }
  expect(await made()).toBe(ids.length);
  const sent = await world.store.conversions(ids);
  expect(sent.every(({ sends, quoteNumber }) => sends === 1 && quoteNumber === 1)).toBe(true);
});
