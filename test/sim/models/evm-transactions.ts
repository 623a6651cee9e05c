/** Signed bytes and what they say. Decoding and recovering is pure, so each byte string is looked at once. */
import {
  type Address,
  type Hex,
  hexToBytes,
  keccak256,
  parseTransaction,
  serializeTransaction,
} from 'viem';
import { lower, recoverAddress } from './evm-recover.ts';

export type Transaction = {
  hash: Hex;
  /** null: an act of the outside world, which needs no signature here. */
  raw: Hex | null;
  /** In lower case, as every address in the model. */
  from: Address;
  nonce: number;
  to: Address;
  value: bigint;
  data: Hex;
  gas: bigint;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  chainId: number;
};

const decoded = new Map<Hex, Transaction | null>();
/** Across runs in one process: enough for any one of them, and no leak. */
const decodedMax = 20_000;

/** What the bytes say, with who signed them; null when they are no signed transaction. Throws on types that nobody here sends. */
export function decodeTransaction(raw: Hex): Transaction | null {
  const known = decoded.get(raw);
  if (known !== undefined) return known;
  if (decoded.size >= decodedMax) decoded.clear();
  const one = decode(raw);
  decoded.set(raw, one);
  return one;
}

function decode(raw: Hex): Transaction | null {
  let parsed: ReturnType<typeof parseTransaction<Hex>>;
  try {
    parsed = parseTransaction(raw);
  } catch {
    return null;
  }
  const { r, s, v: _v, yParity, ...unsigned } = parsed;
  if (unsigned.type !== 'eip1559' || unsigned.to == null)
    throw new Error(`the chain's model knows EIP-1559 calls only, not ${raw}`);
  if (r === undefined || s === undefined || yParity === undefined) return null;
  const digest = keccak256(serializeTransaction(unsigned));
  const from = recoverAddress(digest, { r: BigInt(r), s: BigInt(s), yParity });
  if (from === null) return null;
  return {
    hash: keccak256(raw),
    raw,
    from,
    nonce: unsigned.nonce ?? 0,
    to: lower(unsigned.to),
    value: unsigned.value ?? 0n,
    data: unsigned.data ?? '0x',
    gas: unsigned.gas ?? 0n,
    maxFeePerGas: unsigned.maxFeePerGas ?? 0n,
    maxPriorityFeePerGas: unsigned.maxPriorityFeePerGas ?? 0n,
    chainId: unsigned.chainId,
  };
}

/** Gas before a transaction does anything: 21,000 and its data (EIP-2028). */
export function intrinsicGas({ data }: Pick<Transaction, 'data'>): bigint {
  let gas = 21_000n;
  for (const byte of hexToBytes(data)) gas += byte === 0 ? 4n : 16n;
  return gas;
}
