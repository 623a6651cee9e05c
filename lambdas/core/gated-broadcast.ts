/** 4-broadcast and 5-confirm behind the circuit breakers of the chains' nodes: reading and sending fail apart. */
import { readingFrom, sendingTo } from './breaker-names.ts';
import { makeBroadcast, type PayoutWorld } from './broadcast.ts';
import { commitGroups } from './commit.ts';
import { type Gates, gatedChains } from './gates.ts';
import type { Instant, WithdrawalId } from './ids.ts';
import { waitFor } from './retry.ts';
import { type Network, networks, stepFor, type Withdrawal } from './withdrawal.ts';

export const makeGatedBroadcast = ({ gates, ...world }: PayoutWorld & { gates: Gates }) => {
  const broadcast = makeBroadcast({ ...world, chains: gatedChains(world.chains, gates) });
  return (ids: readonly WithdrawalId[]): Promise<void> =>
    gates.during(async () => {
      try {
        await broadcast(ids);
      } finally {
        await wait(world, gates, ids);
      }
    });
};

/** What could not be handed to a node waits for it, visible as RETRYING, and is rung when it may be back. */
async function wait(
  { store, clock, dice }: PayoutWorld,
  gates: Gates,
  ids: readonly WithdrawalId[],
): Promise<void> {
  const shut = new Map<Network, Instant>(
    networks.flatMap((network) => {
      const until = gates.foundShut(readingFrom(network)) ?? gates.foundShut(sendingTo(network));
      return until === null ? [] : [[network, until] as const];
    }),
  );
  if (shut.size === 0) return;
  const now = clock.now();
  const waits = (one: Withdrawal): boolean =>
    stepFor(one) === 'broadcast' && (one.nextAttemptAt === null || one.nextAttemptAt <= now);
  const groups = (await store.withdrawals(ids)).filter(waits).flatMap((from) => {
    const until = shut.get(from.network);
    if (until === undefined) return [];
    const to = waitFor(from, until, now, dice);
    return [{ changes: [{ change: 'withdrawal', from, to } as const] }];
  });
  await commitGroups(store, groups);
}
