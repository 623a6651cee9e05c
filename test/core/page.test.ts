/** A page of a list is small enough to be answered, whatever its items hold. */
import { expect, test } from '@jest/globals';
import { pageMax } from '../../lambdas/core/kernel/limits.ts';
import { pageOf, type Source } from '../../lambdas/core/requests/page.ts';
import { isProblem } from '../../lambdas/core/requests/problem.ts';
import { resourceOf } from '../../lambdas/core/requests/resource.ts';
import type { Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { requestedOf, walletOf } from '../support/things.ts';

const wallet = walletOf();
/** As many items as a page may have, and more, with 20 labels of 500 such characters each. */
const itemsWith = (character: string, count = pageMax + 5): Withdrawal[] =>
  Array.from({ length: count }, () =>
    requestedOf(wallet, {
      metadata: Object.fromEntries(
        Array.from({ length: 20 }, (_, at) => [`label-${at}`, character.repeat(500)]),
      ),
    }),
  );
const sourceOf =
  (items: readonly Withdrawal[]): Source<Withdrawal> =>
  async (before, count) =>
    items
      .map((item, index) => ({ place: String(999_999 - index), item }))
      .filter(({ place }) => before === null || place < before)
      .slice(0, count);
const show = (one: Withdrawal) => resourceOf(one, new Map());

/** Lambda's quota for what a function returns, 6 MB (AWS Lambda guide, "Lambda quotas"). */
const lambdaBytesMax = 6 * 1024 * 1024;

test.each([
  ['letters', 'x'],
  ['quotes, which take four bytes in an answer', '"'],
  ['control characters, which take seven', '\u0001'],
  ['four bytes each', '😀'],
  ['umlauts', 'ü'],
])(
  'all pages of withdrawals whose metadata is %s can be answered, and lack nothing',
  async (_what, character) => {
    const items = itemsWith(character);
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await pageOf('x', { limit: pageMax, cursor }, { source: sourceOf(items), show });
      if (isProblem(page)) throw new Error(page.detail);
      const payload = JSON.stringify({ statusCode: 200, body: JSON.stringify(page) });
      expect(Buffer.byteLength(payload)).toBeLessThan(lambdaBytesMax);
      expect(page.data.length).toBeGreaterThan(0);
      ids.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(ids).toEqual(items.map(({ id }) => id));
  },
);

test('an item that is larger than a page may be is a page', async () => {
  const items = itemsWith('x', 3);
  const shown = { large: 'x'.repeat(5 * 1024 * 1024) };
  const list = { source: sourceOf(items), show: () => shown };
  const page = await pageOf('x', { limit: 10 }, list);
  expect(page).toMatchObject({ data: [shown], nextCursor: expect.any(String) });
});

test('small items fill a page', async () => {
  const page = await pageOf('x', { limit: 100 }, { source: sourceOf(itemsWith('x')), show });
  expect(page).toMatchObject({ data: { length: 100 }, nextCursor: expect.any(String) });
});

test('a small page of what is rare takes few requests, passes over what cannot be read, and lacks nothing', async () => {
  const items = Array.from({ length: 1_500 }, () => requestedOf(wallet));
  const rare = new Set([3, 40, 900, 1_499].map((at) => items[at]?.id));
  let requests = 0;
  const source: Source<Withdrawal> = async (before, count) => {
    requests += 1;
    const found = await sourceOf(items)(before, count);
    return found.map((one, at) =>
      at % 7 === 3 && !isRare(one.item) ? { ...one, item: null } : one,
    );
  };
  const isRare = (one: Withdrawal | null) => one !== null && rare.has(one.id);
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    requests = 0;
    const page = await pageOf('x', { limit: 1, cursor }, { source, show, fits: isRare });
    if (isProblem(page)) throw new Error(page.detail);
    expect(requests).toBeLessThan(20);
    ids.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(ids).toEqual([...rare]);
});
