/**
 * 3-on-ramp: USD becomes USDC in our treasury. A visit sorts what is due, follows the transfers that are known, pays in for
 * what waits for our dollars, recovers lost answers, and quotes again where a quote has come to nothing. How each of it ends
 * stands in endings.ts; what differs by the way in which dollars reach the on-ramp stands in pay-in.ts.
 */
import { reading } from '../breakers/names.ts';
import { lookUpAndSend } from '../effect/effect.ts';
import { expired } from '../effect/verdict.ts';
import { all } from '../kernel/all.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Change } from '../store/change.ts';
import { payIns } from '../store/conversion-record.ts';
import { commitGroups } from '../store/store.ts';
import { type In, moveTo, needsOnRamp } from '../withdrawal/withdrawal.ts';
import { conversionEffect, exchangeQuotes, type OnRampWorld } from './conversion.ts';
import type { Known } from './deposit.ts';
import { type Converting, conclude, type Due, endings } from './endings.ts';
import { payInModes, type Unpaid } from './pay-in.ts';
import { quoteAndSend } from './quote.ts';

export const makeOnRamp =
  (world: OnRampWorld) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const now = world.clock.now();
    const due = (await world.store.withdrawals(ids)).filter(
      ({ nextAttemptAt }) => nextAttemptAt === null || nextAttemptAt <= now,
    );
    const reserved = due
      .filter((one): one is In<'reserved'> => one.stage === 'reserved')
      .filter(needsOnRamp);
    const underway = due.filter((one): one is In<'converting'> => one.stage === 'converting');
    if (reserved.length + underway.length === 0) return;
    // Side by side: what is new does not wait for what is asked about the others.
    await world.gates.during(() =>
      all([
        visit(
          world,
          reserved.filter(({ takeUps }) => takeUps === 0),
        ),
        visitTakenUp(
          world,
          reserved.filter(({ takeUps }) => takeUps > 0),
        ),
        visit(world, underway),
      ]),
    );
  };

async function visit(world: OnRampWorld, due: readonly Due['withdrawal'][]): Promise<void> {
  if (due.length === 0) return;
  const { neverAsked, transferKnown, depositAwaited, refused, answerLost } = await sort(world, due);
  const unpaid = await followTransfers(world, transferKnown);
  const arrived = await payIn(world, [...unpaid, ...depositAwaited]);
  await followTransfers(world, arrived);
  const unmade = await recoverAnswers(world, answerLost);
  await quoteAndSend(world, [...neverAsked, ...refused, ...unmade]);
}

type Sorted = {
  neverAsked: Due[];
  transferKnown: Known[];
  /** Nobody asks for its transfer: our dollars make it when they arrive. */
  depositAwaited: Unpaid[];
  /** It is certain that nothing comes of the quote on record. */
  refused: Converting[];
  answerLost: Converting[];
};

/** By stage, and by what is on record. */
async function sort(
  { store, gates }: OnRampWorld,
  due: readonly Due['withdrawal'][],
): Promise<Sorted> {
  const reserved = due.filter(({ stage }) => stage === 'reserved');
  const sorted: Sorted = {
    neverAsked: reserved.map((withdrawal) => ({ withdrawal, effect: null })),
    transferKnown: [],
    depositAwaited: [],
    refused: [],
    answerLost: [],
  };
  const converting = due.filter((one): one is In<'converting'> => one.stage === 'converting');
  if (converting.length === 0) return sorted;
  // A question that may not be asked now is asked when sweep rings again: nothing is lost by it.
  const { allowed } = await gates.begin(converting.length, reading);
  const underway = converting.slice(0, allowed);
  const effects = await store.conversions(underway.map(({ id }) => id));
  const byId = new Map(effects.map((effect) => [effect.withdrawalId, effect]));
  for (const withdrawal of underway) {
    const effect = byId.get(withdrawal.id);
    if (effect === undefined) throw new Error(`${withdrawal.id} is converting without an effect`);
    const { transferId } = effect;
    if (transferId !== null) sorted.transferKnown.push({ withdrawal, effect, transferId });
    else if (effect.refusedCode !== null) sorted.refused.push({ withdrawal, effect });
    else if (payInModes[effect.payIn].isAskedFor) sorted.answerLost.push({ withdrawal, effect });
    else sorted.depositAwaited.push({ withdrawal, effect, transfer: null });
  }
  return sorted;
}

/** Answers those that wait for our dollars. */
async function followTransfers(world: OnRampWorld, known: readonly Known[]): Promise<Unpaid[]> {
  const unpaid: Unpaid[] = [];
  const groups = await all(
    known.map(async ({ transferId, ...one }): Promise<{ changes: Change[] }> => {
      const answer = await world.onRamp.status(transferId);
      // A question may be asked again at any time, and sweep rings for it.
      if (!answer.ok) return { changes: [] };
      const { value: transfer } = answer;
      const { state: is, payout } = transfer;
      if (is === 'awaiting-funds') unpaid.push({ ...one, transfer });
      const isPayoutRight = payInModes[one.effect.payIn].isPayoutRight(one, payout);
      const heard = { is, transfer, isPayoutRight, ...one };
      return { changes: conclude(endings.transfer, heard, one, world) };
    }),
  );
  await commitGroups(world.store, groups);
  return unpaid;
}

/** Answers those whose transfer is known by it. */
async function payIn(world: OnRampWorld, unpaid: readonly Unpaid[]): Promise<Known[]> {
  const known: Known[] = [];
  for (const name of payIns) {
    const alike = unpaid.filter(({ effect }) => effect.payIn === name);
    known.push(...(await payInModes[name].payFor(world, alike)));
  }
  return known;
}

/** A lost answer is looked up, and sent again only where that is safe. Answers those whose quote has run out unused. */
async function recoverAnswers(
  world: OnRampWorld,
  lost: readonly Converting[],
): Promise<Converting[]> {
  const kind = conversionEffect(world);
  const ended = await lookUpAndSend(world, kind, lost);
  const stranded = ended.flatMap(({ item, end }) => (end.is === 'waiting' ? [item] : []));
  await lookUpAndSend(world, kind, await exchangeQuotes(world, stranded));
  return ended.flatMap(({ item, end }) =>
    end.is === 'not-made' && end.code === expired ? [item] : [],
  );
}

/** Taken up by the client: what was asked of the on-ramp in an earlier round is followed first, never asked twice. */
async function visitTakenUp(
  world: OnRampWorld,
  reserved: readonly In<'reserved'>[],
): Promise<void> {
  if (reserved.length === 0) return;
  const effects = await world.store.conversions(reserved.map(({ id }) => id));
  const asked = new Set(effects.map(({ withdrawalId }) => withdrawalId));
  const now = world.clock.now();
  const groups = reserved
    .filter(({ id }) => asked.has(id))
    .map((from) => {
      const to = moveTo(from, 'converting', {}, now);
      return { to, changes: [{ change: 'withdrawal', from, to } satisfies Change] };
    });
  const moved = await commitGroups(world.store, groups);
  await all([
    visit(
      world,
      reserved.filter(({ id }) => !asked.has(id)),
    ),
    visit(
      world,
      moved.map(({ to }) => to),
    ),
  ]);
}
