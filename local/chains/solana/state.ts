/**
 * What a local Solana has been through, in SQLite: every transaction, and accounts as they were at slots that are not final yet. The
 * chain belongs to the outside world: it goes on by the clock, and outlives whoever is killed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { base58 } from '@scure/base';
import { openStore, row, rows } from '../../simulators/sqlite.ts';

export type Kept = { lamports: bigint; data: Uint8Array; owner: string; executable: boolean };
export type Landed = {
  /** Its place among all transactions. */
  number: number;
  signature: string;
  slot: number;
  raw: Uint8Array;
  error: unknown;
  inner: unknown;
};

const schema = `
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (address TEXT, slot INTEGER, lamports TEXT, data BLOB, owner TEXT, executable INTEGER,
  PRIMARY KEY (address, slot));
CREATE TABLE IF NOT EXISTS transactions (number INTEGER PRIMARY KEY, signature TEXT UNIQUE, slot INTEGER, raw BLOB, error TEXT,
  inner TEXT);
CREATE TABLE IF NOT EXISTS touched (address TEXT, number INTEGER, PRIMARY KEY (address, number));
CREATE INDEX IF NOT EXISTS bySlot ON transactions (slot);`;

type AccountRow = {
  address: string;
  lamports: string;
  data: Uint8Array;
  owner: string;
  executable: number;
};
type LandedRow = Omit<Landed, 'error' | 'inner'> & { error: string; inner: string };

export type State = ReturnType<typeof openState>;

/** `dataDir`: `null` for a chain that ends with the process. */
export function openState(dataDir: string | null, nowMs: number, saltGiven?: string) {
  const [folder, file] = dataDir === null ? ['.', ':memory:'] : [dataDir, 'solana.sqlite'];
  const { db, transaction } = openStore(folder, file, schema);
  const factOf = db.prepare('SELECT value FROM facts WHERE name = ?');
  const keepFact = db.prepare('INSERT OR IGNORE INTO facts VALUES (?, ?)');
  /** What was said first stays. */
  const fact = (name: string, first: () => string): string => {
    const known = row<{ value: string }>(factOf, name);
    if (known !== null) return known.value;
    keepFact.run(name, first());
    return fact(name, first);
  };
  // A chain of its own: no nonce or blockhash of it is that of another.
  const salt = fact('salt', () => saltGiven ?? randomBytes(16).toString('hex'));
  const bornMs = Number(fact('born', () => String(nowMs)));
  const hashOf = (text: string): string =>
    base58.encode(createHash('sha256').update(`${salt} ${text}`).digest());

  const asOf = db.prepare(
    'SELECT * FROM accounts WHERE address = ? AND slot <= ? ORDER BY slot DESC',
  );
  const newest = db.prepare(
    'SELECT * FROM accounts AS one WHERE slot = (SELECT MAX(slot) FROM accounts WHERE address = one.address)',
  );
  const keep = db.prepare('INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?)');
  const forget = db.prepare(
    'DELETE FROM accounts WHERE address = :a AND slot < (SELECT MAX(slot) FROM accounts WHERE address = :a AND slot <= :final)',
  );
  const add = db.prepare(
    'INSERT INTO transactions (signature, slot, raw, error, inner) VALUES (?, ?, ?, ?, ?)',
  );
  const touch = db.prepare('INSERT OR IGNORE INTO touched VALUES (?, ?)');
  const one = db.prepare('SELECT * FROM transactions WHERE signature = ?');
  const touching = db.prepare(
    'SELECT t.* FROM touched JOIN transactions AS t USING (number) WHERE address = ? ORDER BY number DESC',
  );

  const changed = db.prepare('SELECT DISTINCT address FROM accounts WHERE slot >= ?');
  const undoing = [
    'DELETE FROM touched WHERE number IN (SELECT number FROM transactions WHERE slot >= ?)',
    'DELETE FROM transactions WHERE slot >= ?',
    'DELETE FROM accounts WHERE slot >= ?',
  ].map((text) => db.prepare(text));
  const setFact = db.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?)');
  /** The slots from which on blocks were made anew: none of them has the hash of before. */
  const forks = JSON.parse(fact('forks', () => '[]')) as number[];

  const keptIn = ({ lamports, data, owner, executable }: AccountRow): Kept => {
    return { lamports: BigInt(lamports), data, owner, executable: executable === 1 };
  };
  const landedIn = (read: LandedRow): Landed => ({
    ...read,
    ...{ error: JSON.parse(read.error), inner: JSON.parse(read.inner) },
  });
  return {
    bornMs,
    fact,
    genesis: hashOf('genesis'),
    blockhash: (slot: number) =>
      hashOf(['block', slot, ...forks.filter((from) => from <= slot)].join(' ')),
    /** `null`: nothing is kept of it up to that slot. */
    accountAt: (address: string, slot: number): Kept | null => {
      const read = row<AccountRow>(asOf, address, slot);
      return read && keptIn(read);
    },
    accounts: (): [string, Kept][] =>
      rows<AccountRow>(newest).map((read) => [read.address, keptIn(read)]),
    keepAccounts: (accounts: readonly (readonly [string, Kept])[], slot: number, final: number) =>
      transaction(() => keepAll(accounts, slot, final)),
    landed: (signature: string): Landed | null => {
      const read = row<LandedRow>(one, signature);
      return read && landedIn(read);
    },
    touching: (address: string): Landed[] => rows<LandedRow>(touching, address).map(landedIn),
    land: (
      landed: Omit<Landed, 'number'>,
      keys: readonly string[],
      accounts: [string, Kept][],
      final: number,
    ) =>
      transaction(() => {
        const { signature, slot, raw, error, inner } = landed;
        const number = add.run(signature, slot, raw, JSON.stringify(error), JSON.stringify(inner));
        for (const key of keys) touch.run(key, number.lastInsertRowid);
        keepAll(accounts, slot, final);
      }),
    /** Undoes all from this slot on, and answers the accounts that had changed since. */
    undo: (from: number): string[] =>
      transaction(() => {
        const addresses = rows<{ address: string }>(changed, from).map(({ address }) => address);
        for (const statement of undoing) statement.run(from);
        forks.push(from);
        setFact.run('forks', JSON.stringify(forks));
        return addresses;
      }),
    close: () => db.close(),
  };

  function keepAll(accounts: readonly (readonly [string, Kept])[], slot: number, final: number) {
    for (const [address, { lamports, data, owner, executable }] of accounts) {
      keep.run(address, slot, lamports.toString(), data, owner, executable ? 1 : 0);
      forget.run({ a: address, final });
    }
  }
}
