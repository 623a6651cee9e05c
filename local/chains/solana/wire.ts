/** Reads any transaction as far as a node must (solana.com/docs/core/transactions): legacy or version 0, without lookup tables. */
import { base58 } from '@scure/base';

export type WireInstruction = { programIdIndex: number; accounts: number[]; data: Uint8Array };
export type Wire = {
  /** It is called by the first one. */
  signatures: string[];
  isVersioned: boolean;
  header: {
    numRequiredSignatures: number;
    numReadonlySignedAccounts: number;
    numReadonlyUnsignedAccounts: number;
  };
  keys: string[];
  blockhash: string;
  instructions: WireInstruction[];
};

/** Throws on bytes that are no transaction. */
export function readWire(bytes: Uint8Array): Wire {
  let place = 0;
  const byte = (): number => {
    const value = bytes[place];
    if (value === undefined) throw new Error('the transaction ends too early');
    place += 1;
    return value;
  };
  const length = (): number => {
    let [value, shift, part] = [0, 0, 0x80];
    for (; part & 0x80; shift += 7) {
      part = byte();
      value |= (part & 0x7f) << shift;
    }
    return value;
  };
  const part = (count: number): Uint8Array => Uint8Array.from({ length: count }, byte);
  const list = <T>(one: () => T): T[] => Array.from({ length: length() }, one);
  const signatures = list(() => base58.encode(part(64)));
  const first = byte();
  const isVersioned = first >= 0x80;
  const numRequiredSignatures = isVersioned ? byte() : first;
  const header = {
    numRequiredSignatures,
    numReadonlySignedAccounts: byte(),
    numReadonlyUnsignedAccounts: byte(),
  };
  const keys = list(() => base58.encode(part(32)));
  const blockhash = base58.encode(part(32));
  const instructions = list((): WireInstruction => {
    const programIdIndex = byte();
    return { programIdIndex, accounts: list(byte), data: part(length()) };
  });
  if (isVersioned && length() > 0) throw new Error('lookup tables are not known here');
  if (place !== bytes.length) throw new Error('the transaction does not end where it should');
  if (signatures.length !== numRequiredSignatures) throw new Error('signatures are missing');
  return { signatures, isVersioned, header, keys, blockhash, instructions };
}

/** Where the signatures end and what is signed begins. */
export const writableIn = ({ header, keys }: Wire): string[] => {
  const { numRequiredSignatures, numReadonlySignedAccounts, numReadonlyUnsignedAccounts } = header;
  return keys.filter((_, index) =>
    index < numRequiredSignatures
      ? index < numRequiredSignatures - numReadonlySignedAccounts
      : index < keys.length - numReadonlyUnsignedAccounts,
  );
};
