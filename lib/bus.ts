/** Makes the event bus, its schemas, and `bus`: the function that puts every event there, its dead letters and its alarms. */
import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  busBatchMax,
  busRecordAgeMaxSeconds,
  busRetriesMax,
  busTimeoutSeconds,
  busWindowSeconds,
} from '../lambdas/core/outbox/limits.ts';
import { everyFiveMinutes, everyMinute } from './alarms.ts';
import { EventSchemas } from './event-schemas.ts';
import { DrawbridgeFunction, type Shared } from './function.ts';
import { readStream, streamDeadLetters } from './stream-reader.ts';

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
    this.deadLetters = streamDeadLetters(
      this,
      shared.nameOf('bus-dead-letters'),
      'This is the queue of dead letters itself: what could not be put on the bus. Its messages only say where in the stream; retell makes up for them.',
    );
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
    // Beside the relay, and the last that there can be.
    readStream(this.function, shared, this.deadLetters, {
      batchSize: busBatchMax,
      maxBatchingWindow: Duration.seconds(busWindowSeconds),
      retryAttempts: busRetriesMax,
      maxRecordAge: Duration.seconds(busRecordAgeMaxSeconds),
    });
    this.watch(shared);
  }

  private watch({ alarms }: Shared): void {
    alarms.raise('bus-dead-letters', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: everyMinute }),
      atLeast: 1,
      page: 'page-put-aside',
      says: 'Changes could not be put on the event bus and were put aside: whoever listens there has not heard of them.',
    });
    alarms.raise('bus-behind', {
      metric: this.function.metric('IteratorAge', { statistic: 'max', period: everyMinute }),
      atLeast: behindMaxMs,
      periods: 3,
      page: 'page-clients',
      says: `The event bus is more than ${behindMaxMs / 60_000} minutes behind the money table: EventBridge refuses events, or the function fails.`,
    });
    alarms.raise('bus-errors', {
      metric: this.function.metricErrors({ period: everyFiveMinutes }),
      atLeast: errorsMax,
      page: 'page-platform',
      says: `The function that puts events on the bus crashed or ran out of time ${errorsMax} times in five minutes.`,
    });
  }
}
