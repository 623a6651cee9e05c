import { expect, test } from '@jest/globals';
import { amounts, lifetime, payIn } from '../../lambdas/boot/setting-checks.ts';
import { amountLimits } from '../../lambdas/boot/settings.ts';
import { lowBelow } from '../../lambdas/boot/treasury.ts';
import { resourceOf } from '../../lambdas/core/requests/resource.ts';
import { moveTo } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { at, minorOf, requestedOf, walletOf } from '../support/things.ts';

test.each([
  ['never', null],
  ['90s', 90_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('a lifetime of %s', (text, ms) => {
  expect(lifetime.read(text)).toBe(ms);
});

test.each(['', '24', '0h', '-1h', '1.5h', '1w', 'for ever'])('no lifetime: "%s"', (text) => {
  expect(lifetime.read(text)).toBeUndefined();
});

test.each(['ach', 'wire', 'virtual-account'])('the on-ramp is paid by %s', (text) => {
  expect(payIn.read(text)).toBe(text);
});

test('a treasury of which nothing is said is low below the default, whatever is said of another', () => {
  const { TREASURY_LOW: before } = process.env;
  process.env['TREASURY_LOW'] = 'USDC:5.00,BTC:2';
  try {
    expect(lowBelow()).toEqual({
      ...{ USDC: 5_000_000n, BTC: 200_000_000n },
      ...{ ETH: 10n ** 18n, SOL: 10n ** 10n },
    });
  } finally {
    if (before === undefined) delete process.env['TREASURY_LOW'];
    else process.env['TREASURY_LOW'] = before;
  }
});

test.each(['', 'ACH', 'cheque'])('and not by "%s"', (text) => {
  expect(payIn.read(text)).toBeUndefined();
});

test('amounts by currency', () => {
  expect(amounts.read('USD:100.00, USDC:0.000001')).toEqual({ USD: 10_000n, USDC: 1n });
});

test.each([
  '',
  'USD',
  'USD:',
  'USD:0',
  'USD:1.001',
  'EUR:1.00',
  'USD:1e3',
  'USD:-1.00',
  'USD:1;USDC:1',
])('no amounts by currency: "%s"', (text) => {
  expect(amounts.read(text)).toBeUndefined();
});

test('a function refuses limits that let nothing through, which a deployment may read from Parameter Store', () => {
  const told = { WITHDRAWAL_MIN: 'USD:2.00', WALLET_DAILY_LIMIT: 'USD:1.99' };
  Object.assign(process.env, told);
  expect(amountLimits).toThrow(
    /^WITHDRAWAL_MIN must be at most WALLET_DAILY_LIMIT, which is 1\.99/,
  );
  process.env['WALLET_DAILY_LIMIT'] = 'USD:2.00,USDC:0.01';
  expect(amountLimits()).toMatchObject({ perWithdrawalMin: { USD: 200n } });
  for (const name of Object.keys(told)) delete process.env[name];
});

test('a payout links to the explorer of its network, where there is one', () => {
  const wallet = walletOf({ currency: 'USDC' });
  const facts = { payout: minorOf(1n), fee: minorOf(0n), attempts: 1, readFrom: 1 };
  const reserved = moveTo(requestedOf(wallet), 'reserved', {}, at(2));
  const signed = moveTo(reserved, 'signed', { ...facts, txId: '0xab' }, at(3));
  const explorers = new Map([['ethereum', 'https://explorer.example/tx/']] as const);
  expect(resourceOf(signed, explorers).explorerUrl).toBe('https://explorer.example/tx/0xab');
  expect(resourceOf(signed, new Map()).explorerUrl).toBeNull();
  expect(resourceOf(reserved, explorers).explorerUrl).toBeNull();
});
