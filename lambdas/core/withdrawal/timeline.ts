/** How a line is added to a withdrawal's timeline, so that no withdrawal outgrows its item and can then never move again. */
import type { Instant } from '../kernel/time.ts';

/**
 * An item holds 400 KB (DynamoDB guide, "Quotas"), and a withdrawal's request may be 64 KB of it. So the texts of a timeline
 * are cut to `timelineTextMax`, after `timelineLongAt` lines to `timelineShortMax`, and after `timelineFullAt` lines a
 * retry takes the place of the line about the retry before, and texts are left out.
 */
const timelineTextMax = 500;
const timelineLongAt = 100;
const timelineShortMax = 100;
const timelineFullAt = 500;

type Line = { stage: string; attempt?: number; detail?: string; note?: string };

/** Since when it is in its stage: a line with an attempt is of a retry. `undefined`: no line says it. */
export const inStageSince = (
  history: readonly { at: Instant; attempt?: number }[],
): Instant | undefined => history.findLast(({ attempt }) => attempt === undefined)?.at;

/** The timeline with one line more. No line of a change of stage is ever left out, for events are numbered by these. */
export function withLine<L extends Line>(history: readonly L[], line: L): readonly L[] {
  const before = history.at(-1);
  const isFull = history.length >= timelineFullAt;
  const isAgain =
    line.attempt !== undefined && before?.attempt !== undefined && before.stage === line.stage;
  return [
    ...(isFull && isAgain ? history.slice(0, -1) : history),
    cut(line, textMax(history.length, isAgain)),
  ];
}

function textMax(lines: number, isAgain: boolean): number {
  if (lines >= timelineFullAt && !isAgain) return 0;
  return lines >= timelineLongAt ? timelineShortMax : timelineTextMax;
}

function cut<L extends Line>(line: L, most: number): L {
  const short = { ...line };
  for (const text of ['detail', 'note'] as const) {
    if (most === 0) delete short[text];
    else if (short[text] !== undefined) short[text] = short[text].slice(0, most);
  }
  return short;
}
