/** reconcile: every hour, our books beside the brokerage's, the on-ramp's and the chains'. What it finds it reports, and corrects nothing. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { logger, metrics, observed } from '../boot/observe.ts';
import { bootReconcile } from '../boot/reconcile.ts';

const reconcile = await bootReconcile();

export const handler = observed(async (): Promise<void> => {
  const { differences } = await reconcile();
  metrics.addMetric('reconciliation-differences', MetricUnit.Count, differences.length);
  for (const { kind, what } of differences) logger.error('books differ', { kind, what });
});
