/** Makes the dashboard, which shows whether the API is well, every step keeps up and messages were put aside. */
import { Duration } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { networks } from '../lambdas/core/kernel/networks.ts';
import { waitReasons } from '../lambdas/core/withdrawal/waits.ts';
import { stages } from '../lambdas/core/withdrawal/withdrawal.ts';
import { everyMinute } from './alarms.ts';
import type { Bus } from './bus.ts';
import type { DrawbridgeFunction } from './function.ts';
import type { HttpApi } from './http-api.ts';
import { published } from './published.ts';
import type { Relay } from './relay.ts';
import type { Step } from './step.ts';
import type { Sweep } from './sweep.ts';

type Watched = { api: HttpApi; steps: readonly Step[]; relay: Relay; sweep: Sweep; bus: Bus };

const fullWidth = 24;

export class Dashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    nameOf: (word: string) => string,
    { api, steps, relay, sweep, bus }: Watched,
  ) {
    super(scope, id);
    const { api: rest } = api;
    const workers = [...steps, relay, sweep, bus].map((one) => one.function);
    const perStep = (metric: (step: Step) => IMetric) => steps.map(metric);
    const perWorker = (metric: (worker: DrawbridgeFunction) => IMetric) => workers.map(metric);
    const period = everyMinute;

    new CloudWatchDashboard(this, 'dashboard', {
      dashboardName: nameOf('overview'),
      defaultInterval: Duration.hours(3),
      widgets: [
        row(
          graph('API: requests', [rest.metricCount({ period, label: 'requests' })]),
          graph('API: latency (ms)', [
            rest.metricLatency({ period, statistic: 'p50', label: 'p50' }),
            rest.metricLatency({ period, statistic: 'p95', label: 'p95' }),
          ]),
          graph('API: errors', [
            rest.metricClientError({ period, statistic: 'sum', label: '4xx' }),
            rest.metricServerError({ period, statistic: 'sum', label: '5xx' }),
          ]),
        ),
        row(
          graph(
            'Waiting messages',
            perStep(({ queue, node }) =>
              queue.metricApproximateNumberOfMessagesVisible({ period, label: node.id }),
            ),
          ),
          graph(
            'Age of the oldest message (s)',
            perStep(({ queue, node }) =>
              queue.metricApproximateAgeOfOldestMessage({ period, label: node.id }),
            ),
          ),
          graph('Dead letters', [
            ...perStep(({ deadLetters, node }) =>
              deadLetters.metricApproximateNumberOfMessagesVisible({ period, label: node.id }),
            ),
            relay.deadLetters.metricApproximateNumberOfMessagesVisible({ period, label: 'relay' }),
            bus.deadLetters.metricApproximateNumberOfMessagesVisible({ period, label: 'bus' }),
          ]),
        ),
        row(
          graph(
            'Steps: duration p95 (ms)',
            perWorker((worker) =>
              worker.metricDuration({ period, statistic: 'p95', label: worker.node.id }),
            ),
          ),
          graph(
            'Steps: runs',
            perWorker((worker) => worker.metricInvocations({ period, label: worker.node.id })),
          ),
          graph(
            'Steps: crashes',
            perWorker((worker) => worker.metricErrors({ period, label: worker.node.id })),
          ),
        ),
        row(
          graph('Withdrawals by stage', stageMetrics('withdrawal', 'sum', period)),
          graph('Time in each stage, p95 (ms)', stageMetrics('time-in', 'p95', period)),
          graph('From acceptance to the end, p95 (ms)', [
            published('time-to-settled', 'p95', period),
            published('time-to-refunded', 'p95', period),
          ]),
        ),
        row(
          graph('Completed of all that ended (%)', [success(period)]),
          graph(
            'Paid (USDC)',
            networks.map((network) => published(`paid-USDC-${network}`, 'sum', period)),
          ),
          graph('In REVIEW, and older than a day', [
            published('withdrawal-review', 'sum', period),
            published('withdrawals-old', 'max', period),
          ]),
        ),
        row(
          graph(
            'What withdrawals wait for',
            waitReasons.map((reason) => published(`waiting-${reason}`, 'max', period)),
          ),
        ),
        row(
          graph('Relay: behind by (ms)', [
            relay.function.metric('IteratorAge', { period, statistic: 'max', label: 'behind' }),
          ]),
          graph('Event bus: behind by (ms)', [
            bus.function.metric('IteratorAge', { period, statistic: 'max', label: 'behind' }),
          ]),
        ),
      ],
    });
  }
}

const stageMetrics = (what: string, statistic: 'sum' | 'p95', period: Duration): IMetric[] =>
  Object.keys(stages).map((stage) => published(`${what}-${stage}`, statistic, period));

/** The aim is 99 %. What clients cancel has neither succeeded nor failed. */
const success = (period: Duration): IMetric =>
  new MathExpression({
    expression:
      '100 * FILL(settled, 0) / (FILL(settled, 0) + FILL(refunded, 0) + FILL(rejected, 0))',
    usingMetrics: {
      settled: published('withdrawal-settled', 'sum', period),
      refunded: published('withdrawal-refunded', 'sum', period),
      rejected: published('withdrawal-rejected', 'sum', period),
    },
    label: 'completed',
    period,
  });

type Graph = { title: string; left: IMetric[] };
const graph = (title: string, left: IMetric[]): Graph => ({ title, left });

const row = (...graphs: Graph[]): IWidget[] =>
  graphs.map(
    (one) => new GraphWidget({ ...one, width: fullWidth / graphs.length, leftYAxis: { min: 0 } }),
  );
