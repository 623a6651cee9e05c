/** Where our money stands, as operators see it: what one node does not say is unknown, and the others are told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Treasury } from '../../lambdas/api/openapi/operators.ts';
import { UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import type { Network, Route } from '../../lambdas/core/kernel/networks.ts';
import { type TreasuryWorld, treasuryOf } from '../../lambdas/core/operations/treasury.ts';
import type { RailMoney } from '../../lambdas/core/payout/rail-money.ts';
import { bitcoinMoney } from '../../lambdas/core/rails/bitcoin/money.ts';
import { etherMoney } from '../../lambdas/core/rails/ether/money.ts';
import type { PayoutContract } from '../../lambdas/core/rails/evm/chain.ts';
import { evmMoney } from '../../lambdas/core/rails/evm/money.ts';
import { solanaMoney } from '../../lambdas/core/rails/solana/money.ts';
import { token, treasury } from '../support/chain.ts';
import { etherHeld, startEther } from '../support/ether.ts';
import { startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import { minorOf, testClock } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);
const ours = { treasury, payoutContract: token };

async function setUp() {
  const payouts = startPayouts(world);
  const { clock, chain, lanes } = payouts;
  const wanting = { currency: 'USDC', amount: minorOf(7_000_000n) } as const;
  const [sent, short] = [await world.reserved(wanting), await world.reserved(wanting)];
  await payouts.broadcast([sent.id]);
  payouts.state.balance = 1_500_000n;
  await payouts.broadcast([short.id]);
  const chains: Partial<Record<Network, Parameters<typeof evmMoney>[0]>> = {};
  const view = (inTime: TreasuryWorld['inTime'] = (work) => work) =>
    treasuryOf({
      ...{ store: world.store, clock, inTime },
      routes: [
        { network: 'ethereum', asset: 'USDC' },
        { network: 'base', asset: 'USDC' },
      ],
      money: async ({ network }) =>
        evmMoney(chains[network] ?? (async () => chain), ours, async () => lanes),
      open: async () => ({
        withdrawals: [await world.now(sent.id), await world.now(short.id)],
        complete: true,
      }),
    });
  return { ...payouts, view, chains, sent, short };
}

test('what is signed, what waits for money, and the lanes, each on its network', async () => {
  const { view, sent, lanes, endow } = await setUp();
  endow(lanes[1], 5n * 10n ** 17n);
  const answer = Treasury.parse(await view());
  const [ethereum, base] = answer.data;
  expect(ethereum).toMatchObject({
    treasury: { balance: '1.50', unknown: null },
    signedNotFinal: { count: 1, amount: '7.00' },
    waitsForMoney: { count: 1, amount: '7.00' },
  });
  expect(ethereum?.gasLanes).toMatchObject([
    { balance: '1.00', nextNonce: 1, oldestUnconfirmed: { withdrawalId: sent.id, nonce: 0 } },
    { balance: '0.50', nextNonce: 0, oldestUnconfirmed: null },
  ]);
  expect(base).toMatchObject({ signedNotFinal: { count: 0, amount: '0.00', oldestSince: null } });
});

// biome-ignore format: columns are the point
test.each<[PayoutContract, boolean, string | null]>([
  [{ is: 'ready', address: token },       true,   null],
  [{ is: 'not-set' },                     false,  'names no contract'],
  [{ is: 'absent', address: token },      false,  'no code stands there'],
  [{ is: 'other-code', address: token },  false,  'other code stands there'],
])('whether payouts share a transaction, and why not: %j', async (contract, inUse, why) => {
  const { view, state } = await setUp();
  state.contract = contract;
  const [ethereum] = Treasury.parse(await view()).data;
  expect(ethereum?.payoutContract).toEqual({
    address: 'address' in contract ? contract.address : null,
    inUse,
    why: why && expect.stringContaining(why),
  });
});

test('a nonce that the chain has is confirmed', async () => {
  const { view, lanes, count } = await setUp();
  count(lanes[0], 1);
  const [ethereum] = (await view()).data;
  expect(ethereum?.gasLanes[0]).toMatchObject({ nextNonce: 1, oldestUnconfirmed: null });
});

test.each<[string, (never_: Promise<never>) => Promise<never>, string]>([
  ['is away', async () => Promise.reject(new UnavailableError('no')), 'The node is not answering.'],
  ['is silent', (never_) => never_, 'The node did not answer in time.'],
  ['errs', async () => Promise.reject(new TypeError('x')), 'It could not be read (TypeError).'],
])(
  'of a node that %s nothing is known, never zero, and the other network is told',
  async (_how, say, why) => {
    const { view, chains } = await setUp();
    chains.ethereum = () => say(new Promise<never>(() => {}));
    const soon = <T>(work: Promise<T>): Promise<T | 'late'> =>
      Promise.race([work, new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), 20))]);
    const [ethereum, base] = Treasury.parse(await view(soon)).data;
    // Whoever funds the treasury needs its address most while the node is away.
    expect(ethereum?.treasury).toEqual({ address: treasury, balance: null, unknown: why });
    expect(ethereum?.gasLanes[0]).toMatchObject({ balance: null, unknown: why });
    expect(ethereum?.payoutContract).toEqual({ address: token, inUse: null, why });
    // What we know ourselves is told all the same.
    expect(ethereum?.signedNotFinal.count).toBe(1);
    expect(base?.treasury).toMatchObject({ balance: '1.50', unknown: null });
  },
);

test('the treasury that pays its own gas is written as every other address', async () => {
  const treasury = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359';
  const chain = {
    ...(await setUp()).chain,
    finalBalance: async () => ({ balance: 5n, height: 1 }),
  };
  const money = etherMoney(
    treasury,
    async () => chain,
    async () => null,
  );
  const { clock } = startPayouts(world);
  const { data } = await treasuryOf({
    ...{ store: world.store, clock, inTime: (work) => work },
    routes: [{ network: 'ethereum', asset: 'ETH' }],
    money: async () => money,
    open: async () => ({ withdrawals: [], complete: true }),
  });
  expect(data[0]?.gasLanes.map(({ address }) => address)).toEqual([treasury]);
});

test('a treasury of before is shown with what all behind it wait for, for as long as that is on its way', async () => {
  const { chain, clock, broadcast, payer, mine, sent } = startEther(world);
  const [first, second] = [await etherHeld(world), await etherHeld(world)];
  for (const { id } of [first, second]) await broadcast([id]);
  const money = etherMoney(
    treasury,
    async () => chain,
    async () => null,
  );
  const lanes = async () => {
    const { data } = await treasuryOf({
      ...{ store: world.store, clock, inTime: (work) => work },
      routes: [{ network: 'ethereum', asset: 'ETH' }],
      money: async () => money,
      open: async () => ({
        withdrawals: [await world.now(second.id), await world.now(first.id)],
        complete: true,
      }),
    });
    return data[0]?.gasLanes;
  };
  const lane = { address: payer, balance: '100.00', nextNonce: 2 };
  const oldest = (withdrawalId: string, nonce: number) => ({ withdrawalId, nonce });
  expect(await lanes()).toMatchObject([
    { address: treasury, oldestUnconfirmed: null },
    { ...lane, oldestUnconfirmed: oldest(first.id, 0) },
  ]);
  mine(sent[0] ?? '0x');
  expect(await lanes()).toMatchObject([
    { address: treasury },
    { ...lane, oldestUnconfirmed: oldest(second.id, 1) },
  ]);
});

/** As deployed, with a node that never says a word: its URL is a secret that nobody gives away. */
const silent = (): Promise<never> => new Promise<never>(() => {});
const noRows = { nextNumber: async () => null };

