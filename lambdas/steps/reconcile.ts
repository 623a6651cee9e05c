/** Every hour, our books are compared with those of the brokerage, the on-ramp and the chains. Nothing is corrected. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { logger, metrics, observed, publish } from '../boot/observe.ts';
import { bootReconcile } from '../boot/reconcile.ts';
import { count } from '../core/kernel/measure.ts';
import { timeOf } from '../core/kernel/time.ts';
import { allDifferences } from '../core/reconcile/difference.ts';
import { byTheClock } from '../core/reconcile/limits.ts';

const reconcile = await bootReconcile(byTheClock);

export const handler = observed(async (): Promise<void> => {
  const report = await reconcile();
  const { differences, unread = [] } = report;
  metrics.addMetric('reconciliation-differences', MetricUnit.Count, differences.length);
  metrics.addMetric('reconcile-unread', MetricUnit.Count, unread.length);
  const byKind = Map.groupBy(allDifferences(report), ({ kind }) => kind);
  publish([...byKind].map(([kind, all]) => count(`difference-${kind}`, all.length)));
  for (const { kind, what } of differences) logger.error('books differ', { kind, what });
  for (const { network, asset, why, since } of unread)
    logger.error('chain unread', { network, asset, why, since: timeOf(since) });
});
