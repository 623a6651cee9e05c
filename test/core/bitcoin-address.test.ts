import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { schnorr } from '@noble/curves/secp256k1';
import { bech32, bech32m, createBase58check } from '@scure/base';
import { Address } from '@scure/btc-signer';
import fc from 'fast-check';
import {
  bitcoinAddress,
  bitcoinDestination,
  scriptOf,
  toHex,
} from '../../lambdas/core/rails/bitcoin/address.ts';

const refused = { wrong: expect.stringContaining('A Bitcoin address') };

/** The addresses of the main network in BIP-350, "Test vectors for v0-v16 native segregated witness addresses". */
test.each([
  'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4',
  'bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y',
  'BC1SW50QGDZ25J',
  'bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs',
  'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
])('%s is valid by BIP-350, and is kept in lower case', (text) => {
  expect(bitcoinAddress(text)).toEqual({ address: text.toLowerCase() });
});

/** BIP-341 takes the program for the x of a point; that of these is the x of none: 5, 2^256 - 1, and the size of the field. */
test.each([5n, 2n ** 256n - 1n, 2n ** 256n - 2n ** 32n - 977n])(
  'a taproot address of x = %s is refused: nobody could ever spend what is paid to it',
  (x) => {
    const program = Uint8Array.from(Buffer.from(x.toString(16).padStart(64, '0'), 'hex'));
    const text = bech32m.encode('bc', [1, ...bech32m.toWords(program)]);
    expect(bitcoinAddress(text)).toEqual({ wrong: expect.stringContaining('BIP-341') });
    // Versions to come may mean something else by it.
    const later = bech32m.encode('bc', [2, ...bech32m.toWords(program)]);
    expect(bitcoinAddress(later)).toEqual({ address: later });
  },
);

test('as a taproot address is taken what the library takes for a key, and nothing else', () => {
  const program = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(program, (bytes) => {
      const text = bech32m.encode('bc', [1, ...bech32m.toWords(bytes)]);
      expect('address' in bitcoinAddress(text)).toBe(isKey(bytes));
    }),
  );
});

function isKey(x: Uint8Array): boolean {
  try {
    schnorr.utils.lift_x(BigInt(`0x${toHex(x)}`));
    return true;
  } catch {
    return false; // The library says so by throwing.
  }
}

/** The addresses of that list that are valid on a test network only. */
test.each([
  'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
  'tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy',
  'tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c',
])('%s is of another network', (text) => {
  expect(bitcoinAddress(text)).toEqual(refused);
});

/** The invalid segwit addresses of BIP-350, with their reasons. */
test.each([
  ['tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut', 'human-readable part'],
  ['bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd', 'Bech32 instead of Bech32m'],
  ['tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf', 'Bech32 instead of Bech32m'],
  ['BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL', 'Bech32 instead of Bech32m'],
  ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh', 'Bech32m instead of Bech32'],
  ['tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47', 'Bech32m instead of Bech32'],
  ['bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4', 'character in checksum'],
  ['BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R', 'witness version'],
  ['bc1pw5dgrnzv', 'program length (1 byte)'],
  [
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav',
    'program length (41 bytes)',
  ],
  ['BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P', 'program length for witness version 0'],
  ['tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq', 'mixed case'],
  [
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf',
    'padding of more than 4 bits',
  ],
  ['tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j', 'non-zero padding'],
  ['bc1gmk9yu', 'empty data section'],
])('%s is invalid by BIP-350: %s', (text) => {
  expect(bitcoinAddress(text)).toEqual(refused);
});

/** The invalid segwit addresses of BIP-173, and its valid ones from version 1 up, which BIP-350 has made invalid. */
test.each([
  ['tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty', 'human-readable part'],
  ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', 'checksum'],
  ['BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2', 'witness version'],
  ['bc1rw5uspcuh', 'program length'],
  [
    'bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90',
    'program length',
  ],
  ['BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P', 'program length for witness version 0'],
  ['tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7', 'mixed case'],
  ['bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du', 'padding of more than 4 bits'],
  ['tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv', 'non-zero padding'],
  ['bc1gmk9yu', 'empty data section'],
  [
    'bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7k7grplx',
    'Bech32 with version 1',
  ],
  ['BC1SW50QA3JX3S', 'Bech32 with version 16'],
  ['bc1zw508d6qejxtdg4y5r3zarvaryvg6kdaj', 'Bech32 with version 2'],
])('%s is invalid by BIP-173 or since BIP-350: %s', (text) => {
  expect(bitcoinAddress(text)).toEqual(refused);
});

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const base58check = createBase58check(sha256);
const hash = fc.uint8Array({ minLength: 20, maxLength: 20 });

