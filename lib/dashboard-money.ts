/** The rows of the dashboard about money and withdrawals: how much, how fast, how well, and what for they wait. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, type IWidget, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type Asset, currencies } from '../lambdas/core/kernel/money.ts';
import { networkSettings, networks } from '../lambdas/core/kernel/networks.ts';
import { differenceKinds } from '../lambdas/core/reconcile/difference.ts';
import { waitReasons } from '../lambdas/core/withdrawal/waits.ts';
import { failureCodes, type Stage, stages } from '../lambdas/core/withdrawal/withdrawal.ts';
import { everyFiveMinutes, everyMinute } from './alarms.ts';
import { costOfWithdrawal } from './cost.ts';
import { gauged, graph, ours, row, stageMetrics } from './graphs.ts';
import { published } from './published.ts';

const openStages = (Object.keys(stages) as Stage[]).filter(
  (stage) => stages[stage].step !== null || stage === 'review',
);

export function money(): IWidget[][] {
  const perNetwork = (names: readonly string[], statistic: 'sum' | 'min' | 'max') =>
    networks.flatMap((network) =>
      names.map((name) => published(`${name}-${network}`, statistic, everyFiveMinutes)),
    );
  /** Stablecoins on one graph, and coins, which are worth other amounts, on another. */
  const perRoute = (
    pays: (asset: Asset) => boolean,
    names: readonly string[],
    statistic: 'sum' | 'min' | 'max',
  ) =>
    networks.flatMap((network) =>
      networkSettings[network].assets
        .filter(pays)
        .flatMap((asset) =>
          names.map((name) =>
            published(`${name}-${asset}-${network}`, statistic, everyFiveMinutes),
          ),
        ),
    );
  const dollars = (asset: Asset): boolean => asset === 'USDC';
  const coins = (asset: Asset): boolean => asset !== 'USDC';
  return [
    row(
      graph('Completed of all that ended (%); the aim is 99', [success()]),
      graph('Paid (USDC)', perRoute(dollars, ['paid'], 'sum')),
      graph('Paid (coins)', perRoute(coins, ['paid'], 'sum')),
      graph('Cost of a withdrawal at AWS (US dollars)', [costOfWithdrawal()]),
    ),
    row(
      graph('Withdrawals by stage', stageMetrics('withdrawal', 'sum')),
      graph('Time in each stage, p95 (ms)', stageMetrics('time-in', 'p95')),
      graph('From acceptance to the end, p95 (ms)', [
        ours('time-to-settled', 'p95'),
        ours('time-to-refunded', 'p95'),
      ]),
    ),
    row(
      graph(
        'Money by stage',
        openStages.flatMap((stage) =>
          currencies.map((currency) => gauged(`money-${currency}-${stage}`)),
        ),
      ),
      graph(
        'Oldest by stage (s)',
        openStages.map((stage) => gauged(`oldest-${stage}`)),
      ),
      graph('Open by stage', [
        ...openStages.map((stage) => gauged(`open-${stage}`)),
        gauged('in-flight'),
      ]),
    ),
    row(
      graph('Treasury, and what of it is free (USDC)', [
        ...perRoute(dollars, ['treasury', 'treasury-free'], 'min'),
      ]),
      graph('Treasury, and what of it is free (coins)', [
        ...perRoute(coins, ['treasury', 'treasury-free'], 'min'),
      ]),
      graph('Signed and not final (USDC)', perRoute(dollars, ['signed'], 'max')),
      graph('Signed and not final (coins)', perRoute(coins, ['signed'], 'max')),
    ),
    row(
      graph('Payouts that the driest gas lane can pay for', perNetwork(['gas-left'], 'min')),
      graph('Coin of the driest gas lane', perNetwork(['gas-balance'], 'min')),
    ),
  ];
}

export function waiting(): IWidget[][] {
  return [
    row(
      graph(
        'What withdrawals wait for',
        waitReasons.map((reason) => ours(`waiting-${reason}`, 'max')),
      ),
      graph('REVIEW, stands still, older than a day', [
        ...[gauged('open-review'), gauged('stands-still')],
        ours('withdrawals-old', 'max'),
      ]),
    ),
    row(
      graph('Retries by stage', stageMetrics('retries', 'sum')),
      graph(
        'Failures by code',
        failureCodes.map((code) => ours(`failed-${code}`, 'sum')),
      ),
      graph('Reconciliation: differences', [
        published('reconciliation-differences', 'max', Duration.hours(1)),
        ...differenceKinds.map((kind) => published(`difference-${kind}`, 'max', Duration.hours(1))),
      ]),
    ),
  ];
}

/** What clients cancel has neither succeeded nor failed. */
const success = (): IMetric =>
  new MathExpression({
    expression:
      '100 * FILL(settled, 0) / (FILL(settled, 0) + FILL(refunded, 0) + FILL(rejected, 0))',
    usingMetrics: {
      settled: ours('withdrawal-settled', 'sum'),
      refunded: ours('withdrawal-refunded', 'sum'),
      rejected: ours('withdrawal-rejected', 'sum'),
    },
    label: 'completed',
    period: everyMinute,
  });
