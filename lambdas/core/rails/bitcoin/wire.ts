/** Bitcoin's own bytes, as far as they must be read: which transactions a block has, and what each spends and pays. */
import { createHash } from 'node:crypto';
import { toHex } from './address.ts';

/** Which output of which transaction: its id in the order in which nodes write it, and the number. */
export type Outpoint = `${string}:${number}`;
export type Output = { amount: bigint; script: Uint8Array };
export type Input = {
  outpoint: Outpoint;
  sequence: number;
  script: Uint8Array;
  witness: readonly Uint8Array[];
};
export type Transaction = {
  txId: string;
  version: number;
  inputs: readonly Input[];
  outputs: readonly Output[];
  lockTime: number;
  /** Whole, and without its witnesses. */
  bytes: number;
  baseBytes: number;
};

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
export const hash256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(sha256(sha256(bytes)));
/** Nodes write hashes with the last byte first. */
export const idOf = (hash: Uint8Array): string => toHex(hash.toReversed());

export const outpointOf = (txId: string, index: number): Outpoint => `${txId}:${index}`;
export function partsOf(outpoint: Outpoint): { txId: string; index: number } {
  const [txId = '', index = ''] = outpoint.split(':');
  return { txId, index: Number(index) };
}

/** An outpoint as it stands in the bytes of whoever spends it, in hexadecimal digits. */
export function outpointBytes(outpoint: Outpoint): string {
  const { txId, index } = partsOf(outpoint);
  const number = Buffer.alloc(4);
  number.writeUInt32LE(index);
  return Buffer.from(txId, 'hex').reverse().toString('hex') + number.toString('hex');
}

/** By BIP-141 a byte of the witness counts a quarter; a virtual byte is a whole one. */
export const virtualBytes = ({ bytes, baseBytes }: Pick<Transaction, 'bytes' | 'baseBytes'>) =>
  Math.ceil((3 * baseBytes + bytes) / 4);

type Reader = {
  at(): number;
  bytes(many: number): Uint8Array;
  number(many: 1 | 4): number;
  amount(): bigint;
  varint(): number;
};

/** Each read throws RangeError where the bytes end. */
function readerOf(all: Uint8Array): Reader {
  const buffer = Buffer.from(all.buffer, all.byteOffset, all.byteLength);
  let place = 0;
  const next = (many: number): number => {
    const from = place;
    if (from + many > buffer.length) throw new RangeError('the bytes end too early');
    place += many;
    return from;
  };
  const reader: Reader = {
    at: () => place,
    bytes: (many) => {
      const from = next(many);
      return all.subarray(from, from + many);
    },
    number: (many) => buffer.readUIntLE(next(many), many),
    amount: () => buffer.readBigUInt64LE(next(8)),
    varint: () => {
      const first = buffer.readUInt8(next(1));
      if (first < 0xfd) return first;
      if (first === 0xfd) return buffer.readUInt16LE(next(2));
      if (first === 0xfe) return buffer.readUInt32LE(next(4));
      return Number(buffer.readBigUInt64LE(next(8)));
    },
  };
  return reader;
}

function many<T>(count: number, read: () => T): T[] {
  const list: T[] = [];
  for (let index = 0; index < count; index += 1) list.push(read());
  return list;
}

function transactionFrom(all: Uint8Array, reader: Reader): Transaction {
  const start = reader.at();
  const version = reader.number(4);
  const afterVersion = reader.at();
  // BIP-144: a marker of zero, where the number of inputs would stand, says that there are witnesses.
  const hasWitness = all[afterVersion] === 0 && all[afterVersion + 1] === 1;
  if (hasWitness) reader.bytes(2);
  const bodyFrom = reader.at();
  const inputs = many(reader.varint(), () => {
    const txId = idOf(reader.bytes(32));
    const outpoint = outpointOf(txId, reader.number(4));
    const script = reader.bytes(reader.varint());
    return { outpoint, script, sequence: reader.number(4) };
  });
  const outputs = many(reader.varint(), () => {
    const amount = reader.amount();
    return { amount, script: reader.bytes(reader.varint()) };
  });
  const body = all.subarray(bodyFrom, reader.at());
  const witnesses = inputs.map(() =>
    hasWitness ? many(reader.varint(), () => reader.bytes(reader.varint())) : [],
  );
  const tailFrom = reader.at();
  const lockTime = reader.number(4);
  const versionBytes = all.subarray(start, afterVersion);
  const tail = all.subarray(tailFrom, reader.at());
  return {
    txId: idOf(hash256(Buffer.concat([versionBytes, body, tail]))),
    version,
    inputs: inputs.map((input, index) => ({ ...input, witness: witnesses[index] ?? [] })),
    outputs,
    lockTime,
    bytes: reader.at() - start,
    baseBytes: 8 + body.length,
  };
}

/** Throws on bytes that are no whole transaction, or more than one. */
export function readTransaction(raw: Uint8Array): Transaction {
  const reader = readerOf(raw);
  const read = transactionFrom(raw, reader);
  if (reader.at() !== raw.length) throw new RangeError('there are bytes behind a transaction');
  return read;
}

const headerBytes = 80;

/** The transactions of a block in their order. Throws on other bytes. */
export function readBlock(raw: Uint8Array): Transaction[] {
  const reader = readerOf(raw);
  reader.bytes(headerBytes);
  return many(reader.varint(), () => transactionFrom(raw, reader));
}
