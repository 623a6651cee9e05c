/** Makes the dashboard: the flow from left to right, then money, then what stands in the way. */
import { Duration } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  type IMetric,
  type IWidget,
  MathExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { everyFiveMinutes, everyMinute } from './alarms.ts';
import type { Bus } from './bus.ts';
import { money, waiting } from './dashboard-money.ts';
import { graph, ours, row } from './graphs.ts';
import type { HttpApi } from './http-api.ts';
import { published, publishedIn } from './published.ts';
import type { Relay } from './relay.ts';
import type { Step } from './step.ts';
import type { Sweep } from './sweep.ts';

export type Watched = {
  api: HttpApi;
  steps: readonly Step[];
  relay: Relay;
  sweep: Sweep;
  bus: Bus;
};

const period = everyMinute;

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, nameOf: (word: string) => string, watched: Watched) {
    super(scope, id);
    new CloudWatchDashboard(this, 'dashboard', {
      dashboardName: nameOf('flow'),
      defaultInterval: Duration.hours(3),
      widgets: [
        ...flow(watched),
        ...requests(watched.api),
        ...money(),
        ...waiting(),
        ...behind(watched),
      ],
    });
  }
}

/** A column for each step, in the order in which money flows: how much, how fast, what goes wrong, and what waits. */
function flow({ api: { api }, steps }: Watched): IWidget[][] {
  const columns = steps.filter(({ node }) => node.id !== 'webhook-retry');
  const perStep = (what: string, metric: (step: Step) => IMetric) =>
    columns.map((step) => graph(`${step.node.id}: ${what}`, [metric(step)]));
  return [
    row(
      graph('API: requests', [api.metricCount({ period, label: 'a minute' })]),
      ...perStep('done', ({ node }) => ours(`done-${node.id}`, 'sum')),
    ),
    row(
      graph('API: p95 (ms)', [api.metricLatency({ period, statistic: 'p95', label: 'p95' })]),
      ...perStep('p95 (ms)', ({ function: worker }) =>
        worker.metricDuration({ period, statistic: 'p95', label: 'p95' }),
      ),
    ),
    row(
      graph('API: 5xx', [api.metricServerError({ period, statistic: 'sum', label: '5xx' })]),
      ...columns.map(({ node, function: worker }) =>
        graph(`${node.id}: errors`, [
          worker.metricErrors({ period, label: 'crashes' }),
          ours(`failed-${node.id}`, 'sum'),
        ]),
      ),
    ),
    row(
      graph('API: 4xx', [api.metricClientError({ period, statistic: 'sum', label: '4xx' })]),
      ...perStep('age (s)', ({ queue }) =>
        queue.metricApproximateAgeOfOldestMessage({ period, label: 'oldest' }),
      ),
    ),
  ];
}

/** Routes and status codes are found by search, so that only those are paid for and shown that were ever asked for. */
function requests({ api }: HttpApi): IWidget[][] {
  const found = (metricName: string, statistic: string, label: string): IMetric =>
    new MathExpression({
      expression: `SEARCH('{${publishedIn},route,service,status} MetricName="${metricName}"', '${statistic}', ${everyFiveMinutes.toSeconds()})`,
      usingMetrics: {},
      label,
      period: everyFiveMinutes,
    });
  return [
    row(
      graph('Requests by route and status', [found('requests', 'Sum', '')]),
      graph('p95 of a request by route and status (ms)', [found('request-ms', 'p95', '')]),
      graph('API: latency (ms)', [
        api.metricLatency({ period, statistic: 'p50', label: 'p50' }),
        api.metricLatency({ period, statistic: 'p95', label: 'p95' }),
      ]),
    ),
  ];
}

/** What stands between the steps: queues, dead letters, the relay, the bus, and those who are told and asked. */
function behind({ steps, relay, sweep, bus }: Watched): IWidget[][] {
  const workers = [...steps, relay, sweep, bus].map((one) => one.function);
  const visible = (queue: Step['deadLetters'], label: string) =>
    queue.metricApproximateNumberOfMessagesVisible({ period, label });
  return [
    row(
      graph(
        'Waiting messages',
        steps.map(({ queue, node }) => visible(queue, node.id)),
      ),
      graph('Dead letters', [
        ...steps.map(({ deadLetters, node }) => visible(deadLetters, node.id)),
        visible(relay.deadLetters, 'relay'),
        visible(bus.deadLetters, 'bus'),
      ]),
      graph(
        'Messages tried again',
        steps.map(({ node }) => ours(`again-${node.id}`, 'sum')),
      ),
    ),
    row(
      graph('Relay and event bus: behind by (ms)', [
        ours('relay-lag', 'max'),
        relay.function.metric('IteratorAge', { period, statistic: 'max', label: 'relay' }),
        bus.function.metric('IteratorAge', { period, statistic: 'max', label: 'bus' }),
      ]),
      graph('Unreadable, put aside, made anew', [
        ...['relay-unreadable', 'bus-odd', 'retold-events', 'retell-unreadable'].map((name) =>
          ours(name, 'sum'),
        ),
      ]),
      graph('retell: behind by (s)', [
        ours('retell-behind', 'max'),
        ours('retell-table-behind', 'max'),
      ]),
      graph(
        'Refused for want of concurrency',
        workers.map((worker) => worker.metricThrottles({ period, label: worker.node.id })),
      ),
    ),
    row(
      graph('Webhooks: attempts and what was given up', [
        ...['webhook-ok', 'webhook-failed', 'webhook-given-up'].map((name) => ours(name, 'sum')),
      ]),
      graph('Webhooks: p95 of an attempt, and from the event to the receiver (ms)', [
        ours('webhook-ms', 'p95'),
        ours('webhook-told-after', 'p95'),
      ]),
      graph('Circuit breakers that are open', [
        ...['brokerage', 'on-ramp', 'network'].map((side) =>
          published(`breakers-open-${side}`, 'max', everyFiveMinutes),
        ),
      ]),
    ),
  ];
}
