/** Makes the event bus, its schemas, and `bus`: the function that puts every event there, its dead letters and its alarms. */
import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { queueRetentionSeconds } from '../lambdas/core/kernel/limits.ts';
import {
  busBatchMax,
  busRecordAgeMaxSeconds,
  busRetriesMax,
  busTimeoutSeconds,
  busWindowSeconds,
} from '../lambdas/core/outbox/limits.ts';
import { everyFiveMinutes, everyMinute } from './alarms.ts';
import { EventSchemas } from './event-schemas.ts';
import { explain } from './explain.ts';
import { DrawbridgeFunction, type Shared } from './function.ts';

/** Usually the bus is two seconds behind. */
const behindMaxMs = 5 * 60_000;
const errorsMax = 5;

export class Bus extends Construct {
  readonly bus: EventBus;
  readonly function: DrawbridgeFunction;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    this.bus = new EventBus(this, 'events', {
      eventBusName: shared.nameOf('events'),
      description: 'What happens to withdrawals and wallets, as webhooks tell it: docs/webhooks.md',
    });
    new EventSchemas(this, 'schemas', shared.nameOf('events'));
    this.deadLetters = new Queue(this, 'dead-letters', {
      queueName: shared.nameOf('bus-dead-letters'),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(queueRetentionSeconds),
    });
    this.function = new DrawbridgeFunction(this, 'bus', shared, {
      timeoutSeconds: busTimeoutSeconds,
    });
    // Lambda's own dead letters go there too, so that it may send to the queue already.
    this.function.addEnvironment('BUS_DEAD_LETTERS_URL', this.deadLetters.queueUrl);
    for (const one of shared.functions.values()) {
      if (one.spec.bus === undefined) continue;
      one.addEnvironment('EVENT_BUS', this.bus.eventBusName);
      one.allow('events', ['PutEvents'], [this.bus.eventBusArn]);
    }
    this.readStream(shared);
    this.watch(shared);
  }

  /** A second reader of the stream beside the relay, and the last: a shard has two (DynamoDB guide, "DynamoDB Streams"). */
  private readStream({ tables: { money } }: Shared): void {
    const { tableStreamArn } = money;
    if (tableStreamArn === undefined) throw new Error('the money table has no stream');
    money.grantStreamRead(this.function);
    this.function.addEventSourceMapping('stream', {
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      // Withdrawals and wallet transactions have this sort key.
      filters: [
        FilterCriteria.filter({ dynamodb: { Keys: { sk: { S: FilterRule.isEqual('META') } } } }),
      ],
      batchSize: busBatchMax,
      maxBatchingWindow: Duration.seconds(busWindowSeconds),
      retryAttempts: busRetriesMax,
      maxRecordAge: Duration.seconds(busRecordAgeMaxSeconds),
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      onFailure: new SqsDlq(this.deadLetters),
    });
    const why =
      'This is the queue of dead letters itself: what could not be put on the bus. Its messages only say where in the stream; retell makes up for them.';
    explain(this.deadLetters, { 'AwsSolutions-SQS3': why, 'Serverless-SQSRedrivePolicy': why });
  }

  private watch({ alarms }: Shared): void {
    alarms.raise(this, 'bus-dead-letters', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: everyMinute }),
      atLeast: 1,
      says: 'Changes could not be put on the event bus and were put aside: whoever listens there has not heard of them.',
    });
    alarms.raise(this, 'bus-behind', {
      metric: this.function.metric('IteratorAge', { statistic: 'max', period: everyMinute }),
      atLeast: behindMaxMs,
      periods: 3,
      says: `The event bus is more than ${behindMaxMs / 60_000} minutes behind the money table: EventBridge refuses events, or the function fails.`,
    });
    alarms.raise(this, 'bus-errors', {
      metric: this.function.metricErrors({ period: everyFiveMinutes }),
      atLeast: errorsMax,
      says: `The function that puts events on the bus crashed or ran out of time ${errorsMax} times in five minutes.`,
    });
    alarms.raise(this, 'bus-throttles', {
      metric: this.function.metricThrottles({ period: everyFiveMinutes }),
      atLeast: 1,
      says: 'Lambda refused to put events on the bus: the account has no concurrency left.',
    });
  }
}
