import { expect, test } from '@jest/globals';
import type { Journal } from '../../lambdas/core/brokerage/brokerage.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import {
  journalPollMaxMs,
  journalProofMs,
  journalSettleMs,
} from '../../lambdas/core/kernel/limits.ts';
import type { BrokerageWallet } from '../../lambdas/core/ledger/wallet.ts';
import { makeCancel } from '../../lambdas/core/requests/cancel.ts';
import type { Store } from '../../lambdas/core/store/store.ts';
import { followDebits } from '../../lambdas/core/wallet/follow-debit.ts';
import { blockTriesMax } from '../../lambdas/core/wallet/limits.ts';
import { makeDebitAtBrokerage } from '../../lambdas/core/wallet/rung-journal.ts';
import { type Fault, testBrokerage } from '../support/brokerage.ts';
import { shared } from '../support/shared.ts';
import { at, minorOf, requestedOf, testClock, walletOf } from '../support/things.ts';
import { endIn, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);

async function setUp(store: Store = world.store) {
  const clock = testClock();
  const broker = testBrokerage(clock);
  // An account of its own: what is asked of one account counts for all its wallets.
  const accountId = crypto.randomUUID();
  const wallet = walletOf({ funding: { type: 'alpaca', accountId } }) as BrokerageWallet;
  await world.requests.createWallet(wallet);
  const step = { ...stepWorld(store, clock), brokerage: broker.brokerage };
  const withdraw = async (amount = 1_000n) => {
    const requested = requestedOf(wallet, {
      amount: minorOf(amount),
      createdAt: clock.now(),
      acceptedAt: clock.now(),
    });
    await world.requests.createWithdrawal(requested, []);
    clock.advance(1);
    return requested.id;
  };
  const debit = async (...ids: WithdrawalId[]) => {
    await makeDebitAtBrokerage(step)(wallet.id, at(0));
    await followDebits(step, ids);
  };
  const balance = async () => {
    const found = await world.requests.wallet(wallet.id);
    return [found?.balance.available, found?.balance.held];
  };
  const refund = endIn(step);
  const cancel = makeCancel(world.store, clock);
  /** A withdrawal whose cash was taken from the brokerage before it was cancelled. */
  const cancelled = async () => {
    const id = await withdraw();
    await debit(id);
    await cancel(id);
    return id;
  };
  const stages = async (...ids: WithdrawalId[]) =>
    (await Promise.all(ids.map(world.now))).map(({ stage }) => stage);
  return { clock, broker, withdraw, debit, refund, cancel, cancelled, balance, stages };
}

test('the brokerage is debited once, and one block funds and holds what it gave', async () => {
  const { broker, withdraw, debit, balance, stages } = await setUp();
  const id = await withdraw();
  await Promise.all([debit(id), debit(id)]);
  await debit(id);
  expect(await stages(id)).toEqual(['reserved']);
  expect(broker.sent).toHaveLength(1);
  expect(await balance()).toEqual([0n, 1_000n]);
});

test.each<[Fault, number]>([
  ['lost-but-made', 1],
  ['lost-not-made', 1],
  ['not-now', 1],
  ['lost-but-made', 3],
  ['lost-not-made', 3],
])(
  'an answer that was %s, %d times, is asked for again within seconds by the same key and bytes',
  async (fault, times) => {
    const { clock, broker, withdraw, debit, balance, stages } = await setUp();
    const ids = [await withdraw(1n), await withdraw(2n), await withdraw(3n)];
    broker.failNext(...Array.from({ length: times }, () => fault));
    const began = clock.now();
    await debit(...ids);
    expect(clock.now() - began).toBeLessThan(12_000);
    expect(await stages(...ids)).toEqual(['reserved', 'reserved', 'reserved']);
    // Nothing is known of the cash, so the order is kept.
    expect([...broker.journals.values()].map(({ amount }) => amount)).toEqual([1n, 2n, 3n]);
    expect(broker.sent.filter((key) => key === broker.sent[0])).toHaveLength(times + 1);
    expect(await balance()).toEqual([0n, 6n]);
  },
);

test('a crash between saving the journal and sending it costs time only', async () => {
  const { clock, broker, withdraw, debit, stages } = await setUp();
  const id = await withdraw();
  broker.failNext('crash');
  await expect(debit(id)).rejects.toThrow('crash');
  clock.advance(2 * journalSettleMs);
  await debit(id);
  expect(await stages(id)).toEqual(['reserved']);
  expect(broker.journals.size).toBe(1);
});

