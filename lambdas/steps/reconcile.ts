/** Every hour, our books are compared with those of the brokerage, the on-ramp and the chains. Nothing is corrected. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { logger, metrics, observed } from '../boot/observe.ts';
import { bootReconcile } from '../boot/reconcile.ts';

const reconcile = await bootReconcile();

export const handler = observed(async (): Promise<void> => {
  const { differences } = await reconcile();
  metrics.addMetric('reconciliation-differences', MetricUnit.Count, differences.length);
  for (const { kind, what } of differences) logger.error('books differ', { kind, what });
});
