import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Currency,
  convertAtPar,
  formatAmount,
  minorMax,
  parseAmount,
} from '../../lambdas/core/kernel/money.ts';

// biome-ignore format: columns are the point
test.each<[string, Currency, bigint | null]>([
  // text                 currency  minor units
  ['100.00',              'USD',    10_000n],
  ['10.0',                'USD',    1_000n],
  ['10',                  'USD',    1_000n],
  ['0.01',                'USD',    1n],
  ['0.000001',            'USDC',   1n],
  ['999999999999999999',  'USD',    99_999_999_999_999_999_900n],
  ['0',                   'USD',    null],
  ['0.00',                'USD',    null],
  ['0.001',               'USD',    null],
  ['10.000',              'USD',    null],
  ['0.0000001',           'USDC',   null],
  ['1e3',                 'USD',    null],
  ['-1',                  'USD',    null],
  ['+1',                  'USD',    null],
  ['01',                  'USD',    null],
  ['.5',                  'USD',    null],
  ['1.',                  'USD',    null],
  [' 1',                  'USD',    null],
  ['1 ',                  'USD',    null],
  ['1,000',               'USD',    null],
  ['０１',                 'USD',    null],
  ['NaN',                 'USD',    null],
  ['Infinity',            'USD',    null],
  ['0x10',                'USD',    null],
  ['1000000000000000000', 'USD',    null],
  ['',                    'USD',    null],
  ['1\n',                 'USD',    null],
])('%j %s is %p', (text, currency, want) => {
  expect(parseAmount(text, currency)).toBe(want);
});

test('what is written can be read back, exactly', () => {
  const amount = fc.bigInt({ min: 1n, max: 10n ** 20n - 1n });
  fc.assert(
    fc.property(amount, fc.constantFrom<Currency>('USD', 'USDC'), (minor, currency) => {
      expect(parseAmount(formatAmount(minor, currency), currency)).toBe(minor);
    }),
  );
});

test.each<[bigint, Currency, string]>([
  [9_950n, 'USD', '99.50'],
  [99_500_000n, 'USDC', '99.50'],
  [1_234_567n, 'USDC', '1.234567'],
  [1n, 'USDC', '0.000001'],
  [0n, 'USD', '0.00'],
])('%p %s is written %s', (minor, currency, want) => {
  expect(formatAmount(minor, currency)).toBe(want);
});

test('converting at par keeps the value or refuses', () => {
  const usd = parseAmount('1.23', 'USD') ?? minorMax;
  expect(convertAtPar(usd, 'USD', 'USDC')).toBe(1_230_000n);
  const fine = parseAmount('0.000001', 'USDC') ?? minorMax;
  expect(() => convertAtPar(fine, 'USDC', 'USD')).toThrow(RangeError);
});
