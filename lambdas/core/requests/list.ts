/** A tenant's withdrawals by any filters: the narrowest stored list is read, and the other filters are applied to it. */
import { isWalletId, withdrawalId } from '../kernel/ids.ts';
import { statusOf, type Withdrawal } from '../withdrawal/withdrawal.ts';
import type { AcceptWorld } from './accept.ts';
import { batchOf, type MembersWorld, membersOf } from './batch-members.ts';
import { type Page, type Placed, pageOf, type Source } from './page.ts';
import type { Problem } from './problem.ts';
import type { WithdrawalFilters } from './schemas.ts';
import type { Lists } from './store.ts';

type World = Pick<AcceptWorld, 'requests' | 'idSecret'> & MembersWorld & { lists: Lists };

/** One page, newest first, or INVALID_CURSOR. Filters that fit nothing give an empty page. */
export const makeListWithdrawals =
  <Shown>(world: World, show: (withdrawal: Withdrawal) => Shown) =>
  async (
    tenant: string,
    filters: WithdrawalFilters,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Shown> | Problem> => {
    const { walletId, status, reference, idempotencyKey, network } = filters;
    const { createdAfter = Number.NEGATIVE_INFINITY, createdBefore = Number.POSITIVE_INFINITY } =
      filters;
    const source = await sourceOf(world, tenant, filters);
    return pageOf({ list: 'withdrawals', tenant, ...filters }, page, {
      source,
      show,
      fits: (one) =>
        one.tenant === tenant &&
        (walletId === undefined || one.walletId === walletId) &&
        (status === undefined || statusOf(one) === status) &&
        (reference === undefined || one.reference === reference) &&
        (idempotencyKey === undefined || one.idempotencyKey === idempotencyKey) &&
        (network === undefined || one.network === network) &&
        one.createdAt >= createdAfter &&
        one.createdAt < createdBefore,
    });
  };

async function sourceOf(
  world: World,
  tenant: string,
  { idempotencyKey, batchId, walletId, reference, createdAfter, createdBefore }: WithdrawalFilters,
): Promise<Source<Withdrawal>> {
  const { lists, requests } = world;
  const created = { from: createdAfter ?? null, before: createdBefore ?? null };
  if (batchId !== undefined) return ofBatch(world, tenant, batchId);
  if (idempotencyKey !== undefined) return byKey(world, tenant, idempotencyKey);
  if (reference !== undefined) return lists.withdrawalsOf({ tenant, reference }, created);
  if (walletId === undefined) return lists.withdrawalsOf({ tenant }, created);
  const found = isWalletId(walletId) ? await requests.wallet(walletId) : null;
  return found?.wallet.tenant === tenant
    ? lists.withdrawalsOf({ wallet: found.wallet }, created)
    : async () => [];
}

/** The withdrawals of a batch, of which there are a few hundred at most: all are read, once for a page. */
async function ofBatch(world: World, tenant: string, id: string): Promise<Source<Withdrawal>> {
  const batch = await batchOf(world, tenant, id);
  const members = batch === null ? [] : await membersOf(world, batch);
  const placed = members
    .map((item) => ({ place: `${String(item.createdAt).padStart(14, '0')}#${item.id}`, item }))
    .sort((a, b) => (a.place < b.place ? 1 : -1));
  return async (before, count) =>
    placed.filter(({ place }) => before === null || place < before).slice(0, count);
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
