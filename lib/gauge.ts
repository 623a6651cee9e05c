/** Makes gauge: its function, the rule that starts it every five minutes, and the alarms about what it sees. */
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  gasLeftMin,
  gaugeEverySeconds,
  gaugeTimeoutSeconds,
  reviewOldMs,
  standsStillMs,
} from '../lambdas/core/operations/limits.ts';
import { byTheClock } from './by-the-clock.ts';
import { DrawbridgeFunction, type Shared } from './function.ts';
import { published } from './published.ts';

const everyRun = Duration.seconds(gaugeEverySeconds);
const hours = (ms: number): number => ms / 3_600_000;

export class Gauge extends Construct {
  readonly function: DrawbridgeFunction;

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    this.function = new DrawbridgeFunction(this, 'gauge', shared, {
      timeoutSeconds: gaugeTimeoutSeconds,
    });
    byTheClock(this, this.function, {
      id: 'every-five-minutes',
      ruleName: shared.nameOf('gauge'),
      description: 'Publishes balances, what has not ended, and open circuit breakers',
      everySeconds: gaugeEverySeconds,
      lostRun:
        'There is nothing to keep of a run that failed: the next one looks again, and balances-unread tells when none succeeds.',
      lostTick:
        'A tick that could not be delivered is worth nothing five minutes later, when the next one comes.',
    });
    this.watch(shared);
  }

  private watch({ alarms }: Shared): void {
    const seen = (metricName: string) => published(metricName, 'max', everyRun);
    alarms.raise('treasury-low', {
      metric: seen('treasury-low'),
      atLeast: 1,
      page: 'page-funds',
      says: 'The treasury of a network has less than TREASURY_LOW that nothing is signed for.',
    });
    alarms.raise('gas-low', {
      metric: seen('gas-low'),
      atLeast: 1,
      page: 'page-funds',
      says: `A gas lane can pay for fewer than ${gasLeftMin} payouts at the price of now.`,
    });
    alarms.raise('balances-unread', {
      metric: seen('balances-unread'),
      atLeast: 1,
      periods: 6,
      silenceIsBad: true,
      page: 'page-checks',
      says: 'For half an hour a balance could not be read, or gauge has not run: nobody would be told of an empty treasury before it is missed.',
    });
    for (const side of ['brokerage', 'on-ramp', 'network'] as const)
      alarms.raise(`breaker-open-${side}`, {
        metric: seen(`breakers-open-${side}`),
        atLeast: 1,
        periods: 3,
        page: `page-${side}`,
        says: `A circuit breaker in front of ${side === 'network' ? 'a node' : `the ${side}`} has been open for a quarter of an hour.`,
      });
    alarms.raise('review-old', {
      metric: seen('oldest-review'),
      atLeast: reviewOldMs / 1_000,
      page: 'itself',
      says: `A withdrawal has been in REVIEW for ${hours(reviewOldMs)} hours, its money held.`,
    });
    alarms.raise('stands-still', {
      metric: seen('stands-still'),
      atLeast: 1,
      page: 'page-backlog',
      says: `A withdrawal has stood in its stage for ${hours(standsStillMs)} hours, and for no reason that has a name.`,
    });
  }
}
