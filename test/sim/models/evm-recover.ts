/** Who signed. It is a pure function of the bytes, so what was found out serves every run of the process. */
import { createHmac } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1';
import { type Address, type Hex, toHex } from 'viem';
import { publicKeyToAddress } from 'viem/accounts';

type Point = InstanceType<typeof secp256k1.ProjectivePoint>;
type Signer = { address: Address; key: Point; signatures: number };
export type Signature = { r: bigint; s: bigint; yParity: number };

const { n: order, Fp } = secp256k1.CURVE;
const generator = secp256k1.ProjectivePoint.BASE;

const found = new Map<string, Address | null>();
const foundMax = 50_000;
/** Those who sign often. */
const signers: Signer[] = [];
const signersMax = 16;
/** From here on the tables that make checking a key's signatures faster are worth making. */
const tablesFrom = 3;

export const lower = (address: string): Address => address.toLowerCase() as Address;

/**
 * The address in lower case; null when there is none (as `ecrecover` answers zero). Who is expected is looked at first,
 * which changes nothing but the time it takes.
 */
export function recoverAddress(
  digest: Hex,
  { r, s, yParity }: Signature,
  expected?: Address,
): Address | null {
  const key = `${digest}${r}${s}${yParity}`;
  const known = found.get(key);
  if (known !== undefined) return known;
  if (found.size >= foundMax) found.clear();
  const inRange = r > 0n && r < order && s > 0n && s < order;
  const hash = BigInt(digest);
  const signature = { r, s, yParity };
  const address = inRange
    ? (ownSigner(hash, signature) ??
      usualSigner(hash, signature, expected) ??
      recover(hash, signature))
    : null;
  found.set(key, address);
  return address;
}

type OwnKey = { address: Address; secret: bigint; octets: Buffer };
const ownKeys = new Map<Hex, OwnKey>();

/** Whose private key is known is recognised with one multiplication, however many they are. It changes nothing else. */
export function expectSigner(privateKey: Hex): void {
  if (ownKeys.has(privateKey)) return;
  const octets = Buffer.from(privateKey.slice(2), 'hex');
  const address = lower(publicKeyToAddress(toHex(secp256k1.getPublicKey(octets, false))));
  ownKeys.set(privateKey, { address, secret: BigInt(privateKey), octets });
}

/** Software signers take the one nonce that RFC 6979 gives for key and digest: with it s proves the key, and r itself. */
function ownSigner(digest: bigint, { r, s, yParity }: Signature): Address | null {
  const reduced = digest % order;
  const hash = Buffer.from(reduced.toString(16).padStart(64, '0'), 'hex');
  for (const { address, secret, octets } of ownKeys.values()) {
    const nonce = nonceOf(octets, hash);
    if (nonce === 0n || nonce >= order) continue;
    const [left, right] = [(s * nonce) % order, (reduced + r * secret) % order];
    const negated = left === order - right; // A signature that was made low-s.
    if (left !== right && !negated) continue;
    const point = generator.multiply(nonce).toAffine();
    const parity = Number(point.y & 1n) ^ Number(negated);
    return point.x === r && parity === yParity ? address : null;
  }
  return null;
}

/** RFC 6979, section 3.2, the first candidate. */
function nonceOf(key: Buffer, hash: Buffer): bigint {
  const hmac = (by: Buffer, ...parts: Buffer[]): Buffer =>
    createHmac('sha256', by).update(Buffer.concat(parts)).digest();
  let [by, value]: [Buffer, Buffer] = [Buffer.alloc(32, 0), Buffer.alloc(32, 1)];
  for (const round of [0, 1]) {
    by = hmac(by, value, Buffer.from([round]), key, hash);
    value = hmac(by, value);
  }
  return BigInt(`0x${hmac(by, value).toString('hex')}`);
}

/**
 * Checking a key that is known costs a third of recovering one that is not. (`multiplyUnsafe` would be faster still, but
 * in @noble/curves 1.9.1 it is wrong for scalars over 128 bits of a point that has tables.)
 */
function usualSigner(
  digest: bigint,
  { r, s, yParity }: Signature,
  expected: Address | undefined,
): Address | null {
  if (digest % order === 0n) return null;
  const inverse = inverseOf(s);
  const ofDigest = generator.multiply((digest * inverse) % order);
  const share = (r * inverse) % order;
  const first = signers.filter(({ address }) => address === expected);
  for (const one of [...first, ...signers]) {
    const point = ofDigest.add(one.key.multiply(share));
    if (point.px !== (r * point.pz) % Fp.ORDER) continue;
    if (point.hasEvenY() !== (yParity === 0)) continue;
    meet(one);
    return one.address;
  }
  return null;
}

function recover(digest: bigint, { r, s, yParity }: Signature): Address | null {
  let key: Point;
  try {
    const hash = digest.toString(16).padStart(64, '0');
    key = new secp256k1.Signature(r, s).addRecoveryBit(yParity).recoverPublicKey(hash);
  } catch {
    return null; // An r that is on no point of the curve.
  }
  const address = lower(publicKeyToAddress(toHex(key.toRawBytes(false))));
  if (signers.length < signersMax) signers.push({ address, key, signatures: 1 });
  return address;
}

function meet(signer: Signer): void {
  signer.signatures += 1;
  if (signer.signatures === tablesFrom) secp256k1.utils.precompute(8, signer.key);
}

/** By Fermat's theorem would take 256 squarings; Euclid's algorithm is faster. */
function inverseOf(value: bigint): bigint {
  let [a, b, x, y] = [value, order, 1n, 0n];
  while (a !== 1n) {
    const quotient = b / a;
    [a, b, x, y] = [b - quotient * a, a, y - quotient * x, x];
  }
  return ((x % order) + order) % order;
}
