/** Reads what reconciliation compares, our withdrawals last (core/reconcile/reconcile.ts says why). */
import type { FirmJournals, FirmWires } from '../brokerage/brokerage.ts';
import { UnavailableError } from '../kernel/errors.ts';
import { isWithdrawalId } from '../kernel/ids.ts';
import { callTimeoutMs, reconcileListMs, wireReturnMs } from '../kernel/limits.ts';
import { count, type Measure } from '../kernel/measure.ts';
import type { Route } from '../kernel/networks.ts';
import type { Answer } from '../kernel/outcome.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { OnRamp, TransferSeen } from '../on-ramp/provider.ts';
import type { Rails } from '../payout/rail.ts';
import { type PayoutRecord, readChain, readEach, withFormerPayers } from './chain-books.ts';
import type { Period, Report } from './difference.ts';
import { byTheClock, type Effort } from './limits.ts';
import { type OurBooks, readOurBooks } from './our-books.ts';
import type { Books } from './ports.ts';
import { reconcile } from './reconcile.ts';
import type { WireBook } from './wires.ts';

export type { PayoutRecord } from './chain-books.ts';

export type ReconcileWorld = {
  books: Books;
  onRamp: Pick<OnRamp, 'transfersBetween'>;
  brokerage: (FirmJournals & FirmWires & Pick<WireBook, 'wiresAreOurs'>) | null;
  /** What is paid, and how its chain is read. */
  routes: readonly Route[];
  record: Rails<PayoutRecord>;
  clock: Clock;
  inFlightMs: number;
  /** How much a run may read. */
  effort?: Effort;
  /** Hears how far a run came that makes no report. */
  tell?(measures: readonly Measure[]): void;
};

/**
 * `done` is for when the report is kept: the next run then goes on from where this one was. `gap` is the time between the last report
 * and this one that neither compares: `null` where there is none.
 */
export type Compared = {
  report: Report;
  measures: readonly Measure[];
  gap: Period | null;
  done(): Promise<void>;
};

/**
 * The report of everything since `from`, which says what chains could not be read. Throws UnavailableError when another system cannot
 * be: there would be little left to compare.
 */
export async function compareSince(
  {
    books,
    onRamp,
    brokerage,
    routes,
    record,
    clock,
    inFlightMs,
    effort = byTheClock,
    tell = () => undefined,
  }: ReconcileWorld,
  from: Instant,
  previous: Report | null,
): Promise<Compared> {
  const startedAt = clock.now();
  const period = { from, to: startedAt };
  const first = await readEach(routes, async (route) => {
    const chain = await record(route);
    return { ...route, chain, book: await readChain(chain, from) };
  });
  const unreadTransfers: TransferSeen[] = [];
  const leftMs = () => startedAt + Math.min(reconcileListMs, effort.runMs) - clock.now();
  const list = () =>
    onRamp.transfersBetween(period.from, period.to, {
      withinMs: leftMs(),
      noOlderThanMs: clock.now() - startedAt,
      mayBeOurs: (seen) => {
        unreadTransfers.push(seen);
        return false;
      },
    });
  let listed = await list();
  // The list goes on where a page was not answered, so that one of thousands is not the end of the whole report.
  const isInTime = (): boolean => leftMs() > callTimeoutMs;
  for (let again = 0; again < listAgainMax && isUnanswered(listed) && isInTime(); again += 1)
    listed = await list();
  if (!listed.ok) throw new UnavailableError(`the on-ramp's transfers: ${listed.why}`);
  const moved = await brokerage?.journalsBetween(period.from, period.to);
  if (moved?.ok === false) throw new UnavailableError(`the brokerage's journals: ${moved.why}`);
  const journals = moved?.value ?? [];
  const wiresSince = later(from, -wireReturnMs);
  const wired = await brokerage?.wires(wiresSince);
  if (wired?.ok === false) throw new UnavailableError(`the brokerage's wires: ${wired.why}`);
  const wires = wired?.value.read ?? [];
  const unread = wired?.value.unread ?? [];
  const changed = wires.filter(
    ({ createdAt, updatedAt }) => Math.max(createdAt, updatedAt) >= from,
  );

  const memos = new Set([
    ...changed.map(({ memo }) => memo),
    ...unread.flatMap((memo) => memo ?? []),
  ]);
  const described = new Set(journals.map(({ description }) => description).filter(isWithdrawalId));
  const names = { memos, described };
  const own = await readOurBooks({ books, clock, effort, startedAt, tell }, from, names);
  const { booked, earlier, wired: endedBefore } = own;
  const ourMemos = new Set(
    [...booked, ...endedBefore].flatMap((one) => one.wires.map(({ memo }) => memo)),
  );
  // Others wire from the firm's account too: only a wire that may be ours has to be readable.
  if (unread.some((memo) => memo === null || ourMemos.has(memo)))
    throw new UnavailableError('a wire of the brokerage cannot be read');
  const recipients = new Set(
    [...booked, ...endedBefore].flatMap(({ effect }) => effect?.recipientId.toLowerCase() ?? []),
  );
  const isOurs = ({ recipientId }: TransferSeen): boolean =>
    recipientId === null || recipients.has(recipientId.toLowerCase());
  if (unreadTransfers.some(isOurs))
    throw new UnavailableError('a transfer of the on-ramp cannot be read');
  const transfers = listed.value;
  const named = [...booked, ...earlier, ...endedBefore];
  const whole = await readEach(first.read, ({ book, chain }) =>
    withFormerPayers(book, chain, named),
  );
  const theirs = {
    transfers,
    claims: await books.claims(transfers.map(({ id }) => id)),
    chains: whole.read,
    unread: [...first.unread, ...whole.unread],
    brokerage: brokerage && { ...brokerage, journals, wires, wiresSince },
  };
  const truths = { period, startedAt, inFlightMs, ...own, ...theirs };
  const report = reconcile(truths, clock.now(), previous);
  return {
    report,
    measures: measuresOf(own, clock.now()),
    gap: gapBetween(previous, period),
    done: () => books.keepRounds(own.rounds),
  };
}

/** The report alone, with what is kept after it. */
export async function reconcileSince(
  world: ReconcileWorld,
  from: Instant,
  previous: Report | null,
): Promise<Report> {
  const { report, done } = await compareSince(world, from, previous);
  await done();
  return report;
}

/** Each run compares what its period has, however long none could. */
const gapBetween = (last: Report | null, { from }: Period): Period | null =>
  last !== null && last.period.to < from ? { from: last.period.to, to: from } : null;

/** How often the rest of a list is asked for. */
const listAgainMax = 3;
const isUnanswered = (listed: Answer<unknown>): boolean => !listed.ok && !listed.refused;

/** How far the slow ways are, and how old what they say is. */
function measuresOf({ read, rounds }: OurBooks, now: Instant): Measure[] {
  const age = (began: Instant | null): number => (began === null ? 0 : (now - began) / 1_000);
  return [
    count('reconcile-wallets', read.wallets),
    count('reconcile-withdrawals', read.withdrawals),
    count('reconcile-blocks', read.blocks),
    count('reconcile-pages', read.pages),
    count('reconcile-behind', read.behind),
    count('reconcile-mended', read.mended),
    { name: 'reconcile-table-age', unit: 'Seconds', value: age(rounds.tableBegan) },
    {
      name: 'reconcile-chains-age',
      unit: 'Seconds',
      value: age(rounds.chainsBegan ?? rounds.chains?.began ?? null),
    },
  ];
}
