/** Lists all wires out of the firm's account: Alpaca has no endpoint for a single transfer. */
import type { FirmWire, FirmWires, WireList } from '../../core/brokerage/brokerage.ts';
import { brokerageListMs } from '../../core/kernel/limits.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import { callJson } from '../net/http.ts';
import { saidBy, saysOtherwise } from '../net/reading.ts';
import { type AlpacaConfig, alpacaCalls } from './calls.ts';
import { isNoWire, saysNothing, WireShape } from './shapes.ts';

const wiresPage = 500;
const wirePagesMax = 100;

/**
 * The port's list, or no answer after `wirePagesMax` pages or `listMs`. `request` passes circuit breakers, where there are any.
 */
export function alpacaFirmWires(
  config: AlpacaConfig,
  request = callJson,
  listMs = brokerageListMs,
): FirmWires {
  const { list } = alpacaCalls(config, request);
  const path = `/v1/accounts/${config.firmAccountId.toLowerCase()}/transfers`;
  return {
    wires: async (): Promise<Answer<WireList>> => {
      const deadline = AbortSignal.timeout(listMs);
      const rows = new Map<string, unknown>();
      for (let page = 0, offset = 0; page < wirePagesMax && !deadline.aborted; page += 1) {
        const query = `direction=OUTGOING&limit=${wiresPage}&offset=${offset}`;
        const answer = await list(`${path}?${query}`);
        if (!answer.ok) return answer;
        const before = rows.size;
        for (const row of answer.value) rows.set(saidBy(row, 'id') ?? JSON.stringify(row), row);
        offset += answer.value.length;
        // Neither pages nor their length are documented, so the list ends at a page that has nothing new.
        if (rows.size === before) return { ok: true, value: sort([...rows.values()]) };
      }
      return { ok: false, refused: false, why: 'more pages of wires than expected' };
    },
  };
}

/** Whose an unreadable wire is, its memo tells; a transfer that is no wire out, or has no memo, is none of ours. */
function sort(rows: readonly unknown[]): WireList {
  const read: FirmWire[] = [];
  const unread: (string | null)[] = [];
  for (const row of rows) {
    if (saysOtherwise(row, ['direction'], 'OUTGOING')) continue; // A provider may ignore the filter.
    const wire = WireShape.safeParse(row);
    if (wire.success) read.push(wire.data);
    else if (!isNoWire(row) && !saysNothing(row, 'additional_information'))
      unread.push(saidBy(row, 'additional_information'));
  }
  return { read, unread };
}
