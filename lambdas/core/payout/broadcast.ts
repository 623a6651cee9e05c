/**
 * 4-broadcast: sign the payout and save its bytes, then hand them to the chain. `signed` is the point of no return:
 * from there on only the chain may say that it was not paid (5-confirm).
 */
import { type Gates, gatedChains } from '../breakers/gates.ts';
import { readingFrom, sendingTo } from '../breakers/names.ts';
import { hasJournal, stillFunded } from '../brokerage/funding.ts';
import { sendSaved } from '../effect/effect.ts';
import { all } from '../kernel/all.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { payoutBatchMax } from '../kernel/limits.ts';
import { type Network, networks } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import { carryOn } from '../rails/evm/carry-on.ts';
import type { Chain } from '../rails/evm/chain.ts';
import { payoutEffect, type Sent } from '../rails/evm/payout-effect.ts';
import { owed, type Payable, type PayoutWorld, signAndSave } from '../rails/evm/sign.ts';
import type { Change } from '../store/change.ts';
import { commitGroups } from '../store/store.ts';
import { retryOrRefund, waitFor } from '../withdrawal/retry.ts';
import { type Failure, needsOnRamp, stepFor, type Withdrawal } from '../withdrawal/withdrawal.ts';

export const makeBroadcast =
  (world: PayoutWorld) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const now = world.clock.now();
    const due = (await world.store.withdrawals(ids)).filter(
      ({ nextAttemptAt }) => nextAttemptAt === null || nextAttemptAt <= now,
    );
    const networks = new Set(due.map(({ network }) => network));
    await all(
      [...networks].map(async (network) => {
        const chain = await world.chains(network);
        const here = due.filter((one) => one.network === network);
        const payables = here.filter(isPayable);
        await signAndSend(
          world,
          chain,
          payables.filter((one) => !hasJournal(one)),
        );
        const sent = here.filter(
          (one): one is Sent => one.stage === 'signed' || one.stage === 'broadcast',
        );
        await carryOn(world, chain, sent);
        // Last, so that nobody else waits for the brokerage.
        await signAndSend(world, chain, payables.filter(hasJournal));
      }),
    );
  };

const isPayable = (one: Withdrawal): one is Payable =>
  one.stage === 'converted' || (one.stage === 'reserved' && !needsOnRamp(one));

async function signAndSend(
  world: PayoutWorld,
  chain: Chain,
  payables: readonly Payable[],
): Promise<void> {
  const ready = await withoutRefused(world, chain, payables);
  for (let start = 0; start < ready.length; start += payoutBatchMax) {
    // Asked right before they are signed: what was executed an hour ago may be reversed by now.
    const batch = await stillFunded(world, ready.slice(start, start + payoutBatchMax));
    const head = await chain.head();
    const saved = await signAndSave(world, chain, head, batch);
    await sendSaved(world, payoutEffect(chain, head, world.clock), saved);
  }
}

/** Leaves out what the token would refuse now. Nothing is signed yet, so giving up is still harmless. */
async function withoutRefused(
  { store, clock, dice }: PayoutWorld,
  chain: Chain,
  payables: readonly Payable[],
): Promise<Payable[]> {
  if (payables.length === 0) return [];
  let funds = await chain.treasuryBalance();
  const ready: Payable[] = [];
  const groups: { changes: Change[] }[] = [];
  const refusals = await all(
    payables.map(async (one) => ({
      one,
      refusal: await chain.refusal(one.destination, owed(one).payout),
    })),
  );
  for (const { one, refusal } of refusals) {
    if (refusal === null) {
      funds -= owed(one).payout;
      if (funds >= 0n) ready.push(one); // The others wait until the treasury has been filled again.
    } else if (!refusal.passing) {
      const message = 'The token does not allow a transfer to this address.';
      const failure: Failure = { code: 'PAYOUT_REVERTED', message, retryable: true };
      const to = retryOrRefund(one, failure, { proof: 'never-sent' }, clock.now(), dice);
      groups.push({ changes: [{ change: 'withdrawal', from: one, to }] });
    }
  }
  await commitGroups(store, groups);
  return ready;
}

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
