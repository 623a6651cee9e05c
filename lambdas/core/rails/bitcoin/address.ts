/** Bitcoin addresses that may be paid to, and the script that each stands for. */
import { createHash } from 'node:crypto';
import { bech32, bech32m, createBase58check } from '@scure/base';
import type { CheckedAddress } from '../../kernel/networks.ts';
import { type Net, nets } from './nets.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const base58check = createBase58check(sha256);

/** A version byte and a hash of 20 bytes, in 25 to 35 characters (Bitcoin wiki, "Base58Check encoding"). */
const base58Pattern = /^[1-9A-HJ-NP-Za-km-z]{25,35}$/;
const hashBytes = 20;

const textLengthMax = 90;
const witnessVersionMax = 16;
/** BIP-141: a witness program has 2 to 40 bytes; those of version 0 have 20 (a key's hash) or 32 (a script's). */
const programBytes = { min: 2, max: 40, ofVersion0: [20, 32] };
/** BIP-433, pay to anchor: a program of version 1 with these two bytes. Anybody may take what is paid there. */
const anchorProgram = '4e73';

const wrongOf = (net: Net): CheckedAddress => {
  const { hrp } = nets[net];
  const begins = net === 'main' ? '1, 3 or bc1 (main network)' : `m, n, 2 or ${hrp}1 (${net})`;
  return {
    wrong: `A Bitcoin address starts with ${begins} and carries a checksum; this one does not.`,
  };
};

/**
 * An address of the network, or why it is none: base58check, bech32 for witness version 0 (BIP-173), bech32m for the later
 * ones (BIP-350). Segwit addresses may be all upper case, for QR codes; they are kept in lower case.
 */
export function bitcoinAddress(text: string, net: Net = 'main'): CheckedAddress {
  const read = parsed(text, net);
  if (read === null) return wrongOf(net);
  if (!('version' in read)) return { address: text };
  if (read.version === 1 && toHex(read.program) === anchorProgram)
    return { wrong: 'Anybody may take what is paid to this address (BIP-433).' };
  if (read.version === 1 && read.program.length === keyBytes && !isOnCurve(read.program))
    return { wrong: 'Nobody can ever spend what is paid to this address (BIP-341).' };
  return { address: text.toLowerCase() };
}

/** The field and the curve of secp256k1, y² = x³ + 7 (SEC 2, section 2.4.1), and the bytes of the x of a point, of which BIP-341 makes an output. */
const fieldSize = 2n ** 256n - 2n ** 32n - 977n;
const keyBytes = 32;

/** Whether a point of the curve has this x. Half of all numbers are the x of none, and no key and no script can spend by them. */
function isOnCurve(bytes: Uint8Array): boolean {
  const x = BigInt(`0x${toHex(bytes)}`);
  if (x >= fieldSize) return false;
  // Euler's criterion: a number is a square if this power of it is one.
  let [power, base] = [1n, (x ** 3n + 7n) % fieldSize];
  for (let left = (fieldSize - 1n) / 2n; left > 0n; left /= 2n) {
    if (left % 2n === 1n) power = (power * base) % fieldSize;
    base = (base * base) % fieldSize;
  }
  return power === 1n;
}

/**
 * The address of somebody else on the network of our own treasury, whose address is the first of `ours`; of the main network where there
 * is none.
 */
export function bitcoinDestination(text: string, ours: readonly string[]): CheckedAddress {
  const checked = bitcoinAddress(text, netOf(ours[0] ?? ''));
  if ('wrong' in checked || !ours.includes(checked.address)) return checked;
  return { wrong: 'This is an address of ours, not of a customer.' };
}

/** Test networks other than regtest have the same addresses. */
const netOf = (address: string): Net =>
  address.startsWith(`${nets.regtest.hrp}1`)
    ? 'regtest'
    : address.startsWith(`${nets.testnet.hrp}1`)
      ? 'testnet'
      : 'main';

/** The script that pays this address (BIP-16, BIP-141 and the standard P2PKH). Throws on what is no address of the network. */
export function scriptOf(address: string, net: Net): Uint8Array {
  const read = parsed(address, net);
  if (read === null) throw new Error('there is no script of what is no address');
  if ('keyHash' in read) return Uint8Array.of(0x76, 0xa9, hashBytes, ...read.keyHash, 0x88, 0xac);
  if ('scriptHash' in read) return Uint8Array.of(0xa9, hashBytes, ...read.scriptHash, 0x87);
  const { version, program } = read;
  return Uint8Array.of(version === 0 ? 0 : 0x50 + version, program.length, ...program);
}

type Read =
  | { keyHash: Uint8Array }
  | { scriptHash: Uint8Array }
  | { version: number; program: Uint8Array };

function parsed(text: string, net: Net): Read | null {
  if (text.length > textLengthMax) return null;
  if (text.toLowerCase().startsWith(`${nets[net].hrp}1`)) return segwitIn(text, net);
  return base58Pattern.test(text) ? hashIn(text, net) : null;
}

/** The version says which of the two checksums it must have; a text cannot have both (BIP-350). */
function segwitIn(text: string, net: Net): Read | null {
  const old = bech32.decodeUnsafe(text, textLengthMax);
  const decoded = old ?? bech32m.decodeUnsafe(text, textLengthMax);
  const [version, ...words] = decoded?.words ?? [];
  if (decoded?.prefix !== nets[net].hrp || version === undefined || version > witnessVersionMax)
    return null;
  if ((version === 0) !== (old !== undefined)) return null;
  const program = bech32.fromWordsUnsafe(words);
  if (!program) return null;
  const isProgram =
    version === 0
      ? programBytes.ofVersion0.includes(program.length)
      : program.length >= programBytes.min && program.length <= programBytes.max;
  return isProgram ? { version, program: new Uint8Array(program) } : null;
}

function hashIn(text: string, net: Net): Read | null {
  const { keyHash, scriptHash } = nets[net].versions;
  try {
    const [version = -1, ...hash] = base58check.decode(text);
    if (hash.length !== hashBytes) return null;
    if (version === keyHash) return { keyHash: Uint8Array.from(hash) };
    return version === scriptHash ? { scriptHash: Uint8Array.from(hash) } : null;
  } catch {
    return null; // The checksum is wrong: the library says so by throwing.
  }
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
