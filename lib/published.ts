/** The metrics that our own functions publish (lambdas/boot/observe.ts). */
import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';

export const published = (
  metricName: string,
  statistic: 'sum' | 'max' | 'p50' | 'p95',
  period: Duration,
): Metric =>
  new Metric({
    namespace: 'Drawbridge',
    metricName,
    dimensionsMap: { service: 'drawbridge' },
    statistic,
    period,
  });
