/**
 * Serves `/v1/journals` and the trading account (docs.alpaca.markets/us/reference/createjournal). A journal's amount comes
 * back as `net_amount`. A repeated `Idempotency-Key` is answered with its first journal until keys are forgotten.
 */
import * as z from 'zod';
import { jsonObject, type Route, type SimulatorReply, type SimulatorRequest } from '../http.ts';
import { asItWas, row } from '../sqlite.ts';
import type { Journals } from './journals.ts';
import type { Account, AlpacaStore, Journal } from './store.ts';
import { centsIn, decimal, ok, refused, time } from './wire.ts';

const keyLengthMax = 36;
const descriptionMax = 1_024;
const listMax = 100_000;
const transmitterFields = [
  'transmitter_name',
  'transmitter_account_number',
  'transmitter_address',
  'transmitter_financial_institution',
  'transmitter_timestamp',
] as const;

const Body = z.object({
  entry_type: z.literal('JNLC'),
  from_account: z.string(),
  to_account: z.string(),
  amount: z.string(),
  currency: z.literal('USD').optional(),
  description: z.string().max(descriptionMax).default(''),
  ...Object.fromEntries(transmitterFields.map((name) => [name, z.string().max(255).optional()])),
});

export function journalRoutes(store: AlpacaStore, journals: Journals): Route[] {
  const { db } = store;
  const byKey = db.prepare('SELECT * FROM journals WHERE idempotencyKey = ?');
  const was = (table: string) => db.prepare(`SELECT * FROM ${asItWas(table)} AND id = ?`);
  const journalWas = was('journals');
  const accountWas = was('accounts');
  const matching = `createdAtMs >= $after AND createdAtMs < $before AND ($status IS NULL OR status = $status)
    AND ($from IS NULL OR fromAccount = $from) AND ($to IS NULL OR toAccount = $to) ORDER BY seq DESC LIMIT $limit`;
  const list = db.prepare(`SELECT * FROM journals WHERE ${matching}`);
  const listWas = db.prepare(
    `SELECT * FROM ${asItWas('journals').replace('?', '$asOf')} AND ${matching}`,
  );

  function create({ text, headers }: SimulatorRequest): SimulatorReply {
    const given = Body.safeParse(jsonObject(text));
    if (!given.success) return refused(400, z.prettifyError(given.error));
    const { from_account, to_account, amount, description } = given.data;
    const cents = centsIn(amount);
    if (cents === null) return refused(400, 'amount must be a positive decimal string');
    const key = headers['idempotency-key'];
    if (key !== undefined && (typeof key !== 'string' || key.length > keyLengthMax))
      return refused(400, `Idempotency-Key must have at most ${keyLengthMax} characters`);
    return store.transaction(() => {
      const known = key === undefined ? null : row<Journal>(byKey, key);
      if (known !== null)
        return known.request === text
          ? ok(journalShape(known))
          : refused(422, 'Idempotency-Key was used with a different request');
      const [from, to] = [store.account(from_account), store.account(to_account)];
      if (from === null || to === null) return refused(404, 'account not found');
      if (from.isFirm === to.isFirm)
        return refused(422, 'a journal is between a firm account and a customer account');
      if (!usable(from) || !usable(to)) return refused(403, 'account is not allowed to journal');
      if (from.cents < cents) return refused(403, 'amount requested to move is not available');
      const transmitter = Object.fromEntries(
        transmitterFields.flatMap((name) => {
          const value = (given.data as Record<string, unknown>)[name];
          return value === undefined ? [] : [[name, value]];
        }),
      );
      const journal = journals.create({
        fromAccount: from.id,
        toAccount: to.id,
        cents,
        description,
        transmitter: JSON.stringify(transmitter),
        idempotencyKey: key ?? null,
        request: text,
      });
      return ok(journalShape(journal));
    });
  }

  function find({ query, asOfMs }: SimulatorRequest): SimulatorReply {
    // Both are dates, and neither day itself is included: the strictest reading of Alpaca's documents.
    const after = query.get('after') ?? '1970-01-01';
    const before = query.get('before') ?? '9999-12-31';
    const limit = Number(query.get('limit') ?? listMax + 1);
    if (![after, before].every((day) => /^\d{4}-\d\d-\d\d$/.test(day) && Date.parse(day) >= 0))
      return refused(400, 'after and before are dates');
    if (!Number.isInteger(limit) || limit < 1) return refused(400, 'invalid limit');
    const type = query.get('entry_type') ?? 'JNLC';
    const filters = {
      $after: Date.parse(after) + 86_400_000,
      $before: Date.parse(before),
      $status: query.get('status'),
      $from: query.get('from_account'),
      $to: query.get('to_account'),
      $limit: type === 'JNLC' ? limit : 0,
    };
    const found = (asOfMs === undefined
      ? list.all(filters)
      : listWas.all({ ...filters, $asOf: asOfMs })) as unknown as Journal[];
    if (found.length > listMax) return refused(422, `more than ${listMax} journals`);
    return ok(found.map(journalShape));
  }

  /** The journal as it is now, or as it was at the time that a fault says. */
  const journalAt = (id: string, asOfMs?: number): Journal | null =>
    asOfMs === undefined ? store.journal(id) : row<Journal>(journalWas, asOfMs, id);

  function cancel(id: string): SimulatorReply {
    return store.transaction(() => {
      const journal = store.journal(id);
      if (journal === null) return refused(404, 'journal not found');
      if (journal.status !== 'pending' && journal.status !== 'queued')
        return refused(422, 'journal is not pending');
      journals.set(journal, 'canceled');
      return { status: 204, body: undefined };
    });
  }

  return [
    { method: 'POST', path: '/v1/journals', handle: create },
    { method: 'GET', path: '/v1/journals', handle: find },
    {
      method: 'GET',
      path: '/v1/journals/:id',
      handle: ({ asOfMs }, id = '') => {
        const journal = journalAt(id, asOfMs);
        return journal === null ? refused(404, 'journal not found') : ok(journalShape(journal));
      },
    },
    { method: 'DELETE', path: '/v1/journals/:id', handle: (_, id = '') => cancel(id) },
    {
      method: 'GET',
      path: '/v1/trading/accounts/:id/account',
      handle: ({ asOfMs }, id = '') => {
        const account =
          asOfMs === undefined ? store.account(id) : row<Account>(accountWas, asOfMs, id);
        return account === null ? refused(404, 'account not found') : ok(accountShape(account));
      },
    },
  ];
}

