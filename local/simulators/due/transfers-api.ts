/**
 * Serves `/v1/transfers`: quotes and transfers. Without idempotency, every POST of a fresh quote makes another transfer. A
 * client is protected only because a quote serves once, and for two minutes (due.readme.io/docs/quotes).
 */
import { randomBytes } from 'node:crypto';
import type { Address } from 'viem';
import { jsonObject, type Route, type SimulatorReply } from '../http.ts';
import { row, rows, type SimulatorStore } from '../sqlite.ts';
import type { Courses } from './courses.ts';
import { newTransfer, type Quote, quoteSides, type Transfer, transferShape } from './transfer.ts';
import { invalid, micros, nanoTime, ok, refused } from './wire.ts';

export type TransfersOptions = {
  accountId: string;
  rails: ReadonlySet<string>;
  /** How long dollars that Due draws are on their way. Null means that it draws none, and they come like all others. */
  autoFundMs: number | null;
  courses: Courses;
};

export const fiatRails: readonly string[] = ['ach', 'wire'];
/** Due draws the dollars of these rails from our bank, by arrangement. Those of the others must be sent with the memo. */
const drawnRails: readonly string[] = ['ach'];
export const feeMicros = 500_000n;
export const limitMinMicros = 1_000_000n;
export const limitMaxMicros = 10_000_000_000_000n;
const quoteLifetimeMs = 2 * 60_000;
const pageDefault = 50;
const pageMax = 100;

export function transferRoutes(store: SimulatorStore, options: TransfersOptions): Route[] {
  const { db } = store;
  const insertQuote = db.prepare('INSERT INTO quotes (token, quote, expiresAtMs) VALUES (?, ?, ?)');
  const selectQuote = db.prepare('SELECT quote, expiresAtMs, usedBy FROM quotes WHERE token = ?');
  const useQuote = db.prepare('UPDATE quotes SET usedBy = ? WHERE token = ?');
  const selectWallet = db.prepare('SELECT id, address FROM wallets WHERE id = ?');
  const insert = makeInsert(store);
  const selectTransfer = db.prepare('SELECT * FROM transfers WHERE id = ?');
  const pageOf = (order: 'asc' | 'desc') =>
    db.prepare(
      `SELECT * FROM transfers
       WHERE createdAtMs BETWEEN ? AND ? AND (createdAtMs, seq) ${order === 'asc' ? '>' : '<'} (?, ?)
       ORDER BY createdAtMs ${order}, seq ${order} LIMIT ?`,
    );
  const pages = { asc: pageOf('asc'), desc: pageOf('desc') };
  function quote(text: string): SimulatorReply {
    const body = jsonObject(text);
    const source = sideOf(body?.['source']);
    const destination = sideOf(body?.['destination']);
    if (!fiatRails.includes(source.rail) || source.currency !== 'USD') return channelNotFound;
    if (!options.rails.has(destination.rail) || destination.currency !== 'USDC')
      return channelNotFound;
    const wanted = wantedAmounts(source.amount, destination.amount);
    if ('status' in wanted) return wanted;
    const now = Date.now();
    const made: Quote = {
      sourceRail: source.rail,
      rail: destination.rail,
      sourceMicros: String(wanted.source),
      payoutMicros: String(wanted.source - feeMicros),
      feeMicros: String(feeMicros),
    };
    const token = `eyJ${randomBytes(48).toString('base64url')}`;
    insertQuote.run(token, JSON.stringify(made), now + quoteLifetimeMs);
    const expiresAt = nanoTime(now + quoteLifetimeMs);
    return ok({ token, ...quoteSides(made), fxRate: 1, fxMarkup: 0, expiresAt });
  }

  function create(text: string): SimulatorReply {
    const body = jsonObject(text) ?? {};
    const { quote: token, recipient } = body;
    const missing = ['quote', 'recipient'].filter((name) => typeof body[name] !== 'string');
    if (typeof token !== 'string' || typeof recipient !== 'string')
      return invalid(Object.fromEntries(missing.map((name) => [name, 'required'])));
    if (body['memo'] !== undefined)
      return refused(400, 'err_memo_unsupported', 'This payment type does not support memos');
    return store.transaction(() => {
      const now = Date.now();
      type QuoteRow = { quote: string; expiresAtMs: number; usedBy: string | null };
      const kept = row<QuoteRow>(selectQuote, token);
      // A used or expired quote is "a validation error requiring a fresh quote" (due.readme.io/docs/quotes).
      if (kept === null || kept.usedBy !== null || kept.expiresAtMs <= now)
        return invalid({ quote: 'invalid or expired' });
      const wallet = row<{ id: string; address: Address }>(selectWallet, recipient);
      if (wallet === null)
        return refused(400, 'err_transfer_invalid_destination_id', 'Invalid destination ID');
      const quoted = JSON.parse(kept.quote) as Quote;
      const transfer = newTransfer(quoted, wallet, options.accountId, now);
      const course = options.courses.next();
      if (course !== null && 'refuse' in course) return course.refuse;
      const drawn = drawnRails.includes(quoted.sourceRail) && course?.fund !== false;
      const fundAtMs = drawn && options.autoFundMs !== null ? now + options.autoFundMs : null;
      insert(transfer, fundAtMs);
      if (course !== null) options.courses.put(transfer.id, course);
      useQuote.run(transfer.id, token);
      return ok(transferShape({ ...transfer, seq: 0 }));
    });
  }

  function list(query: URLSearchParams, asOfMs = Number.MAX_SAFE_INTEGER): SimulatorReply {
    const order = query.get('order') ?? 'desc';
    const limit = Number(query.get('limit') ?? pageDefault);
    const start = Date.parse(query.get('startDate') ?? '1970-01-01T00:00:00Z');
    const end = Date.parse(query.get('endDate') ?? '9999-12-31T00:00:00Z');
    const after = cursorOf(query.get('next'), order);
    if (order !== 'asc' && order !== 'desc') return invalid({ order: 'must be asc or desc' });
    if (!Number.isInteger(limit) || limit < 1 || limit > pageMax)
      return invalid({ limit: 'invalid' });
    if (Number.isNaN(start) || Number.isNaN(end)) return invalid({ startDate: 'invalid' });
    if (after === null) return invalid({ next: 'invalid' });
    const until = Math.min(end, asOfMs);
    const found = rows<Transfer>(
      pages[order],
      start,
      until,
      after.createdAtMs,
      after.seq,
      limit + 1,
    );
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = found.length > limit && last !== undefined ? cursorTo(last) : '';
    return ok({ items: items.map(transferShape), next });
  }

  return [
    { method: 'POST', path: '/v1/transfers/quote', handle: ({ text }) => quote(text) },
    { method: 'POST', path: '/v1/transfers', handle: ({ text }) => create(text) },
    { method: 'GET', path: '/v1/transfers', handle: ({ query, asOfMs }) => list(query, asOfMs) },
    {
      method: 'GET',
      path: '/v1/transfers/:id',
      handle: (_, id = '') => {
        const transfer = row<Transfer>(selectTransfer, id);
        // Due documents no code for this, so it is made up.
        if (transfer === null) return refused(404, 'err_transfer_not_found', 'Transfer not found');
        return ok(transferShape(transfer));
      },
    },
  ];
}

