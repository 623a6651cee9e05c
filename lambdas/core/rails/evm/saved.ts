/** How what a gas lane has submitted is saved: numbers as big integers, and hexadecimal digits as the bytes that they stand for, half the size. */
import { bytesToHex } from 'viem';
import * as z from 'zod';
import type { Fees } from './authorization.ts';
import type { Address } from './hex.ts';

export const integer = z.bigint().transform(Number);
export const address = z.string().transform((text) => text as Address);
export const hex = z.instanceof(Uint8Array).transform((bytes) => bytesToHex(bytes));
export const carrier = z.object({
  from: address,
  nonce: integer,
  fees: z.object({ maxFeePerGas: z.bigint(), maxPriorityFeePerGas: z.bigint() }),
});

export const carrierDetailsOf = ({ from, nonce, fees }: z.output<typeof carrier>) => ({
  from,
  nonce: BigInt(nonce),
  fees: feesOnly(fees),
});

const feesOnly = ({ maxFeePerGas, maxPriorityFeePerGas }: Fees): Fees => ({
  maxFeePerGas,
  maxPriorityFeePerGas,
});
