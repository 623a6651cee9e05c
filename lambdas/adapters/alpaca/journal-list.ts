/**
 * Lists journals between two times. Alpaca gives each list in one answer, however many there are up to 100,000 (docs.alpaca.markets,
 * "Retrieve a List of Journals"), so where that is too much for it or for us, the same days are asked for in two halves, and so on. An
 * answer has all parts, or there is none.
 */
import type { Answer } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';
import { systemClock } from '../net/clock.ts';
import { type CallJson, type HttpReply, isTooLarge } from '../net/http.ts';
import { type AlpacaConfig, alpacaCalls, rowsIn } from './calls.ts';

const dayMs = 86_400_000;
/** The time zone of Alpaca's days is not documented. */
const daysToSpare = 2;
/** Dates that are so far apart have one whole day between them: whether either of them is in is not documented. */
const daysMin = 2;

/** Days since 1970: the journals behind the one and before the other. */
type Days = { after: number; before: number };

/** Reads the rows of each answer, which others may have written, at once: what is kept of them is small. */
export type ReadRows<T> = (rows: readonly unknown[]) => Answer<readonly T[]>;

/** Each journal once, as it was read last, or no answer, as when `stopAt` has come before all parts are there. */
export const journalLists =
  (config: AlpacaConfig, request: CallJson) =>
  async <T extends { id: string }>(
    sides: Record<string, string>,
    [since, until]: readonly [since: Instant, until: Instant],
    read: ReadRows<T>,
    stopAt: number,
  ): Promise<Answer<T[]>> => {
    const { askForList } = alpacaCalls(config, request);
    const found = new Map<string, T>();
    const parts: Days[] = [
      { after: dayOf(since) - daysToSpare, before: dayOf(until) + daysToSpare },
    ];
    for (let days = parts.pop(); days !== undefined; days = parts.pop()) {
      if (systemClock.now() >= stopAt) return outOfTime;
      const { after, before } = days;
      const reply = await askForList(pathOf(sides, days));
      if (isTooMuch(reply) && before - after > daysMin) {
        const middle = Math.floor((after + before) / 2);
        // The days behind `after` up to the middle, and those behind it: each is between the dates of one half, whoever counts.
        parts.push({ after: middle, before }, { after, before: middle + 1 });
        continue;
      }
      const answer = rowsIn(reply);
      if (!answer.ok) return answer;
      const rows = read(answer.value);
      if (!rows.ok) return rows;
      for (const row of rows.value) found.set(row.id, row);
    }
    return { ok: true, value: [...found.values()] };
  };

/** Alpaca answers 422 where a list has more than 100,000 journals. */
const isTooMuch = (reply: HttpReply): boolean =>
  isTooLarge(reply) || (reply.reply === 'answered' && reply.status === 422);

const outOfTime = { ok: false, refused: false, why: 'no time for all journals' } as const;

const pathOf = (sides: Record<string, string>, { after, before }: Days): string =>
  `/v1/journals?${new URLSearchParams({
    entry_type: 'JNLC',
    ...sides,
    after: dateOf(after),
    before: dateOf(before),
  })}`;

const dayOf = (ms: number): number => Math.floor(ms / dayMs);
const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
