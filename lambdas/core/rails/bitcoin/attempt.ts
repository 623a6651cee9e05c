/** A payout attempt on Bitcoin, and the form in which its details are saved: one transaction, all of whose inputs are the treasury's. */
import * as z from 'zod';
import type { PayoutAttempt } from '../../store/attempt.ts';
import { fromHex, toHex } from './address.ts';
import type { Coin } from './chain.ts';
import { isNet, type Net } from './nets.ts';
import { outpointOf, partsOf } from './wire.ts';

export type BitcoinAttempt = {
  net: Net;
  /** Whose outputs are spent. */
  payer: string;
  /** The exclusive resource: all attempts of a payout spend these, and no other payout ever does. */
  inputs: readonly Coin[];
  /** The payment that it stands for, which an attempt that ends the payout does not make. */
  to: string;
  value: bigint;
  /** What comes back to the payer, each an output of its own. */
  change: readonly bigint[];
  fee: bigint;
  raw: Uint8Array;
  txId: string;
};

/** Hashes are saved as the bytes that they stand for: half the size, and an item's size is its price. */
export const detailsOf = (attempt: BitcoinAttempt): PayoutAttempt['details'] => {
  const { net, payer, to, value, change, fee, raw, txId } = attempt;
  const inputs = attempt.inputs.map(({ outpoint, amount }) => {
    const { txId: from, index } = partsOf(outpoint);
    return { txId: fromHex(from), index: BigInt(index), amount };
  });
  return { net, payer, inputs, to, value, change, fee, raw, txId: fromHex(txId) };
};

const hash = z.instanceof(Uint8Array).transform(toHex);
const details = z.object({
  net: z.string().refine(isNet),
  payer: z.string(),
  inputs: z
    .array(z.object({ txId: hash, index: z.bigint().transform(Number), amount: z.bigint() }))
    .min(1),
  to: z.string(),
  value: z.bigint(),
  change: z.array(z.bigint()),
  fee: z.bigint(),
  raw: z.instanceof(Uint8Array),
  txId: hash,
});

/** Throws on details that this rail cannot have written. */
export function bitcoinAttemptOf(attempt: PayoutAttempt): BitcoinAttempt {
  const { inputs, ...read } = details.parse(attempt.details);
  return {
    ...read,
    inputs: inputs.map(({ txId, index, amount }) => ({
      outpoint: outpointOf(txId, index),
      amount,
    })),
  };
}
