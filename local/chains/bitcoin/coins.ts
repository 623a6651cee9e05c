/** The unspent outputs of a local chain, and whether somebody may spend them. Signatures are checked here with code of its own. */

import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1';
import { toHex } from '../../../lambdas/core/rails/bitcoin/address.ts';
import {
  hash256,
  type Input,
  type Outpoint,
  partsOf,
  type Transaction,
} from '../../../lambdas/core/rails/bitcoin/wire.ts';

export type LocalCoin = {
  amount: bigint;
  script: Uint8Array;
  /** `null`: it is in no block. */
  height: number | null;
  isMined: boolean;
};
export type Coins = ReadonlyMap<Outpoint, LocalCoin>;

const hash160 = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(
    createHash('ripemd160').update(createHash('sha256').update(bytes).digest()).digest(),
  );
const little = (value: number | bigint, bytes: 4 | 8): Buffer => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value));
  else buffer.writeUInt32LE(Number(value));
  return buffer;
};
const outpointIn = ({ outpoint }: Input): Buffer => {
  const { txId, index } = partsOf(outpoint);
  return Buffer.concat([Buffer.from(txId, 'hex').reverse(), little(index, 4)]);
};

/** BIP-143, of an input that signs everything. */
function digestOf(transaction: Transaction, index: number, code: Uint8Array, amount: bigint) {
  const { version, inputs, outputs, lockTime } = transaction;
  const input = inputs[index];
  if (input === undefined) throw new Error('no such input');
  const paid = outputs.map((one) =>
    Buffer.concat([little(one.amount, 8), Uint8Array.of(one.script.length), one.script]),
  );
  return hash256(
    Buffer.concat([
      little(version, 4),
      hash256(Buffer.concat(inputs.map(outpointIn))),
      hash256(Buffer.concat(inputs.map(({ sequence }) => little(sequence, 4)))),
      outpointIn(input),
      Uint8Array.of(code.length),
      code,
      little(amount, 8),
      little(input.sequence, 4),
      hash256(Buffer.concat(paid)),
      little(lockTime, 4),
      little(1, 4),
    ]),
  );
}

const signsAll = 0x01;

/** Whether the input may spend the coin: only P2WPKH is known here, and everything else is refused. */
export function maySpend(transaction: Transaction, index: number, coin: LocalCoin): boolean {
  const { script, amount } = coin;
  const input = transaction.inputs[index];
  const [signature, publicKey, ...more] = input?.witness ?? [];
  if (script.length !== 22 || script[0] !== 0 || script[1] !== 20) return false;
  if (input?.script.length !== 0 || !signature || !publicKey || more.length > 0) return false;
  const keyHash = script.subarray(2);
  if (publicKey.length !== 33 || toHex(hash160(publicKey)) !== toHex(keyHash)) return false;
  if (signature.at(-1) !== signsAll) return false;
  const code = Uint8Array.of(0x76, 0xa9, 20, ...keyHash, 0x88, 0xac);
  const digest = digestOf(transaction, index, code, amount);
  try {
    const read = secp256k1.Signature.fromDER(signature.subarray(0, -1));
    return !read.hasHighS() && secp256k1.verify(read, digest, publicKey, { prehash: false });
  } catch {
    return false; // It is no DER.
  }
}
