/** The trace of a withdrawal, as bars over its time: which of its stages and calls took how long, and which failed. */
import { ask } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import { keyFor } from '../api/session.ts';
import { now } from '../ui/clock.ts';
import { Id, Panel } from '../ui/parts.tsx';
import { duration } from '../words/format.ts';

type Span = {
  spanId: string;
  parentId: string | null;
  name: string;
  status: 'OK' | 'ERROR';
  startedAt: string;
  endedAt: string | null;
  durationMs: number | null;
  attributes: Record<string, string | number | boolean>;
};
type Trace = { traceId: string; source: 'spans' | 'timeline'; spans: Span[] };
const spansMax = 200;

/** Nothing, where this API has no traces. */
export function TraceOf({ id, version }: { id: string; version: string }) {
  const { data } = usePoll(
    `trace ${id} ${version}`,
    () =>
      ask<Trace>('GET', `/v1/operations/withdrawals/${id}/trace`, { key: keyFor('operations') }),
    { everyMs: 5_000, slowestMs: 60_000 },
  );
  if (data === null || data.spans.length === 0) return null;
  const spans = data.spans.slice(0, spansMax);
  const start = Math.min(...spans.map(({ startedAt }) => Date.parse(startedAt)));
  // What goes on ends with the whole at the latest.
  const wholeEnd = spans.find(({ parentId }) => parentId === null)?.endedAt ?? null;
  const latest = wholeEnd === null ? now.value : Date.parse(wholeEnd);
  const endOf = ({ endedAt }: Span): number => (endedAt === null ? latest : Date.parse(endedAt));
  const whole = Math.max(1, Math.max(...spans.map(endOf)) - start);
  const depths = new Map<string, number>();
  const depthOf = ({ parentId }: Span): number =>
    parentId === null ? 0 : (depths.get(parentId) ?? 0) + 1;
  for (const span of spans) depths.set(span.spanId, depthOf(span));
  return (
    <Panel title="Trace" aside={<Id id={data.traceId} label="the trace’s id" />}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1) */}
      <section class="trace-scroll" aria-label="Spans" tabIndex={0}>
        <ol class="trace">
          {spans.map((span) => {
            const [from, until] = [Date.parse(span.startedAt) - start, endOf(span) - start];
            return (
              <li
                key={span.spanId}
                class={span.status === 'ERROR' ? 'failed' : ''}
                title={`${span.name}\n${attributesOf(span)}`}
              >
                <span
                  class="span-name"
                  style={{ paddingLeft: `${(depths.get(span.spanId) ?? 0) * 12}px` }}
                >
                  {nameOf(span)}
                  {span.status === 'ERROR' && <span class="hidden"> failed</span>}
                </span>
                <span class="span-way">
                  <span
                    class="span-bar"
                    style={{
                      marginLeft: `${(from / whole) * 100}%`,
                      width: `${Math.max(0.5, ((until - from) / whole) * 100)}%`,
                    }}
                  />
                </span>
                <span class="when">
                  {span.durationMs === null ? 'goes on' : duration(span.durationMs)}
                </span>
              </li>
            );
          })}
        </ol>
      </section>
      {data.spans.length > spansMax && (
        <p class="note">
          The first {spansMax} of {data.spans.length} spans.
        </p>
      )}
    </Panel>
  );
}

/** Functions are called after the stack, which on its own page says nothing. */
const nameOf = ({ name }: Span): string => name.replace(/^drawbridge-/, '');

const attributesOf = ({ attributes }: Span): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
