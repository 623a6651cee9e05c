/** Alpaca's state. Cash changes only together with a movement that names its cause, and the schema refuses a debt. */
import { keepHistory, openStore, row, type SimulatorStore } from '../sqlite.ts';

export type Account = {
  id: string;
  number: string;
  isFirm: 0 | 1;
  cents: number;
  status: string;
  transfersBlocked: 0 | 1;
  accountBlocked: 0 | 1;
  createdAtMs: number;
};
export type Journal = {
  seq: number;
  id: string;
  fromAccount: string;
  toAccount: string;
  cents: number;
  description: string;
  status: string;
  createdAtMs: number;
  /** When its status changes by itself; null means never. */
  dueAtMs: number | null;
  /** The status that it then gets. */
  next: string | null;
  systemDate: string | null;
  /** What the request said about the transmitter, as JSON. */
  transmitter: string;
  /** The key of its request; null for the successor of a corrected journal. */
  idempotencyKey: string | null;
  request: string;
  corrects: string | null;
};
export type Bank = {
  id: string;
  accountId: string;
  status: string;
  createdAtMs: number;
  given: string;
};
export type Wire = {
  seq: number;
  id: string;
  accountId: string;
  bankId: string;
  status: string;
  cents: number;
  feeCents: number;
  feePaidBy: string;
  information: string;
  createdAtMs: number;
  updatedAtMs: number;
  dueAtMs: number | null;
};
export type Movement = {
  from: string;
  to: string;
  cents: number;
  /** The journal or transfer that moved the cash. */
  cause: string;
  kind: 'journal' | 'undone' | 'wire' | 'fee' | 'returned';
};

const schema = `
  CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, number TEXT NOT NULL, isFirm INTEGER NOT NULL, cents INTEGER NOT NULL CHECK (cents >= 0),
    status TEXT NOT NULL, transfersBlocked INTEGER NOT NULL DEFAULT 0, accountBlocked INTEGER NOT NULL DEFAULT 0,
    createdAtMs INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS journals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, fromAccount TEXT NOT NULL, toAccount TEXT NOT NULL,
    cents INTEGER NOT NULL CHECK (cents > 0), description TEXT NOT NULL, status TEXT NOT NULL,
    createdAtMs INTEGER NOT NULL, dueAtMs INTEGER, next TEXT, systemDate TEXT, transmitter TEXT NOT NULL,
    idempotencyKey TEXT UNIQUE, request TEXT NOT NULL, corrects TEXT) STRICT;
  CREATE INDEX IF NOT EXISTS journalsDue ON journals (dueAtMs) WHERE dueAtMs IS NOT NULL;
  CREATE INDEX IF NOT EXISTS journalsFrom ON journals (fromAccount, createdAtMs);
  CREATE INDEX IF NOT EXISTS journalsAbout ON journals (description);
  CREATE TABLE IF NOT EXISTS banks (
    id TEXT PRIMARY KEY, accountId TEXT NOT NULL, status TEXT NOT NULL, createdAtMs INTEGER NOT NULL,
    given TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS wires (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, accountId TEXT NOT NULL, bankId TEXT NOT NULL,
    status TEXT NOT NULL, cents INTEGER NOT NULL CHECK (cents > 0), feeCents INTEGER NOT NULL, feePaidBy TEXT NOT NULL,
    information TEXT NOT NULL, createdAtMs INTEGER NOT NULL, updatedAtMs INTEGER NOT NULL, dueAtMs INTEGER) STRICT;
  CREATE INDEX IF NOT EXISTS wiresDue ON wires (dueAtMs) WHERE dueAtMs IS NOT NULL;
  CREATE TABLE IF NOT EXISTS movements (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, atMs INTEGER NOT NULL, fromAccount TEXT NOT NULL, toAccount TEXT NOT NULL,
    cents INTEGER NOT NULL, cause TEXT NOT NULL, kind TEXT NOT NULL) STRICT;
`;

export type AlpacaStore = SimulatorStore & {
  account(id: string): Account | null;
  journal(id: string): Journal | null;
  /** Moves cash, within a transaction. Answers false when the payer does not have so much. */
  move(movement: Movement): boolean;
};

/** The place where wires and their fees go. It is nobody's account here. */
export const outside = 'outside';

/** Opens `alpaca.sqlite` in the folder. New accounts are made with their first cash. */
export function openAlpacaStore(
  dataDir: string,
  accounts: readonly { id: string; isFirm: boolean; cents: number }[],
): AlpacaStore {
  const store = openStore(dataDir, 'alpaca.sqlite', schema);
  const { db } = store;
  for (const table of ['accounts', 'journals', 'wires']) keepHistory(db, table);
  const open = db.prepare(
    `INSERT OR IGNORE INTO accounts (id, number, isFirm, cents, status, createdAtMs)
     VALUES (?, ?, ?, ?, 'ACTIVE', ?)`,
  );
  for (const [index, { id, isFirm, cents }] of accounts.entries())
    open.run(id, String(927_584_925 + index), Number(isFirm), cents, Date.now());
  const accountById = db.prepare('SELECT * FROM accounts WHERE id = ?');
  const journalById = db.prepare('SELECT * FROM journals WHERE id = ?');
  const take = db.prepare(
    'UPDATE accounts SET cents = cents - $cents WHERE id = $id AND cents >= $cents',
  );
  const give = db.prepare('UPDATE accounts SET cents = cents + $cents WHERE id = $id');
  const note = db.prepare(
    'INSERT INTO movements (atMs, fromAccount, toAccount, cents, cause, kind) VALUES (?, ?, ?, ?, ?, ?)',
  );
  return {
    ...store,
    account: (id) => row<Account>(accountById, id),
    journal: (id) => row<Journal>(journalById, id),
    move: ({ from, to, cents, cause, kind }) => {
      if (from !== outside && take.run({ $cents: cents, $id: from }).changes === 0) return false;
      if (to !== outside) give.run({ $cents: cents, $id: to });
      note.run(Date.now(), from, to, cents, cause, kind);
      return true;
    },
  };
}
