/** One line of the log, and one span, for each request to a provider. */
import { subjectNow } from '../core/kernel/about.ts';
import type { Instant } from '../core/kernel/time.ts';
import { spanIdOf } from '../core/withdrawal/trace.ts';
import { logger, takeSpan } from './observe.ts';
import { clock } from './world.ts';

type Call = {
  /** The name of its breaker (core/breakers/names.ts). */
  operation: string;
  /** `null`: the breaker let nothing through. */
  startedAt: Instant | null;
  isWell: boolean;
  said: unknown;
};

let calls = 0;

/**
 * A request to a node carries questions about many withdrawals, so it is about none, and when it goes well it is told of to those
 * who look closely only: a payout has its own line (core/effect/ask.ts).
 */
export function tellOfCall({ operation, startedAt, isWell, said }: Call): void {
  const { asked, trace } = subjectNow();
  const endedAt = clock.now();
  const { status, why } = said as { status?: number; why?: string };
  const told = {
    operation,
    ...asked,
    ...(status === undefined ? {} : { status }),
    ...(why === undefined ? {} : { why }),
  };
  const level = isWell ? (asked === undefined ? 'debug' : 'info') : 'warn';
  const ms = endedAt - (startedAt ?? endedAt);
  logger[level]('provider asked', { ...told, ms });
  calls += 1;
  if (trace === undefined || asked === undefined || startedAt === null) return;
  takeSpan?.({
    traceId: trace.traceId,
    spanId: spanIdOf(trace.parentId, operation, startedAt, calls),
    parentId: trace.parentId,
    name: operation,
    startedAt,
    endedAt,
    ok: isWell,
    attributes: {
      'http.request.method': asked.method,
      'url.path': asked.path,
      ...(status === undefined ? {} : { 'http.response.status_code': status }),
      ...(why === undefined ? {} : { why }),
    },
  });
}
