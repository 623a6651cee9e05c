/** Plays a chain that mines and answers sends as the test says. test/adapters/evm.test.ts has a real one. */

import { encodeFunctionData, keccak256, parseTransaction, serializeTransaction } from 'viem';
import { payoutsAbi } from '../../lambdas/adapters/evm/abi.ts';
import type { Refusal } from '../../lambdas/core/payout/rail.ts';
import { authorizedIn } from '../../lambdas/core/rails/evm/batch.ts';
import type {
  Chain,
  ChainEvent,
  PayoutContract,
  SendReply,
  Signer,
} from '../../lambdas/core/rails/evm/chain.ts';
import type { Address, Hex } from '../../lambdas/core/rails/evm/hex.ts';
import { at, destination } from './things.ts';

export const token: Address = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
export const treasury: Address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
export const laneA: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
export const laneB: Address = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';

/** With whose nonce it is of, in small letters. */
type Event = ChainEvent & { by: Address };
const isOf = ({ by, nonce: used }: Event, payer: Address, nonce: Hex): boolean =>
  by === payer && used === nonce;

type Sent = {
  from: Address;
  nonce: number;
  authorization: Hex;
  to: Address;
  value: bigint;
  ends?: true;
};

export function testChain() {
  const sent: Hex[] = [];
  const counts = new Map<Address, { latest: number; pending: number | null }>();
  const ether = new Map<Address, bigint>();
  const events: Event[] = [];
  const replies: SendReply[] = [];
  const filled: number[] = [];
  const state = {
    latest: 100,
    latestAt: 1_000_000,
    finalAt: 0,
    balance: 10n ** 15n,
    takes: true,
    fee: 10n,
    cap: 10n ** 12n,
    gas: 100_000n as bigint | null,
    contract: { is: 'not-set' } as PayoutContract,
  };
  const refusals = new Map<Address, Refusal>();
  /** Whose the bytes of many are, which nobody signs here. */
  const carriers = new Map<Hex, Address>();

  const chain: Chain = {
    network: 'ethereum',
    chainId: 31_337,
    token,
    treasury,
    finalityMs: 2_000,
    head: async () => ({
      latest: state.latest,
      latestAt: at(state.latestAt),
      final: state.latest - 2,
    }),
    // `from` is only where to look first (test/adapters/evm-older-blocks.test.ts).
    isSpentAt: async (payer, nonce, height) =>
      events.some((one) => isOf(one, payer, nonce) && one.blockNumber <= height),
    authorizations: async (payer, nonces, _from, to) =>
      events.filter(
        ({ by, nonce, blockNumber }) => by === payer && nonces.includes(nonce) && blockNumber <= to,
      ),
    spent: async (payer, nonces) =>
      new Map(nonces.map((nonce) => [nonce, events.some((one) => isOf(one, payer, nonce))])),
    isDead: async ({ from, nonce, validBefore }) => {
      const final = events.filter(({ blockNumber }) => blockNumber <= state.latest - 2);
      const isUsed = final.some((one) => isOf(one, from, nonce));
      return state.finalAt > validBefore * 1_000 && !isUsed;
    },
    finalBalance: async () => ({ balance: state.balance, height: state.latest - 2 }),
    refusal: async (_payer, to) => refusals.get(to) ?? null,
    takes: async () => state.takes,
    fees: async () => ({ maxFeePerGas: state.fee, maxPriorityFeePerGas: 1n, cap: state.cap }),
    payoutContract: async () => state.contract,
    transactionCount: async (address) => counts.get(address)?.latest ?? 0,
    pendingCount: async (address) => counts.get(address)?.pending ?? null,
    etherOf: async (address) => ether.get(address) ?? 10n ** 18n,
    gasFor: async () => state.gas,
    send: async (raw) => {
      sent.push(raw);
      return replies.shift() ?? 'accepted';
    },
  };
  const bytes = (content: Sent & { fee: bigint }): Hex =>
    `0x${Buffer.from(JSON.stringify({ ...content, value: String(content.value), fee: String(content.fee) })).toString('hex')}`;
  const signer: Signer = {
    lanes: async () => [laneA, laneB],
    signs: () => true,
    authorize: async (_chain, { nonce, validBefore }) =>
      `${nonce}${validBefore.toString(16)}` as Hex,
    carry: async (_chain, { from, nonce, fees }, { to, value, nonce: authorization, ends }) => {
      const ending = ends ? { ends } : {};
      const raw = bytes({
        from,
        nonce,
        authorization,
        to,
        value,
        fee: fees.maxFeePerGas,
        ...ending,
      });
      return { raw, hash: `0x${raw.slice(-64)}` };
    },
    // The bytes of many are read again, so they are those of a transaction.
    carryAll: async (_chain, { from, nonce, fees, gas }, contract, members) => {
      const all = members.map(({ authorization: { to, value, validBefore, nonce: key } }) => ({
        ...{ to, value, validBefore: BigInt(validBefore), nonce: key, v: 27, r: key, s: key },
      }));
      const payer = members[0]?.authorization.from ?? treasury;
      const args = [token, payer, all] as const;
      const { maxFeePerGas, maxPriorityFeePerGas } = fees;
      const raw = serializeTransaction({
        ...{ type: 'eip1559', chainId: 31_337, nonce, to: contract, value: 0n },
        ...{ maxFeePerGas, maxPriorityFeePerGas, ...(gas === undefined ? {} : { gas }) },
        data: encodeFunctionData({ abi: payoutsAbi, functionName: 'pay', args }),
      });
      carriers.set(raw, from);
      return { raw, hash: keccak256(raw) };
    },
    fill: async (_chain, { nonce }) => {
      filled.push(nonce);
      return { raw: '0xf111', hash: '0xf1' };
    },
  };
  return {
    chain,
    signer,
    state,
    /** The carriers of all sends in order. */
    sends: () =>
      sent
        .filter((raw) => raw !== '0xf111')
        .filter((raw) => !carriers.has(raw))
        .map(
          (raw) =>
            JSON.parse(Buffer.from(raw.slice(2), 'hex').toString()) as {
              from: Address;
              nonce: number;
              authorization: Hex;
              fee: string;
              ends?: true;
            },
        ),
    /** The carriers of many. */
    batches: () =>
      sent
        .filter((raw) => carriers.has(raw))
        .map((raw) => {
          const { nonce = 0, gas = 0n, maxFeePerGas = 0n, to } = parseTransaction(raw);
          const members = authorizedIn(raw).map(({ authorization }) => authorization);
          return { from: carriers.get(raw), nonce, gas, fee: maxFeePerGas, to, members };
        }),
    sent,
    replies,
    filled,
    answer: (...list: SendReply[]) => replies.push(...list),
    refuse: (to: Address, refusal: Refusal | null) =>
      refusal === null ? refusals.delete(to) : refusals.set(to, refusal),
    count: (address: Address, latest: number, pending: number | null = latest) =>
      counts.set(address, { latest, pending }),
    endow: (address: Address, wei: bigint) => ether.set(address, wei),
    mine: (nonce: Hex, given: Partial<Event> = {}) => {
      state.latest += 1;
      events.push({
        kind: 'used',
        by: chain.treasury.toLowerCase() as Address,
        nonce,
        txHash: '0xbeef',
        blockNumber: state.latest,
        blockHash: '0xb10c',
        logIndex: 0,
        transfer: { to: destination, value: 99_500_000n, logIndex: 1 },
        ...given,
      });
    },
  };
}
