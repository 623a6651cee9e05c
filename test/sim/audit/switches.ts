/** INV-S12, S13: what operators hold back is held back, and comes to no harm by that. */
import type { Fault, Invariant, Seen } from './invariant.ts';
import { number, numberOr, text } from './rows.ts';

/** What was decided before the switch was turned may leave later: a caller may stand still for a quarter of an hour. */
const graceMs = 20 * 60_000;

type Off = { from: number; until: number };

/** When each lever was off, but for the first `graceMs` of it. */
function offTimes({ truth }: Seen): ReadonlyMap<string, Off[]> {
  const turns = truth.rows.control
    .filter((row) => text(row, 'pk') === 'SWITCHES' && text(row, 'sk').startsWith('TURN#'))
    .map((row) => ({
      lever: text(row, 'lever'),
      version: number(row, 'version'),
      at: number(row, 'at'),
      isOn: 'BOOL' in (row['on'] ?? {}) && (row['on'] as { BOOL: boolean }).BOOL,
    }));
  return new Map(
    [...Map.groupBy(turns, ({ lever }) => lever)].map(([lever, own]) => {
      own.sort((a, b) => a.version - b.version);
      const off = own.flatMap(({ isOn, at }, index): Off[] =>
        isOn ? [] : [{ from: at + graceMs, until: own[index + 1]?.at ?? Number.POSITIVE_INFINITY }],
      );
      return [lever, off];
    }),
  );
}

const heldBack = (seen: Seen): Fault[] => {
  const times = offTimes(seen);
  if (times.size === 0) return [];
  const isOff = (at: number, ...levers: string[]): boolean =>
    levers.some((lever) =>
      (times.get(lever) ?? []).some(({ from, until }) => at > from && at < until),
    );
  const { sent, handed, writes } = seen.truth;
  return [
    ...sent.flatMap(({ at, to, path }): Fault[] => {
      const isQuestion = path.includes('/quote') || path.includes('/recipients');
      const lever = to === 'due' || path.includes('/transfers') ? 'on-ramp' : 'debit';
      return !isQuestion && isOff(at, 'processor', lever)
        ? [{ subject: `${to} ${path}`, detail: `sent while ${lever} was off` }]
        : [];
    }),
    ...handed
      .filter((at) => isOff(at, 'processor', 'broadcast'))
      .map((at) => ({
        subject: 'chain',
        detail: `bytes handed over at ${at}, while that was off`,
      })),
    ...writes.flatMap(({ table, after, at }): Fault[] => {
      if (table !== 'money' || after === null || !text(after, 'sk').startsWith('ATTEMPT#'))
        return [];
      return isOff(numberOr(after, 'createdAt') ?? at, 'processor', 'sign')
        ? [{ subject: text(after, 'pk'), detail: 'signed while that was off' }]
        : [];
    }),
  ];
};

export const heldBackIsHeld: Invariant = {
  id: 'INV-S12',
  says: 'While a switch is off or the processor stopped, nothing leaves that it holds back.',
  quiescent: heldBack,
};

const noDeadLetters = (seen: Seen): Fault[] =>
  offTimes(seen).size === 0
    ? []
    : seen.truth.deadLetters.map(({ queue: subject, body }) => ({
        subject,
        detail: `a dead letter where something is held back: ${body}`,
      }));

export const waitingIsNoFailure: Invariant = {
  id: 'INV-S13',
  says: 'What waits for a switch becomes no dead letter.',
  quiescent: noDeadLetters,
};
