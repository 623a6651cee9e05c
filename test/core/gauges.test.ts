/** What is looked at by the clock: balances, what has not ended, and breakers. What cannot be read is never zero. */
import { expect, test } from '@jest/globals';
import { closed } from '../../lambdas/core/breakers/breaker.ts';
import { breakerNames } from '../../lambdas/core/breakers/names.ts';
import { UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import type { Measure } from '../../lambdas/core/kernel/measure.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import { breakersOf, gaugesOf } from '../../lambdas/core/operations/gauges.ts';
import { gasLeftMin, standsStillMs } from '../../lambdas/core/operations/limits.ts';
import { noCounts } from '../../lambdas/core/operations/stats.ts';
import type { Address } from '../../lambdas/core/rails/evm/hex.ts';
import { payoutGasLimit } from '../../lambdas/core/rails/evm/limits.ts';
import { evmMoney } from '../../lambdas/core/rails/evm/money.ts';
import { waits } from '../../lambdas/core/withdrawal/waits.ts';
import type { Stage, Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { at, minorOf, requestedOf, walletOf } from '../support/things.ts';

const now = at(100 * 3_600_000);
const treasury: Address = '0x0000000000000000000000000000000000000001';
const lanes: readonly Address[] = [
  '0x000000000000000000000000000000000000000a',
  '0x000000000000000000000000000000000000000b',
];
const gwei = 10n ** 9n;
const perPayout = payoutGasLimit * gwei;

type Given = Partial<{
  balance: bigint;
  ethers: readonly (bigint | null)[];
  open: readonly Withdrawal[];
  complete: boolean;
  chain: () => ReturnType<Parameters<typeof evmMoney>[0]>;
  lanes: Parameters<typeof evmMoney>[2];
  until: Instant | null;
}>;

async function gauged({
  balance = 5_000_000_000n,
  ethers = [perPayout * 100n, perPayout * 100n],
  open = [],
  complete = true,
  until = now,
  lanes: lanesOf = async () => lanes,
  chain,
}: Given = {}) {
  const fake = async () => ({
    finalBalance: async () => ({ balance, height: 1 }),
    etherOf: async (lane: Address) => ethers[lanes.indexOf(lane)] ?? null,
    fees: async () => ({ maxFeePerGas: gwei, maxPriorityFeePerGas: 1n, cap: gwei }),
    transactionCount: async () => 0,
    payoutContract: async () => ({ is: 'not-set' }) as const,
  });
  const { measures, alerts } = await gaugesOf({
    routes: [
      { network: 'ethereum', asset: 'USDC' },
      { network: 'base', asset: 'USDC' },
    ],
    money: async () => evmMoney(chain ?? fake, { treasury, payoutContract: null }, lanesOf),
    treasuryLow: { USDC: minorOf(1_000_000_000n) },
    clock: { now: () => now, until: async () => undefined },
    open: async () => ({ withdrawals: open, complete }),
    inTime: (work) => work,
    counted: async () => ({ counts: { ...noCounts, inFlight: 7 }, until }),
  });
  return { alerts, of: (name: string) => valuesOf(measures, name) };
}
const valuesOf = (measures: readonly Measure[], name: string): number[] =>
  measures.flatMap((one) => (one.name === name ? [one.value] : []));

const inStage = (stage: Stage, sinceMs: number, facts: object = {}): Withdrawal =>
  ({
    ...requestedOf(walletOf(), { createdAt: at(1), acceptedAt: at(1) }),
    stage,
    history: [
      { stage: 'requested', at: at(1) },
      { stage, at: at(now - sinceMs) },
    ],
    payout: minorOf(2_000_000_000n),
    ...facts,
  }) as unknown as Withdrawal;

test('what the treasury has, what of it is free, and how many payouts each lane can pay for', async () => {
  const { of, alerts } = await gauged({ open: [inStage('broadcast', 60_000)] });
  expect([of('treasury-USDC-ethereum'), of('signed-USDC-ethereum')]).toEqual([[5_000], [2_000]]);
  expect([of('treasury-free-USDC-ethereum'), of('treasury-free-USDC-base')]).toEqual([
    [3_000],
    [5_000],
  ]);
  expect(of('gas-left-ethereum')).toEqual([100, 100]);
  expect([of('treasury-low'), of('gas-low'), of('balances-unread'), alerts]).toEqual([
    [0],
    [0],
    [0],
    [],
  ]);
});

test('a treasury is low by what is free, and a lane by the payouts that it can pay for', async () => {
  const low = await gauged({
    balance: 2_500_000_000n,
    ethers: [perPayout * BigInt(gasLeftMin) - 1n, perPayout * BigInt(gasLeftMin)],
    open: [inStage('signed', 60_000)],
  });
  // Only one network has something signed; each has one lane that is low.
  expect([low.of('treasury-low'), low.of('gas-low')]).toEqual([[1], [2]]);
  expect(low.alerts).toContainEqual({
    says: 'treasury low',
    facts: { network: 'ethereum', asset: 'USDC', free: 500, low: 1_000 },
  });
  expect(low.alerts).toContainEqual({
    says: 'gas lane low',
    facts: { network: 'base', lane: lanes[0], payouts: gasLeftMin - 1 },
  });
});

test.each<[string, Given, string]>([
  [
    'a node that is away',
    {
      chain: async () => {
        throw new UnavailableError('no');
      },
    },
    'The node is not answering.',
  ],
  [
    'a lane of which the node says nothing',
    { ethers: [null, perPayout * 100n] },
    'The node does not say what a gas lane has.',
  ],
  [
    'keys that cannot be asked',
    {
      lanes: async () => {
        throw new TypeError('x');
      },
    },
    'It could not be read (TypeError).',
  ],
])('%s is unread, and no balance is zero for it', async (_what, given, why) => {
  const { of, alerts } = await gauged(given);
  expect(of('balances-unread')).toEqual([2]);
  expect([...of('treasury-USDC-ethereum'), ...of('gas-left-ethereum')]).not.toContain(0);
  expect([of('treasury-low'), of('gas-low')]).toEqual([[0], [0]]);
  expect(alerts).toContainEqual({
    says: 'balances unread',
    facts: { network: 'base', asset: 'USDC', why },
  });
});

test('lanes that only the signer knows are no failure to read', async () => {
  const { of } = await gauged({ lanes: async () => null });
  expect([of('balances-unread'), of('gas-left-ethereum'), of('treasury-USDC-base')]).toEqual([
    [0],
    [],
    [5_000],
  ]);
});

test('what is open, by stage: how many, the oldest, and how much money', async () => {
  const { of } = await gauged({
    open: [
      inStage('review', 7_200_000),
      inStage('review', 3_600_000),
      inStage('converting', 60_000, { amount: minorOf(12_345n) }),
      inStage('reserved', 60_000, { currency: 'USDC', amount: minorOf(1_500_000n) }),
    ],
    complete: false,
  });
  expect([of('open-review'), of('oldest-review'), of('open-signed'), of('oldest-signed')]).toEqual([
    [2],
    [7_200],
    [0],
    [0],
  ]);
  expect([of('money-USD-converting'), of('money-USDC-reserved'), of('money-USDC-signed')]).toEqual([
    [123.45],
    [1.5],
    [0],
  ]);
  expect(of('open-unread')).toEqual([1]);
});

const long = standsStillMs + 1_000;
test.each<[string, number, Withdrawal]>([
  ['stands still', 1, inStage('converted', long)],
  ['has not stood for so long', 0, inStage('converted', standsStillMs - 1_000)],
  ['waits for a person, which has an alarm of its own', 0, inStage('review', long)],
  [
    'waits for a reason that has a name',
    0,
    {
      ...inStage('converted', long),
      nextAttemptAt: now,
      history: [
        { stage: 'converted', at: at(now - long) },
        { stage: 'converted', at: at(now - 1), attempt: 0, detail: waits['treasury-short'].detail },
      ],
    },
  ],
  [
    'is only tried again and again',
    1,
    {
      ...inStage('reserved', long),
      nextAttemptAt: now,
      history: [
        { stage: 'reserved', at: at(now - long) },
        { stage: 'reserved', at: at(now - 1), attempt: 7, detail: 'x' },
      ],
    },
  ],
])('a withdrawal that %s', async (_what, many, one) => {
  const { of, alerts } = await gauged({ open: [one] });
  expect([of('stands-still'), alerts.length]).toEqual([[many], many]);
});

test.each<[string, number, { createdAt: number; until: Instant | null }]>([
  [
    'was accepted after all that the relay has counted',
    1,
    { createdAt: now - 300_000, until: at(now - 400_000) },
  ],
  ['the relay has counted', 0, { createdAt: now - 300_000, until: at(now - 300_000) }],
  ['may be on its way to the relay', 0, { createdAt: now - 50_000, until: at(now - 400_000) }],
  ['is there, and nothing was ever counted', 1, { createdAt: now - 300_000, until: null }],
])('the relay is stopped where a withdrawal %s: %d', async (_what, many, { createdAt, until }) => {
  const { of } = await gauged({
    open: [inStage('requested', 1, { createdAt: at(createdAt) })],
    until,
  });
  expect([of('relay-unheard'), of('in-flight')]).toEqual([[many], [7]]);
});

test('breakers that are open, by side', () => {
  const names = breakerNames(true, ['ethereum', 'base']);
  const open = { is: 'OPEN', since: at(1), faults: 3, openings: 1, probeAt: at(2) } as const;
  const trying = { is: 'HALF_OPEN', since: at(1), openings: 1, allowed: 1 } as const;
  const states = (wanted: Readonly<Record<string, 'open' | 'trying'>>) =>
    names.map((name) => {
      const is = wanted[name];
      return is === undefined
        ? closed(name)
        : { ...closed(name), state: is === 'open' ? open : trying };
    });
  const found = breakersOf(
    states({
      'on-ramp quote': 'open',
      'on-ramp read': 'open',
      'brokerage read': 'trying',
      'base send': 'open',
    }),
    ['ethereum', 'base'],
  );
  expect(
    ['brokerage', 'on-ramp', 'network'].map((side) =>
      valuesOf(found.measures, `breakers-open-${side}`),
    ),
  ).toEqual([[0], [2], [1]]);
  expect(found.alerts.map(({ facts }) => facts['name'])).toEqual([
    'on-ramp quote',
    'on-ramp read',
    'base send',
  ]);
});
