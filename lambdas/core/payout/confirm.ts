/** 5-confirm: what the chain finally says of a payout. It is read from its exclusive resource, never from the fate of one attempt. */
import type { Gates } from '../breakers/gates.ts';
import { readingFrom } from '../breakers/names.ts';
import { all } from '../kernel/all.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { routeKey } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { commitGroups, type Store } from '../store/store.ts';
import { inReview } from '../withdrawal/retry.ts';
import { type In, moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { notTaken } from './ending.ts';
import type { Rails, RailView, Verdict } from './rail.ts';

export type ConfirmWorld = {
  store: Store;
  rails: Rails<RailView>;
  clock: Clock;
  gates: Pick<Gates, 'begin' | 'during'>;
};

export const makeConfirm =
  (world: ConfirmWorld) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const sent = (await world.store.withdrawals(ids)).filter(
      (one): one is In<'broadcast'> => one.stage === 'broadcast',
    );
    const byRoute = Map.groupBy(sent, routeKey);
    await world.gates.during(() =>
      all([...byRoute.values()].map((some) => readVerdicts(world, some))),
    );
  };

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
  const groups = sent.flatMap((from) => {
    const verdict = verdicts.get(from.id);
    if (verdict === undefined) return [];
    const to = decided(from, verdict, clock.now());
    return [{ changes: [{ change: 'withdrawal', from, to } as const] }];
  });
  await commitGroups(store, groups);
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
