/** INV-T0: the world's own bookkeeping: an auditor that is shown two truths can judge nothing. */
import { isDeepStrictEqual } from 'node:util';
import { rowKey } from './books.ts';
import type { Fault, Invariant, Seen } from './invariant.ts';

const tables = ['money', 'webhooks', 'control'] as const;

/** The rows against what all writes add up to. */
function rowsAgainstWrites({ audit, truth }: Seen): Fault[] {
  const present = new Set<string>();
  const unlike = tables.flatMap((table) =>
    truth.rows[table].flatMap((row) => {
      const subject = rowKey(table, row);
      present.add(subject);
      const known = audit.rows.get(subject);
      return known === row || isDeepStrictEqual(known, row)
        ? []
        : [{ subject, detail: 'it is not what its writes add up to' }];
    }),
  );
  const gone = [...audit.rows.keys()].filter((key) => !present.has(key));
  return [...unlike, ...gone.map((subject) => ({ subject, detail: 'written, and not there' }))];
}

export const oneTruth: Invariant = {
  id: 'INV-T0',
  says: 'Rows are what their writes add up to, and each write is one of the row as it was.',
  event: ({ news }) => news.inconsistent,
  quiescent: (seen) => [...seen.news.inconsistent, ...rowsAgainstWrites(seen)],
  ghosts: (seen) => [...seen.news.inconsistent, ...rowsAgainstWrites(seen)],
};
