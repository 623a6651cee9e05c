import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ed25519 } from '@noble/curves/ed25519';
import { base58 } from '@scure/base';
import fc from 'fast-check';
import { solanaAddress } from '../../lambdas/core/rails/solana/address.ts';

/** The key of "How to Validate a Public Key" (solana.com/developers/cookbook/wallets/check-publickey). */
const onCurve = '5oNDL3swdJJF1g9DzJiZ4ynHXgszjAEpUkxVYejchzrY';
const offCurve = '4BJXYkfvg37zEmBbsacZjeQDpTNx91KppxFJxRqrz48e';

test('an address on the curve is taken as it is', () => {
  expect(solanaAddress(onCurve)).toEqual({ address: onCurve });
});

test('any public key is an address', () => {
  for (let made = 0; made < 20; made += 1) {
    const { publicKey } = generateKeyPairSync('ed25519');
    const { x = '' } = publicKey.export({ format: 'jwk' });
    const address = base58.encode(Buffer.from(x, 'base64url'));
    expect(solanaAddress(address)).toEqual({ address });
  }
});

test.each([
  ['a program-derived address', offCurve],
  ['a point of small order', base58.encode(ed25519.ExtendedPoint.ZERO.toRawBytes())],
])('refused: %s', (_name, text) => {
  expect(solanaAddress(text)).toEqual({
    wrong: expect.stringContaining('Nobody can have the key'),
  });
});

test.each([
  ['USDC', 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v'],
  ['USDT', 'Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB'],
  ['EURC', 'HzwqbKZw8HxMN6bF2yFZNrht3c2iXXzpKcFu7uBEDKtr'],
  ['wrapped SOL', 'So11111111111111111111111111111111111111112'],
])('refused, though it is on the curve: the mint of %s', (_name, text) => {
  expect(() => ed25519.ExtendedPoint.fromHex(base58.decode(text))).not.toThrow();
  expect(solanaAddress(text)).toEqual({ wrong: expect.stringContaining('token') });
});

test.each([
  ['System', '11111111111111111111111111111111'],
  ['Token', 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA'],
  ['Token-2022', 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb'],
  ['Associated Token Account', 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL'],
  ['Memo', 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr'],
  ['Compute Budget', 'ComputeBudget111111111111111111111111111111'],
  ['the upgradeable loader', 'BPFLoaderUpgradeab1e11111111111111111111111'],
  ['the loader', 'BPFLoader2111111111111111111111111111111111'],
  ['the incinerator', '1nc1nerator11111111111111111111111111111111'],
])('refused: the program %s', (_name, text) => {
  expect(solanaAddress(text)).toEqual({ wrong: expect.stringContaining('program') });
});

test.each([
  ['31 bytes', base58.encode(new Uint8Array(31).fill(7))],
  ['33 bytes', base58.encode(new Uint8Array(33).fill(7))],
  [
    '33 bytes in 44 characters or fewer',
    base58.encode(Uint8Array.of(0, ...new Uint8Array(32).fill(7))),
  ],
  ['a zero for an o', onCurve.replace('o', '0')],
  ['hex', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  ['nothing', ''],
  ['much too long', '1'.repeat(50_000)],
])('refused: %s', (_name, text) => {
  expect(solanaAddress(text)).toEqual({ wrong: expect.stringContaining('32 bytes in base58') });
});

test('any 32 bytes are an address exactly when they are a key that somebody can have', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const address = base58.encode(bytes);
      const checked = solanaAddress(address);
      if ('address' in checked) {
        expect(checked.address).toBe(address);
        expect(ed25519.ExtendedPoint.fromHex(bytes).toRawBytes()).toEqual(bytes);
      } else expect(checked.wrong).toContain('Nobody can have the key');
    }),
  );
});