/** Saves a new transfer. */
export function makeInsert({ db }: SimulatorStore) {
  const insert = db.prepare(
    `INSERT INTO transfers
       (id, status, reported, changedAtMs, memo, rail, sourceMicros, payoutMicros, payTo, createdAtMs, fundAtMs, fixed)
     VALUES ($id, $status, $status, $now, $memo, $rail, $sourceMicros, $payoutMicros, $payTo, $now, $fundAtMs, $fixed)`,
  );
  return (transfer: Omit<Transfer, 'seq'>, fundAtMs: number | null): void => {
    const { id, status, memo, rail, sourceMicros, payoutMicros, payTo, fixed } = transfer;
    const now = transfer.createdAtMs;
    const amounts = { sourceMicros, payoutMicros };
    insert.run({ id, status, now, memo, rail, ...amounts, payTo, fundAtMs, fixed });
  };
}

const channelNotFound = refused(400, 'err_channel_not_found', 'Channel not found');

type Side = { rail: string; currency: string; amount: unknown };
function sideOf(value: unknown): Side {
  const side = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  return { rail: String(side['rail']), currency: String(side['currency']), amount: side['amount'] };
}

/** The dollars to be paid in. One side has an amount, and the other "0" or none; if both have one, the source wins. */
function wantedAmounts(source: unknown, destination: unknown): { source: bigint } | SimulatorReply {
  const [dollars, tokens] = [source, destination].map((amount) => micros(amount ?? '0', 2));
  if (dollars === null) return invalid({ 'source.amount': 'invalid' });
  if (tokens === null) return invalid({ 'destination.amount': 'invalid' });
  if (!dollars && !tokens)
    return refused(
      400,
      'err_quote_no_amount',
      'Invalid quote request: you should specify either amount in or out',
    );
  const wanted = dollars || (tokens ?? 0n) + feeMicros;
  if (wanted < limitMinMicros)
    return refused(
      400,
      'err_quote_limit_below_minimum',
      'The amount is below the required minimum. Please enter a greater amount.',
    );
  if (wanted > limitMaxMicros)
    return refused(
      400,
      'err_quote_limit_exceeded',
      'The amount exceeds the permissible limit. Please enter a smaller amount.',
    );
  return { source: wanted };
}

type Cursor = { createdAtMs: number; seq: number };
const cursorTo = ({ createdAtMs, seq }: Cursor): string =>
  Buffer.from(`${createdAtMs}.${seq}`).toString('base64url');

/** The start of a page; null when the text is no cursor of this list. */
function cursorOf(text: string | null, order: string): Cursor | null {
  if (text === null || text === '')
    return order === 'asc'
      ? { createdAtMs: -1, seq: -1 }
      : { createdAtMs: Number.MAX_SAFE_INTEGER, seq: 0 };
  const [, createdAtMs, seq] =
    /^(\d+)\.(\d+)$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return createdAtMs === undefined ? null : { createdAtMs: Number(createdAtMs), seq: Number(seq) };
}
