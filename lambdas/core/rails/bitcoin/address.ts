/** Bitcoin addresses of the main network that may be paid to. */
import { createHash } from 'node:crypto';
import { bech32, bech32m, createBase58check } from '@scure/base';
import type { CheckedAddress } from '../../kernel/networks.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const base58check = createBase58check(sha256);

/** A version byte and a hash of 20 bytes, in 25 to 34 characters (Bitcoin wiki, "Base58Check encoding"). */
const base58Pattern = /^[1-9A-HJ-NP-Za-km-z]{25,34}$/;
/** Main network: pay to public key hash `1…`, pay to script hash `3…`. Others are of test networks, keys or other coins. */
const versions = [0x00, 0x05];
const hashBytes = 20;

const textLengthMax = 90;
const witnessVersionMax = 16;
/** BIP-141: a witness program has 2 to 40 bytes; those of version 0 have 20 (a key's hash) or 32 (a script's). */
const programBytes = { min: 2, max: 40, ofVersion0: [20, 32] };
/** BIP-433, pay to anchor: anybody may take what is paid here. */
const anchor = 'bc1pfeessrawgf';

const wrong: CheckedAddress = {
  wrong:
    'A Bitcoin address starts with 1, 3 or bc1 (main network) and carries a checksum; this one does not.',
};

/**
 * An address of the main network, or why it is none: base58check, bech32 for witness version 0 (BIP-173), bech32m for
 * the later ones (BIP-350). Segwit addresses may be all upper case, for QR codes; they are kept in lower case.
 */
export function bitcoinAddress(text: string): CheckedAddress {
  if (text.length > textLengthMax) return wrong;
  if (text.toLowerCase().startsWith('bc1'))
    return isSegwit(text) ? payable(text.toLowerCase()) : wrong;
  return base58Pattern.test(text) && isHash(text) ? { address: text } : wrong;
}

const payable = (address: string): CheckedAddress =>
  address === anchor
    ? { wrong: 'Anybody may take what is paid to this address (BIP-433).' }
    : { address };

/** The version says which of the two checksums it must have; a text cannot have both (BIP-350). */
function isSegwit(text: string): boolean {
  const old = bech32.decodeUnsafe(text, textLengthMax);
  const decoded = old ?? bech32m.decodeUnsafe(text, textLengthMax);
  const [version, ...words] = decoded?.words ?? [];
  if (decoded?.prefix !== 'bc' || version === undefined || version > witnessVersionMax)
    return false;
  if ((version === 0) !== (old !== undefined)) return false;
  const program = bech32.fromWordsUnsafe(words);
  if (program === undefined) return false;
  return version === 0
    ? programBytes.ofVersion0.includes(program.length)
    : program.length >= programBytes.min && program.length <= programBytes.max;
}

function isHash(text: string): boolean {
  try {
    const [version = -1, ...hash] = base58check.decode(text);
    return versions.includes(version) && hash.length === hashBytes;
  } catch {
    return false; // The checksum is wrong: the library says so by throwing.
  }
}
