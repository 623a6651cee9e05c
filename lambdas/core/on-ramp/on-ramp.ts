/**
 * 3-on-ramp: USD becomes USDC in our treasury. A withdrawal for which the on-ramp was never asked is quoted and sent
 * (quote.ts). A visit of the others sorts them by what is on record, follows the transfers that are known, pays in for those
 * that wait for our dollars (pay-in.ts), recovers lost answers, and quotes again where a quote came to nothing. What becomes
 * of a withdrawal by all this stands in one table (endings.ts).
 */
import { reading } from '../breakers/names.ts';
import { lookUpAndSend } from '../effect/effect.ts';
import { expired } from '../effect/verdict.ts';
import { all } from '../kernel/all.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Change } from '../store/change.ts';
import { payIns } from '../store/conversion-record.ts';
import { commitGroups } from '../store/store.ts';
import { eachAbout } from '../withdrawal/about.ts';
import { type In, moveTo, needsOnRamp } from '../withdrawal/withdrawal.ts';
import { arrivalOf } from './arrival.ts';
import {
  conversionEffect,
  isPlausibleFee,
  type Known,
  type OnRampWorld,
  stoppedBy,
} from './conversion.ts';
import { conclude, endings } from './endings.ts';
import { isOnlyLate, type Said, sayWhatIsLate } from './late.ts';
import { payInModes, type Unfunded } from './pay-in.ts';
import { exchangeQuotes, quoteAndSend } from './quote.ts';
import type { Converting } from './rows.ts';

export const makeOnRamp =
  (world: OnRampWorld) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const now = world.clock.now();
    const due = (await world.store.withdrawals(ids)).filter(
      (one) => one.nextAttemptAt === null || one.nextAttemptAt <= now || isOnlyLate(one),
    );
    const reserved = due.filter((one) => one.stage === 'reserved').filter(needsOnRamp);
    const neverAsked = reserved.filter(({ takeUps }) => takeUps === 0);
    const takenUp = reserved.filter(({ takeUps }) => takeUps > 0);
    const underway = due.filter((one) => one.stage === 'converting');
    if (reserved.length + underway.length === 0) return;
    // They go side by side, so that a new withdrawal does not wait for questions about the others.
    await world.gates.during(() =>
      all([
        quoteAndSend(world, neverAsked.map(unasked)),
        visitTakenUp(world, takenUp),
        visit(world, underway),
      ]),
    );
  };

const unasked = (withdrawal: In<'reserved'>) => ({ withdrawal, effect: null });

/** Clients have had these taken up again: what the on-ramp was asked in an earlier round is followed, never asked twice. */
async function visitTakenUp(world: OnRampWorld, takenUp: readonly In<'reserved'>[]): Promise<void> {
  if (takenUp.length === 0) return;
  const effects = await world.store.conversions(takenUp.map(({ id }) => id));
  const asked = new Set(effects.map(({ withdrawalId }) => withdrawalId));
  const now = world.clock.now();
  const groups = takenUp.flatMap((from) => {
    if (!asked.has(from.id)) return [];
    const to = moveTo(from, 'converting', {}, now);
    return [{ to, changes: [{ change: 'withdrawal', from, to } satisfies Change] }];
  });
  const moved = (await commitGroups(world.store, groups)).map(({ to }) => to);
  const neverAsked = takenUp.filter(({ id }) => !asked.has(id));
  await all([quoteAndSend(world, neverAsked.map(unasked)), visit(world, moved)]);
}

async function visit(world: OnRampWorld, underway: readonly In<'converting'>[]): Promise<void> {
  if (underway.length === 0) return;
  const unfunded: Unfunded[] = [];
  const said = new Map<string, Said>();
  try {
    const { transferKnown, depositAwaited, refused, answerLost } = await sort(world, underway);
    unfunded.push(...depositAwaited, ...(await followTransfers(world, transferKnown, said)));
    const arrived = await payIn(world, unfunded);
    await followTransfers(world, arrived, said);
    const expiredUnused = await recoverAnswers(world, answerLost);
    await quoteAndSend(world, [...refused, ...expiredUnused]);
  } finally {
    // Also what an error holds up waits visibly; that error is told of as before.
    const waiting = new Set(unfunded.map(({ withdrawal }) => withdrawal.id));
    await sayWhatIsLate(world, underway, waiting, said);
  }
}

type Sorted = {
  transferKnown: Known[];
  /** Nobody asks for their transfers: our dollars make them when they arrive. */
  depositAwaited: Unfunded[];
  /** It is certain that nothing comes of their quotes. */
  refused: Converting[];
  answerLost: Converting[];
};

