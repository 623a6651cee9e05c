/** What a treasury signs, and what a gas lane calls with it, beside what viem makes of the same by its general code. */
import { expect, test } from '@jest/globals';
import { domainSeparator, type Hex, hashTypedData, keccak256, recoverAddress, toHex } from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';
import { digestOf } from '../../lambdas/adapters/evm/digest.ts';
import { localSigner } from '../../lambdas/adapters/evm/signer-local.ts';
import type { Authorization } from '../../lambdas/core/rails/evm/attempt.ts';
import { treasury } from '../../local/chains/dev-accounts.ts';
import { eip3009 } from '../support/eip3009.ts';
import { minorOf } from '../support/things.ts';

const verifyingContract = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const domain = { name: 'USD Coin', version: '2', chainId: 1, verifyingContract } as const;
const separator = domainSeparator({ domain });
const largest = 2n ** 256n - 1n;

const authorizationOf = (index: number, given: Partial<Authorization> = {}): Authorization => ({
  from: treasury.address.toLowerCase() as Hex,
  to: `0x${'b'.repeat(38)}${String(index).padStart(2, '0')}`,
  value: minorOf(10n ** BigInt(index)),
  validBefore: 1_800_000_000 + index,
  nonce: keccak256(toHex(`nonce ${index}`)),
  ...given,
});

test.each([0, 1, 6, 18, 40, 77].map((index) => authorizationOf(index)))(
  'of a payout of $value the digest is the one of EIP-712',
  (authorization) => {
    const { from, to, value, validBefore, nonce } = authorization;
    const message = { from, to, value, validAfter: 0n, validBefore: BigInt(validBefore), nonce };
    const primaryType = 'TransferWithAuthorization';
    const wanted = hashTypedData({ domain, types: eip3009, primaryType, message });
    expect(digestOf(separator, authorization)).toBe(wanted);
  },
);

test('so is that of a cancellation, and that of another domain is another one', () => {
  const authorization = authorizationOf(1, { ends: true });
  const message = { authorizer: authorization.from, nonce: authorization.nonce };
  const primaryType = 'CancelAuthorization';
  const wanted = hashTypedData({ domain, types: eip3009, primaryType, message });
  expect(digestOf(separator, authorization)).toBe(wanted);
  const elsewhere = domainSeparator({ domain: { ...domain, chainId: 10 } });
  expect(digestOf(elsewhere, authorization)).not.toBe(wanted);
});

test('the largest value is signed, and a larger one is not', () => {
  expect(digestOf(separator, authorizationOf(1, { value: minorOf(largest) }))).toMatch(/^0x/);
  const signed = (given: Partial<Authorization>) => () =>
    digestOf(separator, authorizationOf(1, given));
  expect(signed({ value: minorOf(largest + 1n) })).toThrow('uint256');
  expect(signed({ value: minorOf(-1n) })).toThrow('uint256');
  expect(signed({ validBefore: -1 })).toThrow('uint256');
});

test.each<[string, Partial<Authorization>]>([
  ['an address that is too short', { to: `0x${'b'.repeat(39)}` }],
  ['an address that is too long', { to: `0x${'b'.repeat(41)}` }],
  ['an address with a wrong checksum', { to: verifyingContract.replace('A0b', 'a0b') as Hex }],
  ['a payer that is no address', { from: '0x' }],
  ['a nonce that is too short', { nonce: `0x${'0'.repeat(62)}` }],
  ['a nonce that is no number', { nonce: `0x${'g'.repeat(64)}` }],
])('%s is not signed', (_name, given) => {
  expect(() => digestOf(separator, authorizationOf(1, given))).toThrow();
});

test('a key of this process signs as viem does with it, and the signature is its own', async () => {
  const { privateKey } = treasury;
  const signer = localSigner(privateKey);
  expect(signer.address).toBe(privateKeyToAccount(privateKey).address);
  for (let count = 0; count < 20; count += 1) {
    const hash = keccak256(toHex(`message ${count}`));
    const signature = await signer.sign(hash);
    expect(signature).toMatchObject({ ...(await signedBy(privateKey, hash)) });
    expect(await recoverAddress({ hash, signature })).toBe(signer.address);
  }
});

async function signedBy(privateKey: Hex, hash: Hex) {
  const { r, s, yParity } = await sign({ hash, privateKey });
  return { r, s, yParity };
}

test.each([`0x${'0'.repeat(64)}`, `0x${'f'.repeat(64)}`] as const)('%s is no key', (key) => {
  expect(() => localSigner(key)).toThrow();
});
