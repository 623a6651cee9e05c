/** Lists all journals of the firm's account. It is a file of its own so that only reconciliation's functions contain it. */
import * as z from 'zod';
import type { FirmJournal, FirmJournals } from '../../core/brokerage/brokerage.ts';
import { isWithdrawalId } from '../../core/kernel/ids.ts';
import { brokerageListMs } from '../../core/kernel/limits.ts';
import { systemClock } from '../net/clock.ts';
import { callJson } from '../net/http.ts';
import { readRows, saidBy, saysOtherwise } from '../net/reading.ts';
import type { AlpacaConfig } from './calls.ts';
import { journalLists } from './journal-list.ts';
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

/** The port of reconciliation; both directions have `listMs` together. `request` passes circuit breakers, where there are any. */
export function alpacaFirmJournals(
  config: AlpacaConfig,
  request = callJson,
  listMs = brokerageListMs,
): FirmJournals {
  const firm = config.firmAccountId.toLowerCase();
  const listJournals = journalLists(config, request);
  // The filters are applied here as well, because a provider may ignore them.
  const isAnothers = (row: unknown): boolean =>
    isNoDollars(row) ||
    (saysOtherwise(row, ['from_account'], firm) && saysOtherwise(row, ['to_account'], firm)) ||
    isUnreadableAnothers(row);
  return {
    firm,
    journalsBetween: async (since, until) => {
      const stopAt = systemClock.now() + listMs;
      const found = new Map<string, FirmJournal>();
      const read = (rows: readonly unknown[]) => readRows(rows, FirmJournalShape, isAnothers);
      for (const side of ['from_account', 'to_account']) {
        const listed = await listJournals({ [side]: firm }, [since, until], read, stopAt);
        if (!listed.ok) return listed;
        for (const one of listed.value) found.set(one.id, one);
      }
      return { ok: true, value: [...found.values()] };
    },
  };
}
