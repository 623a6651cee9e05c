/** The auditor itself: a world in which everything agrees passes, and each invariant finds what breaks it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Exception } from './audit.ts';
import { invariants } from './invariants.ts';
import { reportOf } from './report.ts';
import {
  amount,
  bytes,
  type Change,
  customer,
  destination,
  hook,
  lane,
  nextTreasury,
  nonceOf,
  payout,
  secret,
  sha,
  treasury,
  World,
} from './truth-builder.ts';

const funded = (setup = {}): { world: World; wallet: string } => {
  const world = new World(setup);
  const wallet = world.wallet();
  world.transfer(wallet, 'CREDIT', 10n * amount);
  return { world, wallet };
};
const reserved = (setup = {}) => {
  const { world, wallet } = funded(setup);
  const id = world.request(wallet);
  world.reserve(id);
  return { world, wallet, id };
};
const signed = () => {
  const made = reserved();
  made.world.convert(made.id);
  made.world.sign(made.id);
  return made;
};
const settled = () => {
  const made = reserved();
  made.world.carry(made.id);
  return made;
};
const atBrokerage = () => {
  const world = new World();
  const wallet = world.wallet({ funding: { type: 'alpaca', accountId: customer } });
  return { world, wallet, id: world.request(wallet) };
};
const empty = () => ({ world: new World() });
const expecting = (world: World, given: object): void => {
  world.expectations = { ...world.expectations, ...given };
};
const patch = (match: (row: Change['row']) => boolean, given: object) => (changes: Change[]) =>
  changes.map((one) => (match(one.row) ? { ...one, row: { ...one.row, ...given } } : one));
const stopped = ({ now }: World): Change => ({
  table: 'control',
  row: { pk: 'SWITCHES', sk: 'TURN#1', lever: 'processor', on: false, version: 1, at: now },
});
const isMeta = ({ pk, sk }: Change['row']): boolean =>
  sk === 'META' && String(pk).startsWith('WD#');
const isBalance = ({ sk }: Change['row']): boolean => sk === 'BALANCE';
const isBlock = ({ sk }: Change['row']): boolean => String(sk).startsWith('BLOCK#');
const isAttempt = ({ sk }: Change['row']): boolean => String(sk).startsWith('ATTEMPT#');

/** What an attempt says that a treasury has signed; it can be used for an hour. */
const authorized = (id: string, given: object = {}) => ({
  from: bytes(treasury.toLowerCase()),
  ...{ to: destination, value: payout, validBefore: Date.UTC(2026, 0, 6) / 1_000 },
  nonce: bytes(nonceOf(id)),
  ...given,
});

/** The withdrawal and another one, both converted. */
function two(world: World, id: string, wallet: string): [string, string] {
  const other = world.request(wallet);
  world.reserve(other);
  world.convert(id);
  world.convert(other);
  return [id, other];
}

/** A wallet whose one block stands in the item of its balance. */
function tailed(): { world: World; wallet: string } {
  const { world } = funded();
  world.tails = true;
  const wallet = world.wallet();
  world.transfer(wallet, 'CREDIT', amount);
  return { world, wallet };
}

test('a tail that becomes a row passes, and so does what follows on it there', () => {
  const { world, wallet } = tailed();
  world.commit(...world.tailAsRow(wallet));
  world.transfer(wallet, 'CREDIT', amount);
  world.transfer(wallet, 'DEBIT', amount);
  world.commit(...world.tailAsRow(wallet));
  world.transfer(wallet, 'CREDIT', amount);
  expect(reportOf(world.end())).toBe('');
});

test('payouts that share a transaction pass', () => {
  const { world, wallet } = funded();
  const id = world.request(wallet);
  world.reserve(id);
  const ids = two(world, id, wallet);
  const { row } = world.batch(ids);
  world.signTogether(ids);
  const batch = ids.map((one) => ({
    to: destination,
    micros: payout,
    authorization: nonceOf(one),
  }));
  const hexOf = (value: unknown): string => `0x${(value as Buffer).toString('hex')}`;
  world.arrive(id, { raw: hexOf(row['raw']), hash: hexOf(row['hash']), payment: null, batch });
  for (const one of ids) {
    world.commit(world.moved(one, 'broadcast'));
    world.pay(one, { txHash: hexOf(row['hash']) });
    world.confirm(one);
    world.settle(one);
  }
  expecting(world, { asked: world.asked });
  expect(reportOf(world.end())).toBe('');
});

test('a world in which everything agrees passes', () => {
  const { world, wallet } = funded();
  const endpoint = world.endpoint();
  const paid = world.request(wallet);
  world.tell(endpoint, paid);
  world.reserve(paid);
  world.tell(endpoint, paid);
  world.commit(world.effect(paid), world.moved(paid, 'converting'));
  const transferId = world.exchange(paid);
  world.commit(world.claim(paid, transferId), world.effect(paid, { version: 2, transferId }));
  world.commit(world.moved(paid, 'converted', { payout, fee: 50n }));
  world.tell(endpoint, paid);
  world.sign(paid);
  world.broadcast(paid);
  world.tell(endpoint, paid);
  world.filler();
  world.pay(paid);
  world.confirm(paid);
  world.settle(paid);
  world.tell(endpoint, paid);
  const customers = world.wallet({ funding: { type: 'alpaca', accountId: customer } });
  const [journaled, returned] = [world.request(customers), world.request(customers)];
  for (const id of [journaled, returned]) {
    world.tell(endpoint, id);
    world.debit(id);
    world.tell(endpoint, id);
  }
  world.convert(journaled);
  world.tell(endpoint, journaled);
  world.sign(journaled);
  world.broadcast(journaled);
  world.tell(endpoint, journaled);
  world.pay(journaled);
  world.confirm(journaled);
  world.settle(journaled);
  world.tell(endpoint, journaled);
  world.refunding(returned);
  world.giveBack(returned);
  world.tell(endpoint, returned);
  const dear = world.request(wallet, { amount: 100n * amount });
  world.tell(endpoint, dear);
  const failure = { code: 'INSUFFICIENT_FUNDS', retryable: true };
  world.commit(world.moved(dear, 'rejected', { failure }));
  world.tell(endpoint, dear);
  const given = world.request(wallet);
  world.tell(endpoint, given);
  world.commit(
    world.moved(given, 'cancelled', { failure: { code: 'CANCELLED_BY_CLIENT', retryable: false } }),
  );
  world.tell(endpoint, given);
  world.transfer(wallet, 'DEBIT', amount);
  world.transfer(wallet, 'DEBIT', 100n * amount, false);
  world.deadLetters.push({ queue: 'debit-dlq', body: JSON.stringify({ ids: [wallet, paid] }) });
  expecting(world, {
    asked: world.asked,
    accepted: [
      { id: paid, tenant: 'alice', walletId: wallet, amount, idempotencyKey: `key of ${paid}` },
    ],
  });
  expect(reportOf(world.end())).toBe('');
});

