/** Lists all wires out of the firm's account: Alpaca has no endpoint for a single transfer. */
import type { FirmWire, FirmWires } from '../../core/brokerage/brokerage.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import { callJson } from '../net/http.ts';
import { type AlpacaConfig, alpacaCalls } from './calls.ts';
import { WireShape } from './shapes.ts';

const wiresPage = 500;
const wirePagesMax = 100;

/** The port's list, or no answer after `wirePagesMax` pages. `request` passes circuit breakers, where there are any. */
export function alpacaFirmWires(config: AlpacaConfig, request = callJson): FirmWires {
  const { list } = alpacaCalls(config, request);
  const path = `/v1/accounts/${config.firmAccountId.toLowerCase()}/transfers`;
  return {
    wires: async (): Promise<Answer<FirmWire[]>> => {
      const found = new Map<string, FirmWire>();
      for (let page = 0, offset = 0; page < wirePagesMax; page += 1) {
        const query = `direction=OUTGOING&limit=${wiresPage}&offset=${offset}`;
        const answer = await list(WireShape, `${path}?${query}`);
        if (!answer.ok) return answer;
        const before = found.size;
        for (const wire of answer.value) found.set(wire.id, wire);
        offset += answer.value.length;
        // Neither pages nor their length are documented, so the list ends at a page that has nothing new.
        if (found.size === before) return { ok: true, value: [...found.values()] };
      }
      return { ok: false, refused: false, why: 'more pages of wires than expected' };
    },
  };
}
