/** Keeps a local chain of bitcoin in SQLite, where it outlives the death of the process at any moment. */
import type { DatabaseSync } from 'node:sqlite';
import { fromHex } from '../../../lambdas/core/rails/bitcoin/address.ts';
import { readTransaction } from '../../../lambdas/core/rails/bitcoin/wire.ts';
import { openStore, rows } from '../../simulators/sqlite.ts';
import type { Block, Keep } from './engine.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS blocks
    (height INTEGER PRIMARY KEY, hash TEXT, previous TEXT, time INTEGER, raw TEXT, transactions TEXT);
  CREATE TABLE IF NOT EXISTS pool (place INTEGER PRIMARY KEY, raw TEXT);`;

type BlockRow = Omit<Block, 'transactions'> & { transactions: string };

export type KeptChain = Keep & {
  read(): { blocks: Block[]; raws: string[] };
  close(): void;
};

export function keepChain(dataDir: string): KeptChain {
  const { db, transaction } = openStore(dataDir, 'bitcoin.sqlite', schema);
  const last = (): BlockRow[] =>
    rows<BlockRow>(db.prepare('SELECT * FROM blocks ORDER BY height DESC LIMIT 1'));
  return {
    chain: (blocks) => {
      const same = last()[0];
      const kept =
        same === undefined ? 0 : blocks[same.height - 1]?.hash === same.hash ? same.height : -1;
      transaction(() => {
        // After a reorganisation the blocks that were kept may be others, down to where they part.
        const from = kept === -1 ? parting(db, blocks) : kept;
        db.prepare('DELETE FROM blocks WHERE height > ?').run(from);
        const insert = db.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)');
        for (const { height, hash, previous, time, raw, transactions } of blocks.slice(from))
          insert.run(
            height,
            hash,
            previous,
            time,
            raw,
            transactions.map((one) => one.raw).join(' '),
          );
      });
    },
    pool: (raws) =>
      transaction(() => {
        db.exec('DELETE FROM pool');
        const insert = db.prepare('INSERT INTO pool VALUES (?, ?)');
        for (const [place, raw] of raws.entries()) insert.run(place, raw);
      }),
    read: () => ({
      blocks: rows<BlockRow>(db.prepare('SELECT * FROM blocks ORDER BY height')).map((row) => ({
        ...row,
        transactions: row.transactions
          .split(' ')
          .map((raw) => ({ raw, transaction: readTransaction(fromHex(raw)) })),
      })),
      raws: rows<{ raw: string }>(db.prepare('SELECT raw FROM pool ORDER BY place')).map(
        ({ raw }) => raw,
      ),
    }),
    close: () => db.close(),
  };
}

/** The height up to which the blocks that are kept are these. */
function parting(db: DatabaseSync, blocks: readonly Block[]): number {
  const kept = rows<Pick<Block, 'height' | 'hash'>>(
    db.prepare('SELECT height, hash FROM blocks ORDER BY height'),
  );
  const other = kept.findIndex(({ height, hash }) => blocks[height - 1]?.hash !== hash);
  return other === -1 ? kept.length : other;
}
