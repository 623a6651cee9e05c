/**
 * A gas lane's transaction that carries the authorizations of many payouts at once, through the payout contract
 * (contracts/Payouts.sol). What is saved of them is its signed bytes: they say what the token will be asked, and there is no
 * second place that could say otherwise.
 */
import { fromRlp, getAddress, type Hex, hexToBytes, hexToNumber, slice } from 'viem';
import * as z from 'zod';
import { minor } from '../../kernel/money.ts';
import type { PayoutAttempt, PayoutBatch } from '../../store/attempt.ts';
import type { Authorized, Carrier, EvmAttempt } from './authorization.ts';
import type { Address } from './hex.ts';
import { payoutNonce } from './nonce.ts';
import { address, carrier, carrierDetailsOf, hex, integer } from './saved.ts';

type BatchBytes = {
  chainId: number;
  token: Address;
  contract: Address;
  carrier: Carrier;
  raw: Hex;
  hash: Hex;
};

export const batchDetailsOf = (bytes: BatchBytes): PayoutBatch['details'] => {
  const { chainId, token, contract, raw, hash } = bytes;
  return {
    chainId: BigInt(chainId),
    ...{ token, contract },
    carrier: carrierDetailsOf(bytes.carrier),
    raw: hexToBytes(raw),
    hash: hexToBytes(hash),
  };
};

/** How a batch is called: by the first half of its transaction's hash, which is enough to tell them apart. */
export const batchIdOf = (hash: Hex): string => slice(hash, 0, 16);

const details = z.object({
  chainId: integer,
  token: address,
  contract: address,
  carrier,
  raw: hex,
  hash: hex,
});

/** What a member has of its batch. Throws on details that this rail cannot have written, and when it is not in the bytes. */
export function memberOf(attempt: PayoutAttempt): EvmAttempt {
  const { read, byNonce } = readOnce(attempt.details);
  const { withdrawalId } = attempt;
  const own = byNonce.get(payoutNonce(read.chainId, read.token, withdrawalId));
  if (own === undefined) throw new Error(`${withdrawalId} is not in the bytes of its batch`);
  return { ...read, ...own };
}

type Read = { read: z.output<typeof details>; byNonce: ReadonlyMap<Hex, Authorized> };
/** All members have the same details, which never change: whoever reads them for one has read them for all. */
const known = new WeakMap<object, Read>();
function readOnce(saved: PayoutBatch['details']): Read {
  const before = known.get(saved);
  if (before !== undefined) return before;
  const read = details.parse(saved);
  const members = authorizedIn(read.raw).map((one) => [one.authorization.nonce, one] as const);
  const found = { read, byNonce: new Map(members) };
  known.set(saved, found);
  return found;
}

const wordBytes = 32;
/** The words of one authorization in the data of `pay(address,address,(...)[])`: address, value, time, nonce, v, r and s. */
const memberWords = 7;
/** The selector, and the words before the first one: the token, the payer, where the list begins, and how long it is. */
const headBytes = 4 + 4 * wordBytes;

/** The authorizations that a batch's bytes carry, as the contract will hand them to the token. Throws on other bytes. */
export function authorizedIn(raw: Hex): Authorized[] {
  // EIP-1559: a byte for the type, and a list whose eighth field is the data.
  const data = fromRlp(slice(raw, 1))[7];
  if (typeof data !== 'string') throw new Error('the bytes of a batch are no transaction');
  const wordAt = (start: number): Hex =>
    slice(data as Hex, start, start + wordBytes, { strict: true });
  const addressAt = (start: number): Address => slice(wordAt(start), 12);
  const from = addressAt(4 + wordBytes);
  const count = hexToNumber(wordAt(headBytes - wordBytes));
  return Array.from({ length: count }, (_, index): Authorized => {
    const start = headBytes + index * memberWords * wordBytes;
    const word = (place: number): Hex => wordAt(start + place * wordBytes);
    const [r, s, v] = [word(5), word(6), slice(word(4), 31)];
    return {
      authorization: {
        ...{ from, to: getAddress(slice(word(0), 12)), value: minor(BigInt(word(1))) },
        ...{ validBefore: hexToNumber(word(2)), nonce: word(3) },
      },
      signature: `${r}${s.slice(2)}${v.slice(2)}`,
    };
  });
}
