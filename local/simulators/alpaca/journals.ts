/**
 * Moves journals through their statuses (docs.alpaca.markets/us/docs/funding-via-journals). Up to the limits they are
 * executed at once, and `activity_created` later; above them they are pending until an operator or the next day's job
 * executes them. Cashiering may reverse an executed one (`deleted`) or correct it (`correct`, with a successor).
 */
import { randomUUID } from 'node:crypto';
import { row, rows } from '../sqlite.ts';
import type { AlpacaStore, Journal } from './store.ts';
import { date } from './wire.ts';

export type JournalOptions = {
  /** The limits, in cents, up to which a journal is executed at once. */
  perJournalCents: number;
  perAccountAndDayCents: number;
  /** How long the others are pending; null means until an operator acts. */
  pendingMs: number | null;
  /** The time from `executed` to `activity_created`. */
  activityMs: number;
};
export type NewJournal = Pick<
  Journal,
  | 'fromAccount'
  | 'toAccount'
  | 'cents'
  | 'description'
  | 'transmitter'
  | 'idempotencyKey'
  | 'request'
>;
export type Journals = ReturnType<typeof makeJournals>;

const waiting = ['queued', 'sent_to_clearing', 'pending'];
const moved = ['executed', 'activity_created'];
const dayMs = 86_400_000;
const atOnce = 200;

export function makeJournals(store: AlpacaStore, options: JournalOptions) {
  const { db } = store;
  let holding = false;
  const insert = db.prepare(
    `INSERT INTO journals (id, fromAccount, toAccount, cents, description, status, createdAtMs, dueAtMs, next,
       systemDate, transmitter, idempotencyKey, request, corrects)
     VALUES ($id, $fromAccount, $toAccount, $cents, $description, $status, $createdAtMs, $dueAtMs, $next,
       $systemDate, $transmitter, $idempotencyKey, $request, $corrects)`,
  );
  const change = db.prepare(
    'UPDATE journals SET status = $status, dueAtMs = $dueAtMs, next = $next, systemDate = $systemDate WHERE id = $id',
  );
  const forget = db.prepare('UPDATE journals SET idempotencyKey = NULL');
  const today = db.prepare(
    `SELECT coalesce(sum(cents), 0) AS cents FROM journals
     WHERE fromAccount = ? AND createdAtMs >= ? AND status IN ('executed', 'activity_created')`,
  );
  const due = db.prepare(
    `SELECT * FROM journals WHERE dueAtMs <= ? ORDER BY dueAtMs LIMIT ${atOnce}`,
  );
  const latestAbout = db.prepare(
    'SELECT * FROM journals WHERE id = $name OR description = $name ORDER BY seq DESC LIMIT 1',
  );

  const set = (
    { id, systemDate }: Journal,
    status: string,
    later: { dueAtMs: number | null; next: string | null } = { dueAtMs: null, next: null },
  ): void => {
    change.run({
      $id: id,
      $status: status,
      $dueAtMs: later.dueAtMs,
      $next: later.next,
      $systemDate: status === 'executed' ? date(Date.now()) : systemDate,
    });
  };

  /** Moves the cash. The journal is refused when the account does not have so much now. */
  function execute(journal: Journal): void {
    const { id, fromAccount, toAccount, cents } = journal;
    const paid = store.move({
      from: fromAccount,
      to: toAccount,
      cents,
      cause: id,
      kind: 'journal',
    });
    const dueAtMs = Date.now() + options.activityMs;
    if (paid) set(journal, 'executed', { dueAtMs, next: 'activity_created' });
    else set(journal, 'refused');
  }

  function added(given: NewJournal, corrects: string | null): Journal {
    const id = randomUUID();
    const { fromAccount, toAccount, cents, description, transmitter, idempotencyKey, request } =
      given;
    insert.run({
      $id: id,
      $fromAccount: fromAccount,
      $toAccount: toAccount,
      $cents: cents,
      $description: description,
      $status: 'queued',
      $createdAtMs: Date.now(),
      $dueAtMs: null,
      $next: null,
      $systemDate: null,
      $transmitter: transmitter,
      $idempotencyKey: idempotencyKey,
      $request: request,
      $corrects: corrects,
    });
    return store.journal(id) ?? lost(id);
  }

  function create(given: NewJournal): Journal {
    const { fromAccount, cents, description } = given;
    const dayStart = Math.floor(Date.now() / dayMs) * dayMs;
    const usedToday = row<{ cents: number }>(today, fromAccount, dayStart)?.cents ?? 0;
    const journal = added(given, null);
    const small =
      cents <= options.perJournalCents && usedToday + cents <= options.perAccountAndDayCents;
    const fixture = /\/fixtures\/status=(rejected|pending)\/fixtures\//.exec(description)?.[1];
    if (fixture === undefined && small && !holding) execute(journal);
    else {
      const forMs = fixture === 'pending' ? null : small ? 0 : options.pendingMs;
      const dueAtMs = forMs === null ? null : Date.now() + forMs;
      set(journal, 'pending', { dueAtMs, next: fixture === 'rejected' ? 'rejected' : 'executed' });
    }
    return store.journal(journal.id) ?? lost(journal.id);
  }

  /** Moves the cash back, unless the receiver has spent it: no account can go into debt. */
  const undo = (journal: Journal, status: string): boolean => {
    const { id, fromAccount, toAccount, cents } = journal;
    if (!store.move({ from: toAccount, to: fromAccount, cents, cause: id, kind: 'undone' }))
      return false;
    set(journal, status);
    return true;
  };

  return {
    create,
    /** The journal with this id or description, of several the newest. */
    about: (name: string): Journal | null =>
      (latestAbout.get({ $name: name }) as Journal | undefined) ?? null,
    /** While it is on, new journals are pending, and pending ones stay so until an operator acts. */
    hold: (on: boolean): void => {
      holding = on;
    },
    /** Forgets all keys that it has seen: Alpaca does not document how long it remembers them. */
    forgetKeys: (): void => {
      forget.run();
    },
    isWaiting: ({ status }: Journal): boolean => waiting.includes(status),
    hasMoved: ({ status }: Journal): boolean => moved.includes(status),
    execute,
    set,
    reverse: (journal: Journal): boolean => undo(journal, 'deleted'),
    correct: (journal: Journal, cents: number): boolean => {
      if (!undo(journal, 'correct')) return false;
      execute(added({ ...journal, cents, idempotencyKey: null }, journal.id));
      return true;
    },
    /** Changes the statuses that are due to change by themselves. */
    work: (): void => {
      const now = Date.now();
      store.transaction(() => {
        for (const journal of rows<Journal>(due, now)) {
          if (journal.next === 'executed') {
            if (!holding) execute(journal);
          } else set(journal, journal.next ?? journal.status);
        }
      });
    },
  };
}

const lost = (id: string): never => {
  throw new Error(`journal ${id} is gone`);
};
