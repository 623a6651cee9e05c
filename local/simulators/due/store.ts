/** Due's state, kept as local/simulators/sqlite.ts says. */
import { openStore, type SimulatorStore } from '../sqlite.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS wallets (id TEXT PRIMARY KEY, address TEXT NOT NULL UNIQUE COLLATE NOCASE) STRICT;
  CREATE TABLE IF NOT EXISTS quotes (
    token TEXT PRIMARY KEY, quote TEXT NOT NULL, expiresAtMs INTEGER NOT NULL, usedBy TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS transfers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, reported TEXT NOT NULL,
    changedAtMs INTEGER NOT NULL, memo TEXT NOT NULL UNIQUE, rail TEXT NOT NULL, sourceMicros TEXT NOT NULL,
    payoutMicros TEXT NOT NULL, payTo TEXT NOT NULL, createdAtMs INTEGER NOT NULL, fundAtMs INTEGER,
    fixed TEXT NOT NULL, hash TEXT, eventIdx INTEGER) STRICT;
  CREATE INDEX IF NOT EXISTS byTime ON transfers (createdAtMs, seq);
  CREATE INDEX IF NOT EXISTS toFund ON transfers (fundAtMs) WHERE status = 'awaiting_funds';
  CREATE INDEX IF NOT EXISTS toPay ON transfers (rail, seq) WHERE status = 'funds_received';
  CREATE INDEX IF NOT EXISTS toReport ON transfers (changedAtMs) WHERE status <> reported;
  CREATE TABLE IF NOT EXISTS payments (
    rail TEXT NOT NULL, nonce INTEGER NOT NULL, transferId TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, raw TEXT NOT NULL,
    mined INTEGER NOT NULL DEFAULT 0, sentAtMs INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (rail, nonce)) STRICT;
  CREATE INDEX IF NOT EXISTS toMine ON payments (rail, nonce) WHERE mined = 0;
  CREATE TABLE IF NOT EXISTS endpoints (
    id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, description TEXT NOT NULL,
    publicKey TEXT NOT NULL, privateKey TEXT NOT NULL, enabled INTEGER NOT NULL) STRICT;
  DROP TABLE IF EXISTS deliveries; -- of earlier versions: what is not told is asked for
  CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, eventId TEXT NOT NULL, endpointId TEXT NOT NULL, type TEXT NOT NULL,
    data TEXT NOT NULL, occurredAtMs INTEGER NOT NULL, dueAtMs INTEGER NOT NULL, forged INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE INDEX IF NOT EXISTS toDeliver ON outbox (dueAtMs);
  CREATE INDEX IF NOT EXISTS approvedToPay ON transfers (rail, seq) WHERE status = 'approved';
  CREATE TABLE IF NOT EXISTS receipts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, reference TEXT NOT NULL, micros TEXT NOT NULL,
    atMs INTEGER NOT NULL, transferId TEXT) STRICT;
  CREATE INDEX IF NOT EXISTS received ON receipts (transferId);
  CREATE TABLE IF NOT EXISTS arrivals (wireId TEXT PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS courses (
    transferId TEXT PRIMARY KEY, steps TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL,
    stepMs INTEGER NOT NULL, nextAtMs INTEGER, refundMicros TEXT, payoutMicros TEXT) STRICT;
  CREATE INDEX IF NOT EXISTS toStep ON courses (nextAtMs) WHERE ended = 0;
  CREATE TABLE IF NOT EXISTS refunds (transferId TEXT PRIMARY KEY, micros TEXT NOT NULL, atMs INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS virtualAccounts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, reference TEXT NOT NULL UNIQUE,
    walletId TEXT NOT NULL, rail TEXT NOT NULL, accountNumber TEXT NOT NULL UNIQUE, createdAtMs INTEGER NOT NULL,
    detailsAtMs INTEGER, reported INTEGER NOT NULL DEFAULT 0) STRICT;
`;

/** Opens `due.sqlite` in the folder, or makes it. */
export const openDueStore = (dataDir: string): SimulatorStore =>
  openStore(dataDir, 'due.sqlite', schema);

export type Endpoint = {
  id: string;
  url: string;
  /** A list of event types, as JSON. */
  events: string;
  description: string;
  publicKey: string;
  privateKey: string;
  enabled: 0 | 1;
};
