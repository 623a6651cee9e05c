/** Every hour, our books are compared with those of the brokerage, the on-ramp and the chains. Nothing is corrected. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { logger, metrics, observed, publish } from '../boot/observe.ts';
import { bootReconcile } from '../boot/reconcile.ts';
import { count } from '../core/kernel/measure.ts';
import { byTheClock } from '../core/reconcile/limits.ts';

const reconcile = await bootReconcile(byTheClock);

export const handler = observed(async (): Promise<void> => {
  const { differences } = await reconcile();
  metrics.addMetric('reconciliation-differences', MetricUnit.Count, differences.length);
  const byKind = Map.groupBy(differences, ({ kind }) => kind);
  publish([...byKind].map(([kind, all]) => count(`difference-${kind}`, all.length)));
  for (const { kind, what } of differences) logger.error('books differ', { kind, what });
});
