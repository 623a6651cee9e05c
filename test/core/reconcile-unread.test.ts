/** Reconciliation while a chain cannot be read: it says so, and compares all the rest. */
import { expect, test } from '@jest/globals';
import { SettingError, ShutError, UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import { minor } from '../../lambdas/core/kernel/money.ts';
import type { Route } from '../../lambdas/core/kernel/networks.ts';
import type { PayoutRecord } from '../../lambdas/core/reconcile/chain-books.ts';
import { allDifferences, type Report } from '../../lambdas/core/reconcile/difference.ts';
import { reconcileSince } from '../../lambdas/core/reconcile/run.ts';
import { reportResourceOf } from '../../lambdas/core/requests/resource.ts';
import {
  bookedAt,
  inFlightMs,
  type Made,
  made,
  outgoingOf,
  period,
  transferOf,
} from '../support/books.ts';
import { booksOf } from '../support/own-books.ts';
import { at, requestedOf, testClock } from '../support/things.ts';

const former = '0x00000000000000000000000000000000000000f0';
const minutes = 60_000;

const recordOf = ({ chain }: Made): PayoutRecord => ({
  ...chain,
  head: async () => ({ final: chain.to }),
  firstBlockSince: async () => chain.from,
  outgoing: async (payer) => (payer === chain.treasury ? [...chain.outgoing] : []),
  incoming: async (receiver) => (receiver === chain.treasury ? [...chain.incoming] : []),
});
/** Another network, on which nobody of ours has paid. */
const elsewhere = (world: Made, outgoing: Made['chain']['outgoing']): PayoutRecord => ({
  ...recordOf(world),
  network: 'base',
  outgoing: async () => outgoing,
  incoming: async () => [],
});

async function reportOf(
  { transfers, ...world }: Made,
  records: readonly (PayoutRecord & { fails?: unknown })[],
  previous: Report | null = null,
  startedAt = period.to,
): Promise<Report> {
  const around = {
    books: booksOf({ transfers, ...world }),
    onRamp: { transfersBetween: async () => ({ ok: true, value: transfers }) as const },
    brokerage: null,
    routes: records.map(({ network, asset }): Route => ({ network, asset })),
    record: async (route: Route) => {
      const found = records.find((one) => one.network === route.network);
      if (found === undefined || found.fails !== undefined) throw found?.fails;
      return found;
    },
    clock: testClock(startedAt),
    inFlightMs,
  };
  return reconcileSince(around, period.from, previous);
}

class WrongChainError extends Error {
  override readonly name = 'WrongChainError';
}
const away = async (): Promise<never> => Promise.reject(new UnavailableError('eth_call: timeout'));
const untilLater = at(period.to + minutes);
// biome-ignore format: columns are the point
const failures: readonly [string, string, Partial<PayoutRecord> & { fails?: unknown }][] = [
  ['does not answer at once',              'The node is not answering.',         { fails: new UnavailableError('no answer from https://user:secret@node') }],
  ['is behind a breaker that is shut',     'The node is not answering.',         { fails: new ShutError('ethereum reads', untilLater) }],
  ['is of another chain',                  'The node is of another chain.',      { fails: new WrongChainError('eip155:5') }],
  ['has wrong settings',                   'EVM_TOKEN_ETHEREUM has no code.',    { fails: new SettingError('0xbad is no token', 'EVM_TOKEN_ETHEREUM has no code.') }],
  ['talks nonsense',                       'It could not be read (SyntaxError).', { head: async () => JSON.parse('<html>') }],
  ['does not tell its head',               'The node is not answering.',         { head: away }],
  ['does not tell its times',              'The node is not answering.',         { firstBlockSince: away }],
  ['does not tell what was paid',          'The node is not answering.',         { outgoing: away }],
  ['does not tell what came in',           'The node is not answering.',         { incoming: away }],
  ['goes away before the former treasury', 'The node is not answering.',         { outgoing: async (payer) => payer === former ? away() : [] }],
];

const agreeing = (): Made => made(['settled', 'settled', 'refunded', 'converting']);
/** One payout by a treasury of before, and nothing wrong but what each test does. */
function worldOf(): Made {
  const world = agreeing();
  Object.assign(bookedAt(world, 0).withdrawal, { payer: former });
  return world;
}

test.each(failures)(
  'a chain whose node %s is unread, and never balanced',
  async (_, why, given) => {
    const world = worldOf();
    const report = await reportOf(world, [{ ...recordOf(world), ...given }]);
    expect(report.differences).toEqual([]);
    expect(report.unread).toEqual([
      { network: 'ethereum', asset: 'USDC', why, since: report.checkedAt },
    ]);
    expect(reportResourceOf(report).differences).toMatchObject([
      { kind: 'chain-unread', what: 'ethereum USDC', found: why },
    ]);
    expect(JSON.stringify(report)).not.toMatch(/secret/);
  },
);

test.each(failures)('the rest is compared while a node %s', async (_, __, given) => {
  const world = worldOf();
  const stranger = { ...outgoingOf(requestedOf(world.wallet), 77), key: null };
  world.balance = { ...world.balance, available: minor(world.balance.available + 1n) };
  world.transfers.push(transferOf('tf_nobody'));
  const records = [{ ...recordOf(world), ...given }, elsewhere(world, [stranger])];
  const report = await reportOf(world, records);
  expect(report.differences.map(({ kind }) => kind).toSorted()).toEqual([
    'transfer-unclaimed',
    'unknown-payout',
    'wallet-balance',
  ]);
  expect(report.unread).toHaveLength(1);
});

test('since when a chain is unread is kept from report to report, and begins anew once it was read', async () => {
  const world = agreeing();
  const good = recordOf(world);
  const bad = { ...good, fails: new UnavailableError('away') };
  const first = await reportOf(world, [bad], null, period.to);
  const second = await reportOf(world, [bad], first, at(period.to + minutes));
  const third = await reportOf(world, [good], second, at(period.to + 2 * minutes));
  const fourth = await reportOf(world, [bad], third, at(period.to + 3 * minutes));
  const sinces = [first, second, third, fourth].map(({ unread }) =>
    unread?.map((one) => one.since),
  );
  expect(sinces).toEqual([[first.checkedAt], [first.checkedAt], [], [fourth.checkedAt]]);
  expect(second.checkedAt).not.toBe(first.checkedAt);
  expect(allDifferences(third)).toEqual([]);
});

test('what a chain did not agree with stays while it is unread, and no longer', async () => {
  const world = agreeing();
  const good = recordOf(world);
  const bad = { ...good, fails: new UnavailableError('away') };
  const stranger = { ...outgoingOf(requestedOf(world.wallet), 77), key: null };
  const paid = [...world.chain.outgoing];
  const wrong = { ...good, outgoing: async () => [...paid, stranger] };
  const other = elsewhere(world, [stranger]);
  const kinds = ({ differences }: Report) => differences.map(({ kind, what }) => `${kind} ${what}`);
  const there = ['unknown-payout ethereum', 'unknown-payout base'].map(
    (one) => `${one} ${stranger.txId}#${stranger.index}`,
  );
  const first = await reportOf(world, [wrong, other]);
  expect(kinds(first)).toEqual(there);
  // Of a chain that is read, what is over is over.
  const second = await reportOf(world, [bad, elsewhere(world, [])], first, at(period.to + minutes));
  expect(kinds(second)).toEqual(there.slice(0, 1));
  expect(second.differences[0]?.firstSeenAt).toBe(first.checkedAt);
  const third = await reportOf(world, [good, elsewhere(world, [])], second);
  expect(allDifferences(third)).toEqual([]);
});
