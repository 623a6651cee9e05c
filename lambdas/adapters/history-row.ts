/** A withdrawal's timeline as its row keeps it: one short line for each event, since every write pays for all of them. */
import * as z from 'zod';
import type { Instant } from '../core/ids.ts';
import { map, type Stage, type TimelineEvent } from '../core/withdrawal.ts';
import { integer } from './fields.ts';

export const stage = z.enum(Object.keys(map) as [Stage, ...Stage[]]);

/** `[stage, milliseconds since the withdrawal was created]`, and what else is known of it: `{ attempt, detail }`. */
const lineRow = z.tuple([
  stage,
  integer,
  z.object({ attempt: integer.optional(), detail: z.string().optional() }).default({}),
]);
export const historyRow = z.array(lineRow);

export const historyToRow = (history: readonly TimelineEvent[], createdAt: Instant): unknown[] =>
  history.map(({ stage: reached, at, ...known }) => {
    const line = [reached, at - createdAt];
    return Object.keys(known).length > 0 ? [...line, known] : line;
  });

export const historyFrom = (lines: z.infer<typeof historyRow>, createdAt: Instant) =>
  lines.map(([reached, after, known]) => ({
    stage: reached,
    at: (createdAt + after) as Instant,
    ...known,
  }));