type Wrong = [invariant: string, what: string, says: string, make: () => World];
/** What goes wrong in a world that has started so, by the invariant that must say so, and in which words. */
const wrong = <S extends { world: World }>(
  invariant: string,
  what: string,
  says: string,
  start: () => S,
  spoil: (started: S) => unknown,
): Wrong => {
  const make = (): World => {
    const started = start();
    spoil(started);
    return started.world;
  };
  return [invariant, what, says, make];
};

// biome-ignore format: a table
const wrongs: readonly Wrong[] = [
  wrong('INV-T0', 'a write of another row than was there', 'a write of something else', reserved, ({ world, id }) => {
    const last = world.writes.at(-1);
    if (last === undefined) throw new Error('nothing was written');
    world.writes.push({ ...last, before: null });
    world.found.length = 0;
    world.withdrawal(id);
    world.look();
  }),
  wrong('INV-T0', 'a row that no write made', 'not what its writes add up to', settled, ({ world }) => world.rows.money.push({ pk: { S: 'WAL#x' }, sk: { S: 'NOTE' } })),
  wrong('INV-L1', 'an entry of nothing', 'an entry CREDIT of 0', funded, ({ world, wallet }) => world.commit(...world.block(wallet, ['CREDIT', 0n, 'txn_x']))),
  wrong('INV-L2', 'a balance that grows by itself', 'the wallets have 200000, by their entries 100000', funded, ({ world }) => {
    world.tamper = patch(isBalance, { available: 10n * amount });
    world.reserve(world.request(world.wallet()));
  }),
  wrong('INV-L3', 'a stored balance other than its blocks say', 'stored 90000/0', funded, ({ world, wallet }) => {
    const id = world.request(wallet);
    world.tamper = patch(isBalance, { held: 0n });
    world.reserve(id);
  }),
  wrong('INV-L4', 'more held than there was', '-10000 and 10000 held', empty, ({ world }) => world.reserve(world.request(world.wallet()))),
  wrong('INV-L5', 'held twice', 'it is held already', reserved, ({ world, id }) => world.commit(...world.entries(id, 'HOLD'), world.touched(id, {}))),
  wrong('INV-L5', 'released and spent', 'it is spent', settled, ({ world, id }) => world.commit(...world.entries(id, 'RELEASE'))),
  wrong('INV-L5', 'reserved without its entry', 'entered: nothing', funded, ({ world, wallet }) => {
    const id = world.request(wallet);
    world.commit(world.moved(id, 'reserved'));
  }),
  wrong('INV-L6', 'a block that is written again', 'it was changed', reserved, ({ world }) => {
    const block = [...world.values.values()].find(isBlock);
    if (block === undefined) throw new Error('there is no block');
    world.commit({ table: 'money', row: { ...block, at: 1 } });
  }),
  wrong('INV-L6', 'a block whose hash is another', 'its hash is not that of its entries', funded, ({ world, wallet }) => {
    const id = world.request(wallet);
    world.tamper = (changes) => {
      const hash = bytes(sha('something else'));
      return patch(isBalance, { lastHash: hash })(patch(isBlock, { hash })(changes));
    };
    world.reserve(id);
  }),
  wrong('INV-L6', 'a tail that is forgotten', 'it is gone, or is another', tailed, ({ world, wallet }) => world.commit({ table: 'money', row: world.withTail(wallet, null) })),
  wrong('INV-L6', 'a block of a tail that is another', 'it is gone, or is another', tailed, ({ world, wallet }) => world.commit({ table: 'money', row: world.withTail(wallet, { at: 1 }) })),
  wrong('INV-L6', 'a tail that became a row and stays', 'it stands in two places', tailed, ({ world, wallet }) => {
    world.tamper = patch(isBalance, world.withTail(wallet, {}));
    world.commit(...world.tailAsRow(wallet));
  }),
  wrong('INV-L7', 'an amount that went through a double', 'amount is no whole number', funded, ({ world, wallet }) => world.request(wallet, { amount: 99.99 })),
  wrong('INV-L7', 'more paid than was taken', 'pays 199000000', reserved, ({ world, id }) => {
    world.converting(id);
    world.commit(world.moved(id, 'converted', { payout: 2n * payout, fee: 50n }));
  }),
  wrong('INV-L8', 'ended with its money held', 'refunded with 10000 held', reserved, ({ world, id }) => {
    world.refunding(id);
    world.commit(world.moved(id, 'refunded'));
  }),
  wrong('INV-X1', 'asked of the on-ramp before it is held', 'a hold that is none', funded, ({ world, wallet }) => {
    const id = world.request(wallet);
    world.commit(world.effect(id), world.touched(id, {}));
  }),
  wrong('INV-X2', 'two journals of one withdrawal', 'taken by journal 0, journal 1', atBrokerage, ({ world, id }) => {
    world.debit(id);
    world.journal(id, 'debit', { key: 'another' });
  }),
  wrong('INV-X2', 'a second journal under a description that means nobody', '2 journals for 1 withdrawals', atBrokerage, ({ world, id }) => {
    world.debit(id);
    world.journal(id, 'debit', { key: 'another', description: 'bonus' });
  }),
  wrong('INV-X3', 'a second key for one journal', 'a second key another', atBrokerage, ({ world, id }) => {
    world.debit(id);
    world.commit(world.journalRow(id, 'debit', { key: 'another', version: 2 }));
    world.requests.push({ key: 'another', body: String(world.journalRow(id, 'debit').row['bytes']), at: 1 });
    world.look();
  }),
  wrong('INV-X3', 'another body under one key', 'another body', atBrokerage, ({ world, id }) => {
    world.debit(id);
    const { row } = world.journalRow(id, 'debit');
    const body = String(row['bytes']).replace('100.00', '100.01');
    world.requests.push({ key: String(row['key']), body, at: 1 });
    world.look();
  }),
  wrong('INV-X3', 'another body than was saved, from the first time on', 'another body', atBrokerage, ({ world, id }) => {
    const saved = world.journalRow(id, 'debit');
    world.commit(saved, world.moved(id, 'debiting'));
    const body = ` ${saved.row['bytes']}`;
    world.requests.push({ key: String(saved.row['key']), body, at: 1 });
    world.look();
  }),
  wrong('INV-X3', 'a journal that is asked for before it is saved', 'before it was saved', atBrokerage, ({ world, id }) => world.journal(id, 'debit')),
  wrong('INV-X3', 'saved, but only after it was asked for: the order of both in one event', 'before it was saved', atBrokerage, ({ world, id }) => {
    const { row } = world.journalRow(id, 'debit');
    const early = { key: String(row['key']), body: String(row['bytes']), at: 1 };
    world.requests.push({ ...early, afterWrites: world.writes.length });
    world.debiting(id);
  }),
  wrong('INV-X4', 'two conversions that are both claimed', 'converted by', reserved, ({ world, id }) => {
    world.convert(id);
    const second = world.exchange(id);
    world.commit(world.claim(id, second));
  }),
  wrong('INV-X4', 'a second conversion that nobody claims', '2 conversions of 10000 cents for 1', reserved, ({ world, id }) => {
    world.convert(id);
    world.exchange(id);
    world.look();
  }),
  wrong('INV-X4', 'a conversion of a quote that nobody had saved', 'nobody had saved before', funded, ({ world, wallet }) => {
    world.exchange(world.request(wallet));
    world.look();
  }),
  wrong('INV-X4', 'converted before the on-ramp has paid', 'without a paid transfer', reserved, ({ world, id }) => {
    world.converting(id);
    const transferId = world.exchange(id, { paidBy: null, status: 'payment_submitted' });
    world.commit(world.claim(id, transferId));
    world.commit(world.moved(id, 'converted', { payout, fee: 50n }));
  }),
  wrong('INV-X4', 'less USDC came than was signed for', '99499999 came', settled, ({ world }) => {
    const income = world.paid.find(({ to }) => to === treasury);
    if (income === undefined) throw new Error('nothing came');
    income.micros -= 1n;
  }),
  wrong('INV-X5', 'paid twice under one nonce', 'paid again in 0x2', settled, ({ world, id }) => world.pay(id, { txHash: '0x2' })),
  wrong('INV-X5', 'paid a second time under another nonce', "nobody's nonce", settled, ({ world, id }) => {
    world.pay(id, { txHash: '0x2', authorization: `0x${sha('rogue')}` });
  }),
  wrong('INV-X5', 'paid a second time by a plain transfer, not final yet', 'left without a nonce', settled, ({ world, id }) => {
    world.pay(id, { txHash: '0x2', authorization: null, final: false });
  }),
  wrong('INV-X5', 'two withdrawals on rows, one of which nobody asked for', 'asked for at most nothing', reserved, ({ world, wallet }) => {
    const ghost = world.request(wallet);
    world.asked.pop();
    world.reserve(ghost);
    world.carry(ghost);
    expecting(world, { asked: world.asked.slice(0, 0) });
  }),
  wrong('INV-X5', 'paid under the nonce of one that was given back', '1 payments for 0 withdrawals', reserved, ({ world, id }) => {
    world.refunding(id);
    world.refund(id);
    world.pay(id);
  }),
  wrong('INV-X6', 'bytes under another nonce', "nobody's nonce", signed, ({ world, id }) => {
    const payment = { to: destination, micros: payout, authorization: `0x${sha('rogue')}` };
    world.arrive(id, { payment });
  }),
  wrong('INV-X7', 'bytes that nobody saved', 'before it was saved', signed, ({ world, id }) => world.arrive(id, { raw: '0x1234' })),
  wrong('INV-X7', 'bytes that were saved after a node had them: the order of both in one event', 'before it was saved', reserved, ({ world, id }) => {
    world.convert(id);
    const before = world.writes.length;
    world.sign(id);
    world.arrive(id, { afterWrites: before });
  }),
  wrong('INV-X7', 'an attempt that is written again', 'attempt 1 was changed', signed, ({ world, id }) => world.commit(world.attempt(id))),
  wrong('INV-X7', 'a gas key that pays somebody', 'neither a payout nor nothing', signed, ({ world }) => world.filler(destination)),
  wrong('INV-X8', 'signed for another address', 'attempt 1: pays to', reserved, ({ world, id }) => {
    world.convert(id);
    world.tamper = patch(isAttempt, { authorization: authorized(id, { to: treasury }) });
    world.sign(id);
  }),
  wrong('INV-X8', 'signed for more than is owed', 'attempt 1: pays 99500001', reserved, ({ world, id }) => {
    world.convert(id);
    world.tamper = patch(isAttempt, { authorization: authorized(id, { value: payout + 1n }) });
    world.sign(id);
  }),
  wrong('INV-X8', 'a node is handed another amount', 'pays 99500001 to', signed, ({ world, id }) => {
    world.arrive(id, { payment: { to: destination, micros: payout + 1n, authorization: nonceOf(id) } });
  }),
  wrong('INV-X7', 'a batch that nobody saved', 'before it was saved', signed, ({ world, id }) => {
    const batch = [{ to: destination, micros: payout, authorization: nonceOf(id) }];
    world.arrive(id, { raw: '0x1234', payment: null, batch });
  }),
  wrong('INV-X8', 'a node is handed another amount by a batch', 'pays 99500001 to', signed, ({ world, id }) => {
    const batch = [{ to: destination, micros: payout + 1n, authorization: nonceOf(id) }];
    world.arrive(id, { payment: null, batch });
  }),
  wrong('INV-X8', 'many with the gas of one', '150000 gas for 2 of them', reserved, ({ world, id, wallet }) =>
    world.signTogether(two(world, id, wallet), { gas: 150_000 })),
  wrong('INV-X8', 'more gas than a transaction may have', 'gas in one transaction', reserved, ({ world, id, wallet }) =>
    world.signTogether(two(world, id, wallet), { gas: 17_000_000 })),
  wrong('INV-X8', 'one that is a batch', 'in a batch by itself', reserved, ({ world, id }) => {
    world.convert(id);
    world.signTogether([id]);
  }),
  wrong('INV-X8', 'a member that stays where it is', 'saved without its withdrawal', reserved, ({ world, id, wallet }) => {
    const [one, other] = two(world, id, wallet);
    world.tamper = (changes) => changes.filter(({ row }) => row['pk'] !== `WD#${other}`);
    world.signTogether([one, other]);
  }),
  wrong('INV-X8', 'a member that does not know its batch', 'names batch null', reserved, ({ world, id, wallet }) => {
    const [one, other] = two(world, id, wallet);
    world.tamper = (changes) =>
      changes.map(({ table, row: { payoutBatch: _, ...row } }) => ({ table, row }));
    world.signTogether([one, other]);
  }),
  wrong('INV-X8', 'in a batch again, with another nonce', 'in a batch again', reserved, ({ world, id, wallet }) => {
    const ids = two(world, id, wallet);
    world.signTogether(ids);
    const batch = world.batch(ids, {}, ids, 2);
    const payoutBatch = bytes(String(batch.row['pk']).slice('BATCH#'.length));
    const facts = { attempts: 2, txHash: batch.row['hash'], payoutBatch };
    world.commit(world.lane(2), batch, ...ids.map((one) => world.moved(one, 'signed', facts)));
  }),
  wrong('INV-L7', 'a batch that names whom it does not pay', 'does not pay it', reserved, ({ world, id, wallet }) => {
    const [one, other] = two(world, id, wallet);
    world.signTogether([one, other], {}, [one, world.request(wallet)]);
  }),
  wrong('INV-L7', 'a batch that names fewer than it pays', 'names 1 and carries 2', reserved, ({ world, id, wallet }) => {
    const [one, other] = two(world, id, wallet);
    world.signTogether([one, other], {}, [one]);
  }),
  wrong('INV-X9', 'confirmed before it is final', 'not final', signed, ({ world, id }) => {
    world.broadcast(id);
    world.pay(id, { final: false });
    world.confirm(id);
  }),
  wrong('INV-X9', 'settled, and the chain has nothing of it', 'no such payment', settled, ({ world, id }) => {
    world.paid.splice(world.paid.findIndex(({ authorization }) => authorization === nonceOf(id)), 1);
  }),
  wrong('INV-X9', 'paid, but less', 'paid 99499999', signed, ({ world, id }) => {
    world.broadcast(id);
    world.pay(id, { micros: payout - 1n });
    world.confirm(id);
  }),
  wrong('INV-X10', 'a nonce that is left out', 'skipped 1', signed, ({ world, wallet }) => {
    const id = world.request(wallet);
    world.reserve(id);
    world.convert(id);
    world.tamper = (changes) =>
      patch(({ sk }) => sk === 'NONCE', { next: 3 })(
        patch(isAttempt, { carrier: { from: lane, nonce: 2, fees: {} } })(changes),
      );
    world.sign(id);
  }),
  wrong('INV-X10', 'a nonce that is bound twice', 'is bound to wd_', signed, ({ world, wallet }) => {
    const id = world.request(wallet);
    world.reserve(id);
    world.convert(id);
    world.tamper = (changes) =>
      patch(({ sk }) => sk === 'NONCE', { next: 1 })(
        patch(isAttempt, { carrier: { from: lane, nonce: 0, fees: {} } })(changes),
      );
    world.sign(id);
  }),
  wrong('INV-X10', 'a nonce that never came to the chain', 'was never used', signed, () => undefined),
  wrong('INV-S1', 'an illegal move', 'reserved → confirmed is no legal move', reserved, ({ world, id }) => world.commit(world.moved(id, 'confirmed'))),
  wrong('INV-X11', 'a conversion that is asked for before it is saved', 'nobody had saved it', reserved, ({ world, id }) => {
    world.ask('due', { path: '/v1/transfers', body: JSON.stringify({ quote: `quote of ${id}` }) });
    world.converting(id);
  }),
  wrong('INV-X11', 'a conversion that is asked for oftener than it is counted', 'asked for 2 times, 1 counted', reserved, ({ world, id }) => {
    world.converting(id);
    const body = JSON.stringify({ quote: `quote of ${id}` });
    world.ask('due', { path: '/v1/transfers', body });
    world.ask('due', { path: '/v1/transfers', body });
  }),
  wrong('INV-X11', 'a journal that is asked for oftener than it is counted', 'asked for 2 times, 1 counted', atBrokerage, ({ world, id }) => {
    const saved = world.journalRow(id, 'debit');
    world.commit(saved, world.moved(id, 'debiting'));
    const key = String(saved.row['key']);
    const body = String(saved.row['bytes']);
    world.ask('alpaca', { path: '/v1/journals', key, body });
    world.ask('alpaca', { path: '/v1/journals', key, body });
  }),
  wrong('INV-S1', 'a version that is left out', 'version 2 → 9', reserved, ({ world, id }) => {
    world.tamper = patch(isMeta, { version: 9 });
    world.converting(id);
  }),
  wrong('INV-X12', 'another treasury signs what the first can still pay', 'can still pay', reserved, ({ world, id }) => {
    world.convert(id);
    world.tamper = patch(isAttempt, { authorization: authorized(id) });
    world.sign(id);
    world.tamper = patch(isAttempt, { authorization: authorized(id, { from: bytes(nextTreasury.toLowerCase()) }) });
    world.commit(world.attempt(id, { number: 2 }), world.touched(id, { attempts: 2 }));
  }),
  wrong('INV-X12', 'a stranger pays', 'who is nobody of ours', reserved, ({ world, id }) => {
    world.convert(id);
    world.tamper = patch(isAttempt, { authorization: authorized(id, { from: bytes(lane) }) });
    world.sign(id);
  }),
  wrong('INV-X13', 'a tip of 100,000 gwei', 'offers 100000000000000 wei', signed, ({ world, id }) => world.arrive(id, { maxFeePerGas: 100_000n * 10n ** 9n, dearest: 11n * 10n ** 9n })),
  wrong('INV-X11', 'a wire that is asked for before it is saved', 'nobody had saved it', reserved, ({ world, id }) => {
    world.ask('alpaca', { path: '/v1/accounts/firm/transfers', body: JSON.stringify({ additional_information: `memo of ${id}` }) });
  }),
  wrong('INV-X14', 'dollars that are wired twice', 'wired 2 times', reserved, ({ world, id }) => {
    world.converting(id);
    world.commit(world.wireRow(id, { sends: 2 }));
    world.wire(id);
    world.wire(id);
  }),
  wrong('INV-X14', 'dollars that are wired under another memo while the first stand', 'wired for memo', reserved, ({ world, id }) => {
    world.converting(id);
    world.commit(world.wireRow(id));
    world.wire(id);
    world.commit(world.wireRow(id, { sk: 'EFFECT#wire#tf-2', memo: 'memo 2' }));
    world.wire(id, { memo: 'memo 2' });
  }),
  wrong('INV-X14', 'a wire to somebody else', "not the on-ramp's", reserved, ({ world, id }) => {
    world.converting(id);
    world.commit(world.wireRow(id));
    world.wire(id, { accountNumber: '666' });
  }),
  wrong('INV-X14', 'a wire of another amount', 'is of 9000', reserved, ({ world, id }) => {
    world.converting(id);
    world.commit(world.wireRow(id));
    world.wire(id, { cents: 9_000n });
  }),
  wrong('INV-X15', 'dollars that never arrive', 'still under way', reserved, ({ world, id }) => {
    world.converting(id);
    world.commit(world.wireRow(id));
    world.wire(id, { arrived: false });
  }),
  wrong('INV-X15', 'dollars that nobody has', "is nobody's", reserved, ({ world, id }) => {
    world.converting(id);
    world.commit(world.wireRow(id));
    const wireId = world.wire(id);
    world.arrivals.push({ wireId, memo: `memo of ${id}`, cents: amount, transferId: null });
  }),
  wrong('INV-X15', 'given back, and the dollars are with the on-ramp', 'stands', reserved, ({ world, id }) => {
    world.converting(id);
    world.commit(world.wireRow(id));
    world.wire(id);
    world.refunding(id, { proof: 'refused', code: 'wire-returned' });
    world.refund(id);
  }),
  wrong('INV-X15', 'a deposit that nobody claims', 'nobody claims it', settled, ({ world, id }) => {
    world.commit(world.wireRow(id));
    const wireId = world.wire(id);
    world.exchange(id, { accountId: 'va_1', wireId });
  }),
  wrong('INV-R1', 'a difference that there is none of', 'journal-twice x', settled, ({ world, id }) => {
    const difference = { kind: 'journal-twice', what: 'x', withdrawalId: id, expected: 'one', found: 'two' };
    const row = { pk: 'RECONCILIATION', sk: 'LAST', report: JSON.stringify({ differences: [difference] }) };
    world.commit({ table: 'control', row });
  }),
  wrong('INV-S1', 'a move without its line', '0 lines for one write', reserved, ({ world, id }) => {
    world.tamper = patch(isMeta, { history: world.withdrawal(id)['history'] });
    world.converting(id);
  }),
  wrong('INV-S1', 'another destination than was asked for', 'destination was', reserved, ({ world, id }) => world.commit(world.touched(id, { destination: treasury }))),
  wrong('INV-S1', 'a withdrawal that is gone', 'it was taken away', reserved, ({ world, id }) => world.commit({ table: 'money', row: world.withdrawal(id), gone: true })),
  wrong('INV-S1', 'signed without its conversion', 'signed without its conversion', reserved, ({ world, id }) => world.sign(id)),
  wrong('INV-S2', 'settled, and written again', 'settled was written again', settled, ({ world, id }) => world.commit(world.touched(id, {}))),
  wrong('INV-S2', 'taken up although its failure is for good', 'for good', reserved, ({ world, id }) => {
    world.refunding(id);
    world.commit(...world.entries(id, 'RELEASE'), world.moved(id, 'refunded', { failure: { code: 'ON_RAMP_REJECTED', retryable: false } }));
    world.commit(world.moved(id, 'requested', { payoutBarrier: 'OPEN', takeUps: 1 }));
  }),
  wrong('INV-S3', 'refunded, and paid later', 'refunded, and paid in', signed, ({ world, id }) => {
    world.broadcast(id);
    world.canceled.push({ by: treasury, authorization: nonceOf(id), blockNumber: 5, final: true });
    world.refunding(id, { proof: 'cancelled', blockHash: bytes('b1'), logIndex: 0 }, 'PAYOUT_CANCELLED');
    world.refund(id);
    world.pay(id);
  }),
  wrong('INV-S3', 'refunded before the cash is back', 'refunded while the brokerage has 10000', atBrokerage, ({ world, id }) => {
    world.debit(id);
    world.refunding(id);
    world.refund(id, 'RETURN');
  }),
  wrong('INV-S3', 'rejected, and the journal moves the cash later', 'rejected, and 10000 cents', atBrokerage, ({ world, id }) => {
    world.debiting(id);
    const failure = { code: 'BROKERAGE_REJECTED', retryable: false };
    world.commit(world.moved(id, 'rejected', { failure }));
    world.journal(id, 'debit');
  }),
  wrong('INV-S4', 'funded by a journal that moved nothing', 'reserved with 0 of 10000', atBrokerage, ({ world, id }) => {
    world.debiting(id);
    world.journal(id, 'debit', { moved: false, status: 'pending' });
    world.commit(...world.entries(id, 'FUND', 'HOLD'), world.moved(id, 'reserved'));
  }),
  wrong('INV-S4', 'settled, and the brokerage took its cash back', 'took 0 of 10000', atBrokerage, ({ world, id }) => {
    world.debit(id);
    world.carry(id);
    world.journals.length = 0;
  }),
  wrong('INV-S5', 'never sent, it says, and it was', 'it has 1 attempts', signed, ({ world, id }) => {
    world.commit(world.moved(id, 'refunding', { failure: { code: 'ON_RAMP_REJECTED', retryable: true }, proof: { proof: 'never-sent' } }));
  }),
  wrong('INV-S5', 'cancelled, it says, and it is not final', 'but not finally', signed, ({ world, id }) => {
    world.broadcast(id);
    world.canceled.push({ by: treasury, authorization: nonceOf(id), blockNumber: 5, final: false });
    world.refunding(id, { proof: 'cancelled', blockHash: bytes('b1'), logIndex: 0 }, 'PAYOUT_CANCELLED');
  }),
  wrong('INV-S5', 'refused, it says, and the on-ramp pays later', 'but has the dollars', reserved, ({ world, id }) => {
    world.converting(id);
    world.refunding(id, { proof: 'refused', code: 'x' });
    world.refund(id);
    world.exchange(id);
  }),
  wrong('INV-S5', 'no proof', 'without a proof', reserved, ({ world, id }) => {
    world.commit(world.moved(id, 'refunding', { failure: { code: 'ON_RAMP_REJECTED', retryable: true } }));
  }),
  wrong('INV-S6', 'given back because nobody knew', 'for OUTCOME_UNKNOWN', reserved, ({ world, id }) => world.refunding(id, { proof: 'never-sent' }, 'OUTCOME_UNKNOWN')),
  wrong('INV-S7', 'signed behind a closed barrier', 'attempt 1 with the barrier CLOSED', reserved, ({ world, id }) => {
    world.convert(id);
    world.commit(world.touched(id, { payoutBarrier: 'CLOSED' }));
    world.sign(id);
  }),
  wrong('INV-S7', 'given back with an open barrier', 'with an open barrier', reserved, ({ world, id }) => {
    world.tamper = patch(isMeta, { payoutBarrier: 'OPEN' });
    world.refunding(id);
  }),
  wrong('INV-S8', 'left standing', 'still reserved', reserved, () => undefined),
  wrong('INV-S8', 'in review, where it may not be', 'still review', reserved, ({ world, id }) => {
    world.converting(id);
    const failure = { code: 'OUTCOME_UNKNOWN', retryable: false };
    world.commit(world.moved(id, 'review', { failure, heldFrom: 'converting' }));
  }),
  wrong('INV-S9', 'a dead letter for nobody', 'which is not there', settled, ({ world }) => {
    world.deadLetters.push({ queue: 'settle-dlq', body: JSON.stringify({ ids: ['wd_nobody'] }) });
  }),
  wrong('INV-S9', 'a dead letter that says nothing', 'names nothing', settled, ({ world }) => world.deadLetters.push({ queue: 'settle-dlq', body: 'nothing' })),
  wrong('INV-S10', 'out of sight', 'next looked at: never', reserved, ({ world, id }) => world.commit(world.touched(id, { dueAt: undefined, dueShard: undefined }))),
  wrong('INV-S10', 'due in a day', 'reserved, next looked at', reserved, ({ world, id }) => world.commit(world.touched(id, { dueAt: world.now + 86_400_000 }))),
  wrong('INV-S11', 'reserved for two hours, and no word why', 'reserved for 120 min', reserved, ({ world }) => {
    world.now += 2 * 3_600_000;
    world.look();
  }),
  wrong('INV-S14', 'paid for two hours, and nobody has looked', 'finally paid for 121 min', signed, ({ world, id }) => {
    world.broadcast(id);
    world.pay(id);
    world.look();
    world.now += 121 * 60_000;
    world.look();
  }),
  wrong('INV-S12', 'bytes that leave while the processor is stopped', 'while that was off', settled, ({ world }) => {
    world.commit(stopped(world));
    world.handed.push(world.now + 30 * 60_000);
  }),
  wrong('INV-S13', 'a dead letter where something is held back', 'held back', settled, ({ world, id }) => {
    world.commit(stopped(world));
    world.deadLetters.push({ queue: 'settle-dlq', body: JSON.stringify({ ids: [id] }) });
  }),
  wrong('INV-I1', 'two withdrawals under one key', 'has the key one', funded, ({ world, wallet }) => {
    world.request(wallet, { idempotencyKey: 'one' });
    world.request(wallet, { idempotencyKey: 'one' });
  }),
  wrong('INV-I4', 'accepted, and not there', 'and not there', settled, ({ world, wallet }) => {
    expecting(world, { accepted: [{ id: 'wd_lost', tenant: 'alice', walletId: wallet, amount }] });
  }),
  wrong('INV-I4', 'accepted, and kept with another amount', 'another amount', settled, ({ world, wallet, id }) => {
    expecting(world, { accepted: [{ id, tenant: 'alice', walletId: wallet, amount: amount + 1n }] });
  }),
  wrong('INV-V1', 'more in a day than its wallet may', '20000 of at most 10000', () => funded({ perWalletAndDay: { USD: amount } }), ({ world, wallet }) => {
    for (const used of [amount, 2n * amount]) {
      world.request(wallet, { countedOn: '2026-01-05' });
      for (const whose of [wallet, 'tenant:alice'])
        world.commit({
          table: 'control',
          row: { pk: `COUNTED#${whose}`, sk: '2026-01-05#USD', used },
        });
    }
  }),
  wrong('INV-V1', 'a counter that nobody adds up to', 'counted 1, they add up to 0', funded, ({ world, wallet }) => {
    world.commit({ table: 'control', row: { pk: `COUNTED#${wallet}`, sk: '2026-01-05#USD', used: 1n } });
  }),
  wrong('INV-O1', 'a later one first', 'accepted at', funded, ({ world, wallet }) => {
    const first = world.request(wallet);
    world.now += 1_000;
    const second = world.request(wallet);
    world.reserve(second);
    world.reserve(first);
  }),
  wrong('INV-O6', 'a later one has taken the cash', '10000 was refused with 10000 left', atBrokerage, ({ world, wallet, id }) => {
    world.now += 1_000;
    world.debit(world.request(wallet));
    const failure = { code: 'INSUFFICIENT_FUNDS', retryable: false };
    world.debiting(id);
    world.commit(world.moved(id, 'rejected', { failure }));
  }),
  wrong('INV-O5', 'refused although there was enough', '100000 available: refused', funded, ({ world, wallet }) => {
    const id = world.request(wallet);
    const failure = { code: 'INSUFFICIENT_FUNDS', retryable: true };
    world.commit(world.moved(id, 'rejected', { failure }));
  }),
];