test('a journal that waits at the brokerage keeps nobody else waiting', async () => {
  const { broker, withdraw, debit, balance, stages } = await setUp();
  broker.makeThem('pending');
  const ids = [await withdraw(1n), await withdraw(2n)];
  await debit(...ids);
  expect(await stages(...ids)).toEqual(['debiting', 'debiting']);
  expect(await balance()).toEqual([0n, 0n]);
  broker.makeThem('executed');
  await debit(...ids);
  expect(await stages(...ids)).toEqual(['reserved', 'reserved']);
  expect(await balance()).toEqual([0n, 3n]);
});

test('a block that is refused each time is left to a later visit, and holds up no other', async () => {
  let commits = 0;
  const refusing: Store = {
    ...world.store,
    commit: async (changes) => {
      const isOdd = changes.some((one) => one.change === 'withdrawal' && one.to.amount === 1n);
      const at = changes.findIndex(({ change }) => change === 'balance');
      if (!isOdd || at < 0) return world.store.commit(changes);
      commits += 1;
      return [at];
    },
  };
  const { withdraw, debit, balance, stages } = await setUp(refusing);
  const ids = [await withdraw(1n), await withdraw(2n)];
  await debit(...ids);
  expect(commits % blockTriesMax).toBe(0);
  expect(await stages(...ids)).toEqual(['debiting', 'reserved']);
  expect(await balance()).toEqual([0n, 2n]);
});

test('a refusal of the only send takes nothing', async () => {
  const { broker, withdraw, debit, balance } = await setUp();
  const id = await withdraw();
  broker.failNext('refused');
  await debit(id);
  expect(await world.now(id)).toMatchObject({
    stage: 'rejected',
    failure: { code: 'INSUFFICIENT_FUNDS', retryable: false },
  });
  expect(await balance()).toEqual([0n, 0n]);
});

test('a refusal after a lost answer is believed only when nothing was made', async () => {
  const { clock, broker, withdraw, debit, stages } = await setUp();
  const [made, notMade] = [await withdraw(1n), await withdraw(2n)];
  broker.failNext('lost-not-made', 'refused');
  await debit(made);
  clock.advance(2 * journalSettleMs);
  await debit(made);
  expect(await stages(made, notMade)).toEqual(['debiting', 'requested']);
  clock.advance(2 * journalSettleMs);
  await debit(made);
  expect(await stages(made)).toEqual(['debiting']);
  for (let minutes = 0; minutes < 20; minutes += 1) {
    clock.advance(60_000);
    await debit(made);
  }
  expect(await stages(made, notMade)).toEqual(['rejected', 'reserved']);
  expect(broker.taken()).toBe(2n);
});

/** The first journal is executed, and its repetition makes another that is refused: Alpaca may forget a key. */
function replayRefused(broker: Awaited<ReturnType<typeof setUp>>['broker']) {
  const [made] = [...broker.journals.values()];
  if (made === undefined) throw new Error('no journal');
  const refused: Journal = { ...made, id: 'replay', state: 'refused' };
  broker.journals.set('replay', refused);
  const { journalsOf } = broker.brokerage;
  const shows = (...ids: string[]) => {
    broker.brokerage.journalsOf = async () => ({
      ok: true,
      value: [...broker.journals.values()].filter(({ id }) => ids.includes(id)),
    });
  };
  return {
    made,
    refused,
    showsOnlyTheRefused: () => shows('replay'),
    showsAll: () => {
      broker.brokerage.journalsOf = journalsOf;
    },
  };
}

test('a list that shows only the refusal of a repetition rejects nothing whose cash has moved', async () => {
  const { clock, broker, withdraw, debit, balance, stages } = await setUp();
  const id = await withdraw();
  broker.failNext('lost-but-made', 'refused');
  await debit(id);
  const list = replayRefused(broker);
  list.showsOnlyTheRefused();
  for (let visit = 0; visit < 3; visit += 1) {
    clock.advance(2 * journalSettleMs);
    await debit(id);
    expect(await stages(id)).toEqual(['debiting']);
  }
  list.showsAll();
  clock.advance(journalProofMs);
  await debit(id);
  expect(await stages(id)).toEqual(['reserved']);
  expect(await balance()).toEqual([0n, 1_000n]);
});

