/** What the core tells becomes lines of the log and spans, each about its withdrawal. */
import { afterAll, beforeEach, expect, jest, test } from '@jest/globals';
import { sendSaved } from '../../lambdas/core/effect/effect.ts';
import type { EffectKind } from '../../lambdas/core/effect/kind.ts';
import { about } from '../../lambdas/core/kernel/about.ts';
import type { Attempted } from '../../lambdas/core/kernel/outcome.ts';
import { firstSend } from '../../lambdas/core/store/send-record.ts';
import type { Store } from '../../lambdas/core/store/store.ts';
import { telling } from '../../lambdas/core/store/telling.ts';
import { inReview, waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import { type Span, spansOf, stageSpanId, traceIdOf } from '../../lambdas/core/withdrawal/trace.ts';
import { moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { allOn } from '../support/gates.ts';
import { at, evenDice, requestedOf, testClock, walletOf } from '../support/things.ts';

const environment = process.env;
process.env = { ...environment, POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'true' };
afterAll(() => {
  process.env = environment;
});
const lines: Record<string, unknown>[] = [];
for (const level of ['debug', 'info', 'warn', 'error', 'log'] as const)
  jest.spyOn(console, level).mockImplementation((text: unknown) => {
    lines.push(JSON.parse(String(text)));
  });
const { logger } = await import('../../lambdas/boot/observe.ts');
const { makeWatcher } = await import('../../lambdas/boot/watch.ts');
const { watchWith } = await import('../../lambdas/core/withdrawal/news.ts');
const spans: Span[] = [];
const invocation = { by: 'drawbridge-debit', requestId: 'the-invocation', startedAt: at(900) };
watchWith(
  makeWatcher(
    logger,
    (span) => spans.push(span),
    () => invocation,
  ),
);
beforeEach(() => {
  lines.splice(0);
  spans.splice(0);
});

let refused: number[] = [];
const store = telling({
  commit: async () => refused,
  commitEach: async () => refused,
} as unknown as Store);
const commit = (from: Withdrawal, to: Withdrawal) =>
  store.commit([{ change: 'withdrawal', from, to }]);
const requested = requestedOf(walletOf(), {
  createdAt: at(500),
  history: [{ stage: 'requested', at: at(500) }],
});
const reserved = moveTo(requested, 'reserved', {}, at(1_000));
const ids = {
  withdrawalId: requested.id,
  walletId: requested.walletId,
  traceId: traceIdOf(requested),
};

test('a stage is one line when it is written, and a span of the stage that it ends', async () => {
  refused = [0];
  await commit(requested, reserved);
  expect([lines, spans]).toEqual([[], []]);
  refused = [];
  await commit(requested, reserved);
  expect(lines).toEqual([
    expect.objectContaining({
      ...ids,
      message: 'stage reached',
      level: 'INFO',
      stage: 'reserved',
      from: 'requested',
      msInStage: 500,
    }),
  ]);
  const [, ended] = spansOf(reserved);
  expect(spans).toEqual([
    ended,
    expect.objectContaining({ name: 'drawbridge-debit', parentId: ended?.spanId, startedAt: 900 }),
  ]);
  // A write that only says when to look again is no news.
  await commit(reserved, { ...reserved, nextAttemptAt: at(2_000), version: 3 });
  expect(lines).toHaveLength(1);
});

test('where nobody takes spans the lines are the same', async () => {
  refused = [];
  const watch = makeWatcher(logger, null, () => invocation);
  const [line] = reserved.history.slice(-1);
  if (line === undefined) throw new Error('it has no line');
  watch({ is: 'moved', from: requested, to: reserved, line });
  expect(lines).toMatchObject([{ ...ids, message: 'stage reached', stage: 'reserved' }]);
  expect(spans).toEqual([]);
});

test('a wait is told of with its reason once, and REVIEW with why', async () => {
  const waiting = waitFor(reserved, at(9_000), 'on-ramp-away', at(2_000), evenDice);
  await commit(reserved, waiting);
  await commit(waiting, waitFor(waiting, at(9_500), 'on-ramp-away', at(9_000), evenDice));
  const held = inReview(waiting, 'Nobody knows.', at(9_600));
  await commit(waiting, held);
  expect(lines.map(({ message, reason, why }) => [message, reason ?? why])).toEqual([
    ['waits', 'on-ramp-away'],
    ['stage reached', 'Nobody knows.'],
  ]);
  for (const line of lines) expect(line).toMatchObject(ids);
});

test('the end of a withdrawal is the end of its whole trace', async () => {
  const failure = { code: 'INSUFFICIENT_FUNDS', message: 'No.', retryable: false } as const;
  const rejected = moveTo(requested, 'rejected', { failure }, at(1_000));
  await commit(requested, rejected);
  expect(spans.slice(0, 3)).toEqual(spansOf(rejected));
});

const kindOf = (call: () => Promise<Attempted<string>>) =>
  ({ name: 'conversion', guard: 'on-ramp', call, record: () => [] }) as unknown as EffectKind<
    { withdrawal: Withdrawal; effect: ReturnType<typeof firstSend> },
    string
  >;
const item = { withdrawal: reserved, effect: firstSend(at(1_000)) };
const world = { store, clock: testClock(1_000), switches: allOn };

test.each<[string, () => Promise<Attempted<string>>, object]>([
  [
    'a yes',
    async () => ({ outcome: 'APPLIED', value: 'x' }),
    { outcome: 'APPLIED', level: 'INFO' },
  ],
  [
    'no answer',
    async () => ({ outcome: 'UNKNOWN', why: 'TimeoutError' }),
    { outcome: 'UNKNOWN', why: 'TimeoutError', level: 'WARN' },
  ],
])('an attempt with %s is one line, and a span in its stage', async (_what, call, told) => {
  const during: unknown[] = [];
  const asked = async () => {
    logger.info('meanwhile');
    during.push(lines.at(-1));
    return call();
  };
  await sendSaved(world, kindOf(asked), [item]);
  expect(during).toEqual([expect.objectContaining(ids)]);
  expect(lines.at(-1)).toMatchObject({ ...ids, message: 'attempt', what: 'conversion', send: 1 });
  expect(lines.at(-1)).toMatchObject(told);
  expect(spans).toEqual([
    expect.objectContaining({ name: 'conversion', parentId: stageSpanId(reserved) }),
  ]);
});

test('an attempt that throws is told of and thrown on', async () => {
  const lost = async (): Promise<Attempted<string>> => {
    throw new TypeError('no');
  };
  await expect(sendSaved(world, kindOf(lost), [item])).rejects.toThrow('no');
  expect(lines.at(-1)).toMatchObject({ ...ids, outcome: 'THREW', why: 'TypeError' });
  expect(spans[0]?.ok).toBe(false);
});

test.each<[string, number, string[]]>([
  ['INFO', 1, ['stage reached', 'tried again later']],
  ['WARN', 0, ['tried again later']],
  ['ERROR', 0, []],
])('at %s nothing is made ready for a line that is dropped', async (level, asked, told) => {
  const networkAsked = jest.fn();
  const line = { stage: 'reserved', at: at(1_000) } as const;
  const watched = {
    ...reserved,
    get network() {
      networkAsked();
      return reserved.network;
    },
  };
  logger.setLogLevel(level as 'INFO');
  const watch = makeWatcher(logger, null, () => invocation);
  watch({ is: 'moved', from: requested, to: watched, line });
  expect(networkAsked).toHaveBeenCalledTimes(asked);
  const again = { stage: 'reserved', at: at(2_000), attempt: 1, detail: 'x' } as const;
  watch({ is: 'moved', from: reserved, to: reserved, line: again });
  watch({ is: 'transaction', id: 'txn_1', walletId: 'wal_1', status: 'APPLIED' });
  logger.setLogLevel('INFO');
  expect(lines.map(({ message }) => message)).toEqual(
    level === 'INFO' ? [...told, 'transaction'] : told,
  );
  expect(spans).toEqual([]);
});

test('whoever fails to watch fails nobody', async () => {
  watchWith(() => {
    throw new Error('full');
  });
  expect(await commit(requested, reserved)).toEqual([]);
});

test('what is about two things says so of each by itself', async () => {
  await Promise.all(
    ['a', 'b'].map((requestId) =>
      about({ requestId }, async () => {
        await Promise.resolve();
        logger.info(requestId);
      }),
    ),
  );
  logger.info('nobody');
  expect(lines.map(({ message, requestId }) => [message, requestId])).toEqual([
    ['a', 'a'],
    ['b', 'b'],
    ['nobody', undefined],
  ]);
});
