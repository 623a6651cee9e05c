/** Reads the chains for reconciliation: what our treasury paid and got in the final blocks of the period, and those before it. */
import { all } from '../kernel/all.ts';
import { whyUnread } from '../kernel/errors.ts';
import { type Address, comparable, type Route } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import { type Booked, type ChainBook, type Incoming, isOn, type Outgoing } from './books.ts';

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

/** Routes whose chain could not be read, each with why. */
export type NotRead = Route & { why: string };

/**
 * Reads each, whatever becomes of the others: a chain that does not answer, or with nonsense, hides nothing but itself. Whatever is thrown
 * counts as unread, and never as nothing.
 */
export async function readEach<From extends Route, To>(
  some: readonly From[],
  read: (one: From) => Promise<To>,
): Promise<{ read: To[]; unread: NotRead[] }> {
  const ends = await Promise.allSettled(some.map(read));
  return {
    read: ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])),
    unread: some.flatMap(({ network, asset }, index) => {
      const end = ends[index];
      return end?.status === 'rejected' ? [{ network, asset, why: whyUnread(end.reason) }] : [];
    }),
  };
}

export async function readChain(chain: PayoutRecord, since: Instant): Promise<ChainBook> {
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
export async function withFormerPayers(
  book: ChainBook,
  chain: PayoutRecord,
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
  if (book.from > book.to) return { ...book, formerPayers };
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
