/** What must hold in a small world of any rail. It reads the books and the chain, and takes no step's word for anything. */
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import type { Place } from '../../../lambdas/core/kernel/networks.ts';
import type { Withdrawal } from '../../../lambdas/core/withdrawal/withdrawal.ts';
import type { Violation } from './scripts.ts';

/** What has no verdict may wait, visibly; from `settled` on everything has come to its end. */
export type Moment = 'under-way' | 'settled';

export type Audited = {
  withdrawals: ReadonlyMap<WithdrawalId, Withdrawal>;
  /** Books of an earlier time have forgotten that these were signed. They wait for a person. */
  forgotten: ReadonlySet<WithdrawalId>;
  /** Each payment of its asset that the destination has received, as the chain has it now. */
  paidTo(withdrawal: Withdrawal): readonly bigint[];
  /** Whether this transaction stands at this place of the chain now, and can no longer be undone. */
  isFinalAt(txId: string, place: Place): boolean;
  /** Bytes that were handed to a node, and those that were saved before, in hexadecimal digits. */
  sent: readonly string[];
  saved: ReadonlySet<string>;
  /** What carries payouts, and the payout that each is bound to: outputs, values of nonces. */
  bound: ReadonlyMap<string, WithdrawalId | null>;
  /** Whether it could carry another payout, if nothing were bound to it. */
  isUnused(resource: string): boolean;
};

const ends = ['confirmed', 'refunding', 'review'];
export const isDecided = ({ stage }: Withdrawal): boolean =>
  stage === 'confirmed' || stage === 'refunding';

export function violationsOf(audited: Audited, moment: Moment): Violation[] {
  const { withdrawals, forgotten, sent, saved, bound } = audited;
  const found: Violation[] = [];
  for (const one of withdrawals.values()) {
    const { id, stage, amount } = one;
    const paid = audited.paidTo(one);
    if (paid.length > 1) found.push(`${id} was paid ${paid.length} times`);
    if (paid.some((value) => value !== amount)) found.push(`${id} was paid ${paid} of ${amount}`);
    if (stage === 'confirmed' && paid.length === 0) found.push(`${id} is confirmed and not paid`);
    if (stage === 'confirmed' && !audited.isFinalAt(one.txId, one.place))
      found.push(`${id} is confirmed, and its transaction may still be undone or is elsewhere`);
    if (stage === 'refunding' && paid.length > 0) found.push(`${id} is given back and paid`);
    const isWaiting = forgotten.has(id) && one.nextAttemptAt !== null;
    if (moment === 'settled' && !ends.includes(stage) && !isWaiting)
      found.push(`${id} stands still in ${stage}`);
  }
  for (const bytes of sent)
    if (!saved.has(bytes)) found.push('bytes were handed to a node that were not saved before');
  for (const [resource, id] of bound) {
    const owner = id === null ? undefined : withdrawals.get(id);
    if (moment !== 'settled' || !audited.isUnused(resource)) continue;
    if (owner === undefined ? forgotten.size === 0 : isDecided(owner))
      found.push(`${resource} stays locked by ${id ?? 'nobody'}`);
  }
  return found;
}

/** How long a payout may stand without a word of what it waits for, whatever its chain is like. */
const silentMs = 20 * 60_000;

/**
 * Payouts that stand longer than they may, and say nothing of what for. It is asked right after both steps have looked at all of them
 * and have come to their end: what a function that died could not say is not held against it.
 */
export function silentIn(
  withdrawals: Iterable<Withdrawal>,
  finalityMs: number,
  now: number,
): Violation[] {
  return [...withdrawals].flatMap(({ id, stage, history, nextAttemptAt }) => {
    const since = history.findLast(({ attempt }) => attempt === undefined)?.at ?? now;
    const usualMs = stage === 'broadcast' ? 4 * finalityMs : 0;
    const isOpen = ['reserved', 'signed', 'broadcast'].includes(stage);
    const last = history.at(-1);
    const isTold = nextAttemptAt !== null && last?.attempt === 0 && last.detail !== undefined;
    return isOpen && now - since > usualMs + silentMs && !isTold
      ? [`${id} stands in ${stage} for ${now - since} ms and does not say what for`]
      : [];
  });
}
