/** Lists all wires out of the firm's account: Alpaca has no endpoint for a single transfer. */
import type { Brokerage, FirmWire, FirmWires, WireList } from '../../core/brokerage/brokerage.ts';
import { brokerageListMs } from '../../core/kernel/limits.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import { callJson } from '../net/http.ts';
import { saidBy } from '../net/reading.ts';
import { type AlpacaConfig, alpacaCalls } from './calls.ts';
import { isIncoming, isNoWireOut, isOutgoing, saysNothing, WireShape, wireSeen } from './shapes.ts';

const wiresPage = 500;
const wirePagesMax = 100;

/**
 * The port's list, or no answer after `wirePagesMax` pages or `listMs`. `request` passes circuit breakers, where there are any.
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

  /**
   * Neither the length of pages nor their order is documented, so each page is asked for from the last row of the one before:
   * it has to begin with that row, and the list ends where nothing follows it. So an offset that is ignored, or counted in
   * pages, a page that is left out and rows that move meanwhile all show, and no list of them proves that a wire is absent.
   */
  async function rowsOf(withinMs = listMs): Promise<Answer<unknown[]>> {
    const deadline = AbortSignal.timeout(Math.min(Math.floor(withinMs), listMs));
    if (withinMs <= 0) return { ok: false, refused: false, why: 'no time for a list' };
    const rows: unknown[] = [];
    const names = new Set<string>();
    for (let page = 0; page < wirePagesMax && !deadline.aborted; page += 1) {
      // A page of one row alone would show the same row for ever: behind it there must be nothing.
      const isOne = rows.length === 1;
      const answer = await ask(isOne ? 1 : Math.max(rows.length - 1, 0));
      if (!answer.ok) return answer;
      if (isOne) return answer.value.length === 0 ? { ok: true, value: rows } : notMovingOn;
      const isFirst = rows.length === 0;
      const [overlap, ...rest] = answer.value;
      if (!isFirst && (answer.value.length === 0 || nameOf(overlap) !== nameOf(rows.at(-1))))
        return notMovingOn;
      const more = isFirst ? answer.value : rest;
      if (more.length === 0) return { ok: true, value: rows };
      for (const row of more) {
        if (names.has(nameOf(row))) return notMovingOn;
        names.add(nameOf(row));
        rows.push(row);
      }
    }
    return { ok: false, refused: false, why: 'more pages of wires than expected' };
  }

  return {
    wires: async () => {
      const answer = await rowsOf();
      return answer.ok ? { ok: true, value: sort(answer.value) } : answer;
    },
    wiresSeen: async (withinMs) => {
      const answer = await rowsOf(withinMs);
      if (!answer.ok) return answer;
      return { ok: true, value: answer.value.filter((row) => !isNoWireOut(row)).map(wireSeen) };
    },
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
