/** How a line is added to a withdrawal's timeline, so that no withdrawal outgrows its item and can then never move again. */
import {
  timelineFullAt,
  timelineLongAt,
  timelineShortMax,
  timelineTextMax,
} from '../kernel/limits.ts';

type Line = { stage: string; attempt?: number; detail?: string; note?: string };

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
