/**
 * A payout attempt on an EVM chain, and the form in which its details are saved. A gas lane's transaction (the carrier)
 * submits what the treasury has signed (the authorization, EIP-3009).
 */

import { fromRlp, hexToBytes, slice } from 'viem';
import * as z from 'zod';
import { minor } from '../../kernel/money.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { EvmAttempt } from './authorization.ts';
import { memberOf } from './batch.ts';
import type { Address, Hex } from './hex.ts';
import { address, carrier, carrierDetailsOf, hex, integer } from './saved.ts';

export type { Authorization, Authorized, Carrier, EvmAttempt, Fees } from './authorization.ts';

/** Hexadecimal digits are saved as the bytes that they stand for: half the size, and an item's size is its price. */
export const detailsOf = (attempt: EvmAttempt): PayoutAttempt['details'] => {
  const { chainId, token, authorization, signature, raw, hash } = attempt;
  const { from, to, value, validBefore, nonce } = authorization;
  return {
    chainId: BigInt(chainId),
    token,
    authorization: {
      ...{ from: hexToBytes(from), to, value },
      ...{ validBefore: BigInt(validBefore), nonce: hexToBytes(nonce) },
    },
    signature: hexToBytes(signature),
    carrier: carrierDetailsOf(attempt.carrier),
    raw: hexToBytes(raw),
    hash: hexToBytes(hash),
  };
};

const details = z.object({
  chainId: integer,
  token: address,
  authorization: z.object({
    from: hex.optional(),
    to: address,
    value: z.bigint().transform(minor),
    validBefore: integer,
    nonce: hex,
  }),
  signature: hex,
  carrier,
  raw: hex,
  hash: hex,
});

/** Throws on details that this rail cannot have written. */
export function evmAttemptOf(attempt: PayoutAttempt): EvmAttempt {
  if (attempt.batch !== undefined) return memberOf(attempt);
  const read = details.parse(attempt.details);
  const { from = payerIn(read.raw), ...rest } = read.authorization;
  const ends = attempt.ends === undefined ? {} : { ends: attempt.ends };
  return { ...read, authorization: { from, ...rest, ...ends } };
}

/**
 * Who pays by these bytes: the first argument of `transferWithAuthorization`. What was signed before payers were kept says it
 * nowhere else, and it is what the token will read.
 */
function payerIn(raw: Hex): Address {
  // EIP-1559: a byte for the type, and a list whose eighth field is the data.
  const data = fromRlp(slice(raw, 1))[7];
  if (typeof data !== 'string') throw new Error('the bytes of an attempt are no transaction');
  return slice(data as Hex, 4 + 12, 4 + 32, { strict: true });
}
