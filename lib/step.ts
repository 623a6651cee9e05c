/** Makes a step: its queue, its dead letters, the function that works on them, and its alarms. */
import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  queueRetentionSeconds,
  stepBatchMax,
  stepConcurrencyMax,
  stepReceivesMax,
  stepTimeoutSeconds,
  stepVisibilitySeconds,
} from '../lambdas/core/kernel/limits.ts';
import type { Step as StepName } from '../lambdas/core/kernel/steps.ts';
import { everyFiveMinutes, everyMinute } from './alarms.ts';
import { explain } from './explain.ts';
import { DrawbridgeFunction, queueUrlVariable, type Shared } from './function.ts';
import { functionMemoryMb, stepMemoryMb } from './memory.ts';

/** Doorbells are answered within seconds. One that has waited for so long shows that the step does not keep up. */
const ageMaxSeconds = 300;
/** A single crash is retried and heals. So many in five minutes are no accident. */
const errorsMax = 5;

export class Step extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly function: DrawbridgeFunction;

  constructor(scope: Construct, step: StepName, shared: Shared) {
    super(scope, step);
    const fifo: QueueProps = {
      fifo: true,
      // With both, quotas count by message group and not by queue (SQS guide, "High throughput for FIFO queues").
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(queueRetentionSeconds),
    };
    this.deadLetters = new Queue(this, 'dead-letters', {
      ...fifo,
      queueName: `${shared.nameOf(step)}-dead-letters.fifo`,
    });
    this.queue = new Queue(this, 'queue', {
      ...fifo,
      queueName: `${shared.nameOf(step)}.fifo`,
      visibilityTimeout: Duration.seconds(stepVisibilitySeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: stepReceivesMax },
    });
    this.function = new DrawbridgeFunction(this, step, shared, {
      timeoutSeconds: stepTimeoutSeconds,
      memoryMb: stepMemoryMb[step] ?? functionMemoryMb,
    });
    // The function needs the URL to make a failed message visible after stepRedeliverySeconds, not the whole timeout.
    this.function.addEnvironment(queueUrlVariable(step), this.queue.queueUrl);
    this.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: stepBatchMax,
        reportBatchItemFailures: true,
        maxConcurrency: stepConcurrencyMax[step],
      }),
    );
    explain(this.function, {
      'Serverless-LambdaEventSourceMappingDestination':
        'An SQS mapping has no destination: what fails goes to the dead letters by the redrive policy of its queue.',
    });
    explain(this.deadLetters, {
      'Serverless-SQSRedrivePolicy': 'This is the queue of dead letters itself.',
    });
    this.watch(step, shared);
  }

  private watch(step: StepName, { alarms }: Shared): void {
    alarms.raise(`${step}-dead-letters`, {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: everyMinute }),
      atLeast: 1,
      page: 'page-put-aside',
      says: `A message of ${step} failed ${stepReceivesMax} times and was put aside.`,
    });
    alarms.raise(`${step}-age`, {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: everyMinute }),
      atLeast: ageMaxSeconds,
      periods: 3,
      page: 'page-backlog',
      says: `The oldest message of ${step} has waited for ${ageMaxSeconds} s: the step does not keep up or does not work.`,
    });
    alarms.raise(`${step}-errors`, {
      metric: this.function.metricErrors({ period: everyFiveMinutes }),
      atLeast: errorsMax,
      page: 'page-platform',
      says: `The function of ${step} crashed or ran out of time ${errorsMax} times in five minutes.`,
    });
  }
}
