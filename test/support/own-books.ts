/** Our own books in memory, as reconciliation reads them, for a test of what is compared with them. */
import { type Books, noRounds } from '../../lambdas/core/reconcile/ports.ts';
import type { Made } from './books.ts';

/** A page of the whole table with nothing on it, and the last. */
export const emptyPage: Books['page'] = async () => ({
  listed: [],
  mended: 0,
  balances: [],
  withdrawals: [],
  unreadable: [],
  next: null,
});

export const booksOf = (world: Made, given: Partial<Books> = {}): Books => ({
  claims: async () => world.claims,
  wallets: async function* () {
    yield { ids: [world.wallet.id], markOf: (id) => ({ id }) };
  },
  standings: async (ids) =>
    ids.map((walletId) => ({
      walletId,
      balance: walletId === world.wallet.id ? world.balance : null,
      tail: [],
      checkpoint: null,
    })),
  blocks: async function* (_, from, upTo) {
    yield* world.blocks.filter(({ sequence }) => sequence >= from && sequence <= upTo);
  },
  blocksBack: async function* () {
    yield* world.blocks.toReversed();
  },
  open: async function* () {
    yield world.booked.map(({ withdrawal }) => withdrawal.id);
  },
  unheld: async function* () {},
  named: async (ids) => world.booked.filter(({ withdrawal }) => ids.includes(withdrawal.id)),
  wiredAs: async () => [],
  page: emptyPage,
  rechecked: async () => null,
  keep: async () => undefined,
  rounds: async () => noRounds,
  keepRounds: async () => undefined,
  ...given,
});
