/** The treasury's signatures, and the gas lanes' transactions that carry them. */
import { all } from '../../kernel/all.ts';
import { authorizationSeconds, payoutGasLimit } from '../../kernel/limits.ts';
import type { Address } from '../../kernel/networks.ts';
import type { Dice } from '../../kernel/world.ts';
import type { Payment, Preparation, Waits } from '../../payout/rail.ts';
import type { Sequence } from '../../store/change.ts';
import type { Store } from '../../store/store.ts';
import { type Authorization, detailsOf, type EvmAttempt } from './attempt.ts';
import type { Chain, Signer } from './chain.ts';
import { payoutNonce } from './nonce.ts';

export type SigningWorld = { store: Pick<Store, 'nextNumber'>; signer: Signer; dice: Dice };

/**
 * Each payment is signed once, and bound to the next nonces of one gas lane that has the ether for it; a lane whose nonces
 * went elsewhere is passed over. Nothing is signed at a price above the cap.
 */
export async function prepare(
  { store, signer, dice }: SigningWorld,
  chain: Chain,
  payments: readonly Payment[],
): Promise<Preparation> {
  const { network, chainId, token } = chain;
  const head = await chain.head();
  const [fees, lanes] = await Promise.all([chain.fees(), signer.lanes()]);
  const ready = (waits: Waits | null, bind: Preparation['bind']): Preparation => ({ waits, bind });
  const waiting = (why: Waits) => ready(why, async () => ({ changes: [], bound: [] }));
  if (fees.maxFeePerGas > fees.cap) return waiting('fee-above-cap');
  const ether = await all(lanes.map((lane) => chain.etherOf(lane)));
  const validBefore = Math.floor(head.latestAt / 1_000) + authorizationSeconds;
  const signed = new Map(
    await all(
      payments.map(async ({ withdrawalId, to, value }) => {
        const nonce = payoutNonce(chainId, token, withdrawalId);
        const authorization: Authorization = { to, value, validBefore, nonce };
        const signature = await signer.authorize(chain, authorization);
        return [withdrawalId, { authorization, signature }] as const;
      }),
    ),
  );
  const [first] = signed.values();
  const [lane] = lanes;
  if (lane === undefined) throw new Error('there is no gas lane: set EVM_GAS_KEYS');
  // Payments differ in gas by less than the margin.
  const gas = first === undefined ? payoutGasLimit : await chain.gasFor(lane, first);
  if (gas === null) return waiting('gas-above-cap');
  const cost = gas * fees.maxFeePerGas;
  /** What a lane has ether for; who does not say is taken at the lane's best. */
  const affords = lanes.map((_, index) => {
    const wei = ether[index] ?? null;
    return wei === null ? payments.length : Number(wei / cost);
  });
  if (affords.every((many) => many === 0)) return waiting('gas-short');
  const turns = affords.flatMap((many, index) => (many === 0 ? [] : [index]));
  let turn = Math.floor(dice.roll() * turns.length);
  return ready(null, async (some) => {
    const index = turns[turn % turns.length] ?? 0;
    const from = lanes[index] ?? lane;
    turn += 1;
    const free = await nextNonce(store, chain, from);
    const bound = await all(
      some.slice(0, affords[index]).map(async ({ withdrawalId }, place) => {
        const { authorization, signature } = signed.get(withdrawalId) ?? unsigned(withdrawalId);
        const carrier = { from, nonce: free.start + place, fees, gas };
        const { raw, hash } = await signer.carry(chain, carrier, authorization, signature);
        const attempt: EvmAttempt = {
          ...{ chainId, token, authorization, signature, carrier, raw, hash },
        };
        return { details: detailsOf(attempt), txId: hash, readFrom: head.final };
      }),
    );
    const sequence: Sequence = { network, address: from };
    const to = free.start + bound.length;
    return { changes: [{ change: 'sequence', sequence, from: free.from, to }], bound };
  });
}

function unsigned(withdrawalId: string): never {
  throw new Error(`${withdrawalId} was not prepared`);
}

/** The first nonce of the lane that nothing is bound to, and what the lane's record must still say. */
export async function nextNonce(
  store: Pick<Store, 'nextNumber'>,
  chain: Chain,
  address: Address,
): Promise<{ start: number; from: number | null }> {
  const [from, latest] = await Promise.all([
    store.nextNumber({ network: chain.network, address }),
    chain.transactionCount(address),
  ]);
  // The chain is ahead of the record when the key was used elsewhere: those nonces are gone.
  return { start: Math.max(from ?? 0, latest), from };
}
