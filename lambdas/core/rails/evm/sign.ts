/** The treasury's signatures, and the gas lanes' transactions that carry them. */
import { all } from '../../kernel/all.ts';
import { KeysAwayError, ShutError, UnavailableError } from '../../kernel/errors.ts';
import type { WithdrawalId } from '../../kernel/ids.ts';
import { sumOf } from '../../kernel/money.ts';
import type { Clock, Dice } from '../../kernel/world.ts';
import type { Payment, Preparation } from '../../payout/rail.ts';
import type { Change, Sequence } from '../../store/change.ts';
import type { Store, Travelling } from '../../store/store.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import { type Authorization, type Authorized, detailsOf, type EvmAttempt } from './attempt.ts';
import type { Chain, Head, Signer } from './chain.ts';
import type { Funds } from './funds.ts';
import { type Address, evmOnly } from './hex.ts';
import {
  authorizationSeconds,
  laneAheadMax,
  laneFillsMax,
  laneGoodMs,
  lanesAlongMax,
  payoutGasLimit,
} from './limits.ts';
import { payoutNonce } from './nonce.ts';
import { carriedTogether, type Member, membersMax } from './together.ts';

export type SigningWorld = {
  store: Store;
  signer: Signer;
  dice: Dice;
  clock: Clock;
};

/**
 * Each payment is signed once, and bound to the next nonces of one gas lane that has the ether for it; a lane whose nonces
 * went elsewhere is passed over. Several share one nonce, where the payout contract carries them together. Nothing is signed at
 * a price above the cap.
 */
export async function prepare(
  world: SigningWorld,
  chain: Chain,
  funds: Funds,
  payments: readonly Payment[],
): Promise<Preparation> {
  const { store, signer, dice } = world;
  const { network, chainId, token } = chain;
  const payer = payerOn(chain);
  const lanes = await signer.lanes();
  const [head, fees, contract, ether] = await all([
    chain.head(),
    chain.fees(),
    payments.length > 1 ? contractOn(chain) : null,
    all(lanes.map((lane) => chain.etherOf(lane))),
  ]);
  const waiting = (why: WaitReason): Preparation => ({
    waits: why,
    bind: async () => ({ changes: [], bound: [] }),
  });
  if (fees.maxFeePerGas > fees.cap) return waiting('fee-above-cap');
  const { signed, unsigned } = await authorized(signer, chain, head, payments);
  const [first] = signed.values();
  const [lane] = lanes;
  if (lane === undefined) throw new Error('there is no gas lane: set EVM_GAS_KEYS');
  // Payments differ in gas by less than the margin.
  const gas = first === undefined ? payoutGasLimit : await chain.gasFor(lane, first);
  if (gas === null) return waiting('gas-above-cap');
  const cost = gas * fees.maxFeePerGas;
  /** How many more each lane has ether for; who does not say is taken at the lane's best. */
  const left = lanes.map((_, index) => {
    const wei = ether[index] ?? null;
    return wei === null ? payments.length : Number(wei / cost);
  });
  if (left.every((many) => many === 0)) return waiting('gas-short');
  let turn = Math.floor(dice.roll() * lanes.length);
  // Whoever was refused once reads the number anew: others are signing on these lanes, too.
  let mayBeOld = payments.length === 1 && lanes.length <= lanesAlongMax;
  const bind: Preparation['bind'] = async (some) => {
    const places = lanes
      .map((_, place) => (turn + place) % lanes.length)
      .filter((place) => (left[place] ?? 0) > 0);
    const next = await firstNear(store, chain, lanes, places, mayBeOld);
    mayBeOld = false;
    if (next === null) return { changes: [], bound: [], waits: 'gas-short' };
    const { index, from, free } = next;
    const affordable = await whatFits(funds, some);
    if (affordable.length === 0) return { changes: [], bound: [], waits: 'treasury-short' };
    turn = index + 1;
    const many = Math.min(affordable.length, left[index] ?? 0);
    const together = Math.min(many, contract === null ? 1 : membersMax(gas, fees.maxFeePerGas));
    const paid = affordable.slice(0, together > 1 ? together : many);
    // What is bound once more, because somebody else was faster, counts twice here: another visit asks for the ether anew.
    left[index] = (left[index] ?? 0) - paid.length;
    const promises = await funds.promise(paid);
    const known = { readFrom: head.final, payer };
    const sequence: Sequence = { network, address: from };
    const upTo = (to: number): Change => ({
      ...{ change: 'sequence', sequence, from: free.from, to },
    });
    if (contract !== null && together > 1) {
      const carrier = { from, nonce: free.start, fees, gas };
      const members = paid.map(({ withdrawalId }): Member => {
        return {
          withdrawalId,
          number: 1,
          ...(signed.get(withdrawalId) ?? notPrepared(withdrawalId)),
        };
      });
      const { batch, txId } = await carriedTogether(world, chain, contract, carrier, members);
      const bound = paid.map(({ withdrawalId }) => ({ withdrawalId, batch, txId, ...known }));
      const saved: Change = { change: 'batch', batch };
      return { changes: [upTo(free.start + 1), ...promises, saved], bound };
    }
    const bound = await all(
      paid.map(async ({ withdrawalId }, place) => {
        const { authorization, signature } = signed.get(withdrawalId) ?? notPrepared(withdrawalId);
        const carrier = { from, nonce: free.start + place, fees, gas };
        const { raw, hash } = await signer.carry(chain, carrier, authorization, signature);
        const attempt: EvmAttempt = {
          ...{ chainId, token, authorization, signature, carrier, raw, hash },
        };
        return { withdrawalId, details: detailsOf(attempt), txId: hash, ...known };
      }),
    );
    return { changes: [upTo(free.start + bound.length), ...promises], bound };
  };
  return { waits: null, unsigned, bind };
}

