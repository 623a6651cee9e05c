/** All journals of the firm's account, for reconciliation. In a file of its own, so that only its functions hold it. */
import * as z from 'zod';
import type { FirmJournal, FirmJournals } from '../../core/brokerage/brokerage.ts';
import { callJson } from '../net/http.ts';
import { type AlpacaConfig, alpacaCalls, journalsPath } from './calls.ts';
import { unexpected } from './replies.ts';
import { journalFields, journalFrom } from './shapes.ts';

/** What is not about cash need not be in a shape that we know. */
const EntryShape = z.looseObject({ entry_type: z.string() });

const FirmJournalShape = journalFields
  .extend({ system_date: z.iso.date().nullish() })
  .transform(
    (shape): FirmJournal => ({ ...journalFrom(shape), bookedOn: shape.system_date ?? null }),
  );

/** `request` passes circuit breakers, where there are any. */
export function alpacaFirmJournals(config: AlpacaConfig, request = callJson): FirmJournals {
  const firm = config.firmAccountId.toLowerCase();
  const { list } = alpacaCalls(config, request);
  return {
    firm,
    journalsBetween: async (since, until) => {
      const found = new Map<string, FirmJournal>();
      for (const side of ['from_account', 'to_account']) {
        const answer = await list(EntryShape, journalsPath({ [side]: firm }, since, until));
        if (!answer.ok) return answer;
        // Not every provider honours the filters; we do.
        const cash = answer.value.filter((one) => one.entry_type === 'JNLC');
        const parsed = z.array(FirmJournalShape).safeParse(cash);
        if (!parsed.success) return unexpected;
        for (const one of parsed.data)
          if (one.from === firm || one.to === firm) found.set(one.id, one);
      }
      return { ok: true, value: [...found.values()] };
    },
  };
}
