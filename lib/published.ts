/** The metrics that our own functions publish (lambdas/boot/observe.ts). */
import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';

export const publishedIn = 'Drawbridge';
const dimensionsMap = { service: 'drawbridge' };

export const published = (
  metricName: string,
  statistic: 'sum' | 'min' | 'max' | 'p50' | 'p95' | 'SampleCount',
  period: Duration,
): Metric => new Metric({ namespace: publishedIn, metricName, dimensionsMap, statistic, period });
