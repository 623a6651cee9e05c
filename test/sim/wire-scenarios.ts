/** Conversions whose dollars the firm wires, to a transfer that waits for them or into a virtual account; and reconciliation. */
import { treasury } from '../../local/chains/dev-accounts.ts';
import { type Call, noChaos, withOutage } from './faults.ts';
import { textOf } from './moves.ts';
import { type Happens, isIn, never, one, type Scenario } from './scenario.ts';
import { brokerageAccounts, chainUnread, firm, type Stage } from './stage.ts';
import type { Row } from './truth.ts';

const byWire = { ON_RAMP_PAY_IN: 'wire' } as const;
const byDeposit = { ON_RAMP_PAY_IN: 'virtual-account' } as const;
const minute = 60_000;
const hour = 60 * minute;

/** What brings dollars to the on-ramp, and what is asked about them. */
const ofWires = ({ from, operation }: Call): boolean =>
  from === 'on-ramp' && /accounts|transfers/.test(operation);
const movesDollars = (call: Call): boolean => ofWires(call) && call.changes;
const makesWires = (call: Call): boolean => movesDollars(call) && call.to === 'alpaca';
const behind = { chance: 1, ms: [8 * minute, 8 * minute] } as const;
/** Each request for a wire stays without an answer, and was never heard. */
const unheard = { operation: 'POST /v1/accounts/:id/transfers', fault: 'timeout-before' } as const;

const cancels: Happens = (cast, wallet, id) => cast.act(wallet, id, 'cancelWithdrawal');
/** As soon as a wire has gone so far. */
const onceWire =
  (status: string, happens: Happens): Happens =>
  async (cast, wallet, id) => {
    const { alpaca } = cast.stage;
    await cast.until(() => alpaca.truth().wires.some((wire) => wire.status === status));
    await happens(cast, wallet, id);
  };
/** Reconciliation looks at whatever is under way, time and again. */
const reconciled =
  (everyMs: number, times: number): Happens =>
  async (cast) => {
    for (let time = 0; time < times; time += 1) {
      await cast.wait(everyMs);
      await cast.reconcile();
    }
  };
/** Reconciliation names it while it is so. */
const names =
  (afterMs: number, kinds: readonly string[], then: (stage: Stage) => void): Happens =>
  async (cast) => {
    await cast.wait(afterMs);
    const found = await cast.reconcile();
    if (found === null || kinds.some((kind) => !found.includes(kind)))
      throw new Error(`reconciliation finds ${found}, not ${kinds}`);
    then(cast.stage);
  };
/** The transfer with which the last conversion was paid. */
const lastPaid = ({ due }: Stage) =>
  due.truth().transfers.findLast(({ paidBy }) => paidBy !== null);
/** Somebody writes over a row of ours. */
const write = (dynamodb: Stage['dynamodb'], Item: Row): void =>
  void dynamodb.execute('PutItem', { TableName: 'money', Item });
/** The first balance that has blocks in its item, and these apart. */
function withTail(dynamodb: Stage['dynamodb']): { row: Row; tail: Row } {
  for (const row of dynamodb.rows('money')) {
    const { tail, ...rest } = row;
    if (tail !== undefined && 'M' in tail) return { row: rest, tail: tail.M };
  }
  throw new Error('there is no block');
}
const nowhere = `0x${'5'.repeat(64)}`;