/**
 * The treasury's signature of each payment. A key that does not sign all of them, as when so many are asked for that KMS refuses some, is no
 * reason to throw away what it has signed. Throws KeysAwayError when it signs none.
 */
async function authorized(
  signer: Signer,
  chain: Chain,
  { latestAt }: Head,
  payments: readonly Payment[],
) {
  const { chainId, token } = chain;
  const validBefore = Math.floor(latestAt / 1_000) + authorizationSeconds;
  const signed = new Map<WithdrawalId, Authorized>();
  const unsigned = new Map<WithdrawalId, KeysAwayError>();
  await all(
    payments.map(async ({ withdrawalId, to, value }) => {
      const authorization: Authorization = {
        ...{ from: payerOn(chain), to: evmOnly(to), value, validBefore },
        nonce: payoutNonce(chainId, token, withdrawalId),
      };
      try {
        const signature = await signer.authorize(chain, authorization);
        signed.set(withdrawalId, { authorization, signature });
      } catch (error) {
        if (!(error instanceof KeysAwayError)) throw error;
        unsigned.set(withdrawalId, error);
      }
    }),
  );
  const [why] = unsigned.values();
  if (signed.size === 0 && why !== undefined) throw why;
  return { signed, unsigned };
}

/** The contract that carries payouts together; `null`: there is none that may be used now, and each goes alone. */
export async function contractOn(chain: Pick<Chain, 'payoutContract'>): Promise<Address | null> {
  try {
    const contract = await chain.payoutContract();
    return contract.is === 'ready' ? contract.address : null;
  } catch (error) {
    // Who does not say what stands there may take single payouts all the same.
    if (!(error instanceof UnavailableError) || error instanceof ShutError) throw error;
    return null;
  }
}

/**
 * The first of these lanes whose next nonce is not far ahead of the chain, or the first of all; `null`: there is none. A record that
 * `mayBeOld` has come along with the withdrawal, as all lanes' do.
 */
async function firstNear(
  store: Pick<Store, 'nextNumber'>,
  chain: Chain,
  lanes: readonly Address[],
  places: readonly number[],
  mayBeOld: boolean,
) {
  const { network } = chain;
  const travelling: Travelling | undefined = mayBeOld
    ? { goodMs: laneGoodMs, with: lanes.map((address) => ({ network, address })) }
    : undefined;
  let first: { index: number; from: Address; free: Awaited<ReturnType<typeof nextNonce>> } | null =
    null;
  for (const index of places) {
    const from = lanes[index];
    if (from === undefined) continue;
    const free = await nextNonce(store, chain, from, travelling);
    first ??= { index, from, free };
    if (free.start - free.latest <= laneAheadMax) return { index, from, free };
  }
  return first;
}

/** Those that there is money for, the first of them first; a large one that there is not enough for holds up no small one. */
async function whatFits(funds: Funds, payments: readonly Payment[]): Promise<Payment[]> {
  let free = await funds.free(sumOf(payments.map(({ value }) => value)));
  return payments.filter(({ value }) => {
    const fits = value <= free;
    if (fits) free -= value;
    return fits;
  });
}

/** Who pays what is signed now. */
export const payerOn = ({ treasury }: Pick<Chain, 'treasury'>): Address =>
  treasury.toLowerCase() as Address;

function notPrepared(withdrawalId: string): never {
  throw new Error(`${withdrawalId} was not prepared`);
}

/** The first nonce of the lane that nothing is bound to, and what the lane's record must still say. */
export async function nextNonce(
  store: Pick<Store, 'nextNumber'>,
  chain: Pick<Chain, 'network' | 'transactionCount'>,
  address: Address,
  travelling?: Travelling,
): Promise<{ start: number; from: number | null; latest: number }> {
  const latest = await chain.transactionCount(address);
  // The record last, or as it came along: what another worker binds between this and the write that saves is signed for nothing.
  const from = await store.nextNumber({ network: chain.network, address }, travelling);
  // Far ahead of the record it may be another chain's word: all nonces between would have to be filled, so it is asked once more.
  const isFar = from !== null && latest > from + laneFillsMax;
  const used = isFar ? Math.min(latest, await chain.transactionCount(address)) : latest;
  // The chain is ahead of the record when the key was used elsewhere: those nonces are gone.
  return { start: Math.max(from ?? 0, used), from, latest: used };
}
