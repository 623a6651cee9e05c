/** Lists all journals of the firm's account. It is a file of its own so that only reconciliation's functions contain it. */
import * as z from 'zod';
import type { FirmJournal, FirmJournals } from '../../core/brokerage/brokerage.ts';
import { callJson } from '../net/http.ts';
import { type AlpacaConfig, alpacaCalls, journalsPath } from './calls.ts';
import { unexpectedAnswer } from './replies.ts';
import { journalFields, journalFrom } from './shapes.ts';

/** Journals of securities (JNLS) are listed too. They are left out before the shape of the others is checked. */
const EntryShape = z.looseObject({ entry_type: z.string() });

const FirmJournalShape = journalFields
  .extend({ system_date: z.iso.date().nullish() })
  .transform(
    (shape): FirmJournal => ({ ...journalFrom(shape), bookedOn: shape.system_date ?? null }),
  );

/** The port of reconciliation. `request` passes circuit breakers, where there are any. */
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
        // The filters are applied here as well, because a provider may ignore them.
        const cash = answer.value.filter((one) => one.entry_type === 'JNLC');
        const parsed = z.array(FirmJournalShape).safeParse(cash);
        if (!parsed.success) return unexpectedAnswer;
        for (const one of parsed.data)
          if (one.from === firm || one.to === firm) found.set(one.id, one);
      }
      return { ok: true, value: [...found.values()] };
    },
  };
}
