/** What a batch has come to: its withdrawals, and how many of them stand where. Reads no more than the lines of one batch. */
import { isWithdrawalBatchId } from '../kernel/ids.ts';
import { timeOf } from '../kernel/time.ts';
import type { Store } from '../store/store.ts';
import { type Status, statusOf, type Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Batches, WithdrawalBatch } from './batch.ts';

export type MembersWorld = {
  batches: Pick<Batches, 'find'>;
  store: Pick<Store, 'withdrawals'>;
};

/** The tenant's own batch. Another tenant's is answered like one that does not exist. */
export async function batchOf(
  { batches }: Pick<MembersWorld, 'batches'>,
  tenant: string,
  id: string,
): Promise<WithdrawalBatch | null> {
  const found = isWithdrawalBatchId(id) ? await batches.find(id) : null;
  return found?.tenant === tenant ? found : null;
}

/** The withdrawals of a batch, each once. */
export async function membersOf(
  { store }: Pick<MembersWorld, 'store'>,
  { members, refusals, createdAt }: WithdrawalBatch,
): Promise<Withdrawal[]> {
  const ids = new Set(members.flatMap((member) => member ?? []));
  const found = ids.size === 0 ? [] : await store.withdrawals([...ids]);
  // What was there before a batch that is still under way may be another request's, under the same key.
  return refusals === null ? found.filter((one) => one.createdAt > createdAt) : found;
}

/** A line may be refused; it is counted, too, so that the numbers add up to `total` once every line has its answer. */
const refused = 'REFUSED';

export async function batchResourceOf(
  world: Pick<MembersWorld, 'store'>,
  batch: WithdrawalBatch,
): Promise<{
  id: string;
  total: number;
  byStatus: Partial<Record<Status | typeof refused, number>>;
  createdAt: string;
}> {
  const byId = new Map((await membersOf(world, batch)).map((one) => [one.id, one]));
  const byStatus: Partial<Record<Status | typeof refused, number>> = {};
  for (const member of batch.members) {
    const withdrawal = member === null ? undefined : byId.get(member);
    const isRefused = member === null && batch.refusals !== null;
    const status = isRefused ? refused : withdrawal && statusOf(withdrawal);
    if (status !== undefined) byStatus[status] = (byStatus[status] ?? 0) + 1;
  }
  const { id, members, createdAt } = batch;
  return { id, total: members.length, byStatus, createdAt: timeOf(createdAt) };
}
