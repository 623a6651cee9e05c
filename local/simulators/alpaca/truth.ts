/** Answers `GET /_truth`: what really happened at Alpaca, for tests to compare the product with (docs/simulators.md). */
import { rows } from '../sqlite.ts';
import type { Account, AlpacaStore, Journal, Movement, Wire } from './store.ts';
import { decimal, time } from './wire.ts';

type Moved = Omit<Movement, 'from' | 'to'> & {
  fromAccount: string;
  toAccount: string;
  atMs: number;
  description: string;
};

/** The cash of each account, every movement of it, and all journals and wires. */
export function makeTruth({ db }: AlpacaStore): () => object {
  const accounts = db.prepare('SELECT * FROM accounts ORDER BY rowid');
  const movements = db.prepare(
    `SELECT movements.*, coalesce(description, information) AS description
     FROM movements LEFT JOIN journals ON journals.id = cause LEFT JOIN wires ON wires.id = cause
     ORDER BY movements.seq`,
  );
  const journals = db.prepare('SELECT * FROM journals ORDER BY seq');
  const wires = db.prepare('SELECT * FROM wires ORDER BY seq');
  return () => ({
    accounts: rows<Account>(accounts).map(({ id, cents, status }) => ({
      id,
      status,
      cash: decimal(cents),
    })),
    movements: rows<Moved>(movements).map((one) => ({
      at: time(one.atMs),
      from: one.fromAccount,
      to: one.toAccount,
      amount: decimal(one.cents),
      kind: one.kind,
      cause: one.cause,
      description: one.description,
    })),
    journals: rows<Journal>(journals).map((one) => ({
      id: one.id,
      from: one.fromAccount,
      to: one.toAccount,
      amount: decimal(one.cents),
      status: one.status,
      description: one.description,
      idempotencyKey: one.idempotencyKey,
      corrects: one.corrects,
    })),
    wires: rows<Wire>(wires).map((one) => ({
      id: one.id,
      amount: decimal(one.cents),
      fee: decimal(one.feeCents),
      status: one.status,
      information: one.information,
    })),
  });
}
