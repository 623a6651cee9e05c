/** A payout attempt in ether, and the form in which its details are saved: one transaction of the treasury. */
import { hexToBytes } from 'viem';
import * as z from 'zod';
import { minor } from '../../kernel/money.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Address, Hex } from '../evm/hex.ts';
import { address, carrier, carrierDetailsOf, hex, integer } from '../evm/saved.ts';
import type { EtherCarrier, Transfer } from './chain.ts';

export type EtherAttempt = {
  chainId: number;
  /** Whose nonce it uses, in small letters, and what it offers for gas. */
  carrier: EtherCarrier;
  transfer: Transfer;
  raw: Hex;
  hash: Hex;
};

export const detailsOf = (attempt: EtherAttempt): PayoutAttempt['details'] => ({
  chainId: BigInt(attempt.chainId),
  carrier: carrierDetailsOf(attempt.carrier),
  gas: attempt.carrier.gas,
  to: attempt.transfer.to,
  value: attempt.transfer.value,
  raw: hexToBytes(attempt.raw),
  hash: hexToBytes(attempt.hash),
});

const details = z.object({
  chainId: integer,
  carrier,
  gas: z.bigint(),
  to: address,
  value: z.bigint().transform(minor),
  raw: hex,
  hash: hex,
});

/** Throws on details that this rail cannot have written. */
export function etherAttemptOf({ details: saved }: Pick<PayoutAttempt, 'details'>): EtherAttempt {
  const { gas, to, value, carrier: offered, ...rest } = details.parse(saved);
  return { ...rest, carrier: { ...offered, gas }, transfer: { to, value } };
}

/** What it may cost its payer at most. */
export const costOf = ({ carrier, transfer }: Pick<EtherAttempt, 'carrier' | 'transfer'>): bigint =>
  transfer.value + carrier.gas * carrier.fees.maxFeePerGas;

/** How a nonce of a payer is called, where payouts and the chain's record of them are held against each other. */
export const nonceKey = (payer: Address, nonce: number): string =>
  `${payer.toLowerCase()}#${nonce}`;
