import type { PerhapsBrokerage } from '../../brokerage/world.ts';
import { all } from '../../kernel/all.ts';
import { authorizationSeconds } from '../../kernel/limits.ts';
import { type Minor, minor } from '../../kernel/money.ts';
import type { Network } from '../../kernel/networks.ts';
import type { Authorization, PayoutAttempt } from '../../store/attempt.ts';
import type { Change } from '../../store/change.ts';
import type { Store } from '../../store/store.ts';
import { type In, moveTo } from '../../withdrawal/withdrawal.ts';
import type { Chain, Head, Signer } from './chain.ts';
import { payoutNonce } from './nonce.ts';
import { type Payout, payoutOf } from './payout-effect.ts';

export type PayoutWorld = PerhapsBrokerage & {
  chains: (network: Network) => Promise<Chain>;
  signer: Signer;
};
export type Payable = In<'reserved' | 'converted'>;

export const owed = (one: Payable): { payout: Minor; fee: Minor } =>
  one.stage === 'converted' ? one : { payout: one.amount, fee: minor(0n) };

/**
 * Signs the payouts and binds each to the next nonce of one gas lane. What was saved may be sent; a signature that
 * was not saved never leaves this function.
 */
export async function signAndSave(
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