const wired: readonly Scenario[] = [
  one({
    name: 'wire',
    where: ofWires,
    wallet: 'USD',
    ends: 'settled',
    since: 'converting',
    options: { env: byWire },
  }),
  one({
    name: 'wire, asked twice',
    where: movesDollars,
    first: unheard,
    wallet: 'USD',
    ends: 'settled',
    // Between two sends one look that is unclear leaves too little time for two that agree.
    orLate: 'review',
    since: 'converting',
    options: { env: byWire },
  }),
  one({
    name: 'wire, lists behind',
    where: movesDollars,
    wallet: 'USD',
    ends: 'settled',
    since: 'converting',
    options: { env: byWire, alpaca: { staleLists: behind } },
  }),
  one({
    name: 'wire, memos in other words',
    where: movesDollars,
    wallet: 'USD',
    ends: 'settled',
    orLate: 'review',
    since: 'converting',
    options: { env: byWire, alpaca: { wireMemos: { capitals: 1, cut: 1, empty: 1 } } },
  }),
  one({
    // Without an answer nobody knows whose the wire is: nothing is wired again, however long the dollars take.
    name: 'wire, memo in other words and no answer',
    where: never,
    first: { ...unheard, fault: 'timeout-after' },
    wallet: 'USD',
    ends: 'settled',
    since: 'converting',
    options: {
      env: byWire,
      alpaca: { wireMemos: { capitals: 1, cut: 1, empty: 1 }, wireArrivalMs: [2 * hour, 3 * hour] },
    },
  }),
  one({
    name: 'wire, not in the list for a while',
    where: never,
    first: { ...unheard, fault: 'timeout-after' },
    wallet: 'USD',
    ends: 'settled',
    since: 'converting',
    options: { env: byWire, alpaca: { wireArrivalMs: [2 * hour, 3 * hour] } },
    happens: onceWire('QUEUED', async ({ stage: { alpaca }, wait }) => {
      const [made] = alpaca.truth().wires;
      if (made === undefined) throw new Error('no wire');
      alpaca.wires.hide(made.id);
      await wait(34 * minute);
      alpaca.wires.show(made.id);
    }),
  }),
  one({
    name: 'wire, seen rejected and no longer listed',
    where: never,
    first: { ...unheard, fault: 'timeout-after' },
    wallet: 'USD',
    ends: 'refunded',
    since: 'converting',
    options: { env: byWire, alpaca: { wireWays: { rejected: 1 } } },
    happens: onceWire('REJECTED', async ({ stage: { alpaca }, wait }) => {
      await wait(2 * minute);
      const [made] = alpaca.truth().wires;
      if (made === undefined) throw new Error('no wire');
      alpaca.wires.hide(made.id);
      await wait(50 * minute);
      alpaca.wires.show(made.id);
    }),
  }),
  {
    name: 'wires, two in a page',
    where: makesWires,
    first: { ...unheard, fault: 'timeout-after' },
    since: 'converting',
    options: { env: byWire, alpaca: { wirePageMax: 2, wireArrivalMs: [2 * hour, 3 * hour] } },
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USD', '500.00');
      cast.begin();
      for (const key of ['1', '2', '3', '4'])
        await cast.withdraw(wallet, { amount: '100.00', key, ends: ['settled'] });
    },
  },
  one({
    name: 'wire rejected',
    where: movesDollars,
    wallet: 'brokerage',
    ends: 'refunded',
    since: 'converting',
    options: { env: byWire, alpaca: { wireWays: { rejected: 1 } } },
  }),
  one({
    name: 'wire sent back',
    where: never,
    wallet: 'USD',
    ends: 'refunded',
    since: 'converting',
    options: { env: byWire, alpaca: { wireWays: { returned: 1 } } },
  }),
  one({
    name: 'wire, the firm short of cash',
    where: never,
    wallet: 'USD',
    ends: 'settled',
    orLate: 'refunded',
    since: 'converting',
    maxRetries: 4,
    options: { env: byWire },
    before: async ({ stage }) => stage.alpaca.setCash(firm, 5_000n),
    happens: isIn('converting', async ({ stage, wait }) => {
      await wait(minute);
      stage.alpaca.setCash(firm, 100_000_000n);
    }),
  }),
  one({
    name: 'wire, strange and unreadable rows',
    where: never,
    wallet: 'USD',
    ends: 'settled',
    first: { ...unheard, fault: 'timeout-after' },
    options: { env: byWire, alpaca: { strangers: 3, unreadable: 1 }, due: { strangers: 3 } },
    happens: async ({ stage: { alpaca }, wait, reconcile }) => {
      await wait(45 * minute);
      const found = await reconcile();
      if (found !== null) throw new Error(`nobody can read the wires, and the report has ${found}`);
      alpaca.options.unreadable = 0;
    },
  }),
  one({
    name: 'wire, no word how to pay',
    where: never,
    wallet: 'USD',
    ends: 'settled',
    options: {
      env: byWire,
      alpaca: { bankMs: [5 * hour, 5 * hour] },
      due: { instructionsMs: [2 * hour, 2 * hour] },
    },
  }),
  one({
    name: 'wire, approved late',
    where: never,
    wallet: 'USD',
    ends: 'settled',
    options: { env: byWire, alpaca: { wireWays: { approved: 1 } } },
  }),
  one({
    name: 'wire, hours',
    where: never,
    wallet: 'USD',
    ends: 'settled',
    options: { env: byWire, alpaca: { wireWays: { hours: 1 }, wireArrivalMs: [hour, 5 * hour] } },
  }),
  one({
    name: 'wire, cancelled',
    where: makesWires,
    wallet: 'USD',
    ends: 'cancelled',
    orLate: 'settled',
    since: 'converting',
    options: { env: byWire },
    happens: onceWire('SENT_TO_CLEARING', cancels),
  }),
  one({
    name: 'wire, lost on its way',
    where: never,
    wallet: 'brokerage',
    ends: 'settled',
    options: { env: byWire, alpaca: { wireWays: { lost: 1 } } },
    happens: names(26 * hour - 10 * minute, ['wire-state'], ({ alpaca }) => alpaca.heal()),
  }),
  {
    name: 'wires, two alike',
    where: makesWires,
    since: 'converting',
    options: { env: byWire },
    play: async (cast) => {
      const wallets = [
        await cast.wallet('alice', 'USD', '500.00'),
        await cast.wallet('bob', 'USD', '500.00'),
      ];
      cast.begin();
      await Promise.all(
        wallets.map((wallet) =>
          cast.withdraw(wallet, { amount: '100.00', key: 'first', ends: ['settled'] }),
        ),
      );
    },
  },
];

