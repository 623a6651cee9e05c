/** Makes reconcile: its function, the rule that starts it every hour, and the alarms about differences. */
import { Duration } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { reconcileEverySeconds, reconcileTimeoutSeconds } from '../lambdas/core/kernel/limits.ts';
import { byTheClock } from './by-the-clock.ts';
import { takesErrands } from './errands.ts';
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
    byTheClock(this, this.function, {
      id: 'every-hour',
      ruleName: shared.nameOf('reconcile'),
      description: "Compares our books with the brokerage's, the on-ramp's and the chains'",
      everySeconds: reconcileEverySeconds,
      lostRun:
        'There is nothing to keep of a run that failed: it has no input, and the next one compares the same. reconcile-errors tells of it.',
      lostTick:
        'A tick that could not be delivered is worth nothing an hour later, when the next one comes.',
    });
    const everyHour = Duration.hours(1);
    shared.alarms.raise('reconciliation', {
      metric: published('reconciliation-differences', 'max', everyHour),
      atLeast: 1,
      page: 'itself',
      says: 'Our books, the brokerage, the on-ramp and the chains do not agree: GET /v1/reconciliation says where.',
    });
    shared.alarms.raise('reconcile-unread', {
      metric: published('reconcile-unread', 'max', everyHour),
      atLeast: 1,
      periods: 2,
      page: 'page-checks',
      says: 'Reconciliation could not read a chain for two hours: nobody watches what is paid there. GET /v1/reconciliation says which, and since when.',
    });
    shared.alarms.raise('reconcile-gap', {
      metric: published('reconcile-gap', 'max', everyHour),
      atLeast: 1,
      page: 'page-checks',
      says: 'Reconciliation could not compare for more than a day, and the time before the last 26 hours is compared by nobody.',
    });
    shared.alarms.raise('reconcile-errors', {
      metric: this.function.metricErrors({ period: everyHour }),
      atLeast: 1,
      periods: 2,
      page: 'page-checks',
      says: 'Reconciliation could not compare for two hours: the brokerage, the on-ramp or our books cannot be read, or it ran out of time.',
    });
  }
}
