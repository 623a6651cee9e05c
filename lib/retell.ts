/** Makes retell: its function, the rule that starts it every hour, and its alarms. */
import { Duration } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  retellBehindMs,
  retellEverySeconds,
  retellTimeoutSeconds,
} from '../lambdas/core/outbox/limits.ts';
import { byTheClock } from './by-the-clock.ts';
import { takesErrands } from './errands.ts';
import { DrawbridgeFunction, type Shared } from './function.ts';
import { published } from './published.ts';

export class Retell extends Construct {
  readonly function: DrawbridgeFunction;
  readonly errands: Queue;

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    this.function = new DrawbridgeFunction(this, 'retell', shared, {
      timeoutSeconds: retellTimeoutSeconds,
    });
    this.errands = takesErrands(this, 'retell', shared, {
      by: this.function,
      timeoutSeconds: retellTimeoutSeconds,
    });
    byTheClock(this, this.function, {
      id: 'every-hour',
      ruleName: shared.nameOf('retell'),
      description: 'Makes client events that the relay has given up',
      everySeconds: retellEverySeconds,
      lostRun:
        'There is nothing to keep of a run that failed: the next one goes on at the last page that this one has told.',
      lostTick:
        'A tick that could not be delivered is worth nothing an hour later, when the next one comes.',
    });
    const everyHour = Duration.hours(1);
    shared.alarms.raise('retell-errors', {
      metric: this.function.metricErrors({ period: everyHour }),
      atLeast: 1,
      periods: 2,
      page: 'page-checks',
      says: 'For two hours nobody could look for client events that the relay has given up.',
    });
    shared.alarms.raise('retell-unreadable', {
      metric: published('retell-unreadable', 'max', everyHour),
      atLeast: 1,
      periods: 2,
      page: 'page-checks',
      says: 'For two hours there have been withdrawals that this code cannot read: they stand still, and clients are not told of them.',
    });
    shared.alarms.raise('retell-behind', {
      metric: published('retell-behind', 'max', everyHour),
      atLeast: retellBehindMs / 1_000,
      periods: 3,
      page: 'page-checks',
      says: 'For three hours retell could not look at all that has changed: the client events that the relay has given up come later and later.',
    });
  }
}
