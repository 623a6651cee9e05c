/** Makes a function a reader of the money table's stream, and the queue of what it could not handle. */
import { Duration } from 'aws-cdk-lib';
import {
  type EventSourceMappingOptions,
  FilterCriteria,
  FilterRule,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { queueRetentionSeconds } from '../lambdas/core/kernel/limits.ts';
import { explain } from './explain.ts';
import type { DrawbridgeFunction, Shared } from './function.ts';

/** Lambda sends failures of a stream only to a standard queue, not to a FIFO one. `why` says what makes up for its messages. */
export function streamDeadLetters(scope: Construct, queueName: string, why: string): Queue {
  const deadLetters = new Queue(scope, 'dead-letters', {
    queueName,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.seconds(queueRetentionSeconds),
  });
  explain(deadLetters, { 'AwsSolutions-SQS3': why, 'Serverless-SQSRedrivePolicy': why });
  return deadLetters;
}

/** A shard has two readers at most (DynamoDB guide, "DynamoDB Streams"). */
export function readStream(
  reader: DrawbridgeFunction,
  { tables: { money } }: Shared,
  deadLetters: Queue,
  options: EventSourceMappingOptions,
  more: readonly object[] = [],
): void {
  const { tableStreamArn } = money;
  if (tableStreamArn === undefined) throw new Error('the money table has no stream');
  money.grantStreamRead(reader);
  reader.addEventSourceMapping('stream', {
    eventSourceArn: tableStreamArn,
    // Starts at the oldest change that the stream still has, so a mapping that is made anew misses nothing.
    startingPosition: StartingPosition.TRIM_HORIZON,
    // Withdrawals and wallet transactions have this sort key. Blocks, balances and effects ring nothing.
    filters: [
      FilterCriteria.filter({ dynamodb: { Keys: { sk: { S: FilterRule.isEqual('META') } } } }),
      ...more.map((pattern) => FilterCriteria.filter({ ...pattern })),
    ],
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    onFailure: new SqsDlq(deadLetters),
    ...options,
  });
}
