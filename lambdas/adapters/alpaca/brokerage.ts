/**
 * The brokerage port on Alpaca's Broker API (docs.alpaca.markets/us/reference). A journal takes an idempotency key of at
 * most 36 characters, whose lifetime is not documented; a wire takes none. So the caller decides what UNKNOWN means.
 */
import * as z from 'zod';
import { type Brokerage, type Journal, verdictOf } from '../../core/brokerage/brokerage.ts';
import { brokerageListMs } from '../../core/kernel/limits.ts';
import { formatAmount, type Minor } from '../../core/kernel/money.ts';
import { systemClock } from '../net/clock.ts';
import { callJson, noOutcome } from '../net/http.ts';
import { readRows, saidBy, saysOtherwise } from '../net/reading.ts';
import { alpacaAccount } from './account.ts';
import { type AlpacaConfig, alpacaCalls } from './calls.ts';
import { alpacaFirmWires } from './firm-wires.ts';
import { journalLists } from './journal-list.ts';
import { answerFrom, notNow, outcomeFrom, unknownOutcome } from './replies.ts';
import { BankShape, isNoDollars, JournalShape, MadeShape, saysNothing } from './shapes.ts';

/** The body of a journal. Its fields keep this order for ever: Alpaca refuses a known key with other bytes (422). */
const JournalBody = z.object({
  entry_type: z.literal('JNLC'),
  from_account: z.string(),
  to_account: z.string(),
  amount: z.string(),
  currency: z.literal('USD'),
  description: z.string(),
});

/** The port's calls, one attempt each. `request` passes circuit breakers, where there are any. */
export function alpacaBrokerage(config: AlpacaConfig, request = callJson): Brokerage {
  const firm = config.firmAccountId.toLowerCase();
  const { call, askAbout, list } = alpacaCalls(config, request);
  const { wiresSeen } = alpacaFirmWires(config, request);
  const listJournals = journalLists(config, request);
  const ofFirm = (what: string): string => `/v1/accounts/${firm}/${what}`;

  return {
    firm,
    ...alpacaAccount(config, request),
    prepare: ({ key, from, to, amount, description }) => ({
      key,
      bytes: JSON.stringify({
        entry_type: 'JNLC',
        from_account: from,
        to_account: to,
        amount: formatAmount(amount, 'USD'),
        currency: 'USD',
        description,
      } satisfies z.infer<typeof JournalBody>),
    }),
    journal: async ({ key, bytes }) => {
      const asked = JournalBody.parse(JSON.parse(bytes));
      const reply = await call('POST', '/v1/journals', { bytes, key });
      return outcomeFrom(reply, JournalShape, (journal) => isOf(asked, journal));
    },
    status: (id) => askAbout(JournalShape, id, `/v1/journals/${segment(id)}`),
    journalsOf: async ({ description, from, to, amount, since, until }) => {
      let mayBeOurs = 0;
      const isOtherwiseDescribed = (row: unknown): boolean => {
        const isOtherwise =
          saysOtherwise(row, ['description'], description) || saysNothing(row, 'description');
        if (isOtherwise && isPerhaps(row, description, amount)) mayBeOurs += 1;
        return isOtherwise;
      };
      // The filters are applied here as well, because a provider may ignore them.
      const isAnothers = (row: unknown): boolean =>
        isNoDollars(row) ||
        saysOtherwise(row, ['from_account'], from) ||
        saysOtherwise(row, ['to_account'], to) ||
        isOtherwiseDescribed(row);
      const found = await listJournals(
        { from_account: from, to_account: to },
        [since, until],
        (rows) => readRows(rows, JournalShape, isAnothers),
        systemClock.now() + brokerageListMs,
      );
      if (mayBeOurs === 0 || !found.ok) return found;
      // That ours was not made is not said by a list in which another may be it.
      const { verdict } = verdictOf(found.value);
      return verdict === 'none' || verdict === 'not-moved' ? notSaid : found;
    },
    cancel: async (id) => {
      const reply = await call('DELETE', `/v1/journals/${segment(id)}`);
      if (reply.reply !== 'answered') return noOutcome(reply);
      if (reply.status === 204) return { outcome: 'APPLIED', value: null };
      if (reply.status === 422) return { outcome: 'NOT_APPLIED', code: 'not-pending' };
      return notNow(reply) ?? unknownOutcome(reply);
    },
    bank: async ({ name, routingNumber, accountNumber }) => {
      const known = await list(ofFirm('recipient_banks'));
      if (!known.ok) return known;
      const read = readRows(
        known.value,
        BankShape,
        (row) =>
          saysOtherwise(row, ['name'], name) ||
          saysOtherwise(row, ['bank_code'], routingNumber) ||
          saysOtherwise(row, ['account_number'], accountNumber),
      );
      if (!read.ok) return read;
      const approved = read.value.find(({ status }) => status === 'APPROVED');
      if (approved !== undefined) return { ok: true, value: approved.id };
      if (read.value.length > 0) return { ok: true, value: null };
      const bytes = JSON.stringify({
        name,
        bank_code: routingNumber,
        bank_code_type: 'ABA',
        account_number: accountNumber,
      });
      const made = answerFrom(BankShape, await call('POST', ofFirm('recipient_banks'), { bytes }));
      if (!made.ok) return made;
      return { ok: true, value: made.value.status === 'APPROVED' ? made.value.id : null };
    },
    wire: async ({ bankId, amount, memo }) => {
      const bytes = JSON.stringify({
        transfer_type: 'wire',
        bank_id: bankId,
        amount: formatAmount(amount, 'USD'),
        direction: 'OUTGOING',
        // With `user` Alpaca deducts its fee from the amount, and less arrives than was asked for.
        fee_payment_method: 'invoice',
        additional_information: memo,
      });
      const reply = await call('POST', ofFirm('transfers'), { bytes });
      // What has an id was made for this call, whatever else is said of it: it must never be asked for again.
      return outcomeFrom(reply, MadeShape, () => true);
    },
    wiresSeen,
  };
}

const notSaid = {
  ok: false,
  refused: false,
  why: 'a journal that may be ours by another description',
} as const;

/** Whether a journal of another description may be ours: ours is in it as a word, or there is none and it moves what ours does. */
function isPerhaps(row: unknown, description: string, amount: Minor): boolean {
  if (!saysNothing(row, 'description'))
    return (
      saidBy(row, 'description')
        ?.toLowerCase()
        .split(/[^0-9a-z_]+/)
        .includes(description) ?? true
    );
  const said = saidBy(row, 'net_amount') ?? '';
  const isAmount = /^\d+(\.\d+)?$/.test(said);
  return !isAmount || plain(said) === plain(formatAmount(amount, 'USD'));
}
/** A decimal without the zeros that say nothing. */
const plain = (decimal: string): string =>
  decimal.replace(/^0+(?=\d)/, '').replace(/\.0*$|(\.\d*?)0+$/, '$1');

const segment = (id: string): string => encodeURIComponent(id);

/** Whether the journal is the one that was asked for. Alpaca may have corrected its amount, for one. */
const isOf = (asked: z.infer<typeof JournalBody>, journal: Journal): boolean =>
  journal.from === asked.from_account.toLowerCase() &&
  journal.to === asked.to_account.toLowerCase() &&
  formatAmount(journal.amount, 'USD') === asked.amount &&
  (journal.description === '' || journal.description === asked.description);
