/** Reads what reconciliation compares, our withdrawals last (core/reconcile/reconcile.ts says why). */
import type { FirmJournals, FirmWires } from '../brokerage/brokerage.ts';
import { all } from '../kernel/all.ts';
import { UnavailableError } from '../kernel/errors.ts';
import { isWithdrawalId, type WalletId, type WithdrawalId } from '../kernel/ids.ts';
import { type Address, comparable } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { Balance } from '../ledger/ledger.ts';
import type { OnRamp, TransferSeen } from '../on-ramp/provider.ts';
import type { WireStore } from '../store/store.ts';
import { stages, type Withdrawal } from '../withdrawal/withdrawal.ts';
import {
  type Booked,
  type ChainBook,
  type Incoming,
  isOn,
  type Outgoing,
  type Unreadable,
  type WalletBook,
} from './books.ts';
import type { Report } from './difference.ts';
import { type ReadBlock, readLedger } from './ledger.ts';
import { reconcile } from './reconcile.ts';
import type { WireBook } from './wires.ts';

/** The port of our own books, which are read page by page. */
export type Books = Pick<WireStore, 'claims'> & {
  /** All withdrawals that have not ended, or have since `from`, or have recorded a wire with one of these memos. */
  booked(
    from: Instant,
    memos?: ReadonlySet<string>,
  ): AsyncIterable<readonly (Booked | Unreadable)[]>;
  /** Those of these withdrawals that exist, however long ago they ended. */
  named(ids: readonly WithdrawalId[]): Promise<(Booked | Unreadable)[]>;
  balances(): AsyncIterable<readonly (Balance | Unreadable)[]>;
  /** A wallet's blocks in order, up to this one. */
  blocks(walletId: WalletId, upTo: number): AsyncIterable<ReadBlock>;
};

/** The port of a chain, as reconciliation reads it. */
export type PayoutRecord = Pick<ChainBook, 'network' | 'asset' | 'treasury' | 'keyOf'> & {
  /** The height of the newest final block. */
  head(): Promise<{ final: number }>;
  /** All transfers of the asset from a treasury in the blocks [from, to]. */
  outgoing(payer: Address, from: number, to: number): Promise<Outgoing[]>;
  /** All transfers of the asset to a treasury in those blocks. */
  incoming(receiver: Address, from: number, to: number): Promise<Incoming[]>;
  /** The first block up to `head` with a timestamp of `at` or later; `head + 1` when there is none. */
  firstBlockSince(at: Instant, head: number): Promise<number>;
};

export type ReconcileWorld = {
  books: Books;
  onRamp: Pick<OnRamp, 'transfersBetween'>;
  brokerage: (FirmJournals & FirmWires & Pick<WireBook, 'wiresAreOurs'>) | null;
  chains: readonly PayoutRecord[];
  clock: Clock;
  inFlightMs: number;
};

