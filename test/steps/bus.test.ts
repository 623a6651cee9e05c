import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type { Row } from '../../lambdas/adapters/dynamo/keys.ts';
import { transactionToRow } from '../../lambdas/adapters/dynamo/wallet-rows.ts';
import { withdrawalToRow } from '../../lambdas/adapters/dynamo/withdrawal-row.ts';
import { spanIn } from '../../lambdas/core/outbox/dead-letter.ts';
import { recordOf } from '../support/stream.ts';
import { at, requestedOf, transactionOf, walletOf } from '../support/things.ts';

process.env['AWS_REGION'] = 'us-east-1';
for (const table of ['MONEY', 'WEBHOOKS', 'CONTROL'])
  process.env[`${table}_TABLE`] = table.toLowerCase();
process.env['EVENT_BUS'] = 'the-bus';
process.env['BUS_DEAD_LETTERS_URL'] = 'http://here/letters';
const { handler } = await import('../../lambdas/steps/bus.ts');
const { logger, metrics } = await import('../../lambdas/boot/observe.ts');

const sqs = mockClient(SQSClient);
const bridge = mockClient(EventBridgeClient);
const counted = new Map<string, number>();
beforeEach(() => {
  for (const client of [sqs, bridge]) client.reset();
  counted.clear();
  bridge.on(PutEventsCommand).callsFake(({ Entries }) => ({
    Entries: Entries.map(() => ({ EventId: 'id' })),
  }));
  sqs.on(SendMessageCommand).resolves({});
  for (const level of ['error', 'warn'] as const)
    jest.spyOn(logger, level).mockImplementation(() => undefined);
  jest.spyOn(metrics, 'addMetric').mockImplementation((name, _unit, value) => {
    counted.set(name, value);
    return metrics;
  });
});

const run = async (...rows: Row[]): Promise<DynamoDBBatchResponse> => {
  const Records = rows.map((row, index) => recordOf(row, index + 1));
  const context = { getRemainingTimeInMillis: () => 60_000 } as Context;
  return handler({ Records } as DynamoDBStreamEvent, context);
};
const put = () =>
  bridge
    .commandCalls(PutEventsCommand)
    .flatMap(({ args: [{ input }] }) => input.Entries ?? [])
    .map(({ DetailType, Detail = '' }) => ({ type: DetailType, ...JSON.parse(Detail) }));
const letters = () =>
  sqs
    .commandCalls(SendMessageCommand)
    .map(({ args: [{ input }] }) => JSON.parse(input.MessageBody ?? ''));

test('every event of every tenant is put on the bus, wanted by an endpoint or not', async () => {
  const [alice, bob] = [walletOf(), walletOf({ tenant: 'bob' })];
  const credit = transactionOf(bob, 'CREDIT', 5n);
  const processed = { ...credit, status: 'PROCESSED' as const, processedAt: at(9_000) };
  const answer = await run(
    withdrawalToRow(requestedOf(alice)),
    // It is accepted, which is no event, and then applied.
    transactionToRow(credit, 1),
    transactionToRow(processed, 1),
  );
  expect(answer).toEqual({ batchItemFailures: [] });
  expect(put()).toMatchObject([
    { type: 'withdrawal.requested', tenant: 'alice', sequence: 1 },
    { type: 'wallet.credited', tenant: 'bob', sequence: 1, data: { id: credit.id } },
  ]);
  expect(counted.get('bus-put')).toBe(2);
});

test('what EventBridge does not take for now comes again', async () => {
  const rows = [1, 2, 3].map(() => withdrawalToRow(requestedOf(walletOf())));
  let calls = 0;
  bridge.on(PutEventsCommand).callsFake(({ Entries }) => {
    calls += 1;
    return {
      FailedEntryCount: 1,
      Entries: Entries.map((_: unknown, index: number) =>
        calls > 1 || index === 1 ? { ErrorCode: 'ThrottlingException' } : { EventId: 'id' },
      ),
    };
  });
  const answer = await run(...rows);
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  expect([counted.get('bus-put'), counted.get('bus-again')]).toEqual([2, 1]);
  expect(letters()).toEqual([]);
});

test('when nobody answers, all come again, under the same ids', async () => {
  const rows = [1, 2].map(() => withdrawalToRow(requestedOf(walletOf())));
  let isAway = true;
  bridge.on(PutEventsCommand).callsFake(({ Entries }) => {
    if (isAway) throw new Error('the answer is lost');
    return { Entries: Entries.map(() => ({ EventId: 'id' })) };
  });
  const answer = await run(...rows);
  expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['1', '2']);
  isAway = false;
  expect(await run(...rows)).toEqual({ batchItemFailures: [] });
  const ids = put().map(({ id }) => id);
  expect(ids.slice(0, 2)).toEqual(ids.slice(2));
});

test.each<[string, Row, string | null]>([
  ['cannot be read', { stage: 'frozen' }, null],
  ['is refused for good', {}, 'MalformedDetail'],
])('a record that %s is put aside, and holds up none', async (_what, fields, code) => {
  const [odd, ours] = [requestedOf(walletOf()), requestedOf(walletOf())];
  bridge.on(PutEventsCommand).callsFake(({ Entries }) => ({
    Entries: Entries.map(({ Detail }: { Detail: string }) =>
      code !== null && Detail.includes(odd.id) ? { ErrorCode: code } : { EventId: 'id' },
    ),
  }));
  const rows = [{ ...withdrawalToRow(odd), ...fields }, withdrawalToRow(ours)];
  expect(await run(...rows)).toEqual({ batchItemFailures: [] });
  expect(put().at(-1)).toMatchObject({ data: { id: ours.id } });
  expect(counted.get('bus-odd')).toBe(1);
  const [letter, another] = letters();
  expect([letter.item, another]).toEqual([`WD#${odd.id}`, undefined]);
  // retell reads it as one of Lambda's own.
  const span = spanIn(letter);
  const written = recordOf(rows[0] as Row, 1).dynamodb?.ApproximateCreationDateTime ?? 0;
  expect(span).toMatchObject({ from: expect.any(Number) });
  if (span !== 'rest') {
    expect(span.from).toBeLessThan(written * 1_000);
    expect(span.until).toBeGreaterThan(written * 1_000);
  }

  sqs.on(SendMessageCommand).rejects(new Error('SQS is away'));
  expect(await run(...rows)).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
});
