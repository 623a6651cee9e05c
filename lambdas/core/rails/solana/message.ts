/**
 * A transaction as it is signed and sent: a legacy message (solana.com/docs/core/transactions, "Transaction format") with one
 * signer, who pays. It is built and read here without a library: there are six instructions, and every function may need it.
 */
import { base58 } from '@scure/base';

export type Account = { address: string; writable: boolean };
export type Instruction = { program: string; accounts: readonly Account[]; data: Uint8Array };
/** `lifetime`: a recent blockhash, or the value of the nonce account that the first instruction advances. */
export type Message = { payer: string; lifetime: string; instructions: readonly Instruction[] };

const keyBytes = 32;
const signatureBytes = 64;

/** The bytes that are signed. The payer is the only signer, whatever instructions it stands in. */
export function encodeMessage({ payer, lifetime, instructions }: Message): Uint8Array {
  const writable = new Set([payer]);
  const readonly = new Set<string>();
  for (const { accounts } of instructions)
    for (const one of accounts) if (one.writable) writable.add(one.address);
  for (const { program, accounts } of instructions)
    for (const address of [...accounts.map((one) => one.address), program])
      if (!writable.has(address)) readonly.add(address);
  const keys = [...writable, ...readonly];
  const indexOf = (address: string): number => keys.indexOf(address);
  return Uint8Array.from([
    // One signer, which is writable, and so many others that are not.
    ...[1, 0, readonly.size],
    ...shortLength(keys.length),
    ...keys.flatMap((key) => [...bytesOf(key)]),
    ...bytesOf(lifetime),
    ...shortLength(instructions.length),
    ...instructions.flatMap(({ program, accounts, data }) => [
      indexOf(program),
      ...shortLength(accounts.length),
      ...accounts.map(({ address }) => indexOf(address)),
      ...shortLength(data.length),
      ...data,
    ]),
  ]);
}

/** What these bytes ask for; `null`: they are no message with one signer, or not all of one. */
export function decodeMessage(bytes: Uint8Array): Message | null {
  const read = reader(bytes);
  const [signers, readonlySigners, readonlyOthers] = [read.byte(), read.byte(), read.byte()];
  if (signers !== 1 || readonlySigners !== 0) return null;
  const keys = read.list(() => base58.encode(read.bytes(keyBytes)));
  const firstReadonly = keys.length - readonlyOthers;
  const account = (index: number): Account => ({
    address: keys[index] ?? read.fail(),
    writable: index < firstReadonly,
  });
  const lifetime = base58.encode(read.bytes(keyBytes));
  const instructions = read.list((): Instruction => {
    const { address: program } = account(read.byte());
    const accounts = read.list(() => account(read.byte()));
    return { program, accounts, data: Uint8Array.from(read.list(() => read.byte())) };
  });
  const [payer] = keys;
  return payer === undefined || read.failed() || read.left() > 0
    ? null
    : { payer, lifetime, instructions };
}

/** The bytes that are sent. */
export const transactionOf = (message: Uint8Array, signature: Uint8Array): Uint8Array =>
  Uint8Array.from([1, ...signature, ...message]);

/** A transaction is called by its first signature, which is known before anybody has the bytes (Ed25519 is deterministic). */
export function readTransaction(
  raw: Uint8Array,
): { signature: string; signed: Uint8Array; message: Message } | null {
  if (raw[0] !== 1) return null;
  const signed = raw.slice(1 + signatureBytes);
  const message = decodeMessage(signed);
  return message && { signature: base58.encode(raw.slice(1, 1 + signatureBytes)), signed, message };
}

export const bytesOf = (address: string): Uint8Array => base58.decode(address);

/** `compact-u16`: seven bits in each byte, the lowest first. */
const shortLength = (length: number): number[] =>
  length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...shortLength(length >> 7)];

/** Reads bytes in order. What is read beyond the end is zero, and `failed` says so. */
function reader(bytes: Uint8Array) {
  let place = 0;
  let failed = false;
  const fail = (): string => {
    failed = true;
    return '';
  };
  const byte = (): number => {
    const value = bytes[place];
    place += 1;
    if (value === undefined) failed = true;
    return value ?? 0;
  };
  const length = (): number => {
    let value = 0;
    for (let shift = 0; shift <= 14; shift += 7) {
      const part = byte();
      value |= (part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
    fail();
    return 0;
  };
  return {
    byte,
    fail,
    failed: () => failed,
    left: () => bytes.length - place,
    bytes: (count: number): Uint8Array => {
      const part = bytes.slice(place, place + count);
      place += count;
      if (part.length < count) failed = true;
      return part;
    },
    list: <T>(one: () => T): T[] => {
      const count = length();
      const all: T[] = [];
      // A length that lies ends with the bytes.
      while (all.length < count && !failed) all.push(one());
      return all;
    },
  };
}
