/** Makes steps 4 and 5 on a chain of their own, and so with gas lanes and a treasury of their own. */
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { makeBroadcast } from '../../lambdas/core/payout/broadcast.ts';
import { makeConfirm } from '../../lambdas/core/payout/confirm.ts';
import type { Address } from '../../lambdas/core/rails/evm/hex.ts';
import { payoutNonce } from '../../lambdas/core/rails/evm/nonce.ts';
import { evmRails } from '../../lambdas/core/rails/evm/rail.ts';
import type { Switches } from '../../lambdas/core/switches/switches.ts';
import { laneA, laneB, testChain, token, treasury } from './chain.ts';
import { allOn } from './gates.ts';
import { testClock } from './things.ts';
import { stepWorld, type TestWorld } from './world.ts';

let chains = 0;

export function startPayouts(
  { store }: Pick<TestWorld, 'store'>,
  roll = 0,
  switches: Switches = allOn,
) {
  const clock = testClock();
  const fake = testChain();
  chains += 1;
  const own = (one: Address): Address =>
    `${one.slice(0, -4)}${String(chains).padStart(4, '0')}` as Address;
  fake.chain.treasury = own(treasury);
  const lanes = [own(laneA), own(laneB)] as const;
  let keys: readonly Address[] = lanes;
  const signer = { ...fake.signer, lanes: async () => keys };
  const world = { ...stepWorld(store, clock), switches, dice: { roll: () => roll } };
  const rails = evmRails(async () => fake.chain, { ...world, signer });
  return {
    ...fake,
    signer,
    clock,
    lanes,
    lane: lanes[0],
    /** Takes the keys of the other gas lanes away. */
    keep: (left: readonly Address[]) => {
      keys = left;
    },
    broadcast: makeBroadcast({ ...world, rails }),
    confirm: makeConfirm({ ...world, rails }),
  };
}

/** The nonce of this withdrawal's payout on these chains. */
export const nonceOf = (id: WithdrawalId) => payoutNonce(31_337, token, id);
