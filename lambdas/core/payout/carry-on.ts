/**
 * Signed payouts that are not final yet: a submission that crashed, was lost, or was too cheap. The same bytes go again,
 * and when they cannot succeed any more, others for the same exclusive resource, saved as an attempt of their own. None of
 * this can pay twice: the resource lets one of all attempts act, whichever comes first. What the chain would refuse now is not
 * sent: it would cost gas and do nothing.
 */
import { type Ended, lookUpAndSend, sendSaved } from '../effect/effect.ts';
import type { Found } from '../effect/kind.ts';
import { all } from '../kernel/all.ts';
import type { Budget } from '../kernel/budget.ts';
import { UnavailableError } from '../kernel/errors.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { Store } from '../store/store.ts';
import type { Held, Switches } from '../switches/switches.ts';
import { heldChange } from '../switches/waiting.ts';
import { waitFor, waitReasonOf, waitsNoMore } from '../withdrawal/retry.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import { type Companions, companionsIn, payoutsOf } from './company.ts';
import { cancelledForPayee, cancelledForPayer, ending, isHopeless, isStranded } from './ending.ts';
import { sendAgainMs } from './limits.ts';
import { isLate, standingReason, waitWhile } from './patience.ts';
import { type Payout, payoutEffect } from './payout-effect.ts';
import type { Rail, Refusal, Replacement, SentPayout, Standing, Taken } from './rail.ts';
import { handedOn, replaced, replacedTogether, savedBy } from './replaced.ts';
import { heldFromSigning } from './sign.ts';

type CarryOnWorld = {
  store: Store;
  clock: Clock;
  dice: Dice;
  budget: Budget;
  switches: Switches;
};

export async function carryOn(
  world: CarryOnWorld,
  rail: Rail,
  sent: readonly SentPayout[],
): Promise<void> {
  if (sent.length === 0) return;
  const payouts = await payoutsOf(world.store, sent);
  const refusals = new Map<WithdrawalId, Refusal>();
  const effect = payoutEffect(rail, world);
  const ended = await lookUpAndSend(
    world,
    {
      ...effect,
      lookUp: async (some) => {
        const found = await effect.lookUp(some);
        await all(
          some.map(async (payout, index) => {
            const seen = found[index];
            if (!isUnused(seen)) return;
            // What has run out is for who signs now.
            const signed = seen?.found === 'void' ? undefined : payout.attempt;
            const refusal = await rail.refusal(paymentOf(payout), signed);
            if (refusal !== null) refusals.set(payout.withdrawal.id, refusal);
          }),
        );
        return found;
      },
      mayGo: async ({ withdrawal, attempt }) =>
        isSendable(refusals.get(withdrawal.id) ?? null) && !isToBeEnded(withdrawal, attempt),
    },
    payouts,
  );
  const ends = new Map(ended.map((one) => [one.item.withdrawal.id, one]));
  // One after the other: each may need the next of what many share.
  const company = companionsIn(world.store, rail, refusals);
  const failures: unknown[] = [];
  const done = new Set<WithdrawalId>();
  const saved: Payout[] = [];
  for (const payout of payouts) {
    const { id } = payout.withdrawal;
    // Other bytes were saved for it together with those of another member of its batch.
    if (done.has(id)) continue;
    try {
      const refusal = refusals.get(id) ?? null;
      const companions = () => company.of(payout);
      const next = await nextFor(world, rail, payout, ends.get(id), refusal, companions);
      const moved = next.flatMap((one) => (one.change === 'withdrawal' ? [one.to] : []));
      for (const one of moved) done.add(one.id);
      if (next.length === 0) continue;
      const isSaved = (await world.store.commit(next)).length === 0;
      if (isSaved) saved.push(...savedBy(next));
      company.hear(payout, isSaved ? moved : null);
    } catch (error) {
      // Whatever is wrong with one of them, the others do not wait for it.
      failures.push(error);
      company.hear(payout, null);
    }
  }
  // At once, for they may have the next place in a line, and others wait behind them.
  if (world.budget.allows({ calls: 2 }))
    try {
      await sendSaved(world, effect, await takenBy(rail, saved));
    } catch (error) {
      failures.push(error);
    }
  if (failures.length > 0) throw failures[0];
}

/** Those of them that the chain would take. Of what pays, whoever was looked at here was asked for already. */
async function takenBy(rail: Rail, saved: readonly Payout[]): Promise<Payout[]> {
  const taken = await all(
    saved.map(async (payout) => {
      if (payout.attempt.ends === undefined) return true;
      try {
        return isSendable(await rail.refusal(paymentOf(payout), payout.attempt));
      } catch (error) {
        // Nobody else waits for what cannot be asked now.
        if (error instanceof UnavailableError) return false;
        throw error;
      }
    }),
  );
  return saved.filter((_, index) => taken[index]);
}

const paymentOf = ({ withdrawal: { id, asset, destination, payout, createdAt } }: Payout) => ({
  ...{ withdrawalId: id, asset, to: destination, value: payout, createdAt },
});

/** Whether the chain is known to have nothing of it yet. */
const isUnused = (found: Found<Taken> | undefined): boolean =>
  found?.found === 'void' || (found?.found === 'these' && found.values.length === 0);

/** Where the chain does not say, the bytes go: others may come about, and these do no harm. */
const isSendable = (refusal: Refusal | null): boolean =>
  refusal === null || refusal.by === 'unsaid';

