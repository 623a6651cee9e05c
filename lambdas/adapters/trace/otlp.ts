/**
 * Sends spans to a collector of OpenTelemetry: OTLP 1.x over HTTP in its JSON encoding
 * (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). The spans have ended when they come here, and their ids are
 * known, so nothing of an SDK is needed but this form.
 */
import { errorName } from '../../core/kernel/errors.ts';
import type { Span, SpanValue, Tracing } from '../../core/withdrawal/trace.ts';

export type Resource = Readonly<Record<string, SpanValue>>;

/** How long an invocation waits for the collector at its end. Spans that are not taken by then are lost. */
const patienceMs = 1_000;
/** The numbers of the enumerations in opentelemetry/proto/trace/v1/trace.proto. */
const kindInternal = 1;
const [statusUnset, statusError] = [0, 2];

/** `lost` hears why spans were not taken. */
export function otlpTracing(
  url: string,
  resource: Resource,
  lost: (why: string, count: number) => void,
): Tracing {
  let spans: Span[] = [];
  return {
    take: (span) => {
      // OTLP knows only spans that have ended.
      if (span.endedAt !== null) spans.push(span);
    },
    flush: async () => {
      const taken = spans;
      spans = [];
      if (taken.length === 0) return;
      try {
        const { ok, status, body } = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(otlpOf(taken, resource)),
          redirect: 'manual',
          signal: AbortSignal.timeout(patienceMs),
        });
        await body?.cancel();
        if (!ok) lost(`HTTP ${status}`, taken.length);
      } catch (error) {
        lost(errorName(error), taken.length);
      }
    },
  };
}

/** An ExportTraceServiceRequest. */
export const otlpOf = (spans: readonly Span[], resource: Resource) => ({
  resourceSpans: [
    {
      resource: { attributes: attributesOf(resource) },
      scopeSpans: [{ scope: { name: 'drawbridge' }, spans: spans.map(spanOf) }],
    },
  ],
});

const spanOf = ({ traceId, spanId, parentId, name, startedAt, endedAt, ...rest }: Span) => ({
  traceId,
  spanId,
  ...(parentId === null ? {} : { parentSpanId: parentId }),
  name,
  kind: kindInternal,
  startTimeUnixNano: nanoseconds(startedAt),
  endTimeUnixNano: nanoseconds(endedAt ?? startedAt),
  attributes: attributesOf(rest.attributes),
  status: { code: rest.ok ? statusUnset : statusError },
});

/** 64-bit numbers are decimal strings in JSON. */
const nanoseconds = (ms: number): string => `${Math.round(ms)}000000`;

const attributesOf = (attributes: Resource) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValueOf(value) }));

function anyValueOf(value: SpanValue) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