test('what was seen before a journal was found says nothing of what became of it', async () => {
  const { clock, broker, withdraw, debit, stages } = await setUp();
  const id = await withdraw();
  broker.failNext('lost-but-made', 'refused'); // It is sent again in the same visit.
  await debit(id);
  const list = replayRefused(broker);
  list.showsOnlyTheRefused();
  clock.advance(2 * journalSettleMs);
  await debit(id); // This first look says no.
  list.refused.state = 'pending';
  clock.advance(2 * journalProofMs);
  await debit(id);
  expect(await world.now(id)).toMatchObject({ stage: 'debiting', journalId: 'replay' });
  list.refused.state = 'refused';
  await debit(id);
  expect(await stages(id)).toEqual(['debiting']);
  list.showsAll();
  clock.advance(journalProofMs);
  await debit(id);
  expect(await stages(id)).toEqual(['reserved']);
});

test.each([
  [true, 'rejected'],
  [false, 'reserved'],
])(
  'answered with the refused one of several journals, all that there is: %s',
  async (isAll, stage) => {
    const { clock, broker, withdraw, debit, stages } = await setUp();
    const id = await withdraw();
    broker.failNext('lost-but-made');
    const { journal } = broker.brokerage;
    broker.brokerage.journal = async (request) => {
      const answer = await journal(request);
      // The same bytes are sent again, and the answer is the refused journal.
      return answer.outcome === 'UNKNOWN'
        ? answer
        : { outcome: 'APPLIED', value: replayRefused(broker).refused };
    };
    const { journalsOf } = broker.brokerage;
    broker.brokerage.journalsOf = async () => ({ ok: true, value: [] });
    await debit(id);
    Object.assign(broker.brokerage, { journal, journalsOf });
    const list = replayRefused(broker);
    list.showsOnlyTheRefused();
    await debit(id);
    clock.advance(journalProofMs - 1);
    await debit(id);
    expect(await stages(id)).toEqual(['debiting']);
    if (!isAll) list.showsAll();
    clock.advance(1);
    await debit(id);
    expect(await stages(id)).toEqual([stage]);
  },
);

test.each<[string, Journal['state'], (journal: Journal) => Journal[], string]>([
  ['refused later', 'refused', () => [], 'rejected'],
  ['reversed', 'reversed', () => [], 'rejected'],
  [
    'corrected to the same amount',
    'moved-elsewhere',
    (old) => [{ ...old, id: 'next', state: 'executed' }],
    'reserved',
  ],
  [
    'corrected to another amount',
    'moved-elsewhere',
    (old) => [{ ...old, id: 'next', state: 'executed', amount: minorOf(999n) }],
    'review',
  ],
  ['corrected, its successor not to be seen yet', 'moved-elsewhere', () => [], 'debiting'],
  [
    'made twice',
    'moved-elsewhere',
    (old) => [
      { ...old, id: 'a', state: 'executed' },
      { ...old, id: 'b', state: 'executed' },
    ],
    'review',
  ],
  ['in a state we do not know', 'unknown', () => [], 'debiting'],
])('a pending journal that is %s', async (_name, state, successors, stage) => {
  const { broker, withdraw, debit, stages } = await setUp();
  broker.makeThem('pending');
  const id = await withdraw();
  await debit(id);
  broker.makeThem(state);
  const [old] = [...broker.journals.values()];
  if (old === undefined) throw new Error('no journal');
  for (const one of successors(old)) broker.journals.set(one.id, one);
  await debit(id);
  expect(await stages(id)).toEqual([stage]);
});

test.each<[string, Fault[]]>([
  ['at once', []],
  ['after a lost answer that was made', ['lost-but-made']],
  ['after a lost answer that was not made', ['lost-not-made']],
  ['after being asked to wait', ['not-now']],
])(
  'a refund gives the cash back by one mirror journal, then releases the hold: %s',
  async (_name, faults) => {
    const { clock, broker, cancelled, refund, balance, stages } = await setUp();
    const id = await cancelled();
    broker.failNext(...faults);
    await refund([id]);
    if (faults.length > 0) {
      expect(await stages(id)).toEqual(['refunding']);
      expect(await balance()).toEqual([0n, 1_000n]);
    }
    for (let visit = 0; visit < 3; visit += 1) {
      clock.advance(2 * journalSettleMs);
      await refund([id]);
    }
    expect(await stages(id)).toEqual(['cancelled']);
    expect(await balance()).toEqual([0n, 0n]);
    expect(broker.taken()).toBe(0n);
    expect(broker.journals.size).toBe(2);
  },
);