const isToBeEnded = (withdrawal: SentPayout, attempt: Payout['attempt']): boolean =>
  withdrawal.ending !== undefined && attempt.ends === undefined;

/** The changes that this visit leads to. */
async function nextFor(
  world: CarryOnWorld,
  rail: Rail,
  payout: Payout,
  ended: Ended<Payout, Taken> | undefined,
  refusal: Refusal | null,
  companions: () => Promise<Companions>,
): Promise<readonly Change[]> {
  const { withdrawal: from, attempt } = payout;
  const company = async () => (await companions()).company;
  const now = world.clock.now();
  const changed = (to: SentPayout): Change[] => [{ change: 'withdrawal', from, to }];
  const wait = (reason: WaitReason) => changed(waitWhile(from, reason, now, world.dice));
  const waitHeld = (held: Held) => heldChange(from, held, now, world.dice);
  const saved = async (
    next: Replacement | WaitReason,
    others: readonly Payout[],
    ends?: true,
  ): Promise<readonly Change[]> => {
    if (typeof next === 'string') return wait(next);
    if (next.batch !== undefined) {
      const { batch } = next;
      return replacedTogether(world, rail, [payout, ...others], { ...next, batch });
    }
    // What it waits for is not over because other bytes are tried.
    const still = waitReasonOf(from) === 'send-refused' ? 'send-refused' : null;
    const late = isLate(from, rail, now) ? 'payout-late' : still;
    const goesOn = from.ending === undefined && ends === undefined ? late : 'being-cancelled';
    const { waiting } = await companions();
    return [
      ...replaced(world, payout, next, ends ?? attempt.ends, goesOn),
      ...handedOn(waiting, now),
    ];
  };
  if (ended !== undefined && (!ended.isTrue || hasMoved(ended))) return [];
  // 5-confirm decides, at the same time perhaps: no write of ours comes in its way more than once.
  if (ended?.end.is === 'taken' && ended.end.value === 'on-chain')
    return isLate(from, rail, now) && waitReasonOf(from) !== 'payout-late'
      ? wait('payout-late')
      : [];
  if (ended?.end.is === 'held') return waitHeld(ended.end.held);
  if (ended?.end.is === 'not-sent' && ended.end.held !== undefined) return waitHeld(ended.end.held);
  if (isToBeEnded(from, attempt)) {
    // Until it is known whether the chain has taken it, there may be nothing to end.
    const isKnown = ended === undefined || ended.end.is === 'not-made';
    if (!isKnown) return wait('being-cancelled');
    const held = await world.switches.held('sign');
    if (held !== null) return waitHeld(held);
    return saved(await rail.cancel(attempt, company), [], true);
  }
  if (refusal?.by === 'us') return wait(refusal.waits);
  if (refusal?.by === 'payee') {
    // It offers the bytes of its batch no more, so another one has to.
    const { waiting } = await companions();
    const own = isHopeless(from, now)
      ? changed(ending(from, cancelledForPayee, now))
      : wait('payee-refused');
    return [...own, ...handedOn(waiting, now)];
  }
  const standing = ended === undefined ? null : standingOf(ended);
  // Others cannot be had now. What a node has may come about without them.
  const held = standing && (await heldFromSigning(world));
  if (held !== null && standing?.is !== 'pending') return waitHeld(held);
  if (held === null && standing) {
    const next = await rail.replace(attempt, standing, company);
    if (next === 'payer-replaced' && isStranded(from, now))
      return changed(ending(from, cancelledForPayer, now));
    if (next !== null) return saved(next, (await companions()).waiting);
  }
  if (from.ending !== undefined) return wait('being-cancelled');
  if (isUntaken(from, standing)) {
    const again = later(now, sendAgainMs);
    const reason = standingReason(from, now) ?? 'send-refused';
    return changed(waitFor(from, again, reason, now, world.dice));
  }
  if (isLate(from, rail, now)) return wait(standingReason(from, now) ?? 'payout-late');
  // Whatever it waited for, the node has answered.
  return from.nextAttemptAt !== null && ended !== undefined ? changed(waitsNoMore(from, now)) : [];
}

/** Whether recording the end has changed the withdrawal. */
const hasMoved = ({ item: { withdrawal }, end }: Ended<Payout, Taken>): boolean =>
  withdrawal.stage === 'signed' && (end.is === 'taken' || end.is === 'not-sent');

/**
 * Whether nobody is known to have any of its bytes: signed ones are taken at once, and these were offered before this visit. What
 * a node had before is with others, too, whatever it says of it now.
 */
const isUntaken = ({ stage }: SentPayout, standing: Standing | null): boolean =>
  stage === 'signed' && (standing?.is === 'refused' || standing?.is === 'unanswered');

/** `null`: these bytes are as good as they can be. */
function standingOf({ item: { withdrawal }, end }: Ended<Payout, Taken>): Standing | null {
  switch (end.is) {
    case 'taken':
      // What has become `broadcast` just now is looked at again when it is stuck as that.
      return end.value === 'by-a-node' && withdrawal.stage === 'broadcast'
        ? { is: 'pending' }
        : null;
    case 'not-made':
      return { is: 'refused', code: end.code };
    case 'waiting':
      return withdrawal.stage === 'signed' ? { is: 'unanswered' } : null;
    case 'not-sent':
    case 'held':
    case 'for-a-person':
      return null;
    default:
      return end satisfies never;
  }
}
