/** Doorbells, the messages that ring a step: relay, which rings on a change, and sweep, which rings again, both ask here. */
import {
  bucketOf,
  type DeliveryLane,
  heldIn,
  isWalletId,
  type ReplayId,
  type WalletId,
  waitingIn,
} from '../kernel/ids.ts';
import { doorbellIdsMax, queueLanesPerWallet } from '../kernel/limits.ts';
import type { Step } from '../kernel/steps.ts';
import type { Instant } from '../kernel/time.ts';
import { isAtBrokerage, type Wallet } from '../ledger/wallet.ts';
import type { DeliveringStep } from '../webhooks/endpoint.ts';
import { type Stage, stages, stepFor, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { queueLanesPerEndpoint } from './limits.ts';

/** A wallet's writer, and who moves its cash at a brokerage, take one message of it at a time; others have several queue lanes. */
const oneQueueLane: ReadonlySet<Step> = new Set(['debit', 'journal', 'refund']);

const groupOf = (step: Step, walletId: WalletId, id: string): string =>
  oneQueueLane.has(step) ? walletId : `${walletId}#${bucketOf(id, queueLanesPerWallet)}`;

/** The cause of a ring is the item's version: a change that is relayed twice rings once, the next change rings again. */
export const causeOf = ({ id, version }: { id: string; version: number }): string =>
  `${id}@${version}`;

type Rung = { id: string; walletId: WalletId; stage?: Stage; createdAt?: Instant };

/** The doorbell of `step` for an operation. What waits in a wallet is rung for by wallet, for its list and its inbox know the order. */
export const doorbellAt = (step: Step, { id, walletId, ...of }: Rung, cause: string): Doorbell => ({
  step,
  cause,
  group: groupOf(step, walletId, id),
  ids:
    step === 'debit'
      ? idsAtDebit({ id, walletId, ...of })
      : step === 'journal'
        ? idsAt(of.stage, walletId, id)
        : [id],
});

/** A withdrawal is named as well: one that came into the list late, where that has been taken already, is found by its name alone. */
function idsAtDebit({ id, walletId, stage, createdAt }: Rung): string[] {
  if (!isWaiting(stage)) return [heldIn(walletId, id)];
  const isListed = stage !== undefined && createdAt !== undefined;
  return isListed ? [walletId, waitingIn(walletId, id, createdAt)] : [walletId];
}

// A credit or debit has no stage, and waits in the inbox.
const isWaiting = (stage: Stage | undefined): boolean =>
  stage === undefined || stage === 'requested';

function idsAt(stage: Stage | undefined, walletId: WalletId, id: string): string[] {
  if (isWaiting(stage)) return [walletId];
  // One that waits for the brokerage may have left the inbox, so its own id is named too.
  return stage === 'debiting' ? [walletId, id] : [id];
}

/** The doorbell for all that waits in a wallet's inbox. */
export const inboxDoorbell = (wallet: Wallet, cause: string): Doorbell => ({
  step: isAtBrokerage(wallet) ? 'journal' : 'debit',
  cause,
  group: wallet.id,
  ids: [wallet.id],
});

/** The doorbell that a withdrawal's new stage rings at once; `null`: none. */
export function doorbellOnChange(withdrawal: Withdrawal): Doorbell | null {
  const step = stepFor(withdrawal);
  return step === null || !stages[withdrawal.stage].rings
    ? null
    : doorbellAt(step, withdrawal, causeOf(withdrawal));
}

/**
 * The doorbell of a delivery lane: the lane knows the order of its deliveries. Lanes of one endpoint share a few groups, so that
 * many at once are few messages. Lanes of two endpoints never do, and so wait for nothing of each other.
 */
export const doorbellOf = (step: DeliveringStep, lane: DeliveryLane, cause: string): Doorbell => ({
  step,
  cause,
  group: `${lane.slice(0, lane.indexOf('#'))}#${bucketOf(lane, queueLanesPerEndpoint)}`,
  ids: [lane],
});

/**
 * The doorbells of lanes whose time has come, as few as can be. They are of no group, for a lane is looked at together with
 * others only by chance: an attempt that takes long holds up neither another lane nor the next look at its own.
 */
export function retryDoorbells(
  lanes: readonly (DeliveryLane | ReplayId)[],
  now: Instant,
): Doorbell[] {
  const unique = [...new Set(lanes)];
  const doorbells: Doorbell[] = [];
  for (let start = 0; start < unique.length; start += doorbellIdsMax)
    doorbells.push({
      step: 'webhook-retry',
      cause: '',
      group: `retry#${now}#${start}`,
      ids: unique.slice(start, start + doorbellIdsMax),
    });
  return doorbells;
}

/**
 * Merges the doorbells of one step and group: the busier a wallet, the fewer messages per withdrawal. What rings at once for several
 * queue lanes of a wallet is not spread over more of them than it fills: a step does the same for few as for many of them. Nor is what
 * rings at once for payouts of several wallets, for whose they are is nothing to 4-broadcast, and many together are one transaction.
 */
export const together = (doorbells: readonly Doorbell[]): Doorbell[] =>
  ofManyWallets(ofOneWallet(ofOneGroup(doorbells)));

/** A message takes in the next of its kind until it has this many ids. */
const idsMin = 25;

function ofOneWallet(doorbells: readonly Doorbell[]): Doorbell[] {
  const made: Doorbell[] = [];
  const open = new Map<string, Doorbell>();
  for (const one of doorbells) {
    const wallet = one.group.slice(0, one.group.indexOf('#'));
    if (!isWalletId(wallet) || one.ids.length >= idsMin) {
      made.push(one);
      continue;
    }
    const key = `${one.step} ${wallet}`;
    const merged = merge(open.get(key), one);
    if (merged.ids.length < idsMin) open.set(key, merged);
    else {
      open.delete(key);
      made.push(merged);
    }
  }
  return [...made, ...open.values()];
}

/** They are of no wallet's group, so that none of them waits for another wallet's payouts that are signed before it. */
function ofManyWallets(doorbells: readonly Doorbell[]): Doorbell[] {
  const made: Doorbell[] = [];
  let open: Doorbell | undefined;
  for (const one of doorbells) {
    if (one.step !== 'broadcast' || one.ids.length >= idsMin) {
      made.push(one);
      continue;
    }
    open = open === undefined ? one : { ...merge(open, one), group: `many#${open.ids[0]}` };
    if (open.ids.length < idsMin) continue;
    made.push(open);
    open = undefined;
  }
  return open === undefined ? made : [...made, open];
}

/** The first one's group, and what rings for both. */
const merge = (before: Doorbell | undefined, one: Doorbell): Doorbell => ({
  ...(before ?? one),
  ids: [...new Set([...(before?.ids ?? []), ...one.ids])],
  cause: `${before?.cause ?? ''}${one.cause}`,
});

function ofOneGroup(doorbells: readonly Doorbell[]): Doorbell[] {
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

/** A message that rings a step. It names ids and says nothing else. */
export type Doorbell = {
  step: Step;
  group: string;
  ids: readonly string[];
  /** What makes it ring: for one cause a doorbell may ring once only, for another cause it rings again. */
  cause: string;
};

/** The port of the queues. */
export type Doorbells = {
  /** Sends all. Throws when one could not be sent. */
  ring(doorbells: readonly Doorbell[]): Promise<void>;
};