const deposited: readonly Scenario[] = [
  one({
    name: 'deposit',
    where: (call) => movesDollars(call) || call.operation.includes('virtual_accounts'),
    wallet: 'USD',
    ends: 'settled',
    since: 'reserved',
    options: { env: byDeposit },
  }),
  one({
    name: 'deposit, asked twice',
    where: movesDollars,
    first: unheard,
    wallet: 'USD',
    ends: 'settled',
    // Between two sends one look that is unclear leaves too little time for two that agree.
    orLate: 'review',
    since: 'converting',
    options: { env: byDeposit },
  }),
  one({
    name: 'deposit, the account takes hours',
    where: never,
    wallet: 'USD',
    ends: 'settled',
    options: { env: byDeposit, due: { accountMs: [3 * hour, 3 * hour] } },
  }),
  one({
    name: 'deposit, wire rejected',
    where: never,
    wallet: 'brokerage',
    ends: 'refunded',
    since: 'converting',
    options: { env: byDeposit, alpaca: { wireWays: { rejected: 1 } } },
  }),
  one({
    name: 'deposit given back',
    where: never,
    wallet: 'USD',
    ends: 'refunded',
    since: 'converting',
    options: { env: byDeposit, due: { ways: { refunded: 1 } } },
  }),
  one({
    name: 'deposit, cancelled',
    where: never,
    wallet: 'USD',
    ends: 'cancelled',
    orLate: 'settled',
    since: 'converting',
    options: { env: byDeposit },
    happens: onceWire('SENT_TO_CLEARING', cancels),
  }),
  {
    // The second one's wire waits, and comes back; the other's deposit, which is like it, comes meanwhile.
    name: 'deposits, one of two rejected',
    where: never,
    options: { env: byDeposit, alpaca: { wireArrivalMs: [2 * minute, 2 * minute] } },
    play: async (cast) => {
      const { alpaca } = cast.stage;
      const wallet = await cast.wallet('alice', 'USD', '500.00');
      cast.begin();
      await cast.withdraw(wallet, { amount: '100.00', key: 'first', ends: ['settled'] });
      await cast.until(() => alpaca.truth().wires.length > 0);
      alpaca.options.wireWays = { canceled: 1 };
      await cast.withdraw(wallet, { amount: '100.00', key: 'second', ends: ['refunded'] });
    },
  },
  {
    name: 'deposits, three alike, lists behind',
    where: makesWires,
    since: 'converting',
    options: {
      env: byDeposit,
      due: { staleLists: { ...behind, ms: [minute, 3 * minute], uneven: true } },
    },
    play: async (cast) => {
      const wallets = [
        await cast.wallet('alice', 'USD', '500.00'),
        await cast.wallet('bob', 'brokerage'),
      ];
      cast.begin();
      const order = (at: number, key: string) => {
        const wallet = wallets[at];
        if (wallet === undefined) throw new Error('no wallet');
        return cast.withdraw(wallet, { amount: '100.00', key, ends: ['settled'] });
      };
      await Promise.all([order(0, 'first'), order(1, 'first'), order(0, 'second')]);
    },
  },
];

