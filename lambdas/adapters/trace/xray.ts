/**
 * Sends spans to X-Ray, through the daemon that Lambda runs beside a function. Powertools' tracer speaks for the invocation, in the
 * trace that Lambda has made for it. A withdrawal's trace is another one, so each of its spans is a segment of its own with that
 * id, which is how X-Ray's SDK continues a trace that no header has carried (X-Ray guide, "Segment documents").
 */
import type { Tracer } from '@aws-lambda-powertools/tracer';
import { Segment, Subsegment } from 'aws-xray-sdk-core';
import { type Span, type Tracing, xrayTraceIdOf } from '../../core/withdrawal/trace.ts';

/** X-Ray indexes the annotations of a trace, and their names have no dots (X-Ray guide, "Segment documents", annotations). */
const annotationOf = (name: string): string => name.replaceAll('.', '_');
/** The most annotations of a trace that are indexed (AWS General Reference, "X-Ray endpoints and quotas"), so few are made. */
const annotated: ReadonlySet<string> = new Set(['withdrawal.id', 'wallet.id', 'withdrawal.stage']);

export function xrayTracing(tracer: Tracer): Tracing {
  let spans: Span[] = [];
  return {
    take: (span) => {
      if (tracer.isTracingEnabled()) spans.push(span);
    },
    // The SDK hands each segment to the daemon at once, by UDP.
    flush: async () => {
      const taken = spans;
      spans = [];
      for (const span of taken) send(span);
      const withdrawals = new Set(taken.map(({ traceId }) => traceId));
      const [only] = withdrawals;
      // Lambda's own trace of this invocation is found from a withdrawal's, and the other way round, if it was for one alone.
      const isInHandler = tracer.getSegment() instanceof Subsegment;
      if (isInHandler && withdrawals.size === 1 && only !== undefined)
        tracer.putAnnotation('withdrawal_trace', xrayTraceIdOf(only));
    },
  };
}

function send({ traceId, spanId, parentId, name, startedAt, endedAt, ok, attributes }: Span) {
  const segment = new Segment(name, xrayTraceIdOf(traceId), parentId ?? undefined);
  segment.id = spanId;
  segment.start_time = startedAt / 1_000;
  for (const [key, value] of Object.entries(attributes))
    if (annotated.has(key)) segment.addAnnotation(annotationOf(key), value);
    else segment.addMetadata(key, value, 'drawbridge');
  if (!ok) segment.addFaultFlag();
  if (endedAt === null)
    segment.flush(); // It is sent once more when it has ended, and that replaces it.
  else {
    segment.end_time = endedAt / 1_000;
    segment.close();
  }
}
