import { expect, test } from '@jest/globals';
import { blocksToRow } from '../../lambdas/adapters/dynamo/block-row.ts';
import { attemptToRow, recordToRow } from '../../lambdas/adapters/dynamo/effect-rows.ts';
import { balanceToRow, transactionToRow } from '../../lambdas/adapters/dynamo/wallet-rows.ts';
import { withdrawalToRow } from '../../lambdas/adapters/dynamo/withdrawal-row.ts';
import {
  metadataEntriesMax,
  metadataValueLengthMax,
  reasonLengthMax,
  takeUpsMax,
} from '../../lambdas/core/kernel/limits.ts';
import type { Change } from '../../lambdas/core/store/change.ts';
import { commitGroups, type Store } from '../../lambdas/core/store/store.ts';
import { asManyAsFit, isOneTransaction, weightOf } from '../../lambdas/core/store/weight.ts';
import { applyInOrder } from '../../lambdas/core/wallet/debit.ts';
import { nextBlock } from '../../lambdas/core/wallet/next-block.ts';
import { uncounting } from '../../lambdas/core/withdrawal/counters.ts';
import { retryOrRefund } from '../../lambdas/core/withdrawal/retry.ts';
import { withLine } from '../../lambdas/core/withdrawal/timeline.ts';
import { type In, moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { effectOf } from '../support/books.ts';
import { itemSize } from '../support/item-size.ts';
import {
  at,
  balanceOf,
  destination,
  evenDice,
  minorOf,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { debitIn, endIn, startWorld, stepWorld } from '../support/world.ts';

const wallet = walletOf();
const day = (index: number): string => new Date(index * 86_400_000).toISOString().slice(0, 10);
const transactionActions = 100;
const transactionBytes = 4_000_000;
const itemBytes = 400_000;

/** The largest metadata that a request may have, in letters of three bytes, within its 64 KB. */
const largeMetadata = Object.fromEntries(
  Array.from({ length: metadataEntriesMax }, (_, index) => [
    `key-${index}`.padEnd(40, '-'),
    '€'.repeat(metadataValueLengthMax),
  ]),
);
const failure = { code: 'ON_RAMP_REJECTED', message: 'x'.repeat(300), retryable: true } as const;

/** A withdrawal that has failed and was taken up as often as it may be, each time with every retry, and is full of people's notes. */
function longHistory(from: In<'requested'>): In<'requested'> {
  let now: Withdrawal = { ...from, maxRetries: 10, metadata: largeMetadata };
  for (let line = 0; line < 30; line += 1) {
    const note = '€'.repeat(reasonLengthMax);
    now = { ...now, history: withLine(now.history, { stage: 'requested', at: at(1), note }) };
  }
  for (let round = 0; round <= takeUpsMax; round += 1) {
    now = moveTo(now, 'reserved', {}, at(2_000));
    for (let retry = 0; retry <= 10; retry += 1)
      now = retryOrRefund(
        now as In<'reserved'>,
        failure,
        { proof: 'never-sent' },
        at(3_000),
        evenDice,
      );
    now = moveTo(now, 'refunded', now as In<'refunding'>, at(4_000));
    now = moveTo(now, 'requested', {}, at(5_000));
  }
  return now as In<'requested'>;
}

const long = longHistory(requestedOf(wallet));
const large = (count: number): In<'requested'>[] =>
  Array.from({ length: count }, (_, index) => ({
    ...long,
    id: requestedOf(wallet).id,
    countedOn: day(index),
  }));

/** The bytes that DynamoDB counts of the items that these changes write. */
const written = (changes: readonly Change[]): number =>
  changes.reduce((sum, change) => {
    switch (change.change) {
      case 'withdrawal':
        return sum + itemSize(withdrawalToRow(change.to));
      case 'transaction':
        return sum + itemSize(transactionToRow(change.to, 1_000));
      case 'balance':
        return sum + itemSize(balanceToRow(change.to));
      case 'blocks':
        return sum + itemSize(blocksToRow(change.blocks));
      case 'record':
        return sum + itemSize(recordToRow(change.to));
      case 'attempt':
        return sum + itemSize(attemptToRow(change.attempt));
      default:
        return sum;
    }
  }, 0);

test('45 refusals that were counted on 45 days are no transaction that is refused for ever', () => {
  const refused = Array.from({ length: 45 }, (_, index) =>
    requestedOf(wallet, { countedOn: day(index) }),
  );
  const changesOf = (some: readonly In<'requested'>[]): Change[] =>
    applyInOrder(balanceOf(wallet.id, 0n), some, at(5));
  expect(changesOf(refused).length).toBeGreaterThan(transactionActions);
  const changes = asManyAsFit(refused, changesOf);
  // Each takes its own write, the wallet's counter and the tenant's; the balance is looked at once.
  expect(changes).toHaveLength(1 + 3 * 33);
  expect(changes).toEqual(changesOf(refused.slice(0, 33)));
});

test('a transaction stays below 4 MB, whatever clients have written and however long it went on', () => {
  const all = large(45);
  const changesOf = (some: readonly In<'requested'>[]) =>
    applyInOrder(balanceOf(wallet.id, 10n ** 9n), some, at(5));
  expect(written(changesOf(all))).toBeGreaterThan(transactionBytes);
  const changes = asManyAsFit(all, changesOf);
  expect(written(changes)).toBeLessThan(transactionBytes);
  expect(changes.length).toBeGreaterThan(20);
});

test('one operation is never too little', () => {
  const [one] = large(1);
  if (one === undefined) throw new Error('none');
  const changes = asManyAsFit([one], (some) => applyInOrder(balanceOf(wallet.id, 0n), some, at(5)));
  expect(isOneTransaction(weightOf(changes))).toBe(true);
});

test('a weight is never less than what DynamoDB counts', () => {
  const credit = transactionOf(wallet, 'CREDIT', 10n ** 20n);
  const holds = (length: number) =>
    Array.from(
      { length },
      () => ({ kind: 'HOLD', amount: minorOf(10n ** 17n), sourceId: long.id }) as const,
    );
  const details = { raw: new Uint8Array(2_000), carrier: { nonce: 10n ** 18n, from: destination } };
  const changes: Change[] = [
    { change: 'withdrawal', from: long, to: moveTo(long, 'reserved', {}, at(7)) },
    {
      change: 'withdrawal',
      from: requestedOf(wallet, { reference: '€'.repeat(255) }),
      to: requestedOf(wallet),
    },
    {
      change: 'transaction',
      from: credit,
      to: { ...credit, status: 'PROCESSED', processedAt: at(3) },
    },
    ...nextBlock(balanceOf(wallet.id, 10n ** 20n), holds(1), at(3)),
    ...nextBlock(balanceOf(wallet.id, 10n ** 20n), holds(45), at(3)),
    { change: 'record', to: effectOf(long, 'tf_1') },
    { change: 'attempt', attempt: { withdrawalId: long.id, number: 1, createdAt: at(1), details } },
  ];
  for (const one of changes) expect(weightOf([one]).bytes).toBeGreaterThanOrEqual(written([one]));
});

test('a timeline never outgrows the item: its texts shrink, and lines about retries take one place', () => {
  let now: Withdrawal = long;
  now = moveTo(now, 'reserved', {}, at(2_000));
  for (let line = 0; line < 5_000; line += 1) {
    const history: Withdrawal['history'] = withLine(now.history, {
      stage: 'reserved',
      at: at(line),
      attempt: line + 1,
      detail: '€'.repeat(600),
      note: 'ü'.repeat(600),
    });
    now = { ...now, history };
  }
  expect(itemSize(withdrawalToRow(now))).toBeLessThan(itemBytes);
  expect(now.history.at(-1)).toMatchObject({ attempt: 5_000 });
  const before = now.history.length;
  // A change of stage is still a line of its own: events are numbered by these.
  now = moveTo(now as In<'reserved'>, 'converting', {}, at(9_000));
  now = moveTo(now, 'review', { failure, heldFrom: 'converting' }, at(9_001), 'why');
  expect(now.history).toHaveLength(before + 2);
  expect(now.history.slice(-2)).toEqual([
    { stage: 'converting', at: 9_000 },
    { stage: 'review', at: 9_001 },
  ]);
});

test('groups that name one counter are not in one transaction, and none holds more than it may', async () => {
  const groups = Array.from({ length: 60 }, (_, index) => {
    const from = requestedOf(wallet, { countedOn: day(index % 2) });
    const to = moveTo(from, 'rejected', { failure }, at(5));
    return { changes: [{ change: 'withdrawal', from, to } as const, ...uncounting([from])] };
  });
  const heavy = large(60).map((from) => {
    const to = moveTo(from, 'rejected', { failure }, at(5));
    const record = { change: 'record', to: effectOf(from, null) } as const;
    return { changes: [{ change: 'withdrawal', from, to } as const, record] };
  });
  const made: (readonly Change[])[] = [];
  const commit = async (changes: readonly Change[]) => {
    made.push(changes);
    return [];
  };
  expect(await commitGroups({ commit } as unknown as Store, [...groups, ...heavy])).toHaveLength(
    120,
  );
  for (const changes of made) {
    expect(changes.length).toBeLessThanOrEqual(transactionActions);
    expect(written(changes)).toBeLessThan(transactionBytes);
    const counters = changes.flatMap((one) =>
      one.change === 'counter' ? [JSON.stringify(one.counter)] : [],
    );
    expect(new Set(counters).size).toBe(counters.length);
  }
  expect(made.flat()).toHaveLength(60 * 3 + 60 * 2);
});

test('an inbox of 45 refusals that were counted on 45 days is worked off', async () => {
  const world = await startWorld();
  try {
    const own = walletOf();
    await world.requests.createWallet(own);
    const waiting = Array.from({ length: 45 }, (_, index) =>
      requestedOf(own, { countedOn: day(index), createdAt: at(1_000 + index) }),
    );
    for (const one of waiting) await world.requests.createWithdrawal(one, []);
    expect(await debitIn(stepWorld(world.store, testClock()))(own.id)).toBe('done');
    const after = await world.store.withdrawals(waiting.map(({ id }) => id));
    expect(new Set(after.map((one) => one.stage))).toEqual(new Set(['rejected']));
  } finally {
    world.stop();
  }
});

const small = (count: number): In<'requested'>[] =>
  Array.from({ length: count }, () => requestedOf(wallet));

test.each([
  ['small refunds', small, endIn, 'refunding'],
  ['large settlements', large, endIn, 'confirmed'],
] as const)(
  '45 %s of 45 days, with all that they have grown to, end',
  async (_name, sized, make, stage) => {
    const world = await startWorld();
    try {
      const own = walletOf();
      await world.requests.createWallet(own);
      const found = await world.store.wallet(own.id);
      if (found === null) throw new Error('no wallet');
      const ending = sized(45).map(({ id, ...rest }, index) => ({
        ...rest,
        ...{ id: requestedOf(own).id, walletId: own.id, stage, countedOn: day(index) },
        ...{ failure, proof: { proof: 'never-sent' }, payout: minorOf(1n), fee: minorOf(0n) },
        ...{ attempts: 1, txId: '0xaa', readFrom: 1, confirmations: 1 },
        place: { height: 1, block: '0xbb', index: 1 },
      })) as unknown as In<'refunding' | 'confirmed'>[];
      for (const one of ending)
        await world.requests.createWithdrawal(one as unknown as In<'requested'>, []);
      const sum = ending.reduce((total, { amount }) => total + amount, 0n);
      const sourceId = ending[0]?.id ?? 'wd_';
      const credited = (['CREDIT', 'HOLD'] as const).map((kind) => {
        return { kind, amount: minorOf(sum), sourceId };
      });
      await world.store.commit(nextBlock(found.balance, credited, at(1)));
      const ids = ending.map(({ id }) => id);
      const store: Store = {
        ...world.store,
        commit: async (changes) => {
          // DynamoDB counts the bytes, too; the engine that stands for it here does not.
          expect(written(changes)).toBeLessThan(transactionBytes);
          return world.store.commit(changes);
        },
      };
      const steps = stepWorld(store, testClock());
      expect(await make(steps)(ids)).toBe('done');
      const after = await world.store.withdrawals(ids);
      expect(new Set(after.map((one) => one.stage))).toEqual(
        new Set([stage === 'refunding' ? 'refunded' : 'settled']),
      );
      expect((await world.store.wallet(own.id))?.balance.held).toBe(0n);
    } finally {
      world.stop();
    }
  },
);