/** The hash is that of BIP-173's example key; bitcoinjs-lib has its address in test/fixtures/address.json. */
test('pay to public key hash and pay to script hash are taken', () => {
  expect(bitcoinAddress('1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH')).toHaveProperty('address');
  fc.assert(
    fc.property(hash, fc.constantFrom('pkh' as const, 'sh' as const), (bytes, type) => {
      const address = Address().encode({ type, hash: bytes });
      expect(bitcoinAddress(address)).toEqual({ address });
    }),
  );
});

test.each([
  ['a test network, key', 0x6f],
  ['a test network, script', 0xc4],
  ['Litecoin', 0x30],
  ['Tron', 0x41],
])('refused: the version byte of %s', (_name, version) => {
  expect(
    bitcoinAddress(base58check.encode(Uint8Array.of(version, ...new Array(20).fill(1)))),
  ).toEqual(refused);
});

test.each([
  ['19 bytes', base58check.encode(Uint8Array.of(0, ...new Array(19).fill(9)))],
  ['21 bytes', base58check.encode(Uint8Array.of(0, ...new Array(21).fill(9)))],
  ['a private key', 'KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn'],
  [
    'another prefix that begins like ours',
    bech32m.encode('bc1', [2, ...bech32.toWords(new Uint8Array(20))]),
  ],
  ['nothing', ''],
  ['an EVM address', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  ['much too long', `bc1${'q'.repeat(50_000)}`],
])('refused: %s', (_name, text) => {
  expect(bitcoinAddress(text)).toEqual(refused);
});

test('what anybody may take is refused (BIP-433)', () => {
  const anchor = bech32m.encode('bc', [1, ...bech32.toWords(Uint8Array.of(0x4e, 0x73))]);
  expect(anchor).toBe('bc1pfeessrawgf');
  for (const text of [anchor, anchor.toUpperCase()])
    expect(bitcoinAddress(text)).toEqual({ wrong: expect.stringContaining('Anybody') });
});

const customers = [
  '1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH',
  'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
  'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
];
const letters = [...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0'];

test('one wrong character is refused, wherever it is', () => {
  for (const address of customers)
    for (let index = 0; index < address.length; index += 1)
      for (const letter of letters) {
        const text = address.slice(0, index) + letter + address.slice(index + 1);
        if (text !== address) expect([text, bitcoinAddress(text)]).toEqual([text, refused]);
      }
});

test('a program of any version and length is taken exactly with its own checksum', () => {
  const program = fc.uint8Array({ minLength: 0, maxLength: 45 });
  fc.assert(
    fc.property(program, fc.integer({ min: 0, max: 31 }), fc.boolean(), (bytes, version, plain) => {
      const words = [version, ...bech32.toWords(bytes)];
      const address = (plain ? bech32 : bech32m).encode('bc', words, 120);
      const lengthFits =
        version === 0 ? [20, 32].includes(bytes.length) : bytes.length >= 2 && bytes.length <= 40;
      const fits = version <= 16 && plain === (version === 0) && lengthFits;
      expect(bitcoinAddress(address)).toEqual(fits ? { address } : refused);
    }),
  );
});

/** The network is that of our own treasury, whose address is the first of ours. */
const treasuries = {
  main: 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
  testnet: 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx',
  regtest: 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080',
} as const;
const payable = {
  main: ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy'],
  testnet: [
    'mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn',
    '2N3oefVeg6stiTb5Kh3ozCSkaqmx91FDbsm',
    'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
  ],
  regtest: [
    'mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn',
    'bcrt1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqc8gma6',
  ],
};

test.each(Object.keys(treasuries) as (keyof typeof treasuries)[])(
  'on %s the addresses of that network are paid, those of others are not, and ours is nobody’s',
  (net) => {
    const ours = [treasuries[net]];
    for (const address of payable[net])
      expect(bitcoinDestination(address, ours)).toEqual({ address });
    for (const other of Object.values(treasuries))
      expect(bitcoinDestination(other, ours)).toHaveProperty('wrong');
    expect(bitcoinDestination(treasuries[net].toUpperCase(), ours)).toHaveProperty('wrong');
  },
);

test.each([
  ['tb1pfees9rn5nz', treasuries.testnet],
  ['bcrt1pfeesnyr2tx', treasuries.regtest],
])('%s belongs to anybody', (address, ours) => {
  expect(bitcoinDestination(address, [ours])).toEqual({
    wrong: 'Anybody may take what is paid to this address (BIP-433).',
  });
});

/** Scripts of BIP-173 and BIP-350, "Test vectors", and of the addresses of the first block and of the Bitcoin wiki. */
test.each([
  ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', '0014751e76e8199196d454941c45d1b3a323f1433bd6'],
  ['bc1sw50qgdz25j', '6002751e'],
  ['bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs', '5210751e76e8199196d454941c45d1b3a323'],
  ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', '76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac'],
  ['3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy', 'a914b472a266d0bd89c13706a4132ccfb16f7c3b9fcb87'],
])('the script of %s', (address, script) => {
  expect(toHex(scriptOf(address, 'main'))).toBe(script);
});
