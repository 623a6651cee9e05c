/** Makes the alarms that are about the whole flow, and about no part of it alone. */
import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type Alarms, everyFiveMinutes } from './alarms.ts';
import type { Watched } from './dashboard.ts';
import { published } from './published.ts';

const everyHour = Duration.hours(1);
/** The aim. What clients cancel, or ask for without the money for it, is neither success nor failure. */
const successPercent = 99;
/** One failure among a few withdrawals is no rate. It is told of where it happens. */
const failedMin = 3;
/** So many attempts without one that succeeds are our own network rather than theirs. */
const unheardMin = 20;

export function watchFlow(alarms: Alarms, { steps, relay, bus }: Watched): void {
  alarms.raise('success-rate', {
    metric: new MathExpression({
      expression: `IF(FILL(failed, 0) < ${failedMin}, 100, 100 * FILL(settled, 0) / (FILL(settled, 0) + FILL(failed, 0)))`,
      usingMetrics: {
        settled: published('withdrawal-settled', 'sum', everyHour),
        failed: published('failed', 'sum', everyHour),
      },
      period: everyHour,
    }),
    below: successPercent,
    page: 'page-backlog',
    says: `Of the withdrawals that ended in the last hour fewer than ${successPercent} % were paid.`,
  });
  alarms.raise('webhooks-failing', {
    metric: new MathExpression({
      expression: 'IF(FILL(ok, 0) < 1, FILL(failed, 0), 0)',
      usingMetrics: {
        ok: published('webhook-ok', 'sum', everyFiveMinutes),
        failed: published('webhook-failed', 'sum', everyFiveMinutes),
      },
      period: everyFiveMinutes,
    }),
    atLeast: unheardMin,
    periods: 3,
    page: 'page-clients',
    says: 'For a quarter of an hour no webhook at all has reached anybody.',
  });
  // An alarm may add up ten metrics (CloudWatch guide, "Create a CloudWatch alarm based on a metric math expression").
  const workers = [...steps, relay, bus].map((one) => one.function);
  const throttles = workers.map(
    (worker, index) => [`t${index}`, worker.metricThrottles({ period: everyFiveMinutes })] as const,
  );
  alarms.raise('throttles', {
    metric: new MathExpression({
      expression: throttles.map(([name]) => `FILL(${name}, 0)`).join(' + '),
      usingMetrics: Object.fromEntries(throttles),
      period: everyFiveMinutes,
    }),
    atLeast: 1,
    page: 'page-platform',
    says: 'Lambda refused to run a step, the relay or the bus: the account has no concurrency left.',
  });
}
