/** Makes reconcile: its function, the rule that starts it every hour, and the alarms about differences. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { reconcileEverySeconds, reconcileTimeoutSeconds } from '../lambdas/core/kernel/limits.ts';
import { takesErrands } from './errands.ts';
import { explain } from './explain.ts';
import { DrawbridgeFunction, type Shared } from './function.ts';
import { published } from './published.ts';

export class Reconcile extends Construct {
  readonly function: DrawbridgeFunction;
  readonly errands: Queue;

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    this.function = new DrawbridgeFunction(this, 'reconcile', shared, {
      timeoutSeconds: reconcileTimeoutSeconds,
    });
    this.errands = takesErrands(this, 'reconcile', shared, {
      by: this.function,
      timeoutSeconds: reconcileTimeoutSeconds,
    });
    const rule = new Rule(this, 'every-hour', {
      ruleName: shared.nameOf('reconcile'),
      description: "Compares our books with the brokerage's, the on-ramp's and the chains'",
      schedule: Schedule.rate(Duration.seconds(reconcileEverySeconds)),
    });
    const noSecondTry = {
      retryAttempts: 0,
      maxEventAge: Duration.seconds(reconcileEverySeconds),
    };
    rule.addTarget(new LambdaFunction(this.function, noSecondTry));
    this.function.configureAsyncInvoke(noSecondTry);
    explain(this.function, {
      'Serverless-LambdaAsyncFailureDestination':
        'There is nothing to keep of a run that failed: it has no input, and the next one compares the same. reconcile-errors tells of it.',
    });
    explain(rule, {
      'Serverless-EventBusDLQ':
        'A tick that could not be delivered is worth nothing an hour later, when the next one comes.',
    });
    const everyHour = Duration.hours(1);
    shared.alarms.raise(this, 'reconciliation', {
      metric: published('reconciliation-differences', 'max', everyHour),
      atLeast: 1,
      says: 'Our books, the brokerage, the on-ramp and the chains do not agree: GET /v1/reconciliation says where.',
    });
    shared.alarms.raise(this, 'reconcile-errors', {
      metric: this.function.metricErrors({ period: everyHour }),
      atLeast: 1,
      periods: 2,
      says: 'Reconciliation could not compare for two hours: a side cannot be read, or it ran out of time.',
    });
  }
}
