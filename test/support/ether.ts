/** Plays a chain of plain transfers, which the test mines, and makes steps 4 and 5 that pay ether on it. */

import type { Instant } from '../../lambdas/core/kernel/time.ts';
import { makeBroadcast } from '../../lambdas/core/payout/broadcast.ts';
import { makeConfirm } from '../../lambdas/core/payout/confirm.ts';
import type { Refusal } from '../../lambdas/core/payout/rail.ts';
import type { EtherChain, EtherSigner, Receipt } from '../../lambdas/core/rails/ether/chain.ts';
import { etherRails } from '../../lambdas/core/rails/ether/rail.ts';
import type { SendReply } from '../../lambdas/core/rails/evm/chain.ts';
import type { Address, Hex } from '../../lambdas/core/rails/evm/hex.ts';
import { treasury } from './chain.ts';
import { allOn } from './gates.ts';
import { minorOf, testClock } from './things.ts';
import { stepWorld, type TestWorld } from './world.ts';

export const ether = 10n ** 18n;
export const gwei = 10n ** 9n;
type Sent = { from: Address; nonce: number; to: Address; value: string; fee: string; gas: string };

let chains = 0;

export function startEther({ store }: Pick<TestWorld, 'store'>) {
  const clock = testClock();
  chains += 1;
  // A treasury of its own, and so nonces and promises of its own.
  const payer =
    `${treasury.toLowerCase().slice(0, -4)}${String(chains).padStart(4, '0')}` as Address;
  const sent: Hex[] = [];
  const replies: SendReply[] = [];
  const mined: (Receipt & { nonce: number; from: Address })[] = [];
  const refusals = new Map<string, Refusal>();
  const gas = new Map<string, bigint | null>();
  /** Whose key signs anything, and whether those of before are here, which end what they have signed. */
  const keys = { now: payer, former: true };
  const state = {
    latest: 100,
    finality: 2,
    balance: 100n * ether,
    fee: 10n * gwei,
    cap: 100n * gwei,
    hidesReceipts: false,
    hidesSpenders: false,
  };
  const final = (): number => state.latest - state.finality;
  const countAt = (address: Address, height: number): number =>
    mined.filter((one) => one.from === address && one.height <= height).length + ahead;
  let ahead = 0;
  const chain: EtherChain = {
    network: 'ethereum',
    chainId: 31_337,
    token: 'ETH',
    treasury: payer,
    finalityMs: 2_000,
    head: async () => ({ latest: state.latest, latestAt: 1_000_000 as Instant, final: final() }),
    countAt: async (address, height) => countAt(address, height),
    receipt: async (hash) =>
      state.hidesReceipts ? null : (mined.find((one) => one.hash === hash) ?? null),
    spender: async (address, nonce) =>
      state.hidesSpenders
        ? null
        : (mined.find((one) => one.from === address && one.nonce === nonce) ?? null),
    finalBalance: async () => ({ balance: state.balance, height: final() }),
    fees: async () => ({ maxFeePerGas: state.fee, maxPriorityFeePerGas: gwei, cap: state.cap }),
    transactionCount: async (address) => countAt(address, state.latest),
    refusal: async (_payer, to) => refusals.get(to) ?? null,
    gasFor: async (_from, to) => (gas.has(to) ? (gas.get(to) ?? null) : 21_000n),
    send: async (raw) => {
      sent.push(raw);
      return replies.shift() ?? 'accepted';
    },
  };
  const readOf = (raw: Hex): Sent => JSON.parse(Buffer.from(raw.slice(2), 'hex').toString());
  const hashOf = (raw: Hex): Hex => {
    const { nonce, to, fee } = readOf(raw);
    const digits = `${nonce.toString(16)}${to.slice(2)}${BigInt(fee).toString(16)}`.toLowerCase();
    return `0x${digits.padStart(64, '0').slice(-64)}`;
  };
  const signer: EtherSigner = {
    signs: (from, { to, value }) =>
      from === keys.now || (keys.former && to === from && value === 0n),
    sign: async (_chain, { from, nonce, fees, gas: limit }, { to, value }) => {
      const [fee, text] = [fees.maxFeePerGas, String(value)];
      const content: Sent = { from, nonce, to, value: text, fee: String(fee), gas: String(limit) };
      const raw: Hex = `0x${Buffer.from(JSON.stringify(content)).toString('hex')}`;
      return { raw, hash: hashOf(raw) };
    },
  };
  const world = { ...stepWorld(store, clock), switches: allOn };
  const rails = etherRails(async () => chain, { ...world, signer });
  /** A block with this transaction, or with one of somebody else under this nonce. */
  const mine = (raw: Hex | number, succeeded = true): Hex => {
    state.latest += 1;
    const nonce = typeof raw === 'number' ? raw : readOf(raw).nonce;
    const hash =
      typeof raw === 'number' ? (`0x${'f'.repeat(63)}${nonce % 10}` as Hex) : hashOf(raw);
    const block: Hex = `0x${state.latest.toString(16).padStart(64, 'b')}`;
    const from = typeof raw === 'number' ? payer : readOf(raw).from;
    mined.push({ hash, height: state.latest, block, index: 0, succeeded, nonce, from });
    return hash;
  };
  return {
    chain,
    clock,
    payer,
    state,
    sent,
    mined,
    keys,
    gas,
    mine,
    finalize: () => {
      state.latest += state.finality;
    },
    /** The chain counts so many nonces more than were ever mined. */
    skip: (nonces: number) => {
      ahead += nonces;
    },
    sends: () => sent.map(readOf),
    answer: (...list: SendReply[]) => replies.push(...list),
    refuse: (to: string, refusal: Refusal | null) =>
      refusal === null ? refusals.delete(to) : refusals.set(to, refusal),
    broadcast: makeBroadcast({ ...world, rails }),
    confirm: makeConfirm({ ...world, rails }),
  };
}

/** A withdrawal of so many ether that waits for its payout. */
export const etherHeld = ({ reserved }: Pick<TestWorld, 'reserved'>, wei = ether) =>
  reserved({ currency: 'ETH', asset: 'ETH', amount: minorOf(wei) });
