/** Which doorbell each change rings: the outbox (`relay`) and the net under it (`sweep`) agree because they ask here. */
import { bucketOf, type DeliveryLane, type WalletId } from '../kernel/ids.ts';
import {
  doorbellIdsMax,
  journalPollMaxMs,
  lanesPerWallet,
  lostDoorbellMs,
  payoutStuckMs,
} from '../kernel/limits.ts';
import type { Step } from '../kernel/steps.ts';
import type { Instant } from '../kernel/time.ts';
import { type Stage, stages, stepFor, type Withdrawal } from '../withdrawal/withdrawal.ts';

/** Steps that write the wallet's ledger take one message of a wallet at a time; the others work in lanes. */
const oneLane: ReadonlySet<Step> = new Set(['debit', 'settle', 'refund']);

const groupOf = (step: Step, walletId: WalletId, id: string): string =>
  oneLane.has(step) ? walletId : `${walletId}#${bucketOf(id, lanesPerWallet)}`;

/** The state of an item that makes it ring: a change that is relayed twice rings once, the next change rings again. */
export const causeOf = ({ id, version }: { id: string; version: number }): string =>
  `${id}@${version}`;

/** The doorbell of `step` for this withdrawal. `debit` works by wallet: its inbox knows the order. */
export const doorbellAt = (
  step: Step,
  { id, walletId, stage }: { id: string; walletId: WalletId; stage?: Stage },
  cause: string,
): Doorbell => ({
  step,
  cause,
  group: groupOf(step, walletId, id),
  // One that waits for the brokerage may be past the inbox: it is asked about by its own id.
  ids: step !== 'debit' ? [id] : stage === 'debiting' ? [walletId, id] : [walletId],
});

/** What a new stage rings at once. */
export function doorbellOnChange(withdrawal: Withdrawal): Doorbell | null {
  const step = stepFor(withdrawal);
  return step === null || !stages[withdrawal.stage].rings
    ? null
    : doorbellAt(step, withdrawal, causeOf(withdrawal));
}

/** Deliveries ring by lane, which knows the order. */
export const doorbellOf = (lane: DeliveryLane, cause: string): Doorbell => ({
  step: 'webhook',
  cause,
  group: lane,
  ids: [lane],
});

/** Doorbells of one group and step become one message: the busier a wallet, the fewer messages per withdrawal. */
export function together(doorbells: readonly Doorbell[]): Doorbell[] {
  const groups = new Map<string, Doorbell & { ids: string[] }>();
  const full: Doorbell[] = [];
  for (const { step, group, ids, cause } of doorbells) {
    const key = `${step} ${group}`;
    const open = groups.get(key) ?? { step, group, ids: [], cause: '' };
    groups.set(key, open);
    open.cause += ` ${cause}`;
    for (const id of ids) if (!open.ids.includes(id)) open.ids.push(id);
    if (open.ids.length >= doorbellIdsMax) {
      full.push(open);
      groups.delete(key);
    }
  }
  return [...full, ...groups.values()];
}

/** Stages that wait for the outside world, where asking again is the normal way on; at least this often, in ms. */
const polled: Partial<Record<Stage, number>> = {
  debiting: journalPollMaxMs,
  converting: lostDoorbellMs,
  broadcast: lostDoorbellMs,
  // Only with a brokerage does it wait: for the journal that gives the cash back.
  refunding: journalPollMaxMs,
};

/** What sweep needs to know of a withdrawal: the whole of it would cost more to read. */
export type Due = Pick<
  Withdrawal,
  'id' | 'walletId' | 'stage' | 'nextAttemptAt' | 'updatedAt' | 'currency' | 'asset'
>;

/** How long after its last change or ring a withdrawal is rung again. A poll that found nothing makes the next one later. */
export function patienceMs({ stage, updatedAt }: Due, now: Instant, pollMs: number): number {
  const longestMs = polled[stage];
  if (longestMs === undefined) return lostDoorbellMs;
  return Math.max(pollMs, Math.min((now - updatedAt) / 4, longestMs));
}

/** A payout that has been on its way for too long is looked at by 4-broadcast as well. */
export const isStuck = ({ stage, updatedAt }: Due, now: Instant): boolean =>
  stage === 'broadcast' && now - updatedAt > payoutStuckMs;

/** A message that rings a step: ids only, of one group. */
export type Doorbell = {
  step: Step;
  group: string;
  ids: readonly string[];
  /** What makes it ring. The same doorbell for the same cause may ring once; for another cause it rings again. */
  cause: string;
};

export type Doorbells = {
  /** Sends them all. Throws when one could not be sent. */
  ring(doorbells: readonly Doorbell[]): Promise<void>;
};
