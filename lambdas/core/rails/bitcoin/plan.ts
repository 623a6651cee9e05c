/** What a payout of bitcoin is made of: which outputs it spends, what it pays for that, and what comes back. */
import { sumOf } from '../../kernel/money.ts';
import type { Coin, FeeRates } from './chain.ts';
import {
  changeOutputMin,
  changeOutputsMax,
  dustRelayFee,
  inputsMax,
  perVirtualByte,
  poolOutputs,
} from './limits.ts';

/**
 * BIP-141 counts a byte four times, and one of a witness once: version, lock time and both counts; the marker of BIP-144; and an
 * input of P2WPKH with the longest signature there is (72 bytes in DER, with the byte for what it signs).
 */
const headWeight = 4 * 10 + 2;
const inputWeight = 4 * 41 + (1 + 1 + 72 + 1 + 33);
/** The script of the treasury: a zero, a length, and the hash of the key. */
export const ownScriptBytes = 22;
/** The amount, and the length of the script. */
const outputHeadBytes = 8 + 1;

/** The virtual bytes of a payout, or a few more where signatures are short. */
export function bytesOf(inputs: number, scripts: readonly number[]): number {
  const outputs = scripts.reduce((sum, bytes) => sum + 4 * (outputHeadBytes + bytes), 0);
  return Math.ceil((headWeight + inputs * inputWeight + outputs) / 4);
}

/** What so many bytes cost, rounded up. */
export const feeFor = (rate: bigint, bytes: number): bigint =>
  (rate * BigInt(bytes) + perVirtualByte - 1n) / perVirtualByte;

/** What it would take to spend an output of P2PKH, and one with a witness (src/policy/policy.cpp, GetDustThreshold). */
const spendBytes = { legacy: 148, witness: 67 };
const isWitness = ([version = 0, length = 0, ...program]: Uint8Array): boolean =>
  (version === 0 || (version >= 0x51 && version <= 0x60)) && program.length === length;

/** The least that an output may have: nodes relay none that would cost more than a third of it to be spent. */
export const dustOf = (script: Uint8Array): bigint =>
  feeFor(
    dustRelayFee,
    outputHeadBytes + script.length + (isWitness(script) ? spendBytes.witness : spendBytes.legacy),
  );
/** The same of our own change. */
export const ownDust = feeFor(dustRelayFee, outputHeadBytes + ownScriptBytes + spendBytes.witness);

/** What the inputs must have beyond the payment, so that it can be raised as far as is allowed and never needs another input. */
export const roomFor = (inputs: number, script: Uint8Array | null, { cap }: FeeRates): bigint =>
  feeFor(cap, bytesOf(inputs, [...(script === null ? [] : [script.length]), ownScriptBytes]));

/** The most that a transaction may pay: what `cap` says, and what is left to it because it would be dust as change. */
export const feeMax = (
  cap: bigint,
  inputs: number,
  paid: readonly number[],
  change: number,
): bigint => {
  const own = Array.from({ length: Math.max(1, change) }, () => ownScriptBytes);
  return feeFor(cap, bytesOf(inputs, [...paid, ...own])) + ownDust;
};

/** Says whether one of our outputs is still to be had. It is asked of as few as possible. */
type IsFree = (coin: Coin) => Promise<boolean>;

/**
 * The outputs that pay this: the smallest one that is enough, or the largest ones together; `null`: there are not enough. What was
 * found to be taken is not asked for again.
 */
export async function chosenFor(
  coins: readonly Coin[],
  value: bigint,
  room: (inputs: number) => bigint,
  isFree: IsFree,
): Promise<readonly Coin[] | null> {
  const rising = coins.toSorted((a, b) => (a.amount < b.amount ? -1 : a.amount > b.amount ? 1 : 0));
  for (const coin of rising)
    if (coin.amount >= value + room(1) && (await isFree(coin))) return [coin];
  const together: Coin[] = [];
  let sum = 0n;
  for (const coin of rising.toReversed()) {
    if (together.length === inputsMax) return null;
    if (!(await isFree(coin))) continue;
    together.push(coin);
    sum += coin.amount;
    if (sum >= value + room(together.length)) return together;
  }
  return null;
}

/** What pays the fee and what comes back, of what the payment leaves; `null`: it does not even pay the fee. */
export type Split = { fee: bigint; change: readonly bigint[] };

/**
 * Splits what is left in up to so many outputs of ours. What would be dust is left to the fee. `fee` says what a transaction of so many
 * virtual bytes has to pay.
 */
export function split(
  left: bigint,
  inputs: number,
  paid: readonly number[],
  pieces: number,
  fee: (bytes: number) => bigint,
): Split | null {
  for (let many = Math.max(1, pieces); many > 0; many -= 1) {
    const own = Array.from({ length: many }, () => ownScriptBytes);
    const cost = fee(bytesOf(inputs, [...paid, ...own]));
    const back = left - cost;
    const least = many > 1 ? changeOutputMin * BigInt(many) : ownDust;
    if (back < least) continue;
    const piece = back / BigInt(many);
    const first = back - piece * BigInt(many - 1);
    return {
      fee: cost,
      change: [first, ...Array.from({ length: many - 1 }, () => piece)],
    };
  }
  // Without change the whole rest is the fee: little more than it would be.
  return paid.length > 0 && left >= fee(bytesOf(inputs, paid)) ? { fee: left, change: [] } : null;
}

/** In how many outputs the change goes, so that enough payouts can be made side by side. */
export const piecesFor = (coins: number): number =>
  Math.min(changeOutputsMax, Math.max(1, poolOutputs - coins));

export const amountOf = (coins: readonly Coin[]): bigint =>
  sumOf(coins.map(({ amount }) => amount));
