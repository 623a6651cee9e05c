/** Lists all journals of the firm's account. It is a file of its own so that only reconciliation's functions contain it. */
import * as z from 'zod';
import type { FirmJournal, FirmJournals } from '../../core/brokerage/brokerage.ts';
import { isWithdrawalId } from '../../core/kernel/ids.ts';
import { callJson } from '../net/http.ts';
import { readRows, saidBy, saysOtherwise } from '../net/reading.ts';
import { type AlpacaConfig, alpacaCalls, journalsPath } from './calls.ts';
import { isNoDollars, journalFields, journalFrom, saysNothing } from './shapes.ts';

const FirmJournalShape = journalFields
  .extend({ system_date: z.iso.date().nullish() })
  .transform(
    (shape): FirmJournal => ({ ...journalFrom(shape), bookedOn: shape.system_date ?? null }),
  );

/**
 * Whether a journal that cannot be read is no journal of a withdrawal, by its description. One that can be read is reported,
 * whoever made it.
 */
const isUnreadableAnothers = (row: unknown): boolean => {
  const description = saidBy(row, 'description');
  const isOurs =
    description === null ? !saysNothing(row, 'description') : isWithdrawalId(description);
  return !isOurs && !FirmJournalShape.safeParse(row).success;
};

/** The port of reconciliation. `request` passes circuit breakers, where there are any. */
export function alpacaFirmJournals(config: AlpacaConfig, request = callJson): FirmJournals {
  const firm = config.firmAccountId.toLowerCase();
  const { list } = alpacaCalls(config, request);
  // The filters are applied here as well, because a provider may ignore them.
  const isAnothers = (row: unknown): boolean =>
    isNoDollars(row) ||
    (saysOtherwise(row, ['from_account'], firm) && saysOtherwise(row, ['to_account'], firm)) ||
    isUnreadableAnothers(row);
  return {
    firm,
    journalsBetween: async (since, until) => {
      const found = new Map<string, FirmJournal>();
      for (const side of ['from_account', 'to_account']) {
        const answer = await list(journalsPath({ [side]: firm }, since, until));
        if (!answer.ok) return answer;
        const read = readRows(answer.value, FirmJournalShape, isAnothers);
        if (!read.ok) return read;
        for (const one of read.value) found.set(one.id, one);
      }
      return { ok: true, value: [...found.values()] };
    },
  };
}
