import { expect, test } from '@jest/globals';
import { WrongChainError } from '../../lambdas/adapters/evm/identity.ts';
import { SettingError, ShutError, UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import type { Asset } from '../../lambdas/core/kernel/money.ts';
import type { Network } from '../../lambdas/core/kernel/networks.ts';
import type { Answer } from '../../lambdas/core/kernel/outcome.ts';
import type { Quote } from '../../lambdas/core/on-ramp/provider.ts';
import { isProblem } from '../../lambdas/core/requests/problem.ts';
import { makeQuote, type QuoteWorld } from '../../lambdas/core/requests/quote.ts';
import { CreateQuote } from '../../lambdas/core/requests/quote-schemas.ts';
import { noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { testSwitches } from '../support/gates.ts';
import { at, balanceOf, minorOf, testClock, walletOf } from '../support/things.ts';

const start = Date.parse('2026-11-28T06:00:00Z');
const verdicts = { err_quote_limit_below_minimum: 'final', err_validation: 'passes' } as const;
const quoteOf = (given: Partial<Quote> = {}): Quote => ({
  ...{ token: 't', source: minorOf(10_000n), payout: minorOf(99_500_000n), fee: minorOf(50n) },
  expiresAt: at(start + 120_000),
  ...given,
});

function setUp(given: Partial<QuoteWorld> & { answers?: Answer<Quote>[] } = {}) {
  const { switches, turnOff } = testSwitches();
  const asked: unknown[] = [];
  const wallets = { USDC: walletOf({ currency: 'USDC' }), ofBob: walletOf({ tenant: 'bob' }) };
  const answers = given.answers ?? [{ ok: true, value: quoteOf() }];
  const quote = makeQuote({
    requests: {
      wallet: async (id) => {
        const wallet = Object.values(wallets).find((one) => one.id === id);
        return wallet === undefined ? null : { wallet, balance: balanceOf(id, 0n) };
      },
    },
    networks: new Map<Network, { assets: readonly Asset[]; ours: readonly string[] }>([
      ['ethereum', { assets: ['USDC', 'ETH'], ours: [] }],
      ['polygon', { assets: ['USDC'], ours: [] }],
      ['bitcoin', { assets: ['BTC'], ours: [] }],
    ]),
    limits: { ...noLimits, perWithdrawalMax: { USD: minorOf(1_000_000n) } },
    switches,
    clock: testClock(start),
    payIn: 'ach',
    onRamp: {
      quote: async (...call) => {
        asked.push(call);
        return answers.shift() ?? { ok: false, refused: false, why: 'no answer' };
      },
      verdictOn: (code) => verdicts[code as keyof typeof verdicts] ?? 'final',
    },
    fees: async ({ network }) => (network === 'bitcoin' ? 1_410n : 1_234_500_000_000_000n),
    finality: () => ({ blocks: null, ms: 780_000 }),
    ...given,
  });
  const ask = async (fields: object, tenant = 'alice') => {
    const body = { amount: '100.00', asset: 'USDC', network: 'ethereum', ...fields };
    return quote(tenant, CreateQuote.parse(body));
  };
  const codeOf = async (fields: object, tenant?: string) => {
    const answer = await ask(fields, tenant);
    return isProblem(answer) ? answer.problem : 200;
  };
  return { ask, codeOf, asked, wallets, turnOff };
}

test('dollars: what the on-ramp says now, and what the chain costs us beside it', async () => {
  const { ask, asked } = setUp();
  expect(await ask({ currency: 'USD' })).toEqual({
    payout: { amount: '99.50', asset: 'USDC' },
    fees: [
      { type: 'on-ramp', amount: '0.50', currency: 'USD' },
      { type: 'network', amount: '0.0012345', currency: 'ETH' },
    ],
    estimatedSeconds: 780 + 5 + 600,
    expiresAt: '2026-11-28T06:02:00.000Z',
  });
  expect(asked).toEqual([['ethereum', 10_000n, 'ach']]);
});

test('an asset pays itself: nothing of the network fee is taken, and nobody is asked for a conversion', async () => {
  const { ask, asked, wallets } = setUp();
  expect(await ask({ walletId: wallets.USDC.id, network: 'polygon' })).toEqual({
    payout: { amount: '100.00', asset: 'USDC' },
    fees: [{ type: 'network', amount: '0.0012345', currency: 'POL' }],
    estimatedSeconds: 785,
    expiresAt: '2026-11-28T06:01:00.000Z',
  });
  expect(
    await ask({ currency: 'BTC', asset: 'BTC', network: 'bitcoin', amount: '0.5' }),
  ).toMatchObject({
    payout: { amount: '0.50', asset: 'BTC' },
    fees: [{ type: 'network', amount: '0.0000141', currency: 'BTC' }],
  });
  expect(asked).toEqual([]);
});

test.each<[string, object, string]>([
  ['no such wallet', { walletId: `wal_${'0'.repeat(26)}` }, 'NOT_FOUND'],
  ['no id of a wallet', { walletId: 'x' }, 'NOT_FOUND'],
  ['another network', { currency: 'USD', network: 'base' }, 'NETWORK_NOT_SUPPORTED'],
  ['no network', { currency: 'USD', network: 'tron' }, 'NETWORK_NOT_SUPPORTED'],
  [
    'an asset of another network',
    { currency: 'ETH', asset: 'ETH', network: 'polygon' },
    'NETWORK_NOT_SUPPORTED',
  ],
  ['no asset', { currency: 'USD', asset: 'EURC' }, 'NETWORK_NOT_SUPPORTED'],
  ['dollars for ether', { currency: 'USD', asset: 'ETH' }, 'CURRENCY_MISMATCH'],
  ['too many decimals', { currency: 'USD', amount: '1.001' }, 'INVALID_AMOUNT'],
  ['nothing', { currency: 'USD', amount: '0.00' }, 'INVALID_AMOUNT'],
  ['more than a withdrawal may be', { currency: 'USD', amount: '10000.01' }, 'LIMIT_EXCEEDED'],
])('%s is refused, and nobody is asked', async (_what, fields, code) => {
  const { codeOf, asked } = setUp();
  expect(await codeOf(fields)).toBe(code);
  expect(asked).toEqual([]);
});

test("another tenant's wallet is quoted to nobody else", async () => {
  const { codeOf, wallets } = setUp();
  expect(await codeOf({ walletId: wallets.ofBob.id })).toBe('NOT_FOUND');
  expect(await codeOf({ walletId: wallets.ofBob.id }, 'bob')).toBe(200);
});

test.each<[string, Answer<Quote>, string, string | null]>([
  ['no answer', { ok: false, refused: false, why: 'no answer' }, 'TEMPORARILY_UNAVAILABLE', '1'],
  [
    'an open breaker',
    { ok: false, refused: false, why: 'open', until: at(start + 4_200) },
    'TEMPORARILY_UNAVAILABLE',
    '5',
  ],
  [
    'a breaker that was to be tried again before',
    { ok: false, refused: false, why: 'open', until: at(start - 1) },
    'TEMPORARILY_UNAVAILABLE',
    '1',
  ],
  [
    'a refusal that passes',
    { ok: false, refused: true, why: '400 err_validation' },
    'TEMPORARILY_UNAVAILABLE',
    '1',
  ],
  [
    'an amount that it does not convert',
    { ok: false, refused: true, why: '400 err_quote_limit_below_minimum' },
    'LIMIT_EXCEEDED',
    null,
  ],
  [
    'twice the money',
    { ok: true, value: quoteOf({ payout: minorOf(200_000_000n) }) },
    'TEMPORARILY_UNAVAILABLE',
    '1',
  ],
  [
    'half of the money',
    { ok: true, value: quoteOf({ payout: minorOf(50_000_000n) }) },
    'TEMPORARILY_UNAVAILABLE',
    '1',
  ],
  [
    'a fee of half',
    { ok: true, value: quoteOf({ fee: minorOf(5_000n) }) },
    'TEMPORARILY_UNAVAILABLE',
    '1',
  ],
  [
    'a quote that is over',
    { ok: true, value: quoteOf({ expiresAt: at(start) }) },
    'TEMPORARILY_UNAVAILABLE',
    '1',
  ],
])('the on-ramp says %s', async (_what, said, code, retryAfter) => {
  const { ask, codeOf } = setUp({ answers: [said] });
  const answer = await ask({ currency: 'USD' });
  expect(answer).toMatchObject({
    problem: code,
    ...(retryAfter === null ? {} : { headers: { 'retry-after': retryAfter } }),
  });
  // The next one is asked anew: what was not said is no truth.
  expect(await codeOf({ currency: 'USD' })).toBe('TEMPORARILY_UNAVAILABLE');
  expect(await codeOf({ currency: 'USDC' })).toBe(200);
});

test('a switch that holds conversions back quotes none', async () => {
  const { codeOf, asked, turnOff } = setUp();
  turnOff('on-ramp');
  expect(await codeOf({ currency: 'USD' })).toBe('TEMPORARILY_UNAVAILABLE');
  expect(await codeOf({ currency: 'USDC' })).toBe(200);
  expect(asked).toEqual([]);
});

test.each<[string, Error, string]>([
  ['does not answer', new UnavailableError('no answer'), '1'],
  ['may not be asked', new ShutError('ethereum read', at(start + 9_000)), '9'],
  [
    'may not be asked, by another',
    new UnavailableError('x', { cause: new ShutError('y', at(start + 9_000)) }),
    '9',
  ],
])('a node that %s leaves the fee open, and so the quote', async (_what, error, retryAfter) => {
  const { ask } = setUp({
    fees: async () => {
      throw error;
    },
  });
  expect(await ask({ currency: 'USDC' })).toMatchObject({
    problem: 'TEMPORARILY_UNAVAILABLE',
    headers: { 'retry-after': retryAfter },
  });
});

test('what is wrong with us is not said to be the network’s', async () => {
  const { ask } = setUp({
    fees: async () => {
      throw new Error('EVM_CHAIN_ID_ETHEREUM');
    },
  });
  await expect(ask({ currency: 'USDC' })).rejects.toThrow('EVM_CHAIN_ID_ETHEREUM');
});

test.each<[string, object]>([
  ['both', { walletId: 'wal_1', currency: 'USD' }],
  ['neither', {}],
  ['a number', { currency: 'USD', amount: 100 }],
  ['an unknown field', { currency: 'USD', destinationAddress: '0x' }],
  ['no currency of ours', { currency: 'EUR' }],
])('a request with %s is none', (_what, fields) => {
  const body = { amount: '1.00', asset: 'USDC', network: 'ethereum', ...fields };
  expect(CreateQuote.safeParse(body).success).toBe(false);
});

test.each([
  ['settings are wrong', new SettingError('EVM_TOKEN_ETHEREUM is no token on this chain.')],
  ['node is of another chain', new WrongChainError('ethereum', 5, 1)],
])('where the %s there is no quote, and no guess', async (_, error) => {
  const { codeOf } = setUp({
    fees: async ({ network }) => {
      if (network === 'ethereum') throw error;
      return 1_410n;
    },
  });
  expect(await codeOf({ currency: 'USD' })).toBe('TEMPORARILY_UNAVAILABLE');
  expect(await codeOf({ currency: 'BTC', asset: 'BTC', network: 'bitcoin' })).toBe(200);
});
