/** Translates a withdrawal's timeline to and from its row. Its lines are short, because every write pays for all of them. */
import * as z from 'zod';
import type { Instant } from '../../core/kernel/time.ts';
import { type Stage, stages, type TimelineEvent } from '../../core/withdrawal/withdrawal.ts';
import { integer } from './fields.ts';

export const stage = z.enum(Object.keys(stages) as [Stage, ...Stage[]]);

const text = z.string().optional();
/** What newer code has added to a line is kept, for every move writes all lines again. */
const known = z.looseObject({ attempt: integer.optional(), detail: text, note: text });

/** A line is `[stage, milliseconds since creation, what else is known]`, and most know nothing else. `z.tuple` would add 2.5 KB to every function. */
const line = z.array(z.unknown()).transform(([reached, after, rest]) => ({
  stage: stage.parse(reached),
  after: integer.parse(after),
  known: rest === undefined ? {} : known.parse(rest),
}));
export const historyRow = z.array(line);

export const historyToRow = (history: readonly TimelineEvent[], createdAt: Instant): unknown[] =>
  history.map(({ stage: reached, at, ...rest }) => {
    const short = [reached, at - createdAt];
    return Object.keys(rest).length > 0 ? [...short, rest] : short;
  });

export const historyFrom = (lines: z.infer<typeof historyRow>, createdAt: Instant) =>
  lines.map(({ stage: reached, after, known: rest }) => ({
    stage: reached,
    at: (createdAt + after) as Instant,
    ...rest,
  }));
