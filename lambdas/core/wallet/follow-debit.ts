/**
 * What becomes of debit journals that the brokerage has taken: when the cash has moved, one block funds the wallet and holds it;
 * when the cash can never move, the withdrawal is rejected.
 */

import { followJournals, type Journaling } from '../brokerage/journal.ts';
import type { BrokerageWorld } from '../brokerage/world.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { journalProofMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import { later } from '../kernel/time.ts';
import { type EntryKind, post } from '../ledger/ledger.ts';
import type { Change } from '../store/change.ts';
import type { JournalRecord } from '../store/journal-record.ts';
import type { Store } from '../store/store.ts';
import { commitGroups } from '../store/store.ts';
import { uncounting } from '../withdrawal/counters.ts';
import { byClient } from '../withdrawal/endings.ts';
import { inReview, waitFor } from '../withdrawal/retry.ts';
import { type Failure, type In, moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';

export async function debitOf(store: Store, id: WithdrawalId): Promise<JournalRecord> {
  const [effect] = await store.journals([id], 'debit');
  if (effect === undefined) throw new Error(`${id} is debiting without its journal`);
  return effect;
}

export function rejected(from: In<'debiting'>, code: string, now: Instant): Withdrawal {
  if (from.cancelRequested)
    return moveTo(from, 'cancelled', { failure: byClient }, now, byClient.message);
  const lacking = code === 'not-available';
  // A journal was asked for under this withdrawal's id. Another try is another withdrawal, so that nothing can mix the two up.
  const failure: Failure = lacking
    ? {
        code: 'INSUFFICIENT_FUNDS',
        message: 'The brokerage account has not enough cash.',
        retryable: false,
      }
    : {
        code: 'BROKERAGE_REJECTED',
        message: 'The brokerage did not make the journal.',
        retryable: false,
      };
  return moveTo(from, 'rejected', { failure }, now, failure.message);
}

/** Asks what became of journals that the brokerage has taken. A withdrawal whose cash has moved is funded and held. */
export async function followDebits(
  world: BrokerageWorld,
  ids: readonly WithdrawalId[],
): Promise<void> {
  const { store, brokerage, clock, dice, budget } = world;
  const taken = (await store.withdrawals(ids)).filter(
    (one): one is In<'debiting'> => one.stage === 'debiting' && one.journalId !== null,
  );
  // They go one after the other, since each writes the wallet's next block. Each visit begins at another one, so that none is
  // always behind journals that wait for a day. Sweep rings for those that this visit does not reach.
  const first = Math.floor(dice.roll() * taken.length);
  for (const from of [...taken.slice(first), ...taken.slice(0, first)]) {
    if (!budget.allows({ calls: 2 })) return;
    const effect = await debitOf(store, from.id);
    const answer = await followJournals(brokerage, effect, clock.now());
    const now = clock.now();
    if (answer === 'open') continue;
    if (answer === 'moved') await reserve(store, from, [], now);
    else if (answer === 'not-moved' && !(await isProven(world, { withdrawal: from, effect }, now)))
      continue;
    else if (answer === 'not-moved')
      await commitGroups(store, [
        {
          changes: [
            { change: 'withdrawal', from, to: rejected(from, 'refused', now) },
            ...uncounting([from]),
          ],
        },
      ]);
    else if ('successor' in answer) {
      const to = { ...effect, version: effect.version + 1, journalId: answer.successor };
      await reserve(store, from, [{ change: 'record', to }], now);
    } else
      await store.commit([{ change: 'withdrawal', from, to: inReview(from, answer.why, now) }]);
  }
}

/**
 * When a journal was sent more than once, one of them may move the cash although the list does not show it yet: a second
 * look, much later, has to say the same.
 */
async function isProven(
  { store, dice }: BrokerageWorld,
  { withdrawal: from, effect }: Journaling<In<'debiting'>>,
  now: Instant,
): Promise<boolean> {
  if (effect.sends === 1) return true;
  if (effect.nothingSince !== null) return now >= later(effect.nothingSince, journalProofMs);
  const until = later(now, journalProofMs);
  await store.commit([
    { change: 'record', to: { ...effect, version: effect.version + 1, nothingSince: now } },
    { change: 'withdrawal', from, to: waitFor(from, until, 'debit-unclear', now, dice) },
  ]);
  return false;
}

/** The brokerage's cash is the firm's now: the wallet is funded with it and holds it, in one block. */
function reserve(
  store: Store,
  from: In<'debiting'>,
  more: readonly Change[],
  now: Instant,
): Promise<void> {
  const proof = { proof: 'never-sent' } as const;
  const to: Withdrawal = from.cancelRequested
    ? moveTo(from, 'refunding', { failure: byClient, proof }, now, byClient.message)
    : moveTo(from, 'reserved', {}, now);
  return moveWithBlock(store, { from, to }, ['FUND', 'HOLD'], more, now);
}

/** Moves the withdrawal together with the wallet's next block, in which its amount is posted once for each kind. */
export async function moveWithBlock(
  store: Store,
  { from, to }: { from: Withdrawal; to: Withdrawal },
  kinds: readonly EntryKind[],
  more: readonly Change[],
  now: Instant,
): Promise<void> {
  const { id: sourceId, walletId, amount } = from;
  const postings = kinds.map((kind) => ({ kind, amount, sourceId }));
  for (;;) {
    const found = await store.wallet(walletId);
    if (found === null) throw new Error(`${sourceId} without its wallet ${walletId}`);
    const { balance, block } = post(found.balance, postings, now);
    const refused = await store.commit([
      { change: 'withdrawal', from, to },
      { change: 'balance', to: balance },
      { change: 'block', block },
      ...more,
    ]);
    // When only the wallet had moved on, by another block, it is tried again. When the withdrawal had, there is nothing left to do.
    if (refused.length === 0 || refused.includes(0)) return;
  }
}
