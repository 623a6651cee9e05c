import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { KeysAwayError, UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import { stepRedeliverySeconds } from '../../lambdas/core/kernel/limits.ts';
import { stepHandBackMs } from '../../lambdas/core/outbox/limits.ts';

process.env['AWS_REGION'] = 'us-east-1';
process.env['QUEUE_URL_WEBHOOK'] = 'http://here/webhook';
process.env['QUEUE_URL_REFUND'] = 'http://here/refund';
const { eachAlone, stepHandler } = await import('../../lambdas/boot/step-handler.ts');
const { logger, metrics } = await import('../../lambdas/boot/observe.ts');

const sqs = mockClient(SQSClient);
beforeEach(() => {
  sqs.reset();
  sqs.on(ChangeMessageVisibilityBatchCommand).resolves({ Successful: [], Failed: [] });
  for (const level of ['warn', 'error'] as const)
    jest.spyOn(logger, level).mockImplementation(() => undefined);
  jest.spyOn(metrics, 'publishStoredMetrics').mockReturnValue(metrics);
});

const message = (messageId: string, body: string, group: string, count = 1): SQSRecord =>
  ({
    messageId,
    body,
    receiptHandle: `handle of ${messageId}`,
    attributes: { MessageGroupId: group, ApproximateReceiveCount: String(count) },
  }) as SQSRecord;
type Work = {
  poisonous: readonly string[];
  runMs: number;
  end: 'done' | 'unfinished';
  error: Error;
};
const bell = (...ids: string[]): string => JSON.stringify({ ids });

/** The ids that each run was given, the messages given back, and when they become visible. Each run takes `runMs`. */
async function handle(
  Records: SQSRecord[],
  { poisonous = [], runMs = 0, end = 'done', error = new Error('poison') }: Partial<Work> = {},
) {
  const asked: string[][] = [];
  let remainingMs = 30_000;
  const handler = stepHandler('refund', async (ids) => {
    asked.push([...ids]);
    remainingMs -= runMs;
    if (ids.some((id) => poisonous.includes(id))) throw error;
    return end;
  });
  const context = { getRemainingTimeInMillis: () => remainingMs } as Context;
  const { batchItemFailures } = (await handler(
    { Records } as SQSEvent,
    context,
  )) as SQSBatchResponse;
  const shown = sqs
    .commandCalls(ChangeMessageVisibilityBatchCommand)
    .flatMap(({ args: [{ input }] }) => input.Entries ?? [])
    .map((entry) => [entry.ReceiptHandle, entry.VisibilityTimeout]);
  return { asked, failed: batchItemFailures.map((one) => one.itemIdentifier), shown };
}

test.each(['{', '[]', 'null', '{}', '{"ids":"wd_a"}', '{"ids":[1]}', '{"ids":[],"more":1}'])(
  'what is no doorbell holds up neither its batch nor its group: %s',
  async (garbage) => {
    const { asked, failed, shown } = await handle([
      message('1', bell('a'), 'x'),
      message('2', garbage, 'x', 3),
      message('3', bell('b'), 'x'),
      message('4', bell('c'), 'y'),
    ]);
    expect(asked).toEqual([['a', 'b', 'c']]);
    expect([failed, shown]).toEqual([['2'], [['handle of 2', 0]]]);
  },
);

test('one that fails takes nobody along, not even what follows it in its group, and comes again later each time', async () => {
  const { asked, failed, shown } = await handle(
    [message('1', bell('a'), 'x', 2), message('2', bell('b'), 'x'), message('3', bell('c'), 'y')],
    { poisonous: ['a'] },
  );
  expect(asked).toEqual([['a', 'b', 'c'], ['a', 'b'], ['a'], ['b'], ['c']]);
  expect([failed, shown]).toEqual([['1'], [['handle of 1', 2 * stepRedeliverySeconds]]]);
});

test('what was dealt with, what failed and what came once more is measured, and how long it took', async () => {
  const added = jest.spyOn(metrics, 'addMetric').mockReturnValue(metrics);
  await handle(
    [message('1', bell('a'), 'x'), message('2', bell('b'), 'y', 2), message('3', '{}', 'z')],
    { poisonous: ['b'] },
  );
  const measured = Object.fromEntries(added.mock.calls.map(([name, , value]) => [name, value]));
  added.mockRestore();
  expect(measured).toMatchObject({
    'done-refund': 1,
    'failed-refund': 2,
    'again-refund': 1,
    'run-refund': expect.any(Number),
  });
});

test.each([new UnavailableError('a node'), new KeysAwayError('KMS')])(
  'an outside system that does not answer is no failure of a message: $name',
  async (error) => {
    const { asked, failed, shown } = await handle([message('1', bell('a', 'b'), 'x')], {
      poisonous: ['a'],
      error,
    });
    expect([asked, failed, shown]).toEqual([[['a', 'b']], [], []]);
  },
);

test('a message that SQS does not make visible in a batch that succeeds is told of', async () => {
  const warn = jest.spyOn(logger, 'warn').mockImplementation(() => undefined);
  sqs.on(ChangeMessageVisibilityBatchCommand).resolves({
    Successful: [],
    Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }],
  });
  const { failed } = await handle([message('1', bell('a'), 'x')], { poisonous: ['a'] });
  expect(failed).toEqual(['1']);
  expect(warn).toHaveBeenCalledWith(
    'visibility not changed',
    expect.objectContaining({ why: '1 messages stay invisible: InternalError' }),
  );
});

