/** 5-confirm: what the chain finally says of a payout. It is read from its exclusive resource, never from the fate of one attempt. */
import type { Gates } from '../breakers/gates.ts';
import { readingFrom } from '../breakers/names.ts';
import { all } from '../kernel/all.ts';
import type { Budget } from '../kernel/budget.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { routeKey } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { commitGroups, type Store } from '../store/store.ts';
import { dueByItself, isLed, leads } from '../withdrawal/due.ts';
import { inReview } from '../withdrawal/retry.ts';
import { type In, moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { notTaken } from './ending.ts';
import type { Rails, RailView, Verdict } from './rail.ts';

export type ConfirmWorld = {
  store: Store;
  rails: Rails<RailView>;
  clock: Clock;
  gates: Pick<Gates, 'begin' | 'during'>;
  budget: Budget;
};

/** The batches whose verdicts are read at once: of one, all that are on their way are looked at, whichever of them is rung for. */
const batchesAtOnce = 10;
/** What the chain says, and what is saved of it: each may take as long as a call may. */
const callsInTurn = 2;

/** The step. When its time is up before all is read, sweep rings again for the rest. */
export const makeConfirm =
  (world: ConfirmWorld) =>
  async (ids: readonly WithdrawalId[]): Promise<'done' | 'unfinished'> => {
    const { store, gates, budget } = world;
    const rung = (await store.withdrawals(ids)).filter(isOnItsWay);
    const byBatch = Map.groupBy(rung, ({ payoutBatch }) => payoutBatch ?? null);
    const alone = byBatch.get(null) ?? [];
    const batches = [...byBatch.keys()].filter((id) => id !== null);
    const read = (sent: readonly In<'broadcast'>[]) =>
      gates.during(() =>
        all([...Map.groupBy(sent, routeKey).values()].map((some) => readVerdicts(world, some))),
      );
    const failures: unknown[] = [];
    if (alone.length > 0) await read(alone);
    let start = 0;
    for (; start < batches.length; start += batchesAtOnce) {
      if (start > 0 && !budget.allows({ calls: callsInTurn })) break;
      const some = batches.slice(start, start + batchesAtOnce);
      const own = some.flatMap((id) => byBatch.get(id) ?? []);
      let others: In<'broadcast'>[] = [];
      try {
        others = await companionsOf(store, some, own);
      } catch (error) {
        // They only come along: whoever was rung for is looked at whatever is wrong with them.
        failures.push(error);
      }
      await read([...own, ...others]);
    }
    if (failures.length > 0) throw failures[0];
    return start < batches.length ? 'unfinished' : 'done';
  };

const isOnItsWay = (one: Withdrawal): one is In<'broadcast'> => one.stage === 'broadcast';

/** The other members of these batches. One whose latest attempt is another by now may be paid all the same. */
async function companionsOf(
  store: Pick<Store, 'readable' | 'batch'>,
  batches: readonly string[],
  own: readonly In<'broadcast'>[],
): Promise<In<'broadcast'>[]> {
  const known = new Set(own.map(({ id }) => id));
  const found = await all(batches.map((id) => store.batch(id)));
  const members = found.flatMap((batch) => [...(batch?.members.keys() ?? [])]);
  const others = [...new Set(members)].filter((id) => !known.has(id));
  return others.length === 0 ? [] : (await store.readable(others)).filter(isOnItsWay);
}

async function readVerdicts(
  { store, rails, clock, gates }: ConfirmWorld,
  sent: readonly In<'broadcast'>[],
): Promise<void> {
  const [first] = sent;
  if (first === undefined) return;
  const { network, asset } = first;
  // One question serves them all. Sweep asks again when it may be asked.
  if ((await gates.begin(1, readingFrom(network))).allowed === 0) return;
  const verdicts = await (await rails({ network, asset })).verdicts(sent);
  const now = clock.now();
  const moves = sent.flatMap((from) => {
    const verdict = verdicts.get(from.id);
    return verdict === undefined ? [] : [moveOf(from, decided(from, verdict, now))];
  });
  const dueAlone = leftBehind(sent, verdicts).map((from) => moveOf(from, dueByItself(from, now)));
  // Whoever leads a batch goes last, and only when all others are saved: else sweep rings for it again.
  const others = [...moves.filter(({ from }) => !leads(from)), ...dueAlone];
  const made = new Set(await commitGroups(store, others));
  const unsaved = new Set(others.flatMap((one) => (made.has(one) ? [] : [one.from.payoutBatch])));
  const last = moves.filter(({ from }) => leads(from) && !unsaved.has(from.payoutBatch));
  await commitGroups(store, last);
}

const moveOf = (from: In<'broadcast'>, to: Withdrawal) => ({
  from,
  changes: [{ change: 'withdrawal', from, to } as const],
});

/**
 * Those without a verdict, such as who was skipped, whose batch has verdicts now and nobody left who is due. Sweep would look at them by
 * chance only, and at what was accepted hours ago once an hour.
 */
function leftBehind(
  sent: readonly In<'broadcast'>[],
  verdicts: ReadonlyMap<WithdrawalId, Verdict>,
): In<'broadcast'>[] {
  const byBatch = Map.groupBy(sent, ({ payoutBatch }) => payoutBatch);
  return [...byBatch.values()].flatMap((members) => {
    const left = members.filter(({ id }) => !verdicts.has(id));
    return left.length < members.length && left.every(isLed) ? left : [];
  });
}

function decided(from: In<'broadcast'>, verdict: Verdict, now: Instant): Withdrawal {
  switch (verdict.is) {
    case 'paid': {
      const { payout, fee, attempts, readFrom } = from;
      const { txId, place, confirmations } = verdict;
      const facts = { payout, fee, attempts, readFrom, txId, place, confirmations };
      return moveTo(from, 'confirmed', facts, now);
    }
    case 'cancelled': {
      const { ending: failure } = from;
      // Whoever else has cancelled it could do so with our key only, or it is one node's word: that is looked at twice, and two
      // people decide in between.
      const isOurs = failure !== undefined && (verdict.byUs || wasReviewed(from));
      if (!isOurs) return inReview(from, 'The payout was cancelled on chain, and not by us.', now);
      const proof = { proof: 'cancelled', at: verdict.at } as const;
      return moveTo(from, 'refunding', { failure, proof }, now);
    }
    case 'reverted': {
      const proof = { proof: 'cancelled', at: verdict.at } as const;
      return moveTo(from, 'refunding', { failure: from.ending ?? notTaken, proof }, now);
    }
    case 'wrong':
      return inReview(from, verdict.message, now);
    default:
      return verdict satisfies never;
  }
}

const wasReviewed = ({ history }: In<'broadcast'>): boolean =>
  history.some(({ stage }) => stage === 'review');
