/** The treasury's signatures, and the gas lanes' transactions that carry them. */
import { all } from '../../kernel/all.ts';
import type { Address } from '../../kernel/networks.ts';
import type { Dice } from '../../kernel/world.ts';
import type { Payment, Preparation } from '../../payout/rail.ts';
import type { Sequence } from '../../store/change.ts';
import type { Store } from '../../store/store.ts';
import { type Authorization, detailsOf, type EvmAttempt } from './attempt.ts';
import type { Chain, Signer } from './chain.ts';
import { authorizationSeconds } from './limits.ts';
import { payoutNonce } from './nonce.ts';

export type SigningWorld = {
  store: Pick<Store, 'nextNumber' | 'attempt'>;
  signer: Signer;
  dice: Dice;
};

/** Each payment is signed once, and bound to the next nonces of one gas lane; a lane whose nonces went elsewhere is passed over. */
export async function prepare(
  { store, signer, dice }: SigningWorld,
  chain: Chain,
  payments: readonly Payment[],
): Promise<Preparation> {
  const { network, chainId, token } = chain;
  const payer = payerOn(chain);
  const head = await chain.head();
  const [fees, lanes] = await Promise.all([chain.fees(), signer.lanes()]);
  const validBefore = Math.floor(head.latestAt / 1_000) + authorizationSeconds;
  const signed = new Map(
    await all(
      payments.map(async ({ withdrawalId, to, value }) => {
        const nonce = payoutNonce(chainId, token, withdrawalId);
        const authorization: Authorization = { from: payer, to, value, validBefore, nonce };
        const signature = await signer.authorize(chain, authorization);
        return [withdrawalId, { authorization, signature }] as const;
      }),
    ),
  );
  let turn = Math.floor(dice.roll() * lanes.length);
  return {
    bind: async (some) => {
      const from = lanes[turn % lanes.length];
      if (from === undefined) throw new Error('there is no gas lane: set EVM_GAS_KEYS');
      turn += 1;
      const free = await nextNonce(store, chain, from);
      const bound = await all(
        some.map(async ({ withdrawalId }, index) => {
          const { authorization, signature } = signed.get(withdrawalId) ?? unsigned(withdrawalId);
          const carrier = { from, nonce: free.start + index, fees };
          const { raw, hash } = await signer.carry(chain, carrier, authorization, signature);
          const attempt: EvmAttempt = {
            ...{ chainId, token, authorization, signature, carrier, raw, hash },
          };
          const details = detailsOf(attempt);
          return { withdrawalId, details, txId: hash, readFrom: head.final, payer };
        }),
      );
      const sequence: Sequence = { network, address: from };
      const to = free.start + some.length;
      return { changes: [{ change: 'sequence', sequence, from: free.from, to }], bound };
    },
  };
}

/** Who pays what is signed now. */
export const payerOn = ({ treasury }: Chain): Address => treasury.toLowerCase() as Address;

function unsigned(withdrawalId: string): never {
  throw new Error(`${withdrawalId} was not prepared`);
}

/** The first nonce of the lane that nothing is bound to, and what the lane's record must still say. */
export async function nextNonce(
  store: Pick<Store, 'nextNumber'>,
  chain: Chain,
  address: Address,
): Promise<{ start: number; from: number | null }> {
  const [from, { latest }] = await Promise.all([
    store.nextNumber({ network: chain.network, address }),
    chain.transactionCount(address),
  ]);
  // The chain is ahead of the record when the key was used elsewhere: those nonces are gone.
  return { start: Math.max(from ?? 0, latest), from };
}
