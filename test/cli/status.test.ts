/** What `drawbridge status` says of withdrawals: what waits for a person is not told as if it went on by itself. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { status } from '../../bin/cli/status.ts';
import { json, startProvider } from '../support/provider.ts';
import { shared } from '../support/shared.ts';

const api = shared(startProvider);
const said: string[] = [];
const environment = process.env;
beforeEach(() => {
  said.length = 0;
  api.asked.splice(0);
  process.env = {
    ...environment,
    DRAWBRIDGE_API_URL: api.baseUrl,
    DRAWBRIDGE_API_KEY: 'dk_operator_1',
  };
  jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
});
afterEach(() => {
  process.env = environment;
});

const stats = {
  ...{ processed: 6, succeeded: 4, failed: 2, retries: 1, inFlight: 7, successRate: 0.5 },
  ...{ queueDepth: {}, deadLetters: {} },
};
const answers: Record<string, unknown> = {
  '/health': { status: 'ok', checks: {} },
  '/v1/processor': { state: 'RUNNING' },
  '/v1/stats': stats,
  '/v1/circuit-breakers': { data: [] },
  '/v1/operations/switches': { data: [] },
};

/** Pages of so many that are in REVIEW; `more`: after the last of them comes another. */
const reviews = (pages: readonly number[], more = false) =>
  api.answer(({ path, query }) => {
    if (path !== '/v1/operations/withdrawals') return json(200, answers[path]);
    const page = Number(query.get('cursor') ?? 0);
    const isLast = !more && page === pages.length - 1;
    return json(200, {
      data: Array.from({ length: pages[page] ?? 1 }, () => ({ status: query.get('status') })),
      nextCursor: isLast ? null : String(page + 1),
    });
  });

test.each<[string, readonly number[], boolean, string]>([
  ['none is', [0], false, '7 open, 0 in REVIEW'],
  ['two are, behind a page that ended early', [0, 2], false, '7 open, 2 in REVIEW'],
  ['more are than are counted', [1], true, '7 open, at least 10 in REVIEW'],
])('%s in REVIEW', async (_what, pages, more, line) => {
  reviews(pages, more);
  expect(await status.run([])).toBe(0);
  expect(said.find((one) => one.startsWith('withdrawals'))).toBe(
    `withdrawals  ${line}, for a person to decide; 4 completed, 2 failed`,
  );
});

test('programs read how many', async () => {
  reviews([3]);
  await status.run(['--json']);
  expect(JSON.parse(said.join())).toMatchObject({ review: { count: 3, isAll: true } });
});