// biome-ignore format: columns are the point
test.each<[Route, RailMoney]>([
  [{ network: 'ethereum', asset: 'USDC' }, evmMoney(silent, ours, async () => [])],
  [{ network: 'ethereum', asset: 'ETH' },  etherMoney(treasury, silent, async () => null)],
  [{ network: 'solana', asset: 'USDC' },   solanaMoney(silent, treasury, noRows, 'USDC')],
  [{ network: 'solana', asset: 'SOL' },    solanaMoney(silent, treasury, noRows, 'SOL')],
  [{ network: 'bitcoin', asset: 'BTC' },   bitcoinMoney(silent, treasury, { owners: async () => new Map() })],
])('where to send money is told on every rail while its node is silent: %j', async (route, money) => {
  const { data } = await treasuryOf({
    ...{ store: world.store, clock: testClock(1), routes: [route], money: async () => money },
    inTime: async (work) => Promise.race([work, sleep(20, 'late' as const)]),
    open: async () => ({ withdrawals: [], complete: true }),
  });
  const [one] = Treasury.parse({ data, complete: true }).data;
  const unknown = 'The node did not answer in time.';
  expect(one?.treasury).toEqual({ address: treasury, balance: null, unknown });
});

test('a route whose settings cannot be read has no address, and says why', async () => {
  const { data } = await treasuryOf({
    ...{ store: world.store, clock: testClock(1), inTime: (work) => work },
    routes: [{ network: 'ethereum', asset: 'USDC' }],
    money: () => Promise.reject(new RangeError('x')),
    open: async () => ({ withdrawals: [], complete: true }),
  });
  const unknown = 'It could not be read (RangeError).';
  expect(data[0]).toMatchObject({
    treasury: { address: null, balance: null, unknown },
    payoutContract: { address: null, inUse: null, why: unknown },
    gasLanesUnknown: unknown,
  });
});