/** A replay that is at its end. */
const replayRow = (endpointId: string, until: number) => ({
  pk: 'REPLAY#rpl_1',
  sk: 'STATE',
  endpointId,
  since: 0,
  until,
  total: 1,
  done: 1,
});

// biome-ignore format: a table
const webhookWrongs: typeof wrongs = [
  wrong('INV-O2', 'one event in two places', 'one event in two places', funded, ({ world, wallet }) => {
    const endpoint = world.endpoint();
    const [one, other] = [world.request(wallet), world.request(wallet)];
    world.tell(endpoint, one);
    const eventId = `evt ${one} 1`;
    const body = JSON.stringify({ id: eventId, type: 'withdrawal.requested', sequence: 1, data: { id: other, stage: 'requested' } });
    world.commit(world.delivery(endpoint, other, { eventId, body }));
  }),
  wrong('INV-O3', 'the second before the first', 'heard of 2 before 1', funded, ({ world, wallet }) => {
    const endpoint = world.endpoint();
    const id = world.request(wallet);
    const first = world.delivery(endpoint, id);
    world.commit({ ...first, row: { ...first.row, attempts: world.attempts(1) } });
    world.reserve(id);
    world.tell(endpoint, id);
    world.hear(first.row);
  }),
  wrong('INV-O4', 'an event of a move that was not made', 'has not come so far', reserved, ({ world, id }) => {
    world.commit(world.delivery(world.endpoint(), id, { sequence: 3, type: 'withdrawal.converted' }));
  }),
  wrong('INV-O4', 'an event of another kind than its move', 'became reserved', reserved, ({ world, id }) => {
    world.commit(world.delivery(world.endpoint(), id, { type: 'withdrawal.completed' }));
  }),
  wrong('INV-H1', 'sent before it was recorded', '1 times, 0 attempts', reserved, ({ world, id }) => {
    const delivery = world.delivery(world.endpoint(), id);
    world.commit(delivery);
    world.hear(delivery.row);
  }),
  wrong('INV-H1', 'recorded after it was sent: the order of both in one event', '1 times, 0 attempts', reserved, ({ world, id }) => {
    const { row } = world.delivery(world.endpoint(), id);
    world.commit({ table: 'webhooks', row });
    const afterWrites = world.writes.length;
    world.commit({ table: 'webhooks', row: { ...row, attempts: world.attempts(1) } });
    world.hear(row, 200, { afterWrites });
  }),
  wrong('INV-H2', 'a signature by nobody', 'does not verify', reserved, ({ world, id }) => {
    const row = world.begun(id);
    world.hear(row, 200, {
      headers: {
        'webhook-id': row['eventId'],
        'webhook-timestamp': String(Math.floor(world.now / 1_000)),
        'webhook-signature': 'v1,nobody',
      },
    });
  }),
  wrong('INV-H2', 'another body for the same event', 'another body', reserved, ({ world, id }) => {
    const row = world.begun(id, 2);
    world.hear(row, 500);
    world.hear({ ...row, body: String(row['body']).replace('}', ',"x":1}') });
  }),
  wrong('INV-H3', 'a redirect that was followed', 'a redirect was followed', reserved, ({ world }) => {
    const body = JSON.stringify({ data: {} });
    const url = 'https://somewhere.example.org/';
    const sent = { url, address: '93.184.216.34', method: 'POST', headers: {} };
    world.elsewhere.push({ at: world.now, ...sent, body, status: 200 });
    world.look();
  }),
  wrong('INV-H3', 'a private address', '169.254.169.254', reserved, ({ world, id }) => {
    const row = world.begun(id);
    world.hear(row, 200, { address: '169.254.169.254' });
  }),
  wrong('INV-H4', 'nobody was told', 'was not told of withdrawal.requested', funded, ({ world, wallet }) => {
    world.endpoint();
    world.request(wallet);
  }),
  wrong('INV-H4', 'delivered, it says, and the receiver never said so', 'never said 2xx', reserved, ({ world, id }) => {
    world.commit(
      world.delivery(world.endpoint(), id, {
        status: 'COMPLETED',
        attempts: world.attempts(1, 200),
        dueAt: undefined,
        dueShard: undefined,
      }),
    );
  }),
  wrong('INV-H4', 'given up too early', 'FAILED after 3', reserved, ({ world, id }) => {
    world.commit(world.delivery(world.endpoint(), id, { status: 'FAILED', attempts: world.attempts(3, 500) }));
  }),
  wrong('INV-H4', 'given up for an endpoint that nobody disabled', 'FAILED after 0', reserved, ({ world, id }) => {
    world.commit(world.delivery(world.endpoint(), id, { status: 'FAILED', failure: 'ENDPOINT_DISABLED' }));
  }),
  wrong('INV-H5', 'a delivery that is not counted', '0 open are counted, 1 are on record', reserved, ({ world, id }) => {
    const endpoint = world.endpoint();
    const row = { pk: `STATS#${endpoint.replaceAll(' ', '-')}#0`, sk: 'TOTAL', open: 0 };
    world.commit(world.delivery(endpoint.replaceAll(' ', '-'), id), { table: 'webhooks', row });
  }),
  wrong('INV-H6', 'a replay that begins anew', 'another replay', reserved, ({ world }) => {
    const row = replayRow('we_1', world.now);
    world.commit({ table: 'webhooks', row });
    world.commit({ table: 'webhooks', row: { ...row, until: world.now + 1 } });
  }),
  wrong('INV-H6', 'a replay that opens a delivery twice', 'has opened it twice', reserved, ({ world, id }) => {
    const { row } = world.delivery(world.endpoint(), id, { status: 'COMPLETED' });
    for (const reopened of [undefined, 1, 2])
      world.commit({ table: 'webhooks', row: { ...row, reopened, openedBy: 'rpl_1' } });
  }),
  wrong('INV-H6', 'a redelivery of another event', 'is another event', reserved, ({ world, id }) => {
    const { row } = world.delivery(world.endpoint(), id);
    world.commit({ table: 'webhooks', row });
    world.commit({ table: 'webhooks', row: { ...row, reopened: 1, openedBy: 'somebody', eventId: 'evt other' } });
  }),
  wrong('INV-H7', 'a delivery that a replay has left out', 'was not delivered once more', reserved, ({ world, id }) => {
    const endpoint = world.endpoint();
    world.commit(world.delivery(endpoint, id, { status: 'COMPLETED', createdAt: world.now }));
    world.now += 1_000;
    world.commit({ table: 'webhooks', row: replayRow(endpoint, world.now) });
  }),
  wrong('INV-H7', 'a replay that stands still', '1 of 2', reserved, ({ world }) => {
    world.commit({ table: 'webhooks', row: { ...replayRow(world.endpoint(), world.now), total: 2 } });
  }),
  wrong('INV-H8', 'an attempt for an endpoint that is disabled', 'ms after its endpoint was disabled', reserved, ({ world, id }) => {
    const endpoint = world.endpoint({ enabled: false });
    world.now += 60_000;
    const { row } = world.delivery(endpoint, id);
    world.commit({ table: 'webhooks', row });
    world.commit({ table: 'webhooks', row: { ...row, attempts: world.attempts(1) } });
  }),
  wrong('INV-I6', "another tenant's withdrawal", "something of bob's", reserved, ({ world }) => {
    world.hear(world.begun(world.request(world.wallet({ tenant: 'bob' }))));
  }),
  wrong('INV-I6', "another tenant's words", "something of bob's", () => reserved({ canaries: { bob: ['canary-of-bob'], alice: ['canary-of-alice'] } }), ({ world, id }) => {
    const row = world.begun(id);
    const body = String(row['body']).replace('"data":{', '"data":{"reference":"canary-of-bob",');
    world.hear({ ...row, body });
  }),
  wrong('INV-E1', 'a payout that was signed when its cash was gone already', 'nobody did that', atBrokerage, ({ world, id }) => {
    world.debit(id);
    Object.assign(world.journals[0] ?? {}, { moved: false, status: 'deleted' });
    world.look();
    world.carry(id);
    expecting(world, { exceptions: new Map<string, Exception>([[id, 'loss-after-payout']]) });
  }),
  wrong('INV-E1', 'an excuse without its deed', 'nobody did that', atBrokerage, ({ world, id }) => {
    world.debit(id);
    world.carry(id);
    expecting(world, { exceptions: new Map<string, Exception>([[id, 'loss-after-payout']]) });
  }),
];

