import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evmNetworks, networks } from '../../lambdas/core/kernel/networks.ts';
import { denied, evmAddress } from '../../lambdas/core/rails/evm/address.ts';
import { checkAddress } from '../../lambdas/core/requests/addresses.ts';

/** The test cases of EIP-55 (https://eips.ethereum.org/EIPS/eip-55): all caps, all lower, normal. */
const checksummed = [
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
  '0xde709f2102306220921060314715629080e2fb77',
  '0x27b1fdb04752bbc536007a920d24acb045561c26',
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

test.each(evmNetworks)(
  '%s is checked by EIP-55, and nobody is paid at an address of nobody',
  (network) => {
    const [address = ''] = checksummed;
    expect(checkAddress(network, address.toLowerCase())).toEqual({
      address,
    });
    expect(checkAddress(network, `0x${'0'.repeat(40)}`)).toHaveProperty('wrong');
    expect(checkAddress(network, '5oNDL3swdJJF1g9DzJiZ4ynHXgszjAEpUkxVYejchzrY')).toHaveProperty(
      'wrong',
    );
  },
);

test.each(['tron', 'stellar', 'Ethereum', ' ethereum', '', '__proto__', 'constructor', 'toString'])(
  'we know no rules of %j',
  (network) => {
    expect(checkAddress(network, checksummed[0] ?? '')).toBeNull();
  },
);

const everywhere = networks;
const customers: Record<string, string> = {
  ethereum: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  solana: '5oNDL3swdJJF1g9DzJiZ4ynHXgszjAEpUkxVYejchzrY',
  bitcoin: 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
};

test.each(Object.entries(customers))(
  'on %s nothing is trimmed and nothing is normalised',
  (network, address) => {
    expect(checkAddress(network, address)).toEqual({ address });
    const last = address.at(-1) ?? '';
    const fullWidth = String.fromCodePoint((last.codePointAt(0) ?? 0) + 0xfee0);
    expect(fullWidth.normalize('NFKC')).toBe(last);
    for (const text of [
      ` ${address}`,
      `${address} `,
      `${address}\n`,
      `${address}\0`,
      `\ufeff${address}`,
      `${address}\u200b`,
      `${address.slice(0, -1)}${fullWidth}`,
    ])
      expect(checkAddress(network, text)).toHaveProperty('wrong');
  },
);

test('any text at all is answered, and what is taken is ASCII', () => {
  fc.assert(
    fc.property(fc.constantFrom(...everywhere), fc.string({ unit: 'binary' }), (network, text) => {
      const checked = checkAddress(network, text);
      if (checked !== null && 'address' in checked)
        expect(checked.address).toMatch(/^[\x21-\x7e]+$/);
    }),
  );
});

test('a wrong capital is refused wherever it is', () => {
  const letters = checksummed.flatMap((address) =>
    [...address].flatMap((digit, index) =>
      index > 1 && /[a-f]/i.test(digit) ? [{ address, index }] : [],
    ),
  );
  for (const { address, index } of letters) {
    const digit = address.charAt(index);
    const other = digit === digit.toLowerCase() ? digit.toUpperCase() : digit.toLowerCase();
    const text = address.slice(0, index) + other + address.slice(index + 1);
    expect([text, 'wrong' in evmAddress(text)]).toEqual([text, true]);
  }
});

test('any address is taken in lower case, and its checksummed form is taken as it is', () => {
  const digits = fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'),
    minLength: 40,
    maxLength: 40,
  });
  fc.assert(
    fc.property(digits, (text) => {
      const checked = evmAddress(`0x${text}`);
      if ('wrong' in checked) throw new Error(checked.wrong);
      expect(checked.address.toLowerCase()).toBe(`0x${text}`);
      expect(evmAddress(checked.address)).toEqual(checked);
    }),
  );
});

test('the Kelvin sign is no K, though its lower case is one', () => {
  const address = 'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4';
  const text = address.replace('K', '\u212a');
  expect(text.toLowerCase()).toBe(address.toLowerCase());
  expect(checkAddress('bitcoin', address)).toEqual({ address: address.toLowerCase() });
  expect(checkAddress('bitcoin', text)).toHaveProperty('wrong');
});
