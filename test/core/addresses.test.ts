import { expect, test } from '@jest/globals';
import { denied, evmAddress } from '../../lambdas/core/addresses.ts';

/** EIP-55, "Test Cases". */
const checksummed = [
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
];

test.each(checksummed)('%s is taken in any case without a checksum, and in its own', (address) => {
  const digits = address.slice(2);
  for (const written of [address, `0x${digits.toLowerCase()}`, `0x${digits.toUpperCase()}`])
    expect(evmAddress(written)).toEqual({ address });
});

test.each([
  ['a wrong capital', '0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  ['one digit short', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe'],
  ['one digit long', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd'],
  ['no 0x', '5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  ['0X', '0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  ['a full-width digit', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeｄ'],
  ['a zero-width space', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\u200b'],
  ['a Cyrillic letter', '0x5\u0430Aeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  ['a line break', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\n'],
  ['a name', 'vitalik.eth'],
])('refused: %s', (_name, text) => {
  expect(evmAddress(text)).toHaveProperty('wrong');
});

const treasury = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
test.each([
  ['the zero address', '0x0000000000000000000000000000000000000000'],
  ['a precompile', '0x0000000000000000000000000000000000000009'],
  ['our treasury', treasury],
] as const)('denied: %s', (_name, address) => {
  expect(denied(address, [treasury])).not.toBeNull();
});

test('a customer is not denied', () => {
  expect(denied('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', [treasury])).toBeNull();
});
