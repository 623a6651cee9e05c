/** Makes the lines of the log, and the spans of traces, of what the core tells (core/withdrawal/news.ts). */
import { type Logger, LogLevelThreshold } from '@aws-lambda-powertools/logger';
import { about, subjectNow } from '../core/kernel/about.ts';
import type { Instant } from '../core/kernel/time.ts';
import { timeOf } from '../core/kernel/time.ts';
import { subjectOf } from '../core/withdrawal/about.ts';
import type { News } from '../core/withdrawal/news.ts';
import { waitReasonOf } from '../core/withdrawal/retry.ts';
import { rootSpanOf, spanIdOf, spansAround, type Tracing } from '../core/withdrawal/trace.ts';
import { statusOf } from '../core/withdrawal/withdrawal.ts';

/** What runs now: the function, its invocation, and since when. */
export type Invocation = { by: string; requestId: string; startedAt: Instant };
type Moved = Extract<News, { is: 'moved' }>;
type Attempt = Extract<News, { is: 'attempt' }>;

/** `takeSpan` is `null` where spans go nowhere. Nothing is made ready for a span or a line that nobody would see. */
export function makeWatcher(
  logger: Logger,
  takeSpan: Tracing['take'] | null,
  invocation: () => Invocation,
): (news: News) => void {
  const tells = (level: number): boolean => logger.level <= level;

  function moved(news: Moved): void {
    const isStage = news.line.attempt === undefined;
    if (tells(isStage ? LogLevelThreshold.INFO : LogLevelThreshold.WARN))
      about(subjectOf(news.to), () => (isStage ? reached(news) : waits(news)));
    if (isStage && takeSpan !== null) trace(news, takeSpan);
  }

  function reached({ from, to, line: { stage, at, detail } }: Moved): void {
    const last = from?.history.at(-1);
    const entered = from?.history.findLast((one) => one.attempt === undefined)?.at;
    logger.info('stage reached', {
      ...{ stage, network: to.network },
      status: statusOf({ stage, nextAttemptAt: null }),
      ...(last === undefined ? {} : { from: last.stage }),
      ...(entered === undefined ? {} : { msInStage: at - entered }),
      ...(detail === undefined ? {} : { why: detail }),
    });
  }

  function waits({ to, line: { stage, attempt, detail } }: Moved): void {
    const common = { stage, network: to.network };
    const until = to.nextAttemptAt === null ? {} : { until: timeOf(to.nextAttemptAt) };
    if (attempt === 0) logger.warn('waits', { ...common, reason: waitReasonOf(to), ...until });
    else logger.warn('tried again later', { ...common, attempt, why: detail, ...until });
  }

  /** A stage that has been left is a span that has ended; what has brought that about is one in it. */
  function trace({ from, to, line }: Moved, take: Tracing['take']): void {
    const { by, requestId, startedAt } = invocation();
    const root = rootSpanOf(to);
    const { ending, beginning } = spansAround(to, line);
    // While it is new, it is told of as what goes on.
    if (root.endedAt !== null || from === null) take(root);
    if (ending !== undefined) take(ending);
    if (root.endedAt !== null && beginning !== undefined) take(beginning);
    take({
      traceId: root.traceId,
      spanId: spanIdOf(to.id, by, requestId, line.stage),
      parentId: ending?.spanId ?? root.spanId,
      name: by,
      startedAt: Math.min(startedAt, line.at) as Instant,
      endedAt: line.at,
      ok: true,
      attributes: { 'faas.invocation_id': requestId, to: line.stage, ...traceOfRequest() },
    });
  }

  const traceOfRequest = (): { 'request.id'?: string } => {
    const { requestId } = subjectNow();
    return requestId === undefined ? {} : { 'request.id': requestId };
  };

  function attempted(news: Attempt): void {
    const { what, send, outcome, why, spanId, startedAt, endedAt } = news;
    const level = outcome === 'APPLIED' ? 'info' : 'warn';
    const told = { what, send, outcome, ...(why === undefined ? {} : { why }) };
    logger[level]('attempt', { ...told, ms: endedAt - startedAt });
    const { trace: within } = subjectNow();
    if (within === undefined) return;
    takeSpan?.({
      traceId: within.traceId,
      spanId,
      parentId: within.parentId,
      name: what,
      startedAt,
      endedAt,
      ok: outcome === 'APPLIED',
      attributes: told,
    });
  }

  return (news) => {
    switch (news.is) {
      case 'moved':
        return moved(news);
      case 'transaction': {
        if (!tells(LogLevelThreshold.INFO)) return;
        const { id: transactionId, walletId, status, code } = news;
        return about({ transactionId, walletId }, () =>
          logger.info('transaction', { status, ...(code === undefined ? {} : { code }) }),
        );
      }
      case 'attempt':
        return attempted(news);
      default:
        return news satisfies never;
    }
  };
}
