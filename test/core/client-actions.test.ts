import { expect, test } from '@jest/globals';
import { heldIn } from '../../lambdas/core/kernel/ids.ts';
import { takeUpsMax } from '../../lambdas/core/kernel/limits.ts';
import type { Wallet } from '../../lambdas/core/ledger/wallet.ts';
import { makeAcceptWithdrawal } from '../../lambdas/core/requests/accept.ts';
import { cancelled, makeCancel } from '../../lambdas/core/requests/cancel.ts';
import { isProblem, type Problem } from '../../lambdas/core/requests/problem.ts';
import { CreateWithdrawal } from '../../lambdas/core/requests/schemas.ts';
import { makeTakeUp, takenUp } from '../../lambdas/core/requests/take-up.ts';
import { makeWriter } from '../../lambdas/core/wallet/writer.ts';
import { type Limits, noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import {
  type Failure,
  moveTo,
  type Stage,
  type Withdrawal,
} from '../../lambdas/core/withdrawal/withdrawal.ts';
import { allOn } from '../support/gates.ts';
import { shared } from '../support/shared.ts';
import {
  at,
  destination,
  minorOf,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { debitIn, endIn, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);

const failure: Failure = {
  code: 'RETRIES_EXHAUSTED',
  message: 'It did not work.',
  retryable: true,
};
const signed = {
  payout: minorOf(1n),
  fee: minorOf(0n),
  attempts: 1,
  txId: '0xaa',
  readFrom: 1,
} as const;
const paid = {
  ...signed,
  place: { height: 2, block: '0xbb', index: 0 },
  confirmations: 1,
} as const;
const proof = { proof: 'never-sent' } as const;

/** A withdrawal in each stage, by the shortest way there. */
function inStage(stage: Stage): Withdrawal {
  const requested: Withdrawal = requestedOf(walletOf());
  const go = (from: Withdrawal, to: Stage, facts: object = {}): Withdrawal =>
    moveTo(from, to, facts as never, at(2_000));
  const ways: Record<Stage, () => Withdrawal> = {
    requested: () => requested,
    debiting: () => go(requested, 'debiting', { journalId: null }),
    reserved: () => go(requested, 'reserved'),
    converting: () => go(ways.reserved(), 'converting'),
    converted: () => go(ways.converting(), 'converted', { payout: 1n, fee: 0n }),
    signed: () => go(ways.converted(), 'signed', signed),
    broadcast: () => go(ways.signed(), 'broadcast', signed),
    confirmed: () => go(ways.broadcast(), 'confirmed', paid),
    settled: () => go(ways.confirmed(), 'settled', paid),
    refunding: () => go(ways.reserved(), 'refunding', { failure, proof }),
    refunded: () => go(ways.refunding(), 'refunded', { failure, proof }),
    rejected: () => go(requested, 'rejected', { failure }),
    cancelled: () => go(requested, 'cancelled', { failure }),
    review: () => go(ways.broadcast(), 'review', { failure, heldFrom: 'broadcast' }),
  };
  return ways[stage]();
}

const answerOf = (answer: Withdrawal | Problem): string =>
  isProblem(answer) ? answer.problem : answer.stage;

// biome-ignore format: columns are the point
test.each<[Stage, cancel: string, retry: string]>([
  ['requested',  'cancelled',          'NOT_RETRYABLE'],
  ['debiting',   'debiting',           'NOT_RETRYABLE'],
  ['reserved',   'refunding',          'NOT_RETRYABLE'],
  ['converting', 'refunding',          'NOT_RETRYABLE'],
  ['converted',  'refunding',          'NOT_RETRYABLE'],
  ['signed',     'TOO_LATE_TO_CANCEL', 'NOT_RETRYABLE'],
  ['broadcast',  'TOO_LATE_TO_CANCEL', 'NOT_RETRYABLE'],
  ['confirmed',  'TOO_LATE_TO_CANCEL', 'NOT_RETRYABLE'],
  ['settled',    'TOO_LATE_TO_CANCEL', 'NOT_RETRYABLE'],
  ['refunding',  'TOO_LATE_TO_CANCEL', 'NOT_RETRYABLE'],
  ['refunded',   'TOO_LATE_TO_CANCEL', 'requested'],
  ['rejected',   'TOO_LATE_TO_CANCEL', 'requested'],
  ['cancelled',  'cancelled',          'NOT_RETRYABLE'],
  ['review',     'TOO_LATE_TO_CANCEL', 'broadcast'],
])('%s: cancelling gives %s, retrying %s', (stage, cancel, retry) => {
  const withdrawal = inStage(stage);
  expect(answerOf(cancelled(withdrawal, at(3_000)))).toBe(cancel);
  expect(answerOf(takenUp(withdrawal, noLimits, at(3_000)))).toBe(retry);
});

test('cancelling closes the barrier, and cancelling again changes nothing', () => {
  const once = cancelled(inStage('converted'), at(3_000)) as Withdrawal;
  expect(once.payoutBarrier).toBe('CLOSED');
  expect(cancelled(once, at(4_000))).toBe(once);
});

test.each([
  ['a failure that will not pass', { failure: { ...failure, retryable: false } }],
  [
    'a payout that was cancelled on chain',
    { proof: { proof: 'cancelled', at: { block: '0x', index: 0 } } },
  ],
  ['taken up too often', { takeUps: takeUpsMax }],
])('not retryable: %s', (_name, given) => {
  const refunded = { ...inStage('refunded'), ...given } as Withdrawal;
  expect(answerOf(takenUp(refunded, noLimits, at(3_000)))).toBe('NOT_RETRYABLE');
});

test('a new round knows nothing of the one before, and may be paid', () => {
  const converted = inStage('converted');
  const refunding = moveTo(converted, 'refunding', { failure, proof }, at(3_000));
  const refunded = moveTo(refunding, 'refunded', refunding, at(4_000));
  const again = takenUp(refunded, noLimits, at(5_000));
  expect(again).toMatchObject({
    stage: 'requested',
    payoutBarrier: 'OPEN',
    takeUps: 1,
    acceptedAt: 5_000,
    createdAt: converted.createdAt,
    stageRetries: 0,
  });
  for (const fact of ['failure', 'proof', 'payout', 'fee']) expect(again).not.toHaveProperty(fact);
});

async function walletWith(available: bigint): Promise<Wallet> {
  const wallet = walletOf();
  await world.requests.createWallet(wallet);
  await world.requests.createTransaction(transactionOf(wallet, 'CREDIT', available, at(1)));
  await debit(wallet);
  return wallet;
}
const debit = (wallet: Wallet, clock = testClock()) =>
  debitIn(stepWorld(world.store, clock))(wallet.id);
const availableOf = async (wallet: Wallet) => (await world.requests.wallet(wallet.id))?.balance;

test('of a cancel and a signature on the same withdrawal, one is refused', async () => {
  const reserved = await world.reserved({ currency: 'USDC' });
  const cancel = makeCancel(world.store, testClock());
  const sign = world.store.commit([
    { change: 'withdrawal', from: reserved, to: moveTo(reserved, 'signed', signed, at(3)) },
  ]);
  const [answer, refused] = await Promise.all([cancel(reserved.id), sign]);
  const now = await world.now(reserved.id);
  if (refused.length > 0) expect([answerOf(answer), now.stage]).toEqual(['refunding', 'refunding']);
  else expect([answerOf(answer), now.stage]).toEqual(['TOO_LATE_TO_CANCEL', 'signed']);
});

test('a reserved withdrawal that is cancelled gives everything back and is CANCELLED', async () => {
  const wallet = await walletWith(10_000n);
  const requested = requestedOf(wallet, { amount: minorOf(4_000n) });
  await world.requests.createWithdrawal(requested, []);
  await debit(wallet);
  expect(await availableOf(wallet)).toMatchObject({ available: 6_000n, held: 4_000n });
  await makeCancel(world.store, testClock())(requested.id);
  await endIn(stepWorld(world.store))([requested.id]);
  expect(await world.now(requested.id)).toMatchObject({
    stage: 'cancelled',
    failure: { code: 'CANCELLED_BY_CLIENT' },
  });
  expect(await availableOf(wallet)).toMatchObject({ available: 10_000n, held: 0n });
});

test('whose hold ends is said by the withdrawal itself, whatever wallet a doorbell names with it', async () => {
  const [wallet, other] = [await walletWith(10_000n), await walletWith(10_000n)];
  for (const one of [wallet, other]) {
    await world.requests.createWithdrawal(requestedOf(one, { amount: minorOf(4_000n) }), []);
    await debit(one);
  }
  const requested = requestedOf(wallet, { amount: minorOf(4_000n) });
  await world.requests.createWithdrawal(requested, []);
  await debit(wallet);
  await makeCancel(world.store, testClock())(requested.id);
  const ring = makeWriter(stepWorld(world.store), new Map());
  await ring([heldIn(other.id, requested.id)], at(1));
  expect(await world.now(requested.id)).toMatchObject({ stage: 'refunding' });
  expect(await availableOf(other)).toMatchObject({ available: 6_000n, held: 4_000n });
  await ring([heldIn(wallet.id, requested.id)], at(1));
  expect(await world.now(requested.id)).toMatchObject({ stage: 'cancelled' });
  expect(await availableOf(wallet)).toMatchObject({ available: 6_000n, held: 4_000n });
});

test('what was rejected for lack of money goes through when it is taken up after a credit', async () => {
  const wallet = await walletWith(100n);
  const requested = requestedOf(wallet, { amount: minorOf(4_000n) });
  await world.requests.createWithdrawal(requested, []);
  await debit(wallet);
  expect(await world.now(requested.id)).toMatchObject({ stage: 'rejected' });
  await world.requests.createTransaction(transactionOf(wallet, 'CREDIT', 5_000n, at(2)));
  await debit(wallet);
  const takeUp = makeTakeUp({
    switches: allOn,
    store: world.store,
    clock: testClock(),
    limits: noLimits,
    dueAfterMs: 1_000,
  });
  const answers = await Promise.all([takeUp(requested.id), takeUp(requested.id)]);
  // Of two at once, one takes it up, and the other learns that it is under way.
  expect(answers.map(answerOf).sort()).toEqual(['NOT_RETRYABLE', 'requested']);
  await debit(wallet);
  expect(await world.now(requested.id)).toMatchObject({ stage: 'reserved', takeUps: 1 });
});

test.each([
  ['what could be held', 10_000n],
  ['what there is not enough for', 1n],
])(
  'a suspended wallet moves nothing, even when it was suspended at the last moment: %s',
  async (_, has) => {
    const wallet = await walletWith(has);
    const requested = requestedOf(wallet);
    await world.requests.createWithdrawal(requested, []);
    const found = await world.requests.wallet(wallet.id);
    const suspended: Wallet = { ...wallet, status: 'SUSPENDED', updatedAt: at(9) };
    let suspendNow: Promise<unknown> | null = null;
    // The wallet is suspended between the step's read and its commit.
    const store: typeof world.store = {
      ...world.store,
      walletWith: async (id, ids) => {
        const read = await world.store.walletWith(id, ids);
        suspendNow ??= world.requests.updateWallet(wallet, suspended);
        await suspendNow;
        return read;
      },
    };
    await debitIn(stepWorld(store))(wallet.id);
    expect(await availableOf(wallet)).toEqual({ ...found?.balance, suspended: true });
    expect(await world.now(requested.id)).toMatchObject({ stage: 'requested' });
    const again: Wallet = { ...suspended, status: 'ACTIVE', updatedAt: at(10) };
    await world.requests.updateWallet(suspended, again);
    await debit(wallet);
    const stage = has > 1n ? 'reserved' : 'rejected';
    expect(await world.now(requested.id)).toMatchObject({ stage });
  },
);

test('what older code says of a wallet, and its balance does not, is looked at in the wallet itself', async () => {
  const wallet = await walletWith(30_000n);
  const requested = requestedOf(wallet);
  await world.requests.createWithdrawal(requested, []);
  const suspended: Wallet = { ...wallet, status: 'SUSPENDED', updatedAt: at(9) };
  await world.requests.updateWallet(wallet, suspended);
  // A look at both is no moment: the wallet may have been read before it was suspended, and the balance after that.
  let torn = 0;
  const store: typeof world.store = {
    ...world.store,
    walletWith: async (id, ids) => {
      const read = await world.store.walletWith(id, ids);
      torn += 1;
      return read !== null && torn === 1 ? { ...read, wallet } : read;
    },
  };
  await debitIn(stepWorld(store))(wallet.id);
  expect(torn).toBeGreaterThan(1);
  expect(await world.now(requested.id)).toMatchObject({ stage: 'requested' });
  // Older code makes it ACTIVE and leaves the balance alone.
  const asOlder: typeof world.store = {
    ...world.store,
    walletWith: async (id, ids) => {
      const read = await world.store.walletWith(id, ids);
      return read === null ? null : { ...read, balance: { ...read.balance, suspended: true } };
    },
  };
  await world.requests.updateWallet(suspended, { ...wallet, updatedAt: at(10) });
  await debitIn(stepWorld(asOlder))(wallet.id);
  expect(await world.now(requested.id)).toMatchObject({ stage: 'reserved' });
});

const limited: Limits = {
  perWithdrawalMin: { USD: minorOf(100n) },
  perWithdrawalMax: { USD: minorOf(100_000n) },
  perWalletAndDay: { USD: minorOf(10_000n) },
  perTenantAndDay: { USD: minorOf(15_000n) },
};

async function limitedSender() {
  const tenant = `tenant${Math.random()}`;
  const clock = testClock(Date.parse('2026-11-21T22:00:00Z'));
  const wallet = async () => {
    const made = walletOf({ tenant });
    await world.requests.createWallet(made);
    return made;
  };
  const accept = makeAcceptWithdrawal({
    requests: world.requests,
    store: world.store,
    limits: limited,
    brokerage: null,
    switches: allOn,
    clock,
    idSecret: 'secret',
    keyTtlMs: null,
    dueAfterMs: 1_000,
    networks: new Map([['ethereum', { assets: ['USDC'], ours: [] }]]),
  });
  const send = (from: Wallet, key: string, amount: string) =>
    accept(
      tenant,
      key,
      CreateWithdrawal.parse({
        walletId: from.id,
        amount,
        asset: 'USDC',
        network: 'ethereum',
        destinationAddress: destination,
      }),
    );
  return { clock, wallet, send };
}
const toldOf = (answer: object) => ('problem' in answer ? (answer as Problem).more : 'accepted');

test.each([
  ['too little', '0.99', { limit: '1.00', remaining: null, resetsAt: null }],
  ['too much', '1000.01', { limit: '1000.00', remaining: null, resetsAt: null }],
  ['the least', '1.00', 'accepted'],
  ['the whole day at once', '100.00', 'accepted'],
  [
    'more than the day',
    '100.01',
    { limit: '100.00', remaining: '100.00', resetsAt: '2026-11-22T00:00:00.000Z' },
  ],
])('limits of an amount: %s', async (_name, amount, told) => {
  const { wallet, send } = await limitedSender();
  expect(toldOf(await send(await wallet(), 'k', amount))).toEqual(told);
});

test('many at once never pass a daily limit together, and the same key counts once', async () => {
  const { wallet, send } = await limitedSender();
  const mine = await wallet();
  const many = await Promise.all(
    Array.from({ length: 30 }, (_, index) => send(mine, `k${index}`, '9.00')),
  );
  expect(many.filter((one) => toldOf(one) === 'accepted')).toHaveLength(11);
  const same = await Promise.all(Array.from({ length: 20 }, () => send(mine, 'same', '1.00')));
  expect(same.map(toldOf)).toEqual(same.map(() => 'accepted'));
  expect(toldOf(await send(mine, 'last', '1.00'))).toMatchObject({ remaining: '0.00' });
});

test('wallets of one tenant share its limit, and each day begins anew', async () => {
  const { clock, wallet, send } = await limitedSender();
  expect(toldOf(await send(await wallet(), 'a', '100.00'))).toBe('accepted');
  const other = await wallet();
  expect(toldOf(await send(other, 'b', '60.00'))).toMatchObject({
    limit: '150.00',
    remaining: '50.00',
  });
  expect(toldOf(await send(other, 'b', '50.00'))).toBe('accepted'); // The refusal used no key up.
  clock.advance(2 * 3_600_000);
  expect(toldOf(await send(other, 'c', '100.00'))).toBe('accepted');
});

test('what ends without a payout counts no more, and counts again when it is taken up', async () => {
  const { clock, wallet, send } = await limitedSender();
  const mine = await wallet(); // It is empty, so everything is rejected.
  const first = await send(mine, 'a', '100.00');
  if (isProblem(first)) throw new Error(first.detail);
  expect(toldOf(await send(mine, 'b', '1.00'))).toMatchObject({ remaining: '0.00' });
  await debit(mine, clock);
  expect(await world.now(first.item.id as Withdrawal['id'])).toMatchObject({ stage: 'rejected' });
  const second = await send(mine, 'b', '60.00');
  if (isProblem(second)) throw new Error(second.detail);
  const takeUp = makeTakeUp({
    switches: allOn,
    store: world.store,
    clock,
    limits: limited,
    dueAfterMs: 1_000,
  });
  expect(toldOf(await takeUp(first.item.id))).toMatchObject({ remaining: '40.00' });
  await makeCancel(world.store, clock)(second.item.id);
  expect(toldOf(await takeUp(first.item.id))).toBe('accepted');
  expect(toldOf(await send(mine, 'c', '1.00'))).toMatchObject({ remaining: '0.00' });
});
