/** A tenant's withdrawals by any filters: the narrowest stored list is read, and the other filters are applied to it. */
import { isWalletId, withdrawalId } from '../kernel/ids.ts';
import { statusOf, type Withdrawal } from '../withdrawal/withdrawal.ts';
import type { AcceptWorld } from './accept.ts';
import { type Page, type Placed, pageOf, type Source } from './page.ts';
import type { Problem } from './problem.ts';
import type { WithdrawalFilters } from './schemas.ts';
import type { Lists } from './store.ts';

type World = Pick<AcceptWorld, 'requests' | 'idSecret'> & { lists: Lists };

/** One page, newest first, or INVALID_CURSOR. Filters that fit nothing give an empty page. */
export const makeListWithdrawals =
  <Shown>(world: World, show: (withdrawal: Withdrawal) => Shown) =>
  async (
    tenant: string,
    filters: WithdrawalFilters,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Shown> | Problem> => {
    const { walletId, status, reference } = filters;
    const source = await sourceOf(world, tenant, filters);
    return pageOf({ list: 'withdrawals', tenant, ...filters }, page, {
      source,
      show,
      fits: (one) =>
        one.tenant === tenant &&
        (walletId === undefined || one.walletId === walletId) &&
        (status === undefined || statusOf(one) === status) &&
        (reference === undefined || one.reference === reference),
    });
  };

async function sourceOf(
  world: World,
  tenant: string,
  { idempotencyKey, walletId, reference }: WithdrawalFilters,
): Promise<Source<Withdrawal>> {
  const { lists, requests } = world;
  if (idempotencyKey !== undefined) return byKey(world, tenant, idempotencyKey);
  if (reference !== undefined) return lists.withdrawalsOf({ tenant, reference });
  if (walletId === undefined) return lists.withdrawalsOf({ tenant });
  const found = isWalletId(walletId) ? await requests.wallet(walletId) : null;
  return found?.wallet.tenant === tenant
    ? lists.withdrawalsOf({ walletId: found.wallet.id })
    : async () => [];
}

/** The withdrawals of all generations of the key; there is more than one only where keys expire. */
const byKey =
  ({ requests, idSecret }: World, tenant: string, key: string): Source<Withdrawal> =>
  async (before, count) => {
    const found: Placed<Withdrawal>[] = [];
    for (let generation = 0; ; generation += 1) {
      const one = await requests.withdrawal(withdrawalId(idSecret, tenant, key, generation));
      if (one === null) break;
      found.unshift({ place: String(generation).padStart(9, '0'), item: one });
    }
    return found.filter(({ place }) => before === null || place < before).slice(0, count);
  };