test.each([...wrongs, ...webhookWrongs])('%s finds %s', (invariant, _, says, make) => {
  const found = make()
    .end()
    .filter((one) => one.invariant === invariant)
    .map(({ subject, detail }) => `${subject}: ${detail}`);
  expect(found).toContainEqual(expect.stringContaining(says));
});

test('the auditor imports nothing of what it judges', () => {
  const here = import.meta.dirname;
  const imports = readdirSync(here).flatMap((file) =>
    readFileSync(path.join(here, file), 'utf8').match(/from '[^']*\/(lambdas|lib|local)\/[^']*'/g),
  );
  expect(imports.filter((one) => one !== null)).toEqual([]);
});

test('there is a wrong for every invariant', () => {
  const tried = new Set([...wrongs, ...webhookWrongs].map(([invariant]) => invariant));
  expect(invariants.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
});

test.each(['reserved and given back', 'paid'])('nothing is said of what is right: %s', (how) => {
  const { world, id } = reserved();
  if (how === 'paid') world.carry(id);
  else {
    world.refunding(id);
    world.refund(id);
    world.commit(
      world.moved(id, 'requested', {
        payoutBarrier: 'OPEN',
        takeUps: 1,
        failure: undefined,
        proof: undefined,
        acceptedAt: world.now,
      }),
    );
    world.reserve(id);
    world.carry(id);
  }
  expect(reportOf(world.end())).toBe('');
});

test('a loss after the payout is excused where the brokerage did it, and nothing more is', () => {
  const lost = () => {
    const { world, id } = atBrokerage();
    world.debit(id);
    world.carry(id);
    const [journal] = world.journals;
    if (journal === undefined) throw new Error('there is no journal');
    Object.assign(journal, { moved: false, status: 'deleted' });
    world.look();
    expecting(world, { exceptions: new Map<string, Exception>([[id, 'loss-after-payout']]) });
    return { world, id };
  };
  expect(reportOf(lost().world.end())).toBe('');
  const twice = lost();
  twice.world.pay(twice.id, { txHash: '0x2' });
  expect(twice.world.end().map((one) => one.invariant)).toContain('INV-X5');
  const unnamed = lost();
  expecting(unnamed.world, { exceptions: new Map() });
  expect(unnamed.world.end().map((one) => one.invariant)).toContain('INV-S4');
});

test('signatures are checked as Standard Webhooks makes them', () => {
  const { world, wallet } = funded();
  const row = world.begun(world.request(wallet));
  const [eventId, body] = [String(row['eventId']), String(row['body'])];
  const at = new Date(world.now);
  world.hear(row, 200, {
    headers: {
      'Webhook-Id': eventId,
      'Webhook-Timestamp': String(Math.floor(at.getTime() / 1_000)),
      'Webhook-Signature': `v1,wrong ${new Webhook(secret).sign(eventId, at, body)}`,
    },
  });
  expect(world.found).toEqual([]);
  expect(world.heard[0]?.url).toBe(hook);
});

test('a report names each invariant once, with what it says', () => {
  const report = reportOf([
    { invariant: 'INV-X5', subject: 'wd_1', detail: 'paid again' },
    { invariant: 'INV-X5', subject: 'wd_1', detail: 'paid again' },
    { invariant: 'INV-S8', subject: 'wd_2', detail: 'still reserved' },
  ]);
  expect(report.split('\n')).toEqual([
    expect.stringMatching(/^INV-X5 A withdrawal is paid at most once/),
    '  wd_1: paid again',
    expect.stringMatching(/^INV-S8 /),
    '  wd_2: still reserved',
  ]);
});
