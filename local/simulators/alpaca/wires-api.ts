/**
 * Serves recipient banks and outgoing wires (docs.alpaca.markets/us/reference). Wires have no idempotency: every POST makes
 * another. Cash leaves with the request, and comes back when the wire is rejected or returned.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { jsonObject, type Route, type SimulatorReply, type SimulatorRequest } from '../http.ts';
import { asItWas, row, rows } from '../sqlite.ts';
import { type AlpacaStore, type Bank, outside, type Wire } from './store.ts';
import { centsIn, decimal, ok, refused, time } from './wire.ts';

export type WireOptions = {
  /** The fee of a wire that is not invoiced. */
  feeCents: number;
  /** The time from each status to the next. */
  stepMs: number;
};

const BankBody = z.looseObject({
  name: z.string().min(1),
  bank_code: z.string().min(1),
  bank_code_type: z.enum(['ABA', 'BIC']),
  account_number: z.string().min(1),
});
const WireBody = z.object({
  transfer_type: z.literal('wire'),
  bank_id: z.string(),
  amount: z.string(),
  direction: z.literal('OUTGOING'),
  fee_payment_method: z.enum(['user', 'invoice']).default('user'),
  additional_information: z.string().max(1_024).default(''),
});
const nextStatus: Record<string, string> = {
  QUEUED: 'SENT_TO_CLEARING',
  SENT_TO_CLEARING: 'COMPLETE',
};
const cameBack = new Set(['REJECTED', 'CANCELED', 'RETURNED']);
const pageMax = 1_000;
const atOnce = 200;

export type Wires = {
  routes: Route[];
  work(): void;
  set(id: string, status: string): boolean;
  /** The wires that have arrived since then, the oldest first, as the receiving bank sees them. */
  arrivedSince(sinceMs: number): Arrival[];
};
export type Arrival = {
  id: string;
  cents: number;
  information: string;
  /** The number of the account that it went to. */
  accountNumber: string;
  updatedAtMs: number;
};