const usable = (account: Account): boolean =>
  account.status === 'ACTIVE' && !account.transfersBlocked && !account.accountBlocked;

const journalShape = (journal: Journal) => ({
  id: journal.id,
  entry_type: 'JNLC',
  from_account: journal.fromAccount,
  to_account: journal.toAccount,
  symbol: '',
  qty: null,
  price: '0',
  status: journal.status,
  settle_date: journal.systemDate,
  system_date: journal.systemDate,
  net_amount: decimal(journal.cents),
  description: journal.description,
  ...(JSON.parse(journal.transmitter) as object),
});

/** The trading account. It has neither positions nor margin, so all of it is cash. */
function accountShape(account: Account) {
  const cash = decimal(account.cents);
  return {
    id: account.id,
    account_number: account.number,
    status: account.status,
    currency: 'USD',
    buying_power: cash,
    regt_buying_power: cash,
    daytrading_buying_power: '0',
    non_marginable_buying_power: cash,
    cash,
    cash_withdrawable: cash,
    cash_transferable: cash,
    accrued_fees: '0',
    pending_transfer_out: '0',
    pending_transfer_in: '0',
    portfolio_value: cash,
    pattern_day_trader: false,
    trading_blocked: false,
    transfers_blocked: account.transfersBlocked === 1,
    account_blocked: account.accountBlocked === 1,
    created_at: time(account.createdAtMs),
    trade_suspended_by_user: false,
    multiplier: '1',
    shorting_enabled: false,
    equity: cash,
    last_equity: cash,
    initial_margin: '0',
    clearing_broker: 'VELOX',
  };
}
