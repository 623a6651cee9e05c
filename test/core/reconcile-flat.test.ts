/** What a run of reconciliation reads follows from the period and from what is open, and not from what ever was. */
import { expect, test } from '@jest/globals';
import type { WalletId, WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import {
  type Balance,
  type Block,
  emptyBalance,
  type Posting,
  post,
} from '../../lambdas/core/ledger/ledger.ts';
import type { Booked } from '../../lambdas/core/reconcile/books.ts';
import type { Report } from '../../lambdas/core/reconcile/difference.ts';
import type { Place } from '../../lambdas/core/reconcile/ledger.ts';
import { byTheClock, type Effort } from '../../lambdas/core/reconcile/limits.ts';
import { type Books, noRounds, type Rounds } from '../../lambdas/core/reconcile/ports.ts';
import { compareSince, type ReconcileWorld } from '../../lambdas/core/reconcile/run.ts';
import type { Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { at, minorOf, requestedOf, testClock, walletOf } from '../support/things.ts';

const hourMs = 3_600_000;
const now = 10_000 * hourMs;
const from = at(now - 26 * hourMs);
const amount = minorOf(100n);
const fee = minorOf(1n);

type Ledger = { balance: Balance; blocks: Block[] };
/** Books in memory that count what is read of them, page by page of a thousand withdrawals. */
function keptBooks() {
  const ledgers = new Map<WalletId, Ledger>();
  const withdrawals = new Map<WithdrawalId, Withdrawal>();
  const places = new Map<string, Place>();
  const reads = { blocks: 0, named: 0, pages: 0, standings: 0 };
  let rounds: Rounds = noRounds;
  const ledgerOf = (id: WalletId): Ledger => {
    const ledger = ledgers.get(id) ?? { balance: emptyBalance(id), blocks: [] };
    ledgers.set(id, ledger);
    return ledger;
  };
  const enter = (id: WalletId, time: number, postings: readonly Posting[]): void => {
    const ledger = ledgerOf(id);
    const made = post(ledger.balance, postings, at(time));
    ledger.blocks.push(made.block);
    ledger.balance = made.balance;
  };
  const books: Books = {
    claims: async () => new Map(),
    wallets: async function* (mark) {
      const ids = [...ledgers.keys()];
      const after = mark === null ? 0 : ids.indexOf(mark['id'] as WalletId) + 1;
      yield { ids: ids.slice(after), markOf: (id) => ({ id }) };
    },
    standings: async (ids) => {
      reads.standings += ids.length;
      return ids.map((walletId) => ({
        walletId,
        balance: ledgerOf(walletId).balance,
        tail: [],
        checkpoint: places.get(`checkpoint ${walletId}`) ?? null,
      }));
    },
    blocks: async function* ({ walletId }, first, upTo) {
      for (const block of ledgerOf(walletId).blocks.slice(first - 1, upTo)) {
        reads.blocks += 1;
        yield block;
      }
    },
    blocksBack: async function* ({ walletId }) {
      for (const block of ledgerOf(walletId).blocks.toReversed()) {
        reads.blocks += 1;
        yield block;
      }
    },
    open: async function* () {
      yield [...withdrawals.values()].flatMap(({ id, stage }) => (stage === 'settled' ? [] : [id]));
    },
    unheld: async function* () {},
    named: async (ids) => {
      reads.named += ids.length;
      return ids.flatMap((id): Booked[] => {
        const withdrawal = withdrawals.get(id);
        if (withdrawal === undefined) return [];
        return [{ withdrawal, effect: null, journals: [], wires: [], attempt: true }];
      });
    },
    wiredAs: async () => [],
    page: async (mark) => {
      reads.pages += 1;
      const next = Number(mark?.['next'] ?? 0) + 1;
      const isLast = next * 1_000 >= withdrawals.size;
      const nothing = { listed: [], mended: 0, balances: [], withdrawals: [], unreadable: [] };
      return { ...nothing, next: isLast ? null : { next } };
    },
    rechecked: async (id) => places.get(`rechecked ${id}`) ?? null,
    keep: async (name, place) => {
      places.set(`${name} ${place.balance.walletId}`, place);
    },
    rounds: async () => rounds,
    keepRounds: async (to) => {
      rounds = { ...to, version: to.version + 1 };
    },
  };
  return { books, ledgers, withdrawals, places, reads, enter, rounds: () => rounds };
}
type Kept = ReturnType<typeof keptBooks>;

/** Withdrawals that began and ended at this time, ten in a block. */
function settle({ enter, withdrawals }: Kept, walletId: WalletId, many: number, time: number) {
  for (let first = 0; first < many; first += 10) {
    const some = Array.from({ length: Math.min(10, many - first) }, () =>
      requestedOf({ ...walletOf({ currency: 'USDC' }), id: walletId }, { createdAt: at(time) }),
    );
    enter(walletId, time, [
      ...some.map(({ id: sourceId }): Posting => ({ kind: 'HOLD', amount, sourceId })),
    ]);
    enter(
      walletId,
      time,
      some.flatMap(({ id: sourceId }): Posting[] => [
        { kind: 'PAYOUT', amount: minorOf(99n), sourceId },
        { kind: 'FEE', amount: fee, sourceId },
      ]),
    );
    for (const one of some) {
      const facts = { stage: 'settled', amount, fee, payout: minorOf(99n), attempts: 1 };
      withdrawals.set(one.id, {
        ...one,
        ...facts,
        ...{ txId: '0x1', place: { height: 1, index: 1 }, updatedAt: at(time) },
      } as unknown as Withdrawal);
    }
  }
}

/** Ten wallets, each with so many withdrawals that ended long ago, and one of them with twenty of this morning. */
function world(longAgo: number) {
  const kept = keptBooks();
  const ids = Array.from({ length: 10 }, () => walletOf().id);
  for (const id of ids) {
    const sourceId = 'txn_00000000000000000000000001';
    kept.enter(id, 1, [{ kind: 'CREDIT', amount: minorOf(10n ** 12n), sourceId }]);
    settle(kept, id, longAgo / ids.length, 100 * hourMs);
  }
  if (ids[0] !== undefined) settle(kept, ids[0], 20, now - hourMs);
  return kept;
}

const onRamp: ReconcileWorld['onRamp'] = {
  transfersBetween: async () => ({ ok: true, value: [] }),
};
/** No chain is paid on. */
const noChains: Pick<ReconcileWorld, 'routes' | 'record'> = {
  routes: [],
  record: async () => Promise.reject(new Error('no chain')),
};
/** A clock that goes on whenever it is looked at. */
function ticking(ms: number) {
  const clock = testClock(now);
  const next = () => {
    clock.advance(ms);
    return clock.now();
  };
  return { ...clock, now: next };
}

/** One page of the table and a hundred blocks for each of the slow ways. */
const effort: Effort = { ...byTheClock, tablePages: 1, chainBlocks: 100 };
async function run(
  kept: Kept,
  given: Partial<Effort> = {},
  time = now,
  previous: Report | null = null,
) {
  for (const name of ['blocks', 'named', 'pages', 'standings'] as const) kept.reads[name] = 0;
  const { report, measures, gap, done } = await compareSince(
    {
      books: kept.books,
      onRamp,
      brokerage: null,
      ...noChains,
      clock: testClock(time),
      inFlightMs: hourMs,
      effort: { ...effort, ...given },
    },
    at(time - 26 * hourMs),
    previous,
  );
  await done();
  const of = (name: string) => measures.find((one) => one.name === name)?.value;
  return { kinds: report.differences.map(({ kind, what }) => `${kind} ${what}`), of, report, gap };
}

test('whoever could not compare for longer than the period says what time is compared by no run', async () => {
  const kept = world(3);
  const first = await run(kept);
  expect(first.gap).toBeNull();
  expect((await run(kept, {}, now + 25 * hourMs, first.report)).gap).toBeNull();
  const { gap } = await run(kept, {}, now + 72 * hourMs, first.report);
  expect(gap).toEqual({ from: now, to: now + 46 * hourMs });
});

test('100,000 withdrawals that ended long ago add nothing to what a run reads', async () => {
  const [few, many] = [world(100), world(100_000)];
  for (const kept of [few, many]) {
    // The first one has no checkpoints yet, and reads the whole table.
    expect((await run(kept)).kinds).toEqual([]);
    expect((await run(kept, { chainBlocks: 0 })).kinds).toEqual([]);
  }
  expect(many.withdrawals.size).toBe(100_020);
  expect(many.reads).toEqual(few.reads);
  // Of one wallet the block of its checkpoint and the four of the period; the twenty that those name; nothing of the others.
  expect(many.reads).toEqual({ blocks: 5, named: 20, pages: 1, standings: 20 });
  await run(many);
  expect(many.reads.blocks).toBeLessThanOrEqual(5 + 100);
});

test('chains are verified from their first block on, some blocks in each run, until it has been round, and then anew', async () => {
  const kept = world(20_000);
  // The first run has verified all of them, and there was no checkpoint before it.
  await run(kept);
  const seen = new Set<number>();
  let runs = 0;
  do {
    const { of } = await run(kept);
    seen.add(of('reconcile-blocks') ?? 0);
    runs += 1;
  } while (kept.rounds().chains !== null && runs < 100);
  // 401 blocks in each of ten wallets, a hundred in a run.
  expect(runs).toBe(41);
  expect(Math.max(...seen)).toBeLessThanOrEqual(5 + 101);
  await run(kept);
  expect(kept.rounds().chains).not.toBeNull();
});

test('a block of long ago that was changed is found when its turn has come, and then by every run until it is as it was', async () => {
  const kept = world(20_000);
  await run(kept);
  const [, ledger] = [...kept.ledgers.values()];
  const before = ledger?.blocks[200];
  const { walletId = '' } = before ?? {};
  if (before !== undefined) ledger?.blocks.splice(200, 1, { ...before, at: at(before.at + 1) });
  const said: string[][] = [];
  for (let runs = 0; runs < 12; runs += 1) said.push((await run(kept)).kinds);
  const found = `ledger-block ${walletId} block 201`;
  const first = said.findIndex((kinds) => kinds.includes(found));
  expect(said.slice(0, 4)).toEqual([[], [], [], []]);
  expect(first).toBeGreaterThan(3);
  expect(said.slice(first)).toEqual(said.slice(first).map(() => [found]));
  if (before !== undefined) ledger?.blocks.splice(200, 1, before);
  // It goes on from there to the checkpoint.
  for (let runs = 0; runs < 3; runs += 1) expect((await run(kept)).kinds).toEqual([]);
  expect(kept.rounds().broken).toEqual([]);
});

// biome-ignore format: columns are the point
test.each<[string, (place: Place) => Place]>([
  ['more was there',         (one) => ({ ...one, balance: { ...one.balance, available: minorOf(one.balance.available + 1n) } })],
  ['another block was last', (one) => ({ ...one, balance: { ...one.balance, lastHash: 'ab'.repeat(32) } })],
  ['it was later',           (one) => ({ ...one, balance: { ...one.balance, version: one.balance.version + 2 } })],
  ['it was at another time', (one) => ({ ...one, at: at(one.at + 1) })],
  ['less is held for it',    (one) => ({ ...one, holds: new Map([...one.holds].map(([id, hold]) => [id, { ...hold, open: hold.open - 1n }])) })],
  ['more was spent of it',   (one) => ({ ...one, holds: new Map([...one.holds].map(([id, hold]) => [id, { ...hold, spent: 1n }])) })],
  ['another is held for',    (one) => ({ ...one, holds: new Map([...one.holds].map(([, hold]) => ['wd_0000000000000000000000000z', hold])) })],
])('a checkpoint that says that %s is a difference, and stays one', async (_name, tamper) => {
  const kept = world(100);
  const [id] = [...kept.ledgers.keys()].slice(-1);
  const held = requestedOf({ ...walletOf({ currency: 'USDC' }), id: id ?? walletOf().id }, { amount, createdAt: at(101 * hourMs) });
  kept.enter(held.walletId, 101 * hourMs, [{ kind: 'HOLD', amount, sourceId: held.id }]);
  kept.withdrawals.set(held.id, { ...held, stage: 'reserved' });
  expect((await run(kept)).kinds).toEqual([]);
  const key = `checkpoint ${held.walletId}`;
  const place = kept.places.get(key);
  if (place === undefined) throw new Error('no checkpoint');
  kept.places.set(key, tamper(place));
  for (const hour of [1, 2]) {
    const { kinds } = await run(kept, { chainBlocks: 10_000 }, now + hour * hourMs);
    expect(kinds).toContain(`ledger-block ${held.walletId} checkpoint`);
  }
  expect(kept.places.get(key)).toEqual(tamper(place));
  // What the ledger itself says of it is right, so nothing else differs.
  const { kinds } = await run(kept, { chainBlocks: 10_000 }, now + 3 * hourMs);
  expect(kinds).toEqual([`ledger-block ${held.walletId} checkpoint`]);
  kept.places.delete(key);
  expect((await run(kept, { chainBlocks: 10_000 }, now + 3 * hourMs)).kinds).toEqual([]);
});

test('a run whose report is kept and nothing else is followed by one that says the same', async () => {
  const kept = world(1_000);
  const books = { ...kept.books, keep: async () => Promise.reject(new Error('crashed')) };
  await expect(run({ ...kept, books })).rejects.toThrow('crashed');
  expect((await run(kept)).kinds).toEqual([]);
  const checkpoints = () => [...kept.places].filter(([name]) => name.startsWith('checkpoint'));
  const before = checkpoints();
  kept.books.keepRounds = async () => Promise.reject(new Error('crashed'));
  await expect(run(kept)).rejects.toThrow('crashed');
  expect(checkpoints()).toEqual(before);
});

test('more old blocks than there is time for are read over several runs, and what the period itself says is compared at once', async () => {
  const kept = world(2_000);
  const [first] = kept.ledgers.keys();
  const ledger = kept.ledgers.get(first ?? walletOf().id);
  // Its time is over before the first block.
  const behind = await run(kept, { catchUpMs: 0 });
  expect(behind.kinds).toEqual([]);
  expect(behind.of('reconcile-behind')).toBe(10);
  const [last] = ledger?.blocks.slice(-1) ?? [];
  if (last === undefined || ledger === undefined) throw new Error('no block');
  ledger.blocks.splice(-1, 1, { ...last, at: at(last.at + 1) });
  expect((await run(kept, { catchUpMs: 0 })).kinds).toEqual([
    `ledger-block ${first} block ${last.sequence}`,
  ]);
  ledger.blocks.splice(-1, 1, last);
  // A clock that moves with each block: there is time for a part of them.
  const clock = ticking(1);
  const around = { books: kept.books, brokerage: null, ...noChains, clock, inFlightMs: hourMs };
  const limits = { ...effort, catchUpMs: 500, chainBlocks: 0, runMs: 10 ** 9, tableMs: 10 ** 9 };
  const behindAfter: number[] = [];
  for (let runs = 0; runs < 12; runs += 1) {
    const compared = await compareSince({ ...around, onRamp, effort: limits }, from, null);
    await compared.done();
    expect(compared.report.differences).toEqual([]);
    behindAfter.push(compared.measures.find(({ name }) => name === 'reconcile-behind')?.value ?? 0);
  }
  expect(behindAfter[0]).toBeGreaterThan(0);
  expect(behindAfter.at(-1)).toBe(0);
});

test('until the table was read once as a whole there is no report, and each run goes on where the last one was', async () => {
  const kept = world(30_000);
  const clock = ticking(10);
  const around = { books: kept.books, onRamp, brokerage: null, ...noChains, clock };
  const limits = { ...byTheClock, runMs: 220 };
  const compare = () => compareSince({ ...around, inFlightMs: hourMs, effort: limits }, from, null);
  await expect(compare()).rejects.toThrow('for the first time');
  const { reads, rounds } = kept;
  const firstPages = reads.pages;
  expect(rounds().table?.mark).toEqual({ next: firstPages });
  await expect(compare()).rejects.toThrow('no time');
  expect(reads.pages).toBe(31);
  expect(rounds()).toMatchObject({ table: null, version: 2 });
  expect(rounds().tableBegan).toBeLessThan(now + 220);
});

test('a run that has no time for all of it gives up instead of saying half', async () => {
  const kept = world(1_000);
  await run(kept);
  await expect(run(kept, { runMs: 0 })).rejects.toThrow('no time');
});
