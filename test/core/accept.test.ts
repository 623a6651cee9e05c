import { expect, test } from '@jest/globals';
import type { Wallet } from '../../lambdas/core/ledger/wallet.ts';
import { type AcceptWorld, makeAcceptWithdrawal } from '../../lambdas/core/requests/accept.ts';
import { isProblem } from '../../lambdas/core/requests/problem.ts';
import { CreateWithdrawal } from '../../lambdas/core/requests/schemas.ts';
import { noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { allOn } from '../support/gates.ts';
import { shared } from '../support/shared.ts';
import { destination, testClock, walletOf } from '../support/things.ts';
import { startWorld } from '../support/world.ts';

const world = shared(startWorld);

const dayMs = 24 * 3_600_000;

async function setUp(given: Partial<AcceptWorld> = {}, of: Partial<Wallet> = {}) {
  const wallet = walletOf(of);
  await world.requests.createWallet(wallet);
  const clock = testClock();
  const accept = makeAcceptWithdrawal({
    requests: world.requests,
    store: world.store,
    limits: noLimits,
    brokerage: null,
    switches: allOn,
    clock,
    idSecret: `secret of ${wallet.id}`,
    keyTtlMs: null,
    dueAfterMs: 1_000,
    networks: new Map([['ethereum', { assets: ['USDC'], ours: [] }]]),
    ...given,
  });
  const send = async (key: string, fields: object = {}, tenant = 'alice') => {
    const body = CreateWithdrawal.parse({
      walletId: wallet.id,
      amount: '10.00',
      asset: 'USDC',
      network: 'ethereum',
      destinationAddress: destination,
      ...fields,
    });
    const answer = await accept(tenant, key, body);
    return isProblem(answer) ? answer.problem : { id: answer.item.id, replayed: answer.replayed };
  };
  return { clock, send, wallet };
}

test.each([
  ['the same', {}],
  ['fewer zeros', { amount: '10' }],
  ['another case of the address', { destinationAddress: destination.toLowerCase() }],
  ['the default written out', { maxRetries: 3, reference: null, metadata: {} }],
])('%s under the same key is the same withdrawal', async (_name, fields) => {
  const { send } = await setUp();
  const first = await send('k');
  expect(first).toMatchObject({ replayed: false });
  expect(await send('k', fields)).toEqual({ ...(first as object), replayed: true });
});

test.each([
  ['amount', { amount: '10.01' }],
  ['address', { destinationAddress: '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359' }],
  ['retries', { maxRetries: 0 }],
  ['reference', { reference: 'x' }],
  ['metadata', { metadata: { a: 'b' } }],
])('another %s under the same key is refused', async (_name, fields) => {
  const { send } = await setUp();
  await send('k');
  expect(await send('k', fields)).toBe('IDEMPOTENCY_KEY_REUSED');
});

test('a key means the same withdrawal for ever, unless it was given a lifetime', async () => {
  const { clock, send } = await setUp();
  const first = await send('k');
  clock.advance(4_000 * dayMs);
  expect(await send('k')).toEqual({ ...(first as object), replayed: true });

  const limited = await setUp({ keyTtlMs: dayMs });
  const old = await limited.send('k');
  limited.clock.advance(dayMs);
  expect(await limited.send('k')).toEqual({ ...(old as object), replayed: true });
  limited.clock.advance(1);
  const next = await limited.send('k', { amount: '11.00' });
  expect(next).toMatchObject({ replayed: false });
  expect(next).not.toEqual(old);
  expect(await limited.send('k', { amount: '11.00' })).toEqual({
    ...(next as object),
    replayed: true,
  });
});

test('a replay is answered even when the wallet has been suspended since', async () => {
  const { send, wallet } = await setUp();
  const first = await send('k');
  await world.requests.createWallet(walletOf()); // Another wallet changes nothing.
  expect(await send('k')).toEqual({ ...(first as object), replayed: true });
  const suspended = walletOf({ status: 'SUSPENDED' });
  await world.requests.createWallet(suspended);
  expect(await send('k2', { walletId: suspended.id })).toBe('WALLET_SUSPENDED');
  expect(await send('k2', { walletId: wallet.id })).toMatchObject({ replayed: false });
});

test("another tenant's wallet does not exist", async () => {
  const { send } = await setUp();
  expect(await send('k', {}, 'bob')).toBe('NOT_FOUND');
});

const everywhere: AcceptWorld['networks'] = new Map([
  ['ethereum', { assets: ['USDC', 'ETH'], ours: [] }],
  ['polygon', { assets: ['USDC'], ours: [] }],
]);
test.each([
  ['ETH', 'ETH', 'ethereum', 'accepted'],
  ['ETH', 'ETH', 'polygon', 'NETWORK_NOT_SUPPORTED'],
  ['ETH', 'ETH', 'base', 'NETWORK_NOT_SUPPORTED'],
  ['USD', 'USDC', 'polygon', 'accepted'],
  ['USDC', 'USDT', 'ethereum', 'NETWORK_NOT_SUPPORTED'],
  ['USD', 'ETH', 'ethereum', 'CURRENCY_MISMATCH'],
  ['USDC', 'ETH', 'ethereum', 'CURRENCY_MISMATCH'],
  ['ETH', 'USDC', 'ethereum', 'CURRENCY_MISMATCH'],
] as const)('from a wallet in %s, %s on %s is %s', async (currency, asset, network, answer) => {
  const wallet = walletOf({ currency });
  await world.requests.createWallet(wallet);
  const { send } = await setUp({ networks: everywhere });
  const said = await send('k', { walletId: wallet.id, asset, network });
  expect(typeof said === 'string' ? said : 'accepted').toBe(answer);
});

test('an amount of ether is read to its last wei, and no further', async () => {
  const wallet = walletOf({ currency: 'ETH' });
  await world.requests.createWallet(wallet);
  const { send } = await setUp({ networks: everywhere });
  const asked = { walletId: wallet.id, asset: 'ETH', network: 'ethereum' };
  const made = await send('k', { ...asked, amount: '999999999999999999.000000000000000001' });
  expect(made).toHaveProperty('id');
  const { id } = made as { id: `wd_${string}` };
  expect((await world.now(id)).amount).toBe(10n ** 36n - 10n ** 18n + 1n);
  await expect(send('l', { ...asked, amount: '0.0000000000000000001' })).rejects.toThrow();
});

test.each([
  ['a wallet that 2-debit has not been to', {}],
  ['one whose list it looks into', { listed: true as const }],
])('withdrawals of %s are spread over all the parts of its list', async (_, of) => {
  const { send, wallet } = await setUp({}, { ...of, listShards: 4 });
  for (let key = 0; key < 40; key += 1) await send(`k${key}`);
  const found = async (shards: number) =>
    (await world.store.accepted(wallet.id, shards, null, 100)).length;
  const counts = await Promise.all([1, 2, 3, 4].map(found));
  expect(counts[3]).toBe(40);
  expect(new Set(counts).size).toBe(4);
  const waiting = await world.store.inbox(wallet.id, 1, 100);
  expect(waiting).toHaveLength('listed' in of ? 0 : 40);
});
