/**
 * 2-debit: a wallet's inbox, in order of acceptance. Withdrawals are held or rejected, credits and debits applied;
 * as many as fit become true in one transaction, together with their ledger block. The condition on the wallet's
 * version decides; the index only says what to look at.
 */
import { type PerhapsBrokerage, withBrokerage } from '../brokerage/world.ts';
import type { TurnsWorld } from '../effect/turns.ts';
import { isTransactionId, isWithdrawalId, type OperationId, type WalletId } from '../kernel/ids.ts';
import { debitBatchMax, inboxGatherMs, inboxSettleMs, inboxStaleMs } from '../kernel/limits.ts';
import { balanceMax, formatAmount } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import { type Balance, enter, fits, type Posting, post } from '../ledger/ledger.ts';
import { isAtBrokerage, type WalletTransaction } from '../ledger/wallet.ts';
import type { Change } from '../store/change.ts';
import { commitGroups, type Store } from '../store/store.ts';
import { asManyAsFit } from '../store/weight.ts';
import type { Held } from '../switches/switches.ts';
import { heldChange } from '../switches/waiting.ts';
import { uncounting } from '../withdrawal/counters.ts';
import { type In, moveTo } from '../withdrawal/withdrawal.ts';
import { debitAtBrokerage } from './debit-at-brokerage.ts';

export type DebitWorld = PerhapsBrokerage & Pick<TurnsWorld, 'gates'>;
/** Of how many of a wallet it is shown at once that they are held back. */
const heldShownMax = 500;

type Operation = In<'requested'> | Extract<WalletTransaction, { status: 'PENDING' }>;

export const makeDebit =
  (world: DebitWorld) =>
  /** Applies what waits. It answers `unfinished` when its time ran out first: the step must be rung again. */
  async (walletId: WalletId): Promise<'done' | 'unfinished'> => {
    const { store, clock, budget } = world;
    while (budget.allows({ calls: 0 })) {
      // One shard of the index may be read long before another: only what was ripe before the first read may be taken.
      const settledBefore = clock.now() - inboxSettleMs;
      const waiting = await store.inbox(walletId, debitBatchMax);
      const oldest = waiting[0];
      if (oldest === undefined) return 'done';

      const ripe = waiting.filter(({ acceptedAt }) => acceptedAt <= settledBefore);
      const gathered = oldest.acceptedAt <= settledBefore - inboxGatherMs;
      if (!gathered && ripe.length < debitBatchMax) {
        // The wait is bounded, however fast the clock was that stamped the operation.
        const wait = Math.min(oldest.acceptedAt - settledBefore, inboxSettleMs) + inboxGatherMs;
        await clock.until((clock.now() + wait) as Instant);
        continue;
      }

      const operations = await load(
        store,
        ripe.map(({ id }) => id),
      );
      const found = await store.wallet(walletId);
      if (found === null) throw new Error(`operations without their wallet ${walletId}`);
      if (isAtBrokerage(found.wallet)) return debitAtBrokerage(withBrokerage(world), found.wallet);
      if (found.wallet.status === 'SUSPENDED') return 'done'; // Its operations wait until it is ACTIVE again.
      const held = await world.switches.held('debit');
      if (held !== null) {
        await showHeld(world, walletId, held);
        return 'done';
      }
      if (operations.length === 0) {
        await clock.until((clock.now() + inboxStaleMs) as Instant);
        continue;
      }
      const now = clock.now();
      const changes = asManyAsFit(operations, (some) => [
        ...applyInOrder(found.balance, some, now),
        { change: 'wallet-active', walletId },
      ]);
      await store.commit(changes);
      // Whether it was refused or not, the next round reads what is true now.
    }
    return 'unfinished';
  };

/** Shows of everything that waits in the inbox that it is held back, each by itself: it was asked for one by one. */
export async function showHeld(
  { store, clock, dice }: Pick<DebitWorld, 'store' | 'clock' | 'dice'>,
  walletId: WalletId,
  held: Held,
): Promise<void> {
  const waiting = await store.inbox(walletId, heldShownMax);
  const requested = (
    await store.withdrawals(waiting.map(({ id }) => id).filter(isWithdrawalId))
  ).filter(({ stage }) => stage === 'requested');
  const now = clock.now();
  await commitGroups(
    store,
    requested.map((one) => ({ changes: heldChange(one, held, now, dice) })),
  );
}

/** The operations that still wait, in the order of their ids. */
async function load(store: Store, ids: readonly OperationId[]): Promise<Operation[]> {
  const [withdrawals, transactions] = await Promise.all([
    store.withdrawals(ids.filter(isWithdrawalId)),
    store.transactions(ids.filter(isTransactionId)),
  ]);
  const byId = new Map<OperationId, Operation>();
  for (const one of withdrawals)
    if (one.stage === 'requested') byId.set(one.id, one as In<'requested'>);
  for (const one of transactions) if (one.status === 'PENDING') byId.set(one.id, one);
  // The index may show a withdrawal at two places for a moment after it was taken up again.
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}

/** Everything that becomes true when these operations are applied to this balance, one after the other. */
export function applyInOrder(
  before: Balance,
  operations: readonly Operation[],
  now: Instant,
): Change[] {
  const changes: Change[] = [];
  const postings: Posting[] = [];
  const rejected: In<'requested'>[] = [];
  let balance = before;
  for (const operation of operations) {
    const posting: Posting = {
      kind: 'stage' in operation ? 'HOLD' : operation.type,
      amount: operation.amount,
      sourceId: operation.id,
    };
    const applied = fits(balance, posting, balanceMax(operation.currency));
    changes.push(outcomeOf(operation, applied, balance, now));
    if (!applied) {
      if ('stage' in operation) rejected.push(operation);
      continue;
    }
    postings.push(posting);
    ({ balance } = enter(balance, posting));
  }
  changes.push(...uncounting(rejected));
  if (postings.length === 0) return [{ change: 'balance-unchanged', balance: before }, ...changes];
  const { balance: after, block } = post(before, postings, now);
  return [{ change: 'balance', to: after }, { change: 'block', block }, ...changes];
}

function outcomeOf(operation: Operation, applied: boolean, balance: Balance, now: Instant): Change {
  const available = formatAmount(balance.available, operation.currency);
  const wanted = formatAmount(operation.amount, operation.currency);
  const lacking = `The wallet has ${available} ${operation.currency} available; ${wanted} was asked for.`;
  if ('stage' in operation) {
    const to = applied
      ? moveTo(operation, 'reserved', {}, now)
      : moveTo(
          operation,
          'rejected',
          { failure: { code: 'INSUFFICIENT_FUNDS', message: lacking, retryable: true } },
          now,
        );
    return { change: 'withdrawal', from: operation, to };
  }
  const done = { ...operation, version: operation.version + 1, processedAt: now };
  if (applied)
    return { change: 'transaction', from: operation, to: { ...done, status: 'PROCESSED' } };
  const failure =
    operation.type === 'DEBIT'
      ? ({ code: 'INSUFFICIENT_FUNDS', message: lacking, retryable: true } as const)
      : ({
          code: 'BALANCE_LIMIT',
          message: 'The wallet cannot hold this much.',
          retryable: false,
        } as const);
  return { change: 'transaction', from: operation, to: { ...done, status: 'FAILED', failure } };
}
