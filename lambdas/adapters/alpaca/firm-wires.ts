/** All wires out of the firm's account: there is no question about one of them (providers.md §1.7). */
import type { FirmWire, FirmWires } from '../../core/brokerage/brokerage.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import { callJson } from '../net/http.ts';
import { type AlpacaConfig, alpacaCalls } from './calls.ts';
import { WireShape } from './shapes.ts';

const wiresPage = 500;
const wirePagesMax = 100;

/** `request` passes circuit breakers, where there are any. */
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
        // The end is a page with nothing new: how long a page really is is not documented, nor that there are any.
        if (found.size === before) return { ok: true, value: [...found.values()] };
      }
      return { ok: false, refused: false, why: 'more pages of wires than expected' };
    },
  };
}
