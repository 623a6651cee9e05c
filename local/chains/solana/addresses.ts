/** Addresses as bytes, and back. The same few hundred come again and again, and base58 takes time by the square of its length. */
import { base58 } from '@scure/base';

const knownMax = 10_000;
const bytesByAddress = new Map<string, Uint8Array>();
const addressByBytes = new Map<string, string>();

function kept<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  if (known.size >= knownMax) known.clear();
  known.set(key, made);
  return made;
}

/** Throws where the text is no base58. */
export const bytesOf = (address: string): Uint8Array =>
  kept(bytesByAddress, address, () => base58.decode(address));

export const addressOf = (bytes: Uint8Array): string =>
  kept(addressByBytes, Buffer.from(bytes).toString('latin1'), () => base58.encode(bytes));
