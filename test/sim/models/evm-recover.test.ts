/** However a signer is found, it is the one that the curve says. */
import { expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak256, toHex } from 'viem';
import { privateKeyToAddress, publicKeyToAddress } from 'viem/accounts';
import { expectSigner, recoverAddress } from './evm-recover.ts';

const order = secp256k1.CURVE.n;
const keyOf = (name: string) => keccak256(toHex(name));
const spoils = ['good', 'parity', 'high s', 'other r', 'other s', 'other digest'] as const;

test.each(['stranger', 'regular', 'expected'] as const)('a signature of a %s', (who) => {
  if (who === 'expected') expectSigner(keyOf(who));
  for (let round = 0; round < 24; round += 1) {
    const spoiled = spoils[round % spoils.length] ?? 'good';
    const key = who === 'stranger' ? keyOf(`stranger ${round}`) : keyOf(who);
    const digest = keccak256(toHex(`${who} ${round}`));
    const { r, s, recovery } = secp256k1.sign(digest.slice(2), key.slice(2));
    const asked = {
      r: spoiled === 'other r' ? r + 1n : r,
      s: spoiled === 'high s' ? order - s : spoiled === 'other s' ? s + 1n : s,
      yParity: spoiled === 'parity' ? 1 - recovery : recovery,
    };
    const about = spoiled === 'other digest' ? keccak256(digest) : digest;
    const address = recoverAddress(about, asked);
    expect({ round, address }).toEqual({ round, address: byTheCurve(about, asked) });
    const signed = address === privateKeyToAddress(key).toLowerCase();
    expect(signed).toBe(spoiled === 'good');
  }
});

function byTheCurve(digest: string, asked: { r: bigint; s: bigint; yParity: number }) {
  try {
    const signature = new secp256k1.Signature(asked.r, asked.s).addRecoveryBit(asked.yParity);
    const point = signature.recoverPublicKey(digest.slice(2));
    return publicKeyToAddress(toHex(point.toRawBytes(false))).toLowerCase();
  } catch {
    return null;
  }
}

test('r and s of nothing', () => {
  const digest = keccak256('0x');
  for (const none of [0n, order, order + 5n])
    for (const asked of [
      { r: none, s: 1n, yParity: 0 },
      { r: 1n, s: none, yParity: 0 },
    ])
      expect(recoverAddress(digest, asked)).toBeNull();
});