test('of a hundred ids in one message only the poisonous ones are not done, in a few runs', async () => {
  const ids = Array.from({ length: 100 }, (_, index) => `${index}`);
  const poisonous = ['0', '57', '58'];
  const { asked, failed } = await handle(
    [
      message('1', bell(...ids), 'x'),
      message('2', bell('100', '58'), 'x'),
      message('3', bell('99'), 'x'),
    ],
    { poisonous },
  );
  const done = asked.filter((run) => !run.some((id) => poisonous.includes(id))).flat();
  expect(done.toSorted()).toEqual(
    [...ids, '100'].filter((id) => !poisonous.includes(id)).toSorted(),
  );
  expect(failed).toEqual(['1', '2']);
  expect(asked.length).toBeLessThan(40);
});

test('what there is no time for is not done, and nothing is begun that there is no time for', async () => {
  const { asked, failed } = await handle(
    [message('1', bell('a', 'b'), 'x'), message('2', bell('c', 'd'), 'y')],
    { poisonous: ['a'], runMs: 4_000 },
  );
  // After three runs 18 of 30 s are left, which is less than two calls and their records need.
  expect(asked).toEqual([['a', 'b', 'c', 'd'], ['a', 'b'], ['a']]);
  expect(failed).toEqual(['1', '2']);
});

test('running out of time is no failure: it comes no nearer to the dead letters, sweep rings for the rest', async () => {
  const { asked, failed, shown } = await handle([message('1', bell('a', 'b'), 'x', 4)], {
    end: 'unfinished',
  });
  expect([asked, failed, shown]).toEqual([[['a', 'b']], [], []]);
});

test('when all goes well the queue is asked for nothing', async () => {
  const { asked, failed, shown } = await handle([
    message('1', bell('a', 'b'), 'x'),
    message('2', bell('a'), 'x'),
  ]);
  expect([asked, failed, shown]).toEqual([[['a', 'b']], [], []]);
});

test('what is done is taken from the queue when others of its batch are late, and what fails is not', async () => {
  sqs.on(DeleteMessageBatchCommand).resolves({ Successful: [], Failed: [] });
  jest.useFakeTimers();
  try {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const handler = eachAlone('webhook', () => async (ids) => {
      if (ids.includes('late')) await late;
      if (ids.includes('poison')) throw new Error('poison');
      return 'done';
    });
    const Records = ['quick', 'late', 'poison'].map((id) => message(id, bell(id), id));
    const ended = handler(
      { Records } as SQSEvent,
      { getRemainingTimeInMillis: () => 30_000 } as Context,
    );
    const removed = () =>
      sqs
        .commandCalls(DeleteMessageBatchCommand)
        .flatMap(({ args: [{ input }] }) => input.Entries ?? [])
        .map(({ ReceiptHandle }) => ReceiptHandle);
    await jest.advanceTimersByTimeAsync(stepHandBackMs - 1);
    expect(removed()).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(removed()).toEqual(['handle of quick']);
    resolve();
    const { batchItemFailures } = (await ended) as SQSBatchResponse;
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'poison' }]);
    expect(removed()).not.toContain('handle of poison');
  } finally {
    jest.useRealTimers();
  }
});

test('a batch whose messages are all quick is left to Lambda', async () => {
  const handler = eachAlone('webhook', () => async () => 'done');
  const Records = [message('1', bell('a'), 'x'), message('2', bell('b'), 'y')];
  await handler({ Records } as SQSEvent, { getRemainingTimeInMillis: () => 30_000 } as Context);
  expect(sqs.commandCalls(DeleteMessageBatchCommand)).toEqual([]);
});
