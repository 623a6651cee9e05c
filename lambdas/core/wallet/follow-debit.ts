/**
 * What becomes of debit journals that the brokerage has taken: when the cash has moved, one block funds the wallet and holds
 * it; when the cash can never move, the withdrawal is rejected.
 */

import type { Journal } from '../brokerage/brokerage.ts';
import { cameToNothing, paid } from '../brokerage/cash.ts';
import { followJournals, type Journaling } from '../brokerage/journal.ts';
import { journalsSideBySide } from '../brokerage/limits.ts';
import type { BrokerageWorld } from '../brokerage/world.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { journalProofMs } from '../kernel/limits.ts';
import { eachSideBySide, type InTurn, inTurn } from '../kernel/side-by-side.ts';
import type { Instant } from '../kernel/time.ts';
import { later } from '../kernel/time.ts';
import type { EntryKind } from '../ledger/ledger.ts';
import type { Change } from '../store/change.ts';
import type { JournalRecord } from '../store/journal-record.ts';
import type { Store } from '../store/store.ts';
import { commitGroups } from '../store/store.ts';
import { aboutWithdrawal } from '../withdrawal/about.ts';
import { uncounting } from '../withdrawal/counters.ts';
import { byClient } from '../withdrawal/endings.ts';
import { inReview, waitFor } from '../withdrawal/retry.ts';
import { type Failure, type In, moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { blockTriesMax } from './limits.ts';
import { nextBlock } from './next-block.ts';

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

/** What the brokerage has just said of journals, by withdrawal; and how to take turns with others that write the wallet. */
type Given = { said?: ReadonlyMap<WithdrawalId, Journal>; turn?: InTurn };

/** Asks what became of journals that the brokerage has taken. A withdrawal whose cash has moved is funded and held. */
export async function followDebits(
  world: BrokerageWorld,
  ids: readonly WithdrawalId[],
  { said = new Map(), turn = inTurn() }: Given = {},
): Promise<void> {
  const { store, brokerage, clock, dice, budget } = world;
  const taken = (await store.withdrawals(ids)).filter(
    (one): one is In<'debiting'> => one.stage === 'debiting' && one.journalId !== null,
  );
  const follow = async (from: In<'debiting'>): Promise<void> => {
    const effect = await debitOf(store, from.id);
    const known = said.get(from.id);
    const isSaid = known?.state === 'executed' && known.amount === effect.amount;
    const answer = isSaid ? 'moved' : await followJournals(brokerage, effect, clock.now());
    // Each of them writes the wallet's next block.
    await turn(() => conclude(world, { withdrawal: from, effect }, answer));
  };
  // Each visit begins at another one, so that none is always behind journals that wait for a day. Sweep rings for those that
  // this visit does not reach.
  const first = Math.floor(dice.roll() * taken.length);
  const inOrder = [...taken.slice(first), ...taken.slice(0, first)];
  const calls = said.size > 0 ? 0 : 2;
  await eachSideBySide(
    inOrder,
    journalsSideBySide,
    (one) => aboutWithdrawal(one, () => follow(one)),
    () => budget.allows({ calls }),
  );
}

async function conclude(
  world: BrokerageWorld,
  debit: Journaling<In<'debiting'>>,
  answer: Awaited<ReturnType<typeof followJournals>>,
): Promise<void> {
  const { store, clock } = world;
  const { withdrawal: from, effect } = debit;
  const now = clock.now();
  if (answer === 'open') return;
  if (answer === 'moved') await reserve(store, debit, [], now);
  else if (answer === 'not-moved') {
    if (!(await isProven(world, debit, now))) return;
    const changes: Change[] = [
      { change: 'withdrawal', from, to: rejected(from, 'refused', now) },
      ...uncounting([from]),
      ...cameToNothing(debit),
    ];
    await commitGroups(store, [{ changes }]);
  } else if ('successor' in answer) {
    const to = { ...effect, version: effect.version + 1, journalId: answer.successor };
    await reserve(store, debit, [{ change: 'record', to }], now);
  } else await store.commit([{ change: 'withdrawal', from, to: inReview(from, answer.why, now) }]);
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
  debit: Journaling<In<'debiting'>>,
  more: readonly Change[],
  now: Instant,
): Promise<void> {
  const { withdrawal: from } = debit;
  const proof = { proof: 'never-sent' } as const;
  const to: Withdrawal = from.cancelRequested
    ? moveTo(from, 'refunding', { failure: byClient, proof }, now, byClient.message)
    : moveTo(from, 'reserved', {}, now);
  const changes = async () => [...more, ...(await paid(store, debit, now))];
  return moveWithBlock(store, { from, to }, ['FUND', 'HOLD'], changes, now);
}

/**
 * Moves the withdrawal together with the wallet's next block, in which its amount is posted once for each kind. What is refused again and
 * again is left to a later visit, which reads everything anew, so that it holds up no other; what never fits is told of as old.
 */
export async function moveWithBlock(
  store: Store,
  { from, to }: { from: Withdrawal; to: Withdrawal },
  kinds: readonly EntryKind[],
  more: () => Promise<readonly Change[]>,
  now: Instant,
): Promise<void> {
  const { id: sourceId, walletId, amount } = from;
  const postings = kinds.map((kind) => ({ kind, amount, sourceId }));
  for (let tries = 0; tries < blockTriesMax; tries += 1) {
    const found = await store.wallet(walletId);
    if (found === null) throw new Error(`${sourceId} without its wallet ${walletId}`);
    const refused = await store.commit([
      { change: 'withdrawal', from, to },
      ...nextBlock(found.balance, postings, now),
      ...(await more()),
    ]);
    // When only the wallet had moved on, by another block or another sum, it is tried again. When the withdrawal had, there is nothing left to do.
    if (refused.length === 0 || refused.includes(0)) return;
  }
}
