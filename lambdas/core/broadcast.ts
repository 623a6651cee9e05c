/**
 * 4-broadcast: sign the payout and save its bytes, then hand them to the chain. `signed` is the point of no return:
 * from there on only the chain may say that it was not paid (5-confirm).
 */
import { all } from './all.ts';
import type { PerhapsBrokerage } from './brokerage-debit.ts';
import { carryOn } from './carry-on.ts';
import { commitGroups } from './commit.ts';
import { sendSaved } from './effect.ts';
import { hasJournal, stillFunded } from './funding.ts';
import type { WithdrawalId } from './ids.ts';
import { authorizationSeconds, payoutBatchMax } from './limits.ts';
import { type Minor, minor } from './money.ts';
import { type PayoutAttempt, payoutNonce } from './payout.ts';
import { type Payout, payoutOf, payouts, type Sent } from './payout-effect.ts';
import type { Authorization, Chain, Change, Head, Signer, Store } from './ports.ts';
import { retryOrRefund } from './retry.ts';
import {
  type Failure,
  type In,
  moveTo,
  type Network,
  needsOnRamp,
  type Withdrawal,
} from './withdrawal.ts';

export type PayoutWorld = PerhapsBrokerage & {
  chains: (network: Network) => Promise<Chain>;
  signer: Signer;
};
type Payable = In<'reserved' | 'converted'>;

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

const owed = (one: Payable): { payout: Minor; fee: Minor } =>
  one.stage === 'converted' ? one : { payout: one.amount, fee: minor(0n) };

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
    await sendSaved(world, payouts(chain, head, world.clock), saved);
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

/**
 * Signs the payouts and binds each to the next nonce of one gas lane. What was saved may be sent; a signature that
 * was not saved never leaves this function.
 */
async function signAndSave(
  world: PayoutWorld,
  chain: Chain,
  head: Head,
  payables: readonly Payable[],
): Promise<Payout[]> {
  const { store, signer, clock, dice } = world;
  const [fees, lanes] = await Promise.all([chain.fees(), signer.lanes()]);
  const signed = await all(payables.map((one) => authorize(signer, chain, one, head)));
  let rest = signed;
  const firstLane = Math.floor(dice.roll() * lanes.length);
  for (let turn = firstLane; rest.length > 0; turn += 1) {
    const address = lanes[turn % lanes.length];
    if (address === undefined) throw new Error('there is no gas lane: set EVM_GAS_KEYS');
    const lane = { network: chain.network, address };
    const { start, from } = await nextNonce(store, chain, lane);
    const saved = await all(
      rest.map(
        async (
          { from: one, authorization, signature },
          index,
        ): Promise<Payout & { from: Payable }> => {
          const carrier = { from: address, nonce: start + index, fees };
          const { raw, hash } = await signer.carry(chain, carrier, authorization, signature);
          const attempt: PayoutAttempt = {
            withdrawalId: one.id,
            number: 1,
            chainId: chain.chainId,
            token: chain.token,
            authorization,
            signature,
            carrier,
            raw,
            hash,
            createdAt: clock.now(),
          };
          const facts = { ...owed(one), attempts: 1, txHash: hash, fromBlock: head.final };
          const { payout, fee, ...known } = facts;
          const to = moveTo(one, 'signed', { payout, fee, ...known }, clock.now()) as In<'signed'>;
          return { from: one, ...payoutOf(to, attempt) };
        },
      ),
    );
    const refused = await store.commit([
      { change: 'lane', lane, from, to: start + saved.length },
      ...saved.flatMap(({ from: one, withdrawal, attempt }): Change[] => [
        { change: 'attempt', attempt },
        { change: 'withdrawal', from: one, to: withdrawal },
      ]),
    ]);
    if (refused.length === 0) return saved;
    // Index 0 is the lane: another worker took its nonces, so take another lane. The rest are withdrawals that moved on.
    const movedOn = new Set(
      refused.filter((index) => index > 0).map((index) => Math.floor((index - 1) / 2)),
    );
    rest = rest.filter((_, index) => !movedOn.has(index));
  }
  return [];
}

async function authorize(
  signer: Signer,
  chain: Chain,
  from: Payable,
  head: Head,
): Promise<{ from: Payable; authorization: Authorization; signature: `0x${string}` }> {
  const authorization: Authorization = {
    to: from.destination,
    value: owed(from).payout,
    validBefore: Math.floor(head.latestAt / 1_000) + authorizationSeconds,
    nonce: payoutNonce(chain.chainId, chain.token, from.id),
  };
  return { from, authorization, signature: await signer.authorize(chain, authorization) };
}

/** The first nonce of the lane that nothing is bound to, and what the lane's record must still say. */
export async function nextNonce(
  store: Store,
  chain: Chain,
  lane: { network: Network; address: `0x${string}` },
): Promise<{ start: number; from: number | null }> {
  const [from, { latest }] = await Promise.all([
    store.laneNonce(lane),
    chain.transactionCount(lane.address),
  ]);
  // The chain is ahead of the record when the key was used elsewhere: those nonces are gone.
  return { start: Math.max(from ?? 0, latest), from };
}
