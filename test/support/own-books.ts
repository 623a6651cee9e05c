/** Our own books in memory, as reconciliation reads them, for a test of what is compared with them. */
import type { Books, Rounds } from '../../lambdas/core/reconcile/ports.ts';
import type { Made } from './books.ts';

export const noRounds: Rounds = {
  version: 0,
  table: null,
  tableBegan: null,
  chains: null,
  chainsBegan: null,
  unreadable: [],
  unlisted: [],
  broken: [],
};

export const booksOf = (world: Made, given: Partial<Books> = {}): Books => ({
  claims: async () => world.claims,
  wallets: async function* () {
    yield { ids: [world.wallet.id], markOf: (id) => ({ id }) };
  },
  standings: async (ids) =>
    ids.map((walletId) => ({
      walletId,
      balance: walletId === world.wallet.id ? world.balance : null,
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
  page: async () => ({
    listed: [],
    mended: 0,
    balances: [],
    withdrawals: [],
    unreadable: [],
    next: null,
  }),
  rechecked: async () => null,
  keep: async () => undefined,
  rounds: async () => noRounds,
  keepRounds: async () => undefined,
  ...given,
});
