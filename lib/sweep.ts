/** Makes sweep: its function, the rule that starts it every minute, and its alarms. */
import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import {
  sweepEverySeconds,
  sweepTimeoutSeconds,
  withdrawalOldMs,
} from '../lambdas/core/kernel/limits.ts';
import { waitReasons, waits } from '../lambdas/core/withdrawal/waits.ts';
import { everyFiveMinutes, everyMinute } from './alarms.ts';
import { explain } from './explain.ts';
import { DrawbridgeFunction, type Shared } from './function.ts';
import { published } from './published.ts';

const errorsMax = 3;

export class Sweep extends Construct {
  readonly function: DrawbridgeFunction;

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    this.function = new DrawbridgeFunction(this, 'sweep', shared, {
      timeoutSeconds: sweepTimeoutSeconds,
    });
    const rule = new Rule(this, 'every-minute', {
      ruleName: shared.nameOf('sweep'),
      description: 'Rings what is due and has not moved',
      schedule: Schedule.rate(Duration.seconds(sweepEverySeconds)),
    });
    // A missed or failed run is not repeated: the next one finds the same things due.
    const noSecondTry = { retryAttempts: 0, maxEventAge: Duration.seconds(sweepEverySeconds) };
    rule.addTarget(new LambdaFunction(this.function, noSecondTry));
    this.function.configureAsyncInvoke(noSecondTry);
    explain(this.function, {
      'Serverless-LambdaAsyncFailureDestination':
        'There is nothing to keep of a run that failed: it has no input, and the next one does its work.',
    });
    explain(rule, {
      'Serverless-EventBusDLQ':
        'A tick that could not be delivered is worth nothing a minute later, when the next one comes. sweep-silent tells when none comes.',
    });
    shared.alarms.raise(this, 'sweep-errors', {
      metric: this.function.metricErrors({ period: everyFiveMinutes }),
      atLeast: errorsMax,
      says: `sweep crashed or ran out of time ${errorsMax} times in five minutes.`,
    });
    shared.alarms.raise(this, 'sweep-silent', {
      metric: this.function.metricInvocations({ period: everyFiveMinutes }),
      atMost: 0,
      silenceIsBad: true,
      says: 'sweep has not run for five minutes: confirmations, retries and lost doorbells wait.',
    });
    for (const reason of waitReasons) {
      const { alarm: periods, detail } = waits[reason];
      shared.alarms.raise(this, reason, {
        metric: seen(`waiting-${reason}`),
        atLeast: 1,
        periods,
        says: `Withdrawals wait. Their clients read: ${detail}`,
      });
    }
    shared.alarms.raise(this, 'switched-off', {
      metric: seen('switched-off'),
      atLeast: 1,
      periods: 60,
      says: 'A switch has been off, or the processor stopped, for an hour.',
    });
    shared.alarms.raise(this, 'withdrawal-old', {
      metric: seen('withdrawals-old'),
      atLeast: 1,
      says: `A withdrawal has not ended after ${withdrawalOldMs / 3_600_000} hours.`,
    });
  }
}

/** What sweep publishes at the end of each run (lambdas/steps/sweep.ts). */
const seen = (metricName: string): Metric => published(metricName, 'max', everyMinute);
