import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type { Row } from '../../lambdas/adapters/dynamo/keys.ts';
import { withdrawalToRow } from '../../lambdas/adapters/dynamo/withdrawal-row.ts';
import { recordOf } from '../support/stream.ts';
import { requestedOf, walletOf } from '../support/things.ts';

process.env['AWS_REGION'] = 'us-east-1';
for (const table of ['MONEY', 'WEBHOOKS', 'CONTROL'])
  process.env[`${table}_TABLE`] = table.toLowerCase();
for (const step of ['DEBIT', 'ON_RAMP', 'BROADCAST', 'REFUND', 'WEBHOOK'])
  process.env[`QUEUE_URL_${step}`] = `http://here/${step}.fifo`;
const { handler } = await import('../../lambdas/steps/relay.ts');
const { logger, metrics } = await import('../../lambdas/boot/observe.ts');

const sqs = mockClient(SQSClient);
const dynamo = mockClient(DynamoDBDocumentClient);
mockClient(DynamoDBClient);
const counted: string[] = [];
beforeEach(() => {
  sqs.reset();
  dynamo.reset();
  counted.length = 0;
  sqs.on(SendMessageBatchCommand).callsFake(({ Entries }) => ({ Successful: Entries, Failed: [] }));
  dynamo.on(QueryCommand).resolves({ Items: [] });
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
  jest.spyOn(metrics, 'addMetric').mockImplementation((name) => {
    counted.push(name);
    return metrics;
  });
});

test.each<[string, Row]>([
  ['a stage of newer code', { stage: 'frozen' }],
  ['a format of newer code', { format: 99 }],
  ['nothing that can be read', { amount: 'much' }],
])('a record with %s holds up none beside it, and is told of', async (_what, fields) => {
  const [odd, ours] = [requestedOf(walletOf()), requestedOf(walletOf())];
  const Records = [
    recordOf({ ...withdrawalToRow(odd), ...fields }),
    recordOf(withdrawalToRow(ours)),
  ];
  const answer = await handler({ Records } as DynamoDBStreamEvent, {} as Context);
  expect(answer).toEqual({ batchItemFailures: [] });
  const bodies = sqs
    .commandCalls(SendMessageBatchCommand)
    .flatMap(({ args: [{ input }] }) =>
      (input.Entries ?? []).map(({ MessageBody }) => MessageBody),
    );
  expect(bodies.join()).toContain(ours.walletId);
  expect(bodies.join()).not.toContain(odd.walletId);
  // Each record is read once.
  expect(counted.filter((name) => name === 'relay-unreadable')).toHaveLength(1);
  expect(logger.error).toHaveBeenCalledWith(
    'record cannot be read',
    expect.objectContaining({ item: `WD#${odd.id}` }),
  );
});

test('a retry is counted by its stage, and the lag of the oldest change is measured', async () => {
  const one = requestedOf(walletOf());
  const before = recordOf(withdrawalToRow({ ...one, retryCount: 1 })).dynamodb?.NewImage;
  const record = recordOf(withdrawalToRow({ ...one, retryCount: 2 }));
  const changed = { ...record, dynamodb: { ...record.dynamodb, OldImage: before } };
  await handler({ Records: [changed] } as DynamoDBStreamEvent, {} as Context);
  expect(counted).toEqual(expect.arrayContaining(['retries-requested', 'relay-lag']));
  counted.length = 0;
  await handler(
    { Records: [recordOf(withdrawalToRow(one))] } as DynamoDBStreamEvent,
    {} as Context,
  );
  expect(counted).not.toContain('retries-requested');
});

test('when a doorbell cannot be sent, the whole batch comes again', async () => {
  sqs.on(SendMessageBatchCommand).rejects(new Error('away'));
  const Records = [recordOf(withdrawalToRow(requestedOf(walletOf())))];
  await expect(handler({ Records } as DynamoDBStreamEvent, {} as Context)).rejects.toThrow();
});
