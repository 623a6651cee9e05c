import { expect, test } from '@jest/globals';
import { gathered } from '../../lambdas/core/kernel/gathered.ts';

/** Answers each number with its double, when it is let; notes what was asked together. */
function doubling(max: number, refuses: (asks: readonly number[]) => boolean = () => false) {
  const batches: (readonly number[])[] = [];
  const gates: (() => void)[] = [];
  const ask = gathered<number, number>(max, async (asks) => {
    batches.push(asks);
    await new Promise<void>((resolve) => gates.push(resolve));
    if (refuses(asks)) throw new Error(`not ${asks}`);
    return asks.map((one) => 2 * one);
  });
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
  const serveAll = async () => {
    for (await pause(); gates.length > 0; await pause()) gates.shift()?.();
  };
  return { ask, batches, gates, pause, serveAll };
}

test('what is asked at one moment is one batch, and what is asked meanwhile is the next', async () => {
  const { ask, batches, pause, serveAll } = doubling(3);
  const first = [1, 2].map(ask);
  await pause();
  const later = [3, 4, 5, 6].map(ask);
  expect(batches).toEqual([[1, 2]]);
  await serveAll();
  expect(await Promise.all([...first, ...later])).toEqual([2, 4, 6, 8, 10, 12]);
  expect(batches).toEqual([[1, 2], [3, 4, 5], [6]]);
});

test('one that cannot be served holds up none of the others', async () => {
  const { ask, serveAll } = doubling(10, (asks) => asks.includes(3));
  const asked = [1, 2, 3, 4, 5].map(ask);
  const ends = Promise.allSettled(asked);
  await serveAll();
  expect((await ends).map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  const again = ask(6);
  await serveAll();
  expect(await again).toBe(12);
});

test('one that is not answered hears of it', async () => {
  const ask = gathered<number, number>(2, async () => [1]);
  const ends = await Promise.allSettled([ask(1), ask(2)]);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});