/** The wires of all accounts, with their routes. */
export function makeWires(store: AlpacaStore, options: WireOptions): Wires {
  const { db } = store;
  const insertBank = db.prepare(
    'INSERT INTO banks (id, accountId, status, createdAtMs, given) VALUES (?, ?, ?, ?, ?)',
  );
  const banksOf = db.prepare('SELECT * FROM banks WHERE accountId = ? ORDER BY rowid');
  const bankOf = db.prepare('SELECT * FROM banks WHERE id = ? AND accountId = ?');
  const approve = db.prepare(
    `UPDATE banks SET status = 'APPROVED' WHERE status = 'QUEUED' AND createdAtMs <= ?`,
  );
  const insert = db.prepare(
    `INSERT INTO wires (id, accountId, bankId, status, cents, feeCents, feePaidBy, information, createdAtMs, updatedAtMs, dueAtMs)
     VALUES (?, ?, ?, 'QUEUED', ?, ?, ?, ?, ?, ?, ?)`,
  );
  const byId = db.prepare('SELECT * FROM wires WHERE id = ?');
  const page = 'accountId = ? ORDER BY seq DESC LIMIT ? OFFSET ?';
  const list = db.prepare(`SELECT * FROM wires WHERE ${page}`);
  const listWas = db.prepare(`SELECT * FROM ${asItWas('wires')} AND ${page}`);
  const arrived = db.prepare(
    `SELECT wires.id, cents, information, updatedAtMs, given ->> '$.account_number' AS accountNumber
     FROM wires JOIN banks ON banks.id = bankId WHERE wires.status = 'COMPLETE' AND updatedAtMs >= ?
     ORDER BY updatedAtMs LIMIT ${pageMax}`,
  );
  const due = db.prepare(`SELECT * FROM wires WHERE dueAtMs <= ? LIMIT ${atOnce}`);
  const change = db.prepare(
    'UPDATE wires SET status = ?, updatedAtMs = ?, dueAtMs = ? WHERE id = ?',
  );

  function createBank(accountId: string, text: string): SimulatorReply {
    const given = BankBody.safeParse(jsonObject(text));
    if (!given.success) return refused(400, z.prettifyError(given.error));
    if (store.account(accountId) === null) return refused(404, 'account not found');
    const [id, now] = [randomUUID(), Date.now()];
    const bank = { id, accountId, status: 'QUEUED', createdAtMs: now, given: text };
    insertBank.run(id, accountId, bank.status, now, text);
    return ok(bankShape(bank));
  }

  function create(accountId: string, text: string): SimulatorReply {
    const given = WireBody.safeParse(jsonObject(text));
    if (!given.success) return refused(400, z.prettifyError(given.error));
    const { bank_id, amount, fee_payment_method, additional_information } = given.data;
    const requested = centsIn(amount);
    const fee = fee_payment_method === 'user' ? options.feeCents : 0;
    if (requested === null || requested <= fee) return refused(400, 'invalid amount');
    return store.transaction(() => {
      const bank = row<Bank>(bankOf, bank_id, accountId);
      if (bank === null) return refused(404, 'bank not found');
      if (bank.status !== 'APPROVED') return refused(422, 'bank is not approved');
      const [id, now] = [randomUUID(), Date.now()];
      const sent = requested - fee;
      const wire = { from: accountId, to: outside, cents: sent, cause: id, kind: 'wire' } as const;
      if ((store.account(accountId)?.cents ?? 0) < requested || !store.move(wire))
        return refused(403, 'insufficient cash to withdraw');
      if (fee > 0) store.move({ ...wire, cents: fee, kind: 'fee' });
      const dueAtMs = now + options.stepMs;
      insert.run(
        id,
        accountId,
        bank_id,
        sent,
        fee,
        fee_payment_method,
        additional_information,
        now,
        now,
        dueAtMs,
      );
      const made = row<Wire>(byId, id);
      if (made === null) throw new Error(`wire ${id} is gone`);
      return ok(wireShape(made));
    });
  }

  function find(accountId: string, { query, asOfMs }: SimulatorRequest): SimulatorReply {
    const [limit, offset] = [
      Number(query.get('limit') ?? pageMax),
      Number(query.get('offset') ?? 0),
    ];
    if (!Number.isInteger(limit) || limit < 1 || !Number.isInteger(offset) || offset < 0)
      return refused(400, 'invalid limit or offset');
    if ((query.get('direction') ?? 'OUTGOING') !== 'OUTGOING') return ok([]);
    const found =
      asOfMs === undefined
        ? rows<Wire>(list, accountId, Math.min(limit, pageMax), offset)
        : rows<Wire>(listWas, asOfMs, accountId, Math.min(limit, pageMax), offset);
    return ok(found.map(wireShape));
  }

  /** Sets the status. With a rejection or return the sent cash comes back, once and without the fee. */
  function set(id: string, status: string): boolean {
    const wire = row<Wire>(byId, id);
    if (wire === null || cameBack.has(wire.status)) return false;
    const { accountId, cents } = wire;
    if (cameBack.has(status))
      store.move({ from: outside, to: accountId, cents, cause: id, kind: 'returned' });
    const now = Date.now();
    change.run(status, now, nextStatus[status] === undefined ? null : now + options.stepMs, id);
    return true;
  }

  return {
    set,
    arrivedSince: (sinceMs) => rows<Arrival>(arrived, sinceMs),
    routes: [
      {
        method: 'POST',
        path: '/v1/accounts/:id/recipient_banks',
        handle: ({ text }, id = '') => createBank(id, text),
      },
      {
        method: 'GET',
        path: '/v1/accounts/:id/recipient_banks',
        handle: (_, id = '') => ok(rows<Bank>(banksOf, id).map(bankShape)),
      },
      {
        method: 'POST',
        path: '/v1/accounts/:id/transfers',
        handle: ({ text }, id = '') => create(id, text),
      },
      {
        method: 'GET',
        path: '/v1/accounts/:id/transfers',
        handle: (request, id = '') => find(id, request),
      },
    ],
    work: () => {
      const now = Date.now();
      approve.run(now - options.stepMs);
      store.transaction(() => {
        for (const { id, status } of rows<Wire>(due, now)) set(id, nextStatus[status] ?? status);
      });
    },
  };
}

const bankShape = ({ id, accountId, status, createdAtMs, given }: Bank) => ({
  ...(JSON.parse(given) as object),
  id,
  account_id: accountId,
  status,
  created_at: time(createdAtMs),
  updated_at: time(createdAtMs),
});

const wireShape = (wire: Wire) => ({
  id: wire.id,
  account_id: wire.accountId,
  bank_id: wire.bankId,
  type: 'wire',
  status: wire.status,
  direction: 'OUTGOING',
  amount: decimal(wire.cents),
  requested_amount: decimal(wire.cents + wire.feeCents),
  fee: wire.feeCents === 0 ? '0' : decimal(wire.feeCents),
  fee_payment_method: wire.feePaidBy,
  additional_information: wire.information,
  reason: null,
  created_at: time(wire.createdAtMs),
  updated_at: time(wire.updatedAtMs),
});
