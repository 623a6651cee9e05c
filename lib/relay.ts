/** Makes relay: its function, which reads the stream of the money table (the outbox), its dead letters and its alarms. */
import { Duration } from 'aws-cdk-lib';
import { FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  relayBatchMax,
  relayRecordAgeMaxSeconds,
  relayRetriesMax,
  relayTimeoutSeconds,
} from '../lambdas/core/kernel/limits.ts';
import { relayBehindMs } from '../lambdas/core/outbox/limits.ts';
import { everyFiveMinutes, everyMinute } from './alarms.ts';
import { DrawbridgeFunction, type Shared } from './function.ts';
import { published } from './published.ts';
import { readStream, streamDeadLetters } from './stream-reader.ts';

const errorsMax = 5;

export class Relay extends Construct {
  readonly function: DrawbridgeFunction;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    this.deadLetters = streamDeadLetters(
      this,
      shared.nameOf('relay-dead-letters'),
      'This is the queue of dead letters itself: what the relay could not handle. Its records only say where in the stream; sweep and retell make up for them.',
    );
    this.function = new DrawbridgeFunction(this, 'relay', shared, {
      timeoutSeconds: relayTimeoutSeconds,
    });
    const options = {
      batchSize: relayBatchMax,
      parallelizationFactor: 1, // What waits meanwhile comes together then (decision 75).
      retryAttempts: relayRetriesMax,
      maxRecordAge: Duration.seconds(relayRecordAgeMaxSeconds),
    };
    readStream(this.function, shared, this.deadLetters, options, [walletActiveAgain]);
    this.watch(shared);
  }

  private watch({ alarms }: Shared): void {
    alarms.raise('relay-dead-letters', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: everyMinute }),
      atLeast: 1,
      page: 'page-put-aside',
      says: 'The relay gave up on changes of the money table: their client events come when retell has made them anew.',
    });
    alarms.raise('relay-behind', {
      metric: this.function.metric('IteratorAge', { statistic: 'max', period: everyMinute }),
      atLeast: relayBehindMs,
      periods: 3,
      page: 'page-platform',
      says: `The relay is more than ${relayBehindMs / 1_000} s behind the money table.`,
    });
    alarms.raise('relay-errors', {
      metric: this.function.metricErrors({ period: everyFiveMinutes }),
      atLeast: errorsMax,
      page: 'page-platform',
      says: `The relay crashed or ran out of time ${errorsMax} times in five minutes.`,
    });
    alarms.raise('review', {
      // The relay counts it (lambdas/steps/relay.ts), because it sees every change of stage.
      metric: published('withdrawal-review', 'sum', everyMinute),
      atLeast: 1,
      page: 'itself',
      says: 'The outcome of a withdrawal could not be proven: the money stays held until a person decides.',
    });
    alarms.raise('relay-silent', {
      // A mapping that is off, or gone, has neither age nor errors. What gauge finds shows it (core/operations/gauges.ts).
      metric: published('relay-unheard', 'max', everyFiveMinutes),
      atLeast: 1,
      periods: 2,
      page: 'page-platform',
      says: 'Withdrawals are accepted, and the relay hears of nothing: it is stopped.',
    });
  }
}

/** What waits in the inbox of a wallet while it is suspended is rung for when it is ACTIVE again. */
const walletActiveAgain = {
  dynamodb: {
    Keys: { sk: { S: FilterRule.isEqual('WALLET') } },
    OldImage: { status: { S: FilterRule.isEqual('SUSPENDED') } },
    NewImage: { status: { S: FilterRule.isEqual('ACTIVE') } },
  },
};
