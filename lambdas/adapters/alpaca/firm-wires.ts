/** Lists wires out of the firm's account: Alpaca has no endpoint for a single transfer. */
import type { Brokerage, FirmWire, FirmWires, WireList } from '../../core/brokerage/brokerage.ts';
import { brokerageListMs } from '../../core/kernel/limits.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';
import { callJson } from '../net/http.ts';
import { saidBy } from '../net/reading.ts';
import { type AlpacaConfig, alpacaCalls } from './calls.ts';
import { isIncoming, isNoWireOut, isOutgoing, saysNothing, WireShape, wireSeen } from './shapes.ts';

const wiresPage = 500;
/** Pages of a list in `brokerageListMs`; who has more time reads as many more, up to what a function's memory holds. */
const pagesInTime = 100;
const pagesMax = 600;

/** A row by its place in the list. */
type Place = { offset: number; name: string; at: Instant };

/**
 * The port's list, or no answer after so many pages or `listMs`. `request` passes circuit breakers, where there are any.
 */
export function alpacaFirmWires(
  config: AlpacaConfig,
  request = callJson,
  listMs = brokerageListMs,
): FirmWires & Pick<Brokerage, 'wiresSeen'> {
  const { list } = alpacaCalls(config, request);
  const path = `/v1/accounts/${config.firmAccountId.toLowerCase()}/transfers`;
  const ask = (offset: number) =>
    list(`${path}?direction=OUTGOING&limit=${wiresPage}&offset=${offset}`);
  const pagesNow = Math.min(pagesMax, Math.ceil((pagesInTime * listMs) / brokerageListMs));
  /** All rows up to this one are in the order of their time, the oldest first. */
  let old: Place | null = null;

  /**
   * Neither the length of pages nor their order is documented, so each page is asked for from the last row of the one before:
   * it has to begin with that row, and the list ends where nothing follows it. So an offset that is ignored, or counted in
   * pages, a page that is left out and rows that move meanwhile all show, and no list of them proves that a wire is absent.
   *
   * Alpaca lists transfers by `created_at` (https://alpaca.markets/docs/broker/api-references/funding/transfers/), and does not
   * say in which direction. Where the times of all rows agree on one, what was created before `since` need not be read: the
   * list ends there when the newest come first, and the next look begins there when the oldest do.
   */
  async function rowsOf(
    withinMs = listMs,
    since: Instant | null = null,
  ): Promise<Answer<unknown[]>> {
    const deadline = AbortSignal.timeout(Math.max(0, Math.min(Math.floor(withinMs), listMs)));
    if (withinMs <= 0) return { ok: false, refused: false, why: 'no time for a list' };
    const rows: unknown[] = [];
    const names = new Set<string>();
    const begun: Place | null = since !== null && old !== null && old.at < since ? old : null;
    let [last, widest]: [Pick<Place, 'offset' | 'name'> | null, number] = [begun, 0];
    const order = orderFrom(begun?.at ?? null);
    for (let page = 0; page < pagesNow && !deadline.aborted; page += 1) {
      // A page of one row alone would show the same row for ever: behind it there must be nothing.
      const isOne: boolean = widest === 1;
      const answer = await ask(last === null ? 0 : last.offset + Number(isOne));
      if (!answer.ok) return answer;
      if (isOne) return answer.value.length === 0 ? { ok: true, value: rows } : notMovingOn;
      const [overlap, ...rest] = answer.value;
      if (last !== null && (answer.value.length === 0 || nameOf(overlap) !== last.name)) {
        old = null; // Whatever was known of its beginning is so no more.
        return notMovingOn;
      }
      widest = Math.max(widest, answer.value.length);
      const more = last === null ? answer.value : rest;
      if (more.length === 0 && widest !== 1) return { ok: true, value: rows };
      for (const row of more) {
        if (names.has(nameOf(row))) return notMovingOn;
        names.add(nameOf(row));
        rows.push(row);
        order.add(row);
      }
      if (more.length > 0)
        last = { offset: (last?.offset ?? -1) + more.length, name: nameOf(more.at(-1)) };
      const { is, at } = order.now();
      if (since === null || at === null || at >= since) continue;
      if (is === 'newest-first') return { ok: true, value: rows };
      if (is === 'oldest-first' && last !== null) old = { ...last, at };
    }
    return { ok: false, refused: false, why: 'more pages of wires than expected' };
  }

  return {
    wires: async (since) => {
      const answer = await rowsOf(listMs, since);
      return answer.ok ? { ok: true, value: sort(answer.value) } : answer;
    },
    wiresSeen: async (withinMs, since) => {
      const answer = await rowsOf(withinMs, since);
      if (!answer.ok) return answer;
      return { ok: true, value: answer.value.filter((row) => !isNoWireOut(row)).map(wireSeen) };
    },
  };
}

/** The order of rows by their times, as far as all of them agree on one; `at` is the time of the last. */
function orderFrom(first: Instant | null) {
  let [at, up, down] = [first, true, first === null];
  return {
    add: (row: unknown): void => {
      const { createdAt } = wireSeen(row);
      if (createdAt === null) [up, down] = [false, false];
      else if (at !== null) {
        up &&= createdAt >= at;
        down &&= createdAt <= at;
      }
      at = createdAt;
    },
    now: () => ({ is: up === down ? null : up ? 'oldest-first' : 'newest-first', at }) as const,
  };
}

const nameOf = (row: unknown): string => saidBy(row, 'id') ?? `${JSON.stringify(row)}`;
const notMovingOn = {
  ok: false,
  refused: false,
  why: 'pages of wires that do not follow',
} as const;

/** Whose an unreadable wire is, its memo tells; a transfer that is no wire out, or has no memo, is none of ours. */
function sort(rows: readonly unknown[]): WireList {
  const read: FirmWire[] = [];
  const unread: (string | null)[] = [];
  for (const row of rows) {
    if (isIncoming(row)) continue; // A provider may ignore the filter.
    const wire = WireShape.safeParse(row);
    if (wire.success && isOutgoing(row)) read.push(wire.data);
    else if (!isNoWireOut(row) && !saysNothing(row, 'additional_information'))
      unread.push(saidBy(row, 'additional_information'));
  }
  return { read, unread };
}