/** What nobody of ours has done, each to be named. */
const planted: readonly Scenario[] = [
  one({
    name: 'reconciled meanwhile',
    where: ({ from, to }) => from === 'reconcile' && to !== 'dynamodb',
    wallet: 'brokerage',
    ends: 'settled',
    options: { env: byWire },
    happens: reconciled(70_000, 4),
  }),
  one({
    name: 'wrongs of a journal, a transfer and a payment',
    where: never,
    wallet: 'brokerage',
    ends: 'settled',
    wrongs: {
      plant: (stage) => {
        const { alpaca, chain, due } = stage;
        alpaca.journalBy(brokerageAccounts.alice, firm, 5_000n, 'a correction');
        due.transferBy(treasury.address, 7_500n);
        const last = lastPaid(stage);
        if (last !== undefined) due.sayPaidBy(last.id, nowhere, null);
        const nonce = `0x${'a'.repeat(64)}` as const;
        const somebody = '0x50beb0d1000000000000000000000000000b0d1e';
        chain.useAuthorization(nonce, treasury.address, somebody, 1_000_000n);
      },
      afterMs: 61 * minute,
      named: ['journal-unknown', 'transfer-unclaimed', 'deposit-differs', 'unknown-payout'],
    },
  }),
  one({
    // What is wrong elsewhere is found all the same, and the chain is not taken to agree.
    name: 'wrongs while a chain cannot be read',
    where: never,
    wallet: 'brokerage',
    ends: 'settled',
    wrongs: {
      plant: ({ alpaca, boundary, due, dynamodb, world: { now } }) => {
        alpaca.journalBy(brokerageAccounts.alice, firm, 5_000n, 'a correction');
        due.transferBy(treasury.address, 7_500n);
        const { row, tail } = withTail(dynamodb);
        write(dynamodb, { ...row, tail: { M: { ...tail, at: { N: '1' } } } });
        boundary.set(withOutage(noChaos, now, 'chain', now(), Number.POSITIVE_INFINITY));
      },
      afterMs: 61 * minute,
      named: [chainUnread, 'journal-unknown', 'transfer-unclaimed', 'ledger-block'],
    },
  }),
  one({
    name: 'wrongs of a reversed journal',
    where: never,
    wallet: 'brokerage',
    ends: 'settled',
    wrongs: {
      plant: ({ alpaca }) => {
        for (const { id } of alpaca.truth().journals) alpaca.reverse(id);
      },
      afterMs: 61 * minute,
      named: ['journal-state'],
    },
  }),
  one({
    name: 'wrongs of wires',
    where: never,
    wallet: 'USD',
    ends: 'settled',
    options: { env: byWire },
    wrongs: {
      plant: ({ alpaca, dynamodb }) => {
        for (const { id } of alpaca.truth().wires) alpaca.wires.hide(id);
        alpaca.wires.wireOut('rent', 12_345n);
        const { row, tail } = withTail(dynamodb);
        write(dynamodb, { ...row, tail: { M: { ...tail, at: { N: '1' } } } });
      },
      afterMs: 61 * minute,
      named: ['wire-missing', 'wire-unknown', 'ledger-block'],
    },
  }),
  one({
    // By then all of it is before the period but the hold, which is open for as long as it is in REVIEW.
    name: 'wrongs of long ago',
    where: never,
    wallet: 'USD',
    ends: 'review',
    options: { due: { ways: { failed: 1 } } },
    happens: isIn('review', async ({ stage: { chain }, wait, reconcile }) => {
      chain.haltBlocks(true);
      for (const hours of [28, 1]) {
        await wait(hours * hour);
        await reconcile();
      }
      chain.haltBlocks(false);
    }),
    wrongs: {
      plant: ({ dynamodb }) => {
        // It has become a row, as a tail does when it is full.
        const { row, tail } = withTail(dynamodb);
        const { sequence, ...fields } = tail;
        if (sequence === undefined || !('N' in sequence)) throw new Error('a tail of no block');
        const sk = { S: `BLOCK#${sequence.N.padStart(12, '0')}` };
        write(dynamodb, row);
        write(dynamodb, { ...fields, pk: { S: textOf(row, 'pk') }, sk, at: { N: '1' } });
      },
      afterMs: minute,
      named: ['ledger-block'],
    },
  }),
  one({
    name: 'wrongs of a deposit of nobody',
    where: never,
    wallet: 'USD',
    ends: 'settled',
    options: { env: byDeposit },
    wrongs: {
      plant: ({ alpaca }) => alpaca.wires.wireOut('somebody', 12_300n),
      afterMs: 3 * hour,
      named: ['wire-unknown', 'transfer-unclaimed'],
    },
  }),
  one({
    name: 'wrongs of a wire and of what was paid twice',
    where: never,
    wallet: 'USD',
    ends: 'settled',
    options: { env: byDeposit },
    wrongs: {
      plant: (stage) => {
        const { alpaca, due, dynamodb } = stage;
        const [wire] = alpaca.truth().wires;
        if (wire === undefined) throw new Error('there is no wire');
        alpaca.wires.wireOut(wire.memo, wire.cents);
        const last = lastPaid(stage);
        const id = due.transferBy(treasury.address, 10_000n);
        due.finish(id, 'payment_processed');
        if (last?.paidBy != null) {
          due.sayPaidBy(last.id, last.paidBy, 0);
          due.sayPaidBy(id, last.paidBy, 0);
        }
        const balance = dynamodb.rows('money').find((row) => textOf(row, 'sk') === 'BALANCE');
        if (balance === undefined) throw new Error('there is no balance');
        write(dynamodb, { ...balance, available: { N: '1' } });
      },
      afterMs: 61 * minute,
      named: ['wire-twice', 'transfer-unclaimed', 'deposit-claimed-twice', 'wallet-balance'],
    },
  }),
];

export const wireScenarios: readonly Scenario[] = [...wired, ...deposited, ...planted];