test.each<[string, Journal['state'], string, number]>([
  ['executed after all', 'executed', 'cancelled', 2],
  ['refused', 'refused', 'cancelled', 1],
])(
  'cancelled while its journal waits, which is then %s: nothing is taken',
  async (_name, state, stage, journals) => {
    const { broker, withdraw, debit, refund, cancel, balance, stages } = await setUp();
    broker.makeThem('pending');
    const id = await withdraw();
    await debit(id);
    expect(await cancel(id)).toMatchObject({ stage: 'debiting' });
    expect(await cancel(id)).toEqual(await world.now(id));
    broker.makeThem(state);
    await debit(id);
    await refund([id]);
    expect(await stages(id)).toEqual([stage]);
    expect(await balance()).toEqual([0n, 0n]);
    expect(broker.taken()).toBe(0n);
    expect(broker.journals.size).toBe(journals);
  },
);

test('a return that the firm cannot pay now is asked for again with the same key', async () => {
  const { clock, broker, cancelled, refund, balance, stages } = await setUp();
  const id = await cancelled();
  broker.failNext('refused');
  await refund([id]);
  expect(await stages(id)).toEqual(['refunding']);
  expect(await balance()).toEqual([0n, 1_000n]);
  clock.advance(2 * journalPollMaxMs);
  await refund([id]);
  expect(await stages(id)).toEqual(['cancelled']);
  expect(broker.taken()).toBe(0n);
  expect(new Set(broker.sent).size).toBe(2);
});

test.each<[string, Partial<Journal>, string]>([
  ['changed', { amount: minorOf(999n) }, 'review'],
  ['not to be judged yet', { state: 'pending' }, 'refunding'],
  ['in another form, which is not to be seen yet', { state: 'moved-elsewhere' }, 'refunding'],
])(
  'nothing is given back while the journal that took the cash is %s',
  async (_name, given, stage) => {
    const { broker, cancelled, refund, balance, stages } = await setUp();
    const id = await cancelled();
    for (const journal of broker.journals.values()) Object.assign(journal, given);
    await refund([id]);
    expect(await stages(id)).toEqual([stage]);
    expect(await balance()).toEqual([0n, 1_000n]);
    expect(broker.journals.size).toBe(1);
  },
);

test('what the brokerage has given back by itself is not given a second time', async () => {
  const { broker, cancelled, refund, balance, stages } = await setUp();
  const id = await cancelled();
  broker.makeThem('reversed');
  await refund([id]);
  expect(await stages(id)).toEqual(['cancelled']);
  expect(await balance()).toEqual([0n, 0n]);
  expect([broker.sent.length, broker.taken()]).toEqual([1, 0n]);
});

test('given back by the brokerage while the mirror was under way: sent no more, and waited for', async () => {
  const { clock, broker, cancelled, refund, balance, stages } = await setUp();
  const id = await cancelled();
  broker.failNext('lost-not-made');
  await refund([id]);
  broker.makeThem('reversed');
  clock.advance(2 * journalSettleMs);
  await refund([id]);
  expect(await stages(id)).toEqual(['refunding']);
  expect(await balance()).toEqual([0n, 1_000n]);
  clock.advance(2 * journalProofMs);
  await refund([id]);
  expect(await stages(id)).toEqual(['cancelled']);
  expect(await balance()).toEqual([0n, 0n]);
  expect([broker.sent.length, broker.taken()]).toEqual([2, 0n]);
});

test('what the brokerage never answers ends with a person, and those behind it go on', async () => {
  const { clock, broker, withdraw, debit, stages } = await setUp();
  const [lost, next] = [await withdraw(1n), await withdraw(2n)];
  const { journal } = broker.brokerage;
  broker.brokerage.journal = async (request) => {
    const answer = await journal(request);
    return request.key === broker.sent[0] ? { outcome: 'UNKNOWN', why: 'ETIMEDOUT' } : answer;
  };
  broker.brokerage.journalsOf = async () => ({ ok: false, refused: true, why: '403' });
  await debit(lost);
  for (let hours = 0; hours < 14; hours += 1) {
    clock.advance(3_600_000);
    await debit(lost);
  }
  expect(await stages(lost, next)).toEqual(['review', 'reserved']);
});

test('however far off a provider says, it is asked again before long', async () => {
  const { clock, broker, withdraw, debit, stages } = await setUp();
  const id = await withdraw();
  broker.brokerage.journal = async () => ({
    outcome: 'NOT_NOW',
    until: at(clock.now() + 10 ** 12),
    why: '429',
  });
  await debit(id);
  const { nextAttemptAt } = await world.now(id);
  expect((nextAttemptAt ?? 0) - clock.now()).toBeLessThanOrEqual(1.25 * journalPollMaxMs);
  expect(await stages(id)).toEqual(['debiting']);
});
