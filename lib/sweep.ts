/** Makes sweep: its function, the rule that starts it every minute, and its alarms. */
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import {
  sweepEverySeconds,
  sweepTimeoutSeconds,
  withdrawalOldMs,
} from '../lambdas/core/kernel/limits.ts';
import { type WaitReason, waitReasons, waits } from '../lambdas/core/withdrawal/waits.ts';
import { everyFiveMinutes, everyMinute } from './alarms.ts';
import { byTheClock } from './by-the-clock.ts';
import { DrawbridgeFunction, type Shared } from './function.ts';
import type { PageName } from './pages.ts';
import { published } from './published.ts';

const errorsMax = 3;

export class Sweep extends Construct {
  readonly function: DrawbridgeFunction;

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    this.function = new DrawbridgeFunction(this, 'sweep', shared, {
      timeoutSeconds: sweepTimeoutSeconds,
    });
    byTheClock(this, this.function, {
      id: 'every-minute',
      ruleName: shared.nameOf('sweep'),
      description: 'Rings what is due and has not moved',
      everySeconds: sweepEverySeconds,
      lostRun:
        'There is nothing to keep of a run that failed: it has no input, and the next one does its work.',
      lostTick:
        'A tick that could not be delivered is worth nothing a minute later, when the next one comes. sweep-silent tells when none comes.',
    });
    shared.alarms.raise('sweep-errors', {
      metric: this.function.metricErrors({ period: everyFiveMinutes }),
      atLeast: errorsMax,
      page: 'page-platform',
      says: `sweep crashed or ran out of time ${errorsMax} times in five minutes.`,
    });
    shared.alarms.raise('sweep-silent', {
      metric: this.function.metricInvocations({ period: everyFiveMinutes }),
      atMost: 0,
      silenceIsBad: true,
      page: 'page-platform',
      says: 'sweep has not run for five minutes: confirmations, retries and lost doorbells wait.',
    });
    for (const reason of waitReasons) {
      const { alarm: periods, detail } = waits[reason];
      shared.alarms.raise(reason, {
        metric: seen(`waiting-${reason}`),
        atLeast: 1,
        periods,
        page: pageOf[reason],
        says: `Withdrawals wait. Their clients read: ${detail}`,
      });
    }
    shared.alarms.raise('switched-off', {
      metric: seen('switched-off'),
      atLeast: 1,
      periods: 60,
      page: 'page-held-back',
      says: 'A switch has been off, or the processor stopped, for an hour.',
    });
    shared.alarms.raise('withdrawal-old', {
      metric: seen('withdrawals-old'),
      atLeast: 1,
      page: 'page-backlog',
      says: `A withdrawal has not ended after ${withdrawalOldMs / 3_600_000} hours.`,
    });
  }
}

/** Whose doing each wait is. */
// biome-ignore format: a table
const pageOf: Record<WaitReason, PageName> = {
  'treasury-short':    'page-funds',
  'transfers-refused': 'page-network',
  'signed-before':     'page-funds',
  'gas-short':         'page-funds',
  'gas-above-cap':     'page-network',
  'fee-above-cap':     'page-network',
  'slots-short':       'page-funds',
  'payouts-ahead':     'page-network',
  'send-refused':      'page-network',
  'payee-refused':     'page-network',
  'payout-late':       'page-network',
  'being-cancelled':   'page-network',
  'payer-replaced':    'page-funds',
  'payer-key-missing': 'page-funds',
  'keys-away':         'page-platform',
  'node-away':         'page-network',
  'wrong-chain':       'page-network',
  'out-of-service':    'page-network',
  'on-ramp-away':      'page-on-ramp',
  'on-ramp-account':   'page-on-ramp',
  'on-ramp-decides':   'page-on-ramp',
  'dollars-late':      'page-on-ramp',
  'conversion-late':   'page-on-ramp',
  'payment-unnamed':   'page-on-ramp',
  'payment-unseen':    'page-on-ramp',
  'brokerage-away':    'page-brokerage',
  'debit-unclear':     'page-brokerage',
  'debits-ahead':      'page-brokerage',
  'cash-unclear':      'page-brokerage',
  'not-given-back':    'page-brokerage',
  'switch':            'page-held-back',
  'processor-stopped': 'page-held-back',
  'switch-unread':     'page-platform',
};

/** What sweep publishes at the end of each run (lambdas/steps/sweep.ts). */
const seen = (metricName: string): Metric => published(metricName, 'max', everyMinute);