async function sort({ store, gates }: OnRampWorld, underway: readonly In<'converting'>[]) {
  // Nothing is lost when the breaker is open: sweep rings again for those that may not be asked about now.
  const { allowed } = await gates.begin(underway.length, reading);
  const withdrawals = underway.slice(0, allowed);
  const effects = await store.conversions(withdrawals.map(({ id }) => id));
  const byId = new Map(effects.map((effect) => [effect.withdrawalId, effect]));
  const sorted: Sorted = { transferKnown: [], depositAwaited: [], refused: [], answerLost: [] };
  for (const withdrawal of withdrawals) {
    const effect = byId.get(withdrawal.id);
    if (effect === undefined) throw new Error(`${withdrawal.id} is converting without an effect`);
    const { transferId } = effect;
    if (transferId !== null)
      sorted.transferKnown.push({ withdrawal, effect: { ...effect, transferId } });
    else if (effect.refusedCode !== null) sorted.refused.push({ withdrawal, effect });
    else if (payInModes[effect.payIn].isAskedFor) sorted.answerLost.push({ withdrawal, effect });
    else sorted.depositAwaited.push({ withdrawal, effect, transfer: null });
  }
  return sorted;
}

/** Asks what became of known transfers, and notes it in `said`. Answers those that wait for our dollars. */
async function followTransfers(
  world: OnRampWorld,
  known: readonly Known[],
  said: Map<string, Said>,
): Promise<Unfunded[]> {
  const unfunded: Unfunded[] = [];
  if (!world.budget.allows({ calls: 1 })) return unfunded;
  const groups = await eachAbout(known, async (one): Promise<{ changes: Change[] }> => {
    const answer = await world.onRamp.status(one.effect.transferId);
    // Nothing was learned, and nothing is lost: sweep rings again, and the question moves no money.
    if (!answer.ok) return { changes: [] };
    const { value: transfer } = answer;
    said.set(one.withdrawal.id, { effect: one.effect, state: transfer.state });
    if (transfer.state === 'awaiting-funds') unfunded.push({ ...one, transfer });
    const isPayoutRight =
      payInModes[one.effect.payIn].isPayoutRight(one, transfer.payout) &&
      isPlausibleFee(one.withdrawal, transfer.fee);
    const arrival =
      transfer.state === 'paid' && isPayoutRight
        ? await arrivalOf(world, one.withdrawal, transfer, one.effect.payee)
        : null;
    const shown = { is: transfer.state, transfer, isPayoutRight, arrival, ...one };
    return { changes: conclude(endings.transfer, shown, one, world) };
  });
  await commitGroups(world.store, eachClaimOnce(groups));
  return unfunded;
}

/** Two that would claim the same do so one after the other: the second looks again at its next visit, and takes what is left. */
function eachClaimOnce<G extends { changes: readonly Change[] }>(groups: readonly G[]): G[] {
  const claimed = new Set<string>();
  return groups.filter(({ changes }) => {
    const claims = changes.flatMap((one) => (one.change === 'claim' ? one.transferId : []));
    const isFirst = claims.every((claim) => !claimed.has(claim));
    for (const claim of claims) claimed.add(claim);
    return isFirst;
  });
}

/** Pays in for each in its own way. Answers those whose deposit has made a transfer. */
async function payIn(world: OnRampWorld, unfunded: readonly Unfunded[]): Promise<Known[]> {
  const arrived: Known[] = [];
  for (const way of payIns) {
    const alike = unfunded.filter(({ effect }) => effect.payIn === way);
    arrived.push(...(await payInModes[way].payFor(world, alike)));
  }
  return arrived;
}

/** Looks up what became of lost requests, and repeats those that are safe to repeat. Answers those whose quote ran out unused. */
async function recoverAnswers(world: OnRampWorld, lost: readonly Converting[]) {
  const kind = conversionEffect(world);
  const ended = await lookUpAndSend(world, kind, lost);
  // What compliance refused is not asked for with another's quote either.
  const stranded = ended.flatMap(({ item, end }) =>
    end.is === 'waiting' && stoppedBy(world.onRamp, item, end.learned) === undefined ? [item] : [],
  );
  await lookUpAndSend(world, kind, await exchangeQuotes(world, stranded));
  const hasExpired = ({ end }: (typeof ended)[number]): boolean =>
    end.is === 'not-made' && end.code === expired;
  return ended.filter(hasExpired).map(({ item }) => item);
}
