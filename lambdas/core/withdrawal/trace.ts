/**
 * The trace of a withdrawal: one for all of its life. Its ids follow from the withdrawal, so that no message has to carry them,
 * and whoever has read the withdrawal can add to its trace (docs/decisions/0045-one-trace.md).
 */
import { sha256, type WithdrawalId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import { hasEnded } from './waiting.ts';
import { statusOf, type TimelineEvent, type Withdrawal } from './withdrawal.ts';

export type SpanValue = string | number | boolean;
/** A piece of a withdrawal's way. `endedAt` is `null` while it goes on. */
export type Span = {
  traceId: string;
  spanId: string;
  parentId: string | null;
  name: string;
  startedAt: Instant;
  endedAt: Instant | null;
  /** False: what it tells of failed, or its outcome is not known. */
  ok: boolean;
  attributes: Readonly<Record<string, SpanValue>>;
};

/** Where the spans of a process go. It takes them when they have ended; nothing depends on it, so it throws nothing. */
export type Tracing = {
  take(span: Span): void;
  /** Hands over what was taken. Called once at the end of each invocation. */
  flush(): Promise<void>;
};

const traceDigits = 24;
const spanDigits = 16;

/** What the ids of a trace follow from. */
export type Traced = { id: WithdrawalId; createdAt: Instant };

/**
 * 32 hexadecimal digits, as W3C Trace Context has it. The first eight are the seconds since 1970 at which the withdrawal was
 * created: an id of X-Ray begins with the time of the original request (X-Ray API reference, "PutTraceSegments").
 */
export const traceIdOf = ({ id, createdAt }: Traced): string =>
  secondsOf(createdAt) + sha256(`trace ${id}`).slice(0, traceDigits);

/** The same id as X-Ray writes it. */
export const xrayTraceIdOf = (traceId: string): string =>
  `1-${traceId.slice(0, -traceDigits)}-${traceId.slice(-traceDigits)}`;

const secondsOf = (at: Instant): string =>
  Math.floor(at / 1_000)
    .toString(16)
    .padStart(8, '0');

/** A span's id. The same words about the same withdrawal, or in the same span, give the same span, however often they are told. */
export const spanIdOf = (id: string, ...what: readonly (string | number)[]): string =>
  sha256(`span ${id} ${what.join(' ')}`).slice(0, spanDigits);

/** The span of all of its life, which the others are in. */
export const rootSpanId = (id: WithdrawalId): string => spanIdOf(id, 'withdrawal');

/** The span of the stage that it is in now: what is done for it belongs there. */
export const stageSpanId = (withdrawal: Pick<Withdrawal, 'id' | 'history'>): string => {
  const last = visitsIn(withdrawal.history).at(-1);
  return last === undefined ? rootSpanId(withdrawal.id) : spanIdOf(withdrawal.id, last.first);
};

/** Its stay in one stage: the lines of its timeline from `first` on, up to the next stage. */
type Visit = { first: number; lines: readonly TimelineEvent[]; endedAt: Instant | null };

function visitsIn(history: readonly TimelineEvent[]): Visit[] {
  const visits: (Visit & { lines: TimelineEvent[] })[] = [];
  for (const [first, line] of history.entries()) {
    const open = visits.at(-1);
    // A line with a number is about a retry or a wait, and stays in its stage.
    if (open !== undefined && line.attempt !== undefined) open.lines.push(line);
    else {
      if (open !== undefined) open.endedAt = line.at;
      visits.push({ first, lines: [line], endedAt: null });
    }
  }
  return visits;
}

/** The spans that its timeline tells of: its whole life, and its stay in each stage. */
export const spansOf = (withdrawal: Withdrawal): [root: Span, ...stages: Span[]] => [
  rootSpanOf(withdrawal),
  ...visitsIn(withdrawal.history).map((visit) => staySpanOf(withdrawal, visit)),
];

/** The stay in a stage that begins with this line of the timeline, and the one that it ends; `undefined`: there is none. */
export function spansAround(
  withdrawal: Withdrawal,
  line: TimelineEvent,
): { ending: Span | undefined; beginning: Span | undefined } {
  const { history } = withdrawal;
  const visits = visitsIn(history);
  const begun = visits.findIndex(({ first }) => history[first] === line);
  const spanAt = (index: number): Span | undefined => {
    const visit = visits[index];
    return visit && staySpanOf(withdrawal, visit);
  };
  return { ending: spanAt(begun - 1), beginning: spanAt(begun) };
}

/** The span of its whole life. */
export function rootSpanOf(withdrawal: Withdrawal): Span {
  const { id, createdAt, history, stage, walletId, network } = withdrawal;
  return {
    traceId: traceIdOf(withdrawal),
    spanId: rootSpanId(id),
    parentId: null,
    name: 'withdrawal',
    startedAt: createdAt,
    endedAt: hasEnded(withdrawal) ? (history.at(-1)?.at ?? createdAt) : null,
    ok: stage !== 'review' && statusOf(withdrawal) !== 'FAILED',
    attributes: {
      'withdrawal.id': id,
      'wallet.id': walletId,
      'withdrawal.network': network,
      'withdrawal.stage': stage,
    },
  };
}

function staySpanOf(withdrawal: Withdrawal, { first, lines, endedAt }: Visit): Span {
  const { id, createdAt, stage } = withdrawal;
  const at = lines[0]?.at ?? createdAt;
  const name = lines[0]?.stage ?? stage;
  const retries = lines.filter(({ attempt = 0 }) => attempt > 0).length;
  const waits = lines.flatMap(({ attempt, detail }) => (attempt === 0 ? (detail ?? []) : []));
  return {
    traceId: traceIdOf(withdrawal),
    spanId: spanIdOf(id, first),
    parentId: rootSpanId(id),
    name,
    startedAt: at,
    // Nothing happens in the last stage of all.
    endedAt: endedAt ?? (hasEnded(withdrawal) ? at : null),
    ok: name !== 'review',
    attributes: {
      'withdrawal.stage': name,
      ...(retries > 0 ? { retries } : {}),
      ...(waits.length > 0 ? { waits: waits.join(' ') } : {}),
    },
  };
}
