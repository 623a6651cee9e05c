import { ChangeMessageVisibilityBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { stepRedeliverySeconds } from '../../lambdas/core/limits.ts';

process.env['AWS_REGION'] = 'us-east-1';
process.env['QUEUE_URL_SETTLE'] = 'http://here/settle';
const { stepHandler } = await import('../../lambdas/steps/step-handler.ts');
const { logger, metrics } = await import('../../lambdas/observe.ts');

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
const bell = (...ids: string[]): string => JSON.stringify({ ids });

/** What the step was asked to work on, what it gave back, and when that is shown again. */
async function handle(Records: SQSRecord[], poisonous: readonly string[] = []) {
  const asked: string[][] = [];
  const handler = stepHandler('settle', async (ids) => {
    asked.push([...ids]);
    if (ids.some((id) => poisonous.includes(id))) throw new Error('poison');
    return 'done';
  });
  const context = { getRemainingTimeInMillis: () => 1_000 } as Context;
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

test('one that fails takes only what follows it in its group along, and comes again later each time', async () => {
  const { asked, failed, shown } = await handle(
    [message('1', bell('a'), 'x', 2), message('2', bell('b'), 'x'), message('3', bell('c'), 'y')],
    ['a'],
  );
  expect(asked).toEqual([['a', 'b', 'c'], ['a'], ['c']]);
  expect(failed).toEqual(['1', '2']);
  expect(shown).toEqual([
    ['handle of 1', 2 * stepRedeliverySeconds],
    ['handle of 2', stepRedeliverySeconds],
  ]);
});

test('when all goes well the queue is asked for nothing', async () => {
  const { asked, failed, shown } = await handle([
    message('1', bell('a', 'b'), 'x'),
    message('2', bell('a'), 'x'),
  ]);
  expect([asked, failed, shown]).toEqual([[['a', 'b']], [], []]);
});
