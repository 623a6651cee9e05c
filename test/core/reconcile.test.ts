import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  callTimeoutMs,
  providerClockSkewMs,
  wireReturnMs,
} from '../../lambdas/core/kernel/limits.ts';
import type { Answer } from '../../lambdas/core/kernel/outcome.ts';
import { type Block, emptyBalance, hashOf } from '../../lambdas/core/ledger/ledger.ts';
import type { Transfer } from '../../lambdas/core/on-ramp/provider.ts';
import type { PayoutRecord } from '../../lambdas/core/reconcile/chain-books.ts';
import { type DifferenceKind, differenceKinds } from '../../lambdas/core/reconcile/difference.ts';
import { whileSomebodyWaits } from '../../lambdas/core/reconcile/limits.ts';
import { reconcileSince } from '../../lambdas/core/reconcile/run.ts';
import type { Stage, Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import {
  bookedAt,
  effectOf,
  inFlightMs,
  justNow,
  kindsOf,
  longAgo,
  type Made,
  made,
  outgoingOf,
  period,
  reportOf,
  stages,
  transferOf,
} from '../support/books.ts';
import { booksOf } from '../support/own-books.ts';
import { at, destination, minorOf, requestedOf, testClock } from '../support/things.ts';

test('a world in which everything agrees has no differences, whatever is in it', async () => {
  const times = fc.integer({ min: period.from, max: period.to });
  const some = fc.array(fc.constantFrom(...stages), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(some, times, async (list, updatedAt) => {
      expect(await kindsOf(made(list, at(updatedAt)))).toEqual([]);
    }),
  );
});

const withdrawalAt = (world: Made, index: number): Withdrawal => bookedAt(world, index).withdrawal;
const change = (world: Made, index: number, given: object): void => {
  const one = bookedAt(world, index);
  one.withdrawal = { ...one.withdrawal, ...given } as Withdrawal;
};
const changeEffect = (world: Made, index: number, given: object): void => {
  const one = bookedAt(world, index);
  if (one.effect !== null) one.effect = { ...one.effect, ...given };
};
const changeTransfer = (world: Made, given: object): void => {
  Object.assign(world.transfers[0] ?? {}, given);
};
const blockAt = (world: Made, index: number): Block => {
  const block = world.blocks[index];
  if (block === undefined || 'unreadable' in block) throw new Error('no such block');
  return block;
};
/** Puts another block in its place, with a hash that is right. */
const forge = (world: Made, index: number, given: Partial<Block>): void => {
  const { hash: _, ...content } = { ...blockAt(world, index), ...given };
  world.blocks[index] = { ...content, hash: hashOf(content) };
};
/** Does the same to the last block, and makes the balance end in it. */
const forgeLast = (world: Made, given: Partial<Block>): void => {
  const last = world.blocks.length - 1;
  forge(world, last, given);
  world.balance = { ...world.balance, lastHash: blockAt(world, last).hash };
};
const stranger = { ...outgoingOf(requestedOf(made([]).wallet), 77) };

// Every world has the same first withdrawals: settled, settled, refunded, converting.
const common: readonly Stage[] = ['settled', 'settled', 'refunded', 'converting'];
/** Makes its row unreadable. */
const garble = (world: Made, index: number): void => {
  const [one] = world.booked.splice(index, 1);
  const id = one?.withdrawal.id ?? null;
  const transferId = one?.effect?.transferId ?? null;
  world.unreadable.push({
    row: `WD#${id} META`,
    why: 'garbled',
    withdrawalId: id,
    transferId,
    memos: [],
  });
};
// biome-ignore format: columns are the point
const plants: readonly [string, DifferenceKind, (world: Made) => void][] = [
  ['a plain transfer out of the treasury',        'unknown-payout',        (w) => w.chain.outgoing.push({ ...stranger, key: null })],
  ['an authorization for no withdrawal',          'unknown-payout',        (w) => w.chain.outgoing.push(stranger)],
  ['a second payment of a withdrawal',            'unknown-payout',        (w) => w.chain.outgoing.push({ ...outgoingOf(withdrawalAt(w, 0), 0), index: 9 })],
  ['a payout that the chain does not have',       'missing-payout',        (w) => w.chain.outgoing.splice(0, 1)],
  ['another amount paid',                         'wrong-payout',          (w) => Object.assign(w.chain.outgoing[0] ?? {}, { value: 1n })],
  ['another address paid',                        'wrong-payout',          (w) => Object.assign(w.chain.outgoing[0] ?? {}, { to: '0x0000000000000000000000000000000000000001' })],
  ['paid elsewhere than it says',                 'wrong-payout',          (w) => Object.assign(w.chain.outgoing[0] ?? {}, { txId: '0xelse' })],
  ['the destination in our row edited',           'wrong-payout',          (w) => change(w, 0, { destination: '0x0000000000000000000000000000000000000001' })],
  ['paid and refunded',                           'paid-and-given-back',   (w) => w.chain.outgoing.push(outgoingOf(withdrawalAt(w, 2), 2))],
  ['paid while it converts',                      'unrecorded-payout',     (w) => w.chain.outgoing.push(outgoingOf(withdrawalAt(w, 3), 3))],
  ['a transfer claimed twice',                    'transfer-claimed-twice', (w) => { changeEffect(w, 3, { transferId: w.transfers[0]?.id }); w.transfers.splice(2, 1); }],
  ['a transfer that another has claimed',         'transfer-claimed-twice', (w) => { w.claims.set(w.transfers[0]?.id ?? '', withdrawalAt(w, 1).id); }],
  ['a claim that is named by none',               'transfer-unclaimed',    (w) => changeEffect(w, 3, { transferId: null })],
  ['a claim of a withdrawal that is gone',        'transfer-unclaimed',    (w) => { w.transfers.push(transferOf('tf_x')); w.claims.set('tf_x', requestedOf(w.wallet).id); }],
  ['dollars that were back, and paid all the same', 'transfer-unclaimed',  (w) => { w.transfers.push(transferOf('tf_x')); w.claims.set('tf_x', withdrawalAt(w, 3).id); }],
  ['a transfer of nobody',                        'transfer-unclaimed',    (w) => w.transfers.push(transferOf('tf_nobody'))],
  ['a transfer that the on-ramp does not have',   'transfer-missing',      (w) => w.transfers.splice(0, 1)],
  ['a transfer of another amount',                'transfer-differs',      (w) => changeTransfer(w, { source: minorOf(9_999n) })],
  ['less USDC than we went on with',              'transfer-differs',      (w) => changeTransfer(w, { payout: minorOf(99_400_000n) })],
  ['a transfer to another wallet there',          'transfer-differs',      (w) => changeTransfer(w, { recipientId: 'wlt_other' })],
  ['a transfer to another address',               'transfer-differs',      (w) => changeTransfer(w, { address: destination })],
  ['a transfer on another network',               'transfer-differs',      (w) => changeTransfer(w, { rail: 'base' })],
  ['settled, and the transfer failed',            'transfer-state',        (w) => changeTransfer(w, { state: 'failed' })],
  ['converting, and the transfer long paid',      'transfer-state',        (w) => Object.assign(w.transfers[2] ?? {}, { state: 'paid' })],
  ['a payment of the on-ramp that is not there',  'deposit-differs',       (w) => w.chain.incoming.splice(0, 1)],
  ['a payment of the on-ramp that is short',      'deposit-differs',       (w) => Object.assign(w.chain.incoming[0] ?? {}, { value: 99_000_000n })],
  ['two transfers paid by one log',               'deposit-claimed-twice', (w) => changeTransfer(w, { confirmation: w.transfers[1]?.confirmation })],
  ['settled without an on-ramp transfer',         'state-without-effect',  (w) => changeEffect(w, 0, { transferId: null })],
  ['settled without its payout attempt',          'state-without-effect',  (w) => Object.assign(w.booked[0] ?? {}, { attempt: false })],
  ['converting without a request',                'state-without-effect',  (w) => { Object.assign(w.booked[3] ?? {}, { effect: null }); w.transfers.splice(2, 1); }],
  ['an entry edited',                             'ledger-block',          (w) => { w.blocks[1] = { ...blockAt(w, 1), entries: blockAt(w, 1).entries.map((one) => ({ ...one, amount: minorOf(1n) })) }; }],
  ['an entry edited with its hash',               'ledger-block',          (w) => forge(w, 1, { entries: blockAt(w, 1).entries.map((one) => ({ ...one, amount: minorOf(1n) })) })],
  ['a balance after edited, with its hash',       'ledger-block',          (w) => forge(w, 1, { entries: blockAt(w, 1).entries.map((one) => ({ ...one, heldAfter: minorOf(1n) })) })],
  ['the accounts of an entry swapped',            'ledger-block',          (w) => forge(w, 1, { entries: blockAt(w, 1).entries.map((one) => ({ ...one, debit: one.credit, credit: one.debit })) })],
  ['more spent than was there',                   'ledger-block',          (w) => forge(w, 1, { entries: blockAt(w, 1).entries.map((one) => ({ ...one, amount: minorOf(10n ** 12n) })) })],
  ['a block gone',                                'ledger-block',          (w) => w.blocks.splice(2, 1)],
  ['the last block gone',                         'ledger-block',          (w) => w.blocks.pop()],
  ['all blocks gone',                             'ledger-block',          (w) => w.blocks.splice(0)],
  ['a block that cannot be read',                 'ledger-block',          (w) => { w.blocks[2] = { sequence: 3, unreadable: 'not an amount' }; }],
  ['another wallet\'s block',                     'ledger-block',          (w) => forge(w, 1, { walletId: made([]).wallet.id })],
  ['another wallet\'s block at the end',          'ledger-block',          (w) => forgeLast(w, { walletId: made([]).wallet.id })],
  ['a block that follows another one',            'ledger-block',          (w) => forgeLast(w, { prevHash: blockAt(w, 0).hash })],
  ['a balance edited',                            'wallet-balance',        (w) => { w.balance = { ...w.balance, available: minorOf(w.balance.available + 1n) }; }],
  ['a held balance edited',                       'wallet-balance',        (w) => { w.balance = { ...w.balance, held: minorOf(0n) }; }],
  ['a balance that has forgotten its last hash',  'wallet-balance',        (w) => { w.balance = { ...w.balance, lastHash: emptyBalance(w.wallet.id).lastHash }; }],
  ['a refund that was not booked',                'hold',                  (w) => change(w, 3, { stage: 'refunded' })],
  ['a refund that was booked and not recorded',   'hold',                  (w) => { change(w, 2, { stage: 'reserved' }); }],
  ['an amount edited after it was held',          'hold',                  (w) => change(w, 3, { amount: minorOf(1n) })],
  ['another fee than was booked',                 'hold',                  (w) => { change(w, 0, { fee: minorOf(51n) }); changeTransfer(w, { fee: minorOf(51n) }); }],
  ['a row that is paid and cannot be read',       'unreadable',            (w) => garble(w, 0)],
  ['a row that is held and cannot be read',       'unreadable',            (w) => garble(w, 3)],
  ['a hold whose withdrawal is gone',             'hold',                  (w) => { w.booked.splice(3, 1); w.transfers.splice(2, 1); }],
];

test.each(plants)('%s is found, as one %s', async (_name, kind, plant) => {
  const world = made(common);
  plant(world);
  const { differences } = await reportOf(world);
  expect(differences.map((one) => one.kind)).toEqual([kind]);
  expect(differences[0]?.expected).not.toBe(differences[0]?.found);
});

test('every kind of difference can be planted', () => {
  const planted = new Set(plants.map(([, kind]) => kind));
  // Those of the brokerage are in test/core/reconcile-brokerage.test.ts and reconcile-wires.test.ts, a chain's in reconcile-unread.test.ts.
  const others = differenceKinds.filter((kind) => !/^(journal|wire|chain)-/.test(kind));
  expect(others.filter((kind) => !planted.has(kind))).toEqual([]);
});

// biome-ignore format: columns are the point
test.each<[string, Stage, (world: Made) => void]>([
  ['a transfer whose answer is still looked for', 'converting', (w) => { changeEffect(w, 0, { transferId: null }); }],
  ['a transfer that was paid a moment ago',       'converting', (w) => changeTransfer(w, { state: 'paid' })],
  ['a payment that is not final yet',             'converted',  (w) => { w.chain.incoming.splice(0); }],
  ['a payout that is final and not yet read',     'broadcast',  (w) => { w.chain.outgoing.push(outgoingOf(withdrawalAt(w, 0), 0)); }],
  ['a hold made after the ledger was read',       'reserved',   (w) => { w.balance = emptyBalance(w.wallet.id); w.blocks.splice(0); }],
  ['a transfer that the list does not have yet',  'converting', (w) => { w.transfers.splice(0, 1); }],
])('%s is no difference while it is young, and is one when it is not', async (_name, stage, plant) => {
  const young = made([stage], justNow);
  plant(young);
  expect(await kindsOf(young)).toEqual([]);
  const old = made([stage], longAgo);
  plant(old);
  expect(await kindsOf(old)).toHaveLength(1);
});

test('the limit of age is exact', async () => {
  const plant = async (updatedAt: number) => {
    const world = made(['converting'], at(updatedAt));
    changeTransfer(world, { state: 'paid' });
    return (await reportOf(world)).differences.length;
  };
  expect(await plant(period.to - inFlightMs)).toBe(1);
  expect(await plant(period.to - inFlightMs + 1)).toBe(0);
});

test('a transfer that nobody paid for is nobody’s loss', async () => {
  const world = made(common);
  world.transfers.push(transferOf('tf_unpaid', { state: 'awaiting-funds', confirmation: null }));
  expect(await kindsOf(world)).toEqual([]);
});

test('nor is one that was given up before its dollars were wired', async () => {
  const world = made(common);
  const { id } = withdrawalAt(world, 2);
  world.transfers.push(transferOf('tf_unpaid', { state: 'awaiting-funds', confirmation: null }));
  world.claims.set('tf_unpaid', id);
  expect(await kindsOf(world)).toEqual([]);
});

test('a transfer from the first moments of the period may be one of a withdrawal that ended before', async () => {
  const world = made([]);
  const createdAt = at(period.from + providerClockSkewMs - 1);
  world.transfers.push(transferOf('tf_early', { createdAt }));
  expect(await kindsOf(world)).toEqual([]);
});

test('a stage without what it rests on is a difference at once', async () => {
  const world = made(['converting'], justNow);
  Object.assign(world.booked[0] ?? {}, { effect: null });
  expect((await reportOf(world)).differences).toMatchObject([{ kind: 'state-without-effect' }]);
});

test('what was made in the first moments of the period may not be in it elsewhere', async () => {
  const early = at(period.from + providerClockSkewMs - 1);
  const unlisted = made(common);
  unlisted.transfers.splice(0, 1);
  changeEffect(unlisted, 0, { firstSentAt: early });
  expect(await kindsOf(unlisted)).toEqual([]);
  const unpaid = made(common);
  unpaid.chain.incoming.splice(0, 1);
  changeTransfer(unpaid, { createdAt: early });
  expect(await kindsOf(unpaid)).toEqual([]);
});

test('an earlier conversion that is still written on a withdrawal is not held against its transfer', async () => {
  const world = made(['refunded']);
  change(world, 0, { payout: minorOf(1n), fee: minorOf(1n) });
  bookedAt(world, 0).effect = effectOf(withdrawalAt(world, 0), 'tf_new');
  world.transfers.push(transferOf('tf_new'));
  expect(await kindsOf(world)).toEqual([]);
});

test('a payout before the blocks that were read is not missed', async () => {
  const world = made(common);
  world.chain.from = 500;
  world.chain.outgoing.splice(0);
  expect(await kindsOf(world)).toEqual([]);
});

test('a withdrawal that was given back may have bought USDC: it is in our treasury', async () => {
  const world = made(['refunded']);
  bookedAt(world, 0).effect = effectOf(withdrawalAt(world, 0), 'tf_bought');
  world.transfers.push(transferOf('tf_bought'));
  expect(await kindsOf(world)).toEqual([]);
});

test('dollars that came back may have been sent again', async () => {
  const world = made(common);
  world.transfers.push(transferOf('tf_back', { state: 'returned', confirmation: null }));
  world.claims.set('tf_back', withdrawalAt(world, 3).id);
  expect(await kindsOf(world)).toEqual([]);
});

test('two planted differences are two, each with the time when it was first seen', async () => {
  const world = made(common);
  world.chain.outgoing.push(stranger);
  const first = await reportOf(world);
  expect(first.differences.map(({ firstSeenAt }) => firstSeenAt)).toEqual([first.checkedAt]);
  world.transfers.push(transferOf('tf_nobody'));
  const before = {
    ...first,
    checkedAt: at(1),
    differences: first.differences.map((one) => ({ ...one, firstSeenAt: at(1) })),
  };
  const second = await reportOf(world, before);
  expect(second.differences.map(({ kind, firstSeenAt }) => [kind, firstSeenAt])).toEqual([
    ['unknown-payout', 1],
    ['transfer-unclaimed', second.checkedAt],
  ]);
});

test('a list of the on-ramp is asked for again where it was not answered, and of wires only as old as they may come back', async () => {
  const world = made(['settled', 'refunded']);
  const asked: unknown[] = [];
  const transfers = { ok: true, value: world.transfers } as const;
  const answers: Answer<Transfer[]>[] = [noAnswer, noAnswer, transfers];
  const clock = testClock(period.to);
  const run = async () => {
    const record = async () => Promise.reject(new Error('no chain'));
    const around = { books: booksOf(world), routes: [], record, clock, inFlightMs };
    const onRamp = {
      transfersBetween: async (_: number, __: number, how?: { noOlderThanMs?: number }) => {
        asked.push(how?.noOlderThanMs);
        clock.advance(1_000);
        return answers.shift() ?? noAnswer;
      },
    };
    const brokerage = {
      firm: 'firm',
      journalsBetween: async () => ({ ok: true as const, value: [] }),
      wires: async (since: number) => {
        asked.push(since);
        return { ok: true as const, value: { read: [], unread: [] } };
      },
      wiresAreOurs: false,
    };
    return reconcileSince({ ...around, onRamp, brokerage }, period.from, null);
  };
  await run();
  // What it stands on was asked for since the run began, so states are those of this hour.
  expect(asked).toEqual([0, 1_000, 2_000, period.from - wireReturnMs]);
  await expect(run()).rejects.toThrow('no answer');
  expect(asked).toHaveLength(8);
  answers.push({ ...noAnswer, refused: true }, transfers);
  await expect(run()).rejects.toThrow('no answer');
  expect(answers).toHaveLength(1);
});
const noAnswer = { ok: false, refused: false, why: 'no answer' } as const;

test('whoever waits for a report hears in time that the on-ramp does not answer', async () => {
  const clock = testClock(period.to);
  const given: (number | undefined)[] = [];
  const onRamp = {
    transfersBetween: async (_: number, __: number, how?: { withinMs?: number }) => {
      given.push(how?.withinMs);
      clock.advance(callTimeoutMs);
      return noAnswer;
    },
  };
  const record = async () => Promise.reject(new Error('no chain'));
  const around = { books: booksOf(made(['settled'])), brokerage: null, routes: [], record, clock };
  const world = { ...around, onRamp, inFlightMs, effort: whileSomebodyWaits };
  await expect(reconcileSince(world, period.from, null)).rejects.toThrow('no answer');
  expect(given).toEqual([0, 1].map((asked) => whileSomebodyWaits.runMs - asked * callTimeoutMs));
});

const former = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';

/** What a run finds that reads this world, and its one chain by this record. */
async function differencesOn(record: PayoutRecord, world: Made) {
  const truths = {
    books: booksOf(world),
    onRamp: { transfersBetween: async () => ({ ok: true, value: world.transfers }) as const },
    brokerage: null,
    routes: [record],
    record: async () => record,
    clock: testClock(period.to),
    inFlightMs,
  };
  return (await reconcileSince(truths, period.from, null)).differences;
}

test('what a former treasury paid is read as well, in the same blocks; what it hands on is no payout', async () => {
  const world = made(['settled', 'settled']);
  const { booked, chain } = world;
  const [first] = booked;
  if (first !== undefined) Object.assign(first.withdrawal, { payer: former });
  const [byFormer, ...others] = chain.outgoing;
  const handedOn = { ...stranger, key: null, to: chain.treasury };
  const asked: unknown[] = [];
  const record = {
    ...chain,
    head: async () => ({ final: chain.to }),
    firstBlockSince: async () => chain.from,
    outgoing: async (payer: string, ...range: number[]) => {
      asked.push([payer, ...range]);
      return payer === former ? [byFormer ?? stranger, handedOn] : others;
    },
    incoming: async (receiver: string) => (receiver === former ? [] : [...chain.incoming]),
  };
  expect(await differencesOn(record, world)).toEqual([]);
  const { treasury, from, to } = chain;
  expect(asked).toEqual([
    [treasury, from, to],
    [former, from, to],
  ]);
});

test('what the on-ramp was asked to pay to a former treasury is looked for there, whoever paid out', async () => {
  const world = made(['settled']);
  const { booked, transfers, chain } = world;
  const [one] = booked;
  const [transfer] = transfers;
  Object.assign(one?.effect ?? {}, { payee: former });
  Object.assign(transfer ?? {}, { address: former });
  const record = {
    ...chain,
    head: async () => ({ final: chain.to }),
    firstBlockSince: async () => chain.from,
    outgoing: async (payer: string) => (payer === former ? [] : [...chain.outgoing]),
    incoming: async (receiver: string) => (receiver === former ? [...chain.incoming] : []),
  };
  expect(await differencesOn(record, world)).toEqual([]);
});