/** The report of everything since `from`. Throws UnavailableError when a system cannot be read: half a report would lie. */
export async function reconcileSince(
  { books, onRamp, brokerage, chains, clock, inFlightMs }: ReconcileWorld,
  from: Instant,
  previous: Report | null,
): Promise<Report> {
  const startedAt = clock.now();
  const period = { from, to: startedAt };
  const chainBooks = await all(chains.map((chain) => readChain(chain, from)));
  const unreadTransfers: TransferSeen[] = [];
  const listed = await onRamp.transfersBetween(period.from, period.to, {
    mayBeOurs: (seen) => {
      unreadTransfers.push(seen);
      return false;
    },
  });
  if (!listed.ok) throw new UnavailableError(`the on-ramp's transfers: ${listed.why}`);
  const moved = await brokerage?.journalsBetween(period.from, period.to);
  if (moved?.ok === false) throw new UnavailableError(`the brokerage's journals: ${moved.why}`);
  const journals = moved?.value ?? [];
  const wired = await brokerage?.wires();
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

  const unreadable: Unreadable[] = [];
  const wallets: WalletBook[] = [];
  for await (const page of books.balances())
    for (const one of page) {
      if ('row' in one) unreadable.push(one);
      else wallets.push(await readLedger(one, books.blocks(one.walletId, one.version), from));
    }
  const booked: Booked[] = [];
  const endedBefore: Booked[] = [];
  for await (const page of books.booked(from, memos))
    for (const one of page) {
      if ('row' in one) unreadable.push(one);
      else if (isOpenSince(one.withdrawal, from)) booked.push(one);
      else endedBefore.push(one);
    }
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
  const known = new Set<string>([
    ...booked.map(({ withdrawal }) => withdrawal.id),
    ...unreadable.flatMap(({ withdrawalId }) => withdrawalId ?? []),
  ]);
  const described = new Set(journals.map(({ description }) => description).filter(isWithdrawalId));
  const earlier: Booked[] = [];
  for (const one of await books.named([...described].filter((id) => !known.has(id))))
    if ('row' in one) unreadable.push(one);
    else earlier.push(one);
  const transfers = listed.value;
  const claims = await books.claims(transfers.map(({ id }) => id));
  const ours = { booked, earlier, wired: endedBefore, unreadable, wallets, claims };
  const theirs = {
    transfers,
    chains: await all(
      chainBooks.map((book, index) =>
        withFormerPayers(book, chains[index], [...booked, ...earlier, ...endedBefore]),
      ),
    ),
    brokerage: brokerage && { ...brokerage, journals, wires },
  };
  return reconcile({ period, startedAt, inFlightMs, ...ours, ...theirs }, clock.now(), previous);
}

/** Whether the withdrawal has not ended, or has ended since then. */
export const isOpenSince = ({ stage, updatedAt }: Withdrawal, from: Instant): boolean =>
  stages[stage].step !== null || stage === 'review' || updatedAt >= from;

async function readChain(chain: PayoutRecord, since: Instant): Promise<ChainBook> {
  const { final } = await chain.head();
  const from = await chain.firstBlockSince(since, final);
  const { network, asset, treasury, keyOf } = chain;
  const [outgoing, incoming] =
    from > final ? [[], []] : await transfersOf(chain, treasury, from, final);
  const route = { network, asset };
  return { ...route, treasury, formerPayers: [], keyOf, from, to: final, outgoing, incoming };
}

const transfersOf = (chain: PayoutRecord, payer: Address, from: number, to: number) =>
  Promise.all([chain.outgoing(payer, from, to), chain.incoming(payer, from, to)]);

/** With what treasuries that paid before have moved in the same blocks, which are final: they may be read at any later time. */
async function withFormerPayers(
  book: ChainBook,
  chain: PayoutRecord | undefined,
  booked: readonly Booked[],
): Promise<ChainBook> {
  const here = booked.filter(({ withdrawal }) => isOn(book, withdrawal));
  const payers = new Set(
    here.flatMap(({ withdrawal, effect }) => [
      ...('payer' in withdrawal && withdrawal.payer !== undefined ? [withdrawal.payer] : []),
      // What the on-ramp was asked to pay to it, the treasury after it may have paid out.
      ...(effect?.payee === undefined ? [] : [comparable(effect.payee)]),
    ]),
  );
  payers.delete(comparable(book.treasury));
  const formerPayers = [...payers];
  if (chain === undefined || book.from > book.to) return { ...book, formerPayers };
  const moved = await all(
    formerPayers.map((payer) => transfersOf(chain, payer, book.from, book.to)),
  );
  const isOurs = (to: Address): boolean => comparable(to) === comparable(book.treasury);
  return {
    ...book,
    formerPayers,
    // What is left with a treasury that pays no more is moved to the next, which is no payout.
    outgoing: [
      ...book.outgoing,
      ...moved.flatMap(([outgoing]) => outgoing.filter(({ to }) => !isOurs(to))),
    ],
    incoming: [...book.incoming, ...moved.flatMap(([, incoming]) => incoming)],
  };
}
