/** The trace of a withdrawal as operators see it. */
import { timeOf, timeOrNull } from '../kernel/time.ts';
import { type Span, spansOf, traceIdOf, xrayTraceIdOf } from '../withdrawal/trace.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';

/**
 * The spans of its timeline, and those of its trace that somebody has `kept`, oldest first. `kept` may lack some, and have some
 * twice; `null`: here nobody keeps any.
 */
export function traceResourceOf(withdrawal: Withdrawal, kept: readonly Span[] | null) {
  const traceId = traceIdOf(withdrawal);
  const spans = new Map<string, Span>();
  for (const span of kept ?? []) if (span.traceId === traceId) spans.set(span.spanId, span);
  // What the timeline says is newer than what was told when a stage began.
  for (const span of spansOf(withdrawal))
    spans.set(span.spanId, { ...span, attributes: merged(spans.get(span.spanId), span) });
  return {
    withdrawalId: withdrawal.id,
    traceId,
    xrayTraceId: xrayTraceIdOf(traceId),
    source: kept === null ? ('timeline' as const) : ('spans' as const),
    spans: [...spans.values()].sort(byTime).map(resourceOf),
  };
}

const merged = (told: Span | undefined, { attributes }: Span) => ({
  ...told?.attributes,
  ...attributes,
});

/** Those that began together: what holds the others first. */
const byTime = (a: Span, b: Span): number =>
  a.startedAt - b.startedAt || Number(b.parentId === null) - Number(a.parentId === null);

const resourceOf = ({ spanId, parentId, name, startedAt, endedAt, ok, attributes }: Span) => ({
  spanId,
  parentId,
  name,
  status: ok ? ('OK' as const) : ('ERROR' as const),
  startedAt: timeOf(startedAt),
  endedAt: timeOrNull(endedAt),
  durationMs: endedAt === null ? null : endedAt - startedAt,
  attributes,
});
