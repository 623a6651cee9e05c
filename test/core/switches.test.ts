/** What a switch guards asks it right before it acts: whenever it is turned off, nothing that moves money is called after that. */
import { describe, expect, test } from '@jest/globals';
import { dynamoSwitchStore } from '../../lambdas/adapters/dynamo/switch-turns.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { makeOnRamp } from '../../lambdas/core/on-ramp/on-ramp.ts';
import type { Principal } from '../../lambdas/core/operations/principal.ts';
import { turn, turnProcessor } from '../../lambdas/core/operations/turn.ts';
import type { Payable, Rail } from '../../lambdas/core/payout/rail.ts';
import { signAndSave } from '../../lambdas/core/payout/sign.ts';
import { makeAcceptWithdrawal } from '../../lambdas/core/requests/accept.ts';
import { makeCancel } from '../../lambdas/core/requests/cancel.ts';
import { CreateWithdrawal } from '../../lambdas/core/requests/schemas.ts';
import { makeTakeUp } from '../../lambdas/core/requests/take-up.ts';
import { commitsOfOne } from '../../lambdas/core/store/store.ts';
import {
  type Guarded,
  heldBack,
  type Lever,
  levers,
  makeSwitches,
  type Switches,
  switchMemoryMs,
  switchNames,
  type Turn,
} from '../../lambdas/core/switches/switches.ts';
import { heldMaxMs } from '../../lambdas/core/switches/waiting.ts';
import { followDebits } from '../../lambdas/core/wallet/follow-debit.ts';
import { makeRefund } from '../../lambdas/core/wallet/refund.ts';
import { noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { waitReasonOf } from '../../lambdas/core/withdrawal/retry.ts';
import { statusOf } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { testBrokerage } from '../support/brokerage.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { allOn, testGates, testSwitches } from '../support/gates.ts';
import { noAccounts, testOnRamp } from '../support/on-ramp.ts';
import { startPayouts } from '../support/payouts.ts';
import { shared } from '../support/shared.ts';
import {
  at,
  destination,
  evenDice,
  minorOf,
  plenty,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { debitIn, startWorld, stepWorld } from '../support/world.ts';

const world = shared(startWorld);

/** A switch that is turned off right after so many writes: between a decision and the call that it is for, too. */
function failing(guarded: readonly Guarded[], lasts: number) {
  let writes = 0;
  let broken = true;
  const isOff = (): boolean => broken && writes >= lasts;
  const switches: Switches = {
    held: async (one) => (isOff() && guarded.includes(one) ? 'switch' : null),
  };
  const commit: typeof world.store.commit = async (changes) => {
    const refused = await world.store.commit(changes);
    writes += 1;
    return refused;
  };
  const store: typeof world.store = { ...world.store, commit, commitEach: commitsOfOne(commit) };
  const mend = () => {
    broken = false;
  };
  return { switches, store, isOff, mend };
}
const times = [0, 1, 2, 3, 4, 5];

type Outside = { step(): Promise<unknown>; advance(ms: number): void };
/** Visits while the switch breaks, and then as often as it takes once it is mended. */
async function play(
  { step, advance }: Outside,
  { mend }: ReturnType<typeof failing>,
  isDone: () => Promise<boolean>,
): Promise<void> {
  for (let visit = 0; visit < 3; visit += 1) {
    await step();
    advance(2 * heldMaxMs);
  }
  mend();
  for (let visit = 0; visit < 12 && !(await isDone()); visit += 1) {
    await step();
    advance(2 * heldMaxMs);
  }
}
const isShown = async (id: WithdrawalId) => {
  const one = await world.now(id);
  return [statusOf(one), waitReasonOf(one)];
};

describe.each(times)('a switch that is turned off after %d writes', (lasts) => {
  test('of `debit` asks no brokerage for cash from then on, and the withdrawal is held when it is on again', async () => {
    const clock = testClock();
    const broker = testBrokerage(clock);
    const given = failing(['debit'], lasts);
    const calls: boolean[] = [];
    const { journal } = broker.brokerage;
    broker.brokerage.journal = (intent) => {
      calls.push(given.isOff());
      return journal(intent);
    };
    const wallet = walletOf({ funding: { type: 'alpaca', accountId: crypto.randomUUID() } });
    await world.requests.createWallet(wallet);
    const requested = requestedOf(wallet, { createdAt: clock.now(), acceptedAt: clock.now() });
    await world.requests.createWithdrawal(requested, []);
    const { switches, store } = given;
    const step = { ...stepWorld(store, clock), switches, brokerage: broker.brokerage };
    broker.failNext('lost-not-made');
    await play(
      {
        step: async () => {
          await debitIn(step)(wallet.id);
          await followDebits(step, [requested.id]);
        },
        advance: clock.advance,
      },
      given,
      async () => (await world.now(requested.id)).stage === 'reserved',
    );
    expect(calls).not.toContain(true);
    expect(await world.now(requested.id)).toMatchObject({ stage: 'reserved' });
    expect(broker.journals.size).toBe(1);
  });

  test('of `on-ramp` asks for no transfer from then on', async () => {
    const clock = testClock();
    const due = testOnRamp(clock);
    const given = failing(['on-ramp'], lasts);
    const calls: boolean[] = [];
    const { transfer } = due.onRamp;
    due.onRamp.transfer = (...request) => {
      calls.push(given.isOff());
      return transfer(...request);
    };
    const { id } = await world.reserved();
    const step = makeOnRamp({
      ...{ store: given.store, onRamp: due.onRamp, arrivals: due.arrivals },
      ...{ gates: testGates(clock).gates, switches: given.switches, clock, dice: evenDice },
      ...{ budget: plenty, payIn: 'ach', accounts: noAccounts, brokerage: null },
    });
    await play(
      { step: () => step([id]), advance: clock.advance },
      given,
      async () => due.transfers.length > 0,
    );
    expect(calls).not.toContain(true);
    expect((await world.now(id)).stage).toBe('converting');
    expect(due.transfers).toHaveLength(1);
  });

  test.each(['sign', 'broadcast'] as const)(
    'of `%s` signs nothing new from then on',
    async (name) => {
      const given = failing([name], lasts);
      const payouts = startPayouts(given, 0, given.switches);
      const calls: boolean[] = [];
      const { send } = payouts.chain;
      payouts.chain.send = (...bytes) => {
        if (name === 'broadcast') calls.push(given.isOff());
        return send(...bytes);
      };
      const { carry } = payouts.signer;
      payouts.signer.carry = (...carrying) => {
        if (name === 'sign') calls.push(given.isOff());
        return carry(...carrying);
      };
      const { id } = await world.reserved({ currency: 'USDC', amount: minorOf(7n) });
      await play(
        {
          step: () => payouts.broadcast([id]),
          advance: payouts.clock.advance,
        },
        given,
        async () => (await world.now(id)).stage === 'broadcast',
      );
      expect(calls).not.toContain(true);
      expect((await world.now(id)).stage).toBe('broadcast');
    },
  );

  test('of the processor gives no cash back at a brokerage from then on', async () => {
    const clock = testClock();
    const broker = testBrokerage(clock);
    const given = failing(['give-back'], lasts);
    const wallet = walletOf({ funding: { type: 'alpaca', accountId: crypto.randomUUID() } });
    await world.requests.createWallet(wallet);
    const requested = requestedOf(wallet, { createdAt: clock.now(), acceptedAt: clock.now() });
    await world.requests.createWithdrawal(requested, []);
    const base = { ...stepWorld(world.store, clock), brokerage: broker.brokerage };
    clock.advance(1_000);
    await debitIn(base)(wallet.id);
    await makeCancel(world.store, clock)(requested.id);
    const calls: boolean[] = [];
    const { journal } = broker.brokerage;
    broker.brokerage.journal = (intent) => {
      calls.push(given.isOff());
      return journal(intent);
    };
    broker.failNext('lost-not-made');
    const refund = makeRefund({ ...base, store: given.store, switches: given.switches });
    await play(
      { step: () => refund([requested.id]), advance: clock.advance },
      given,
      async () => (await world.now(requested.id)).stage === 'cancelled',
    );
    expect(calls).not.toContain(true);
    expect(await world.now(requested.id)).toMatchObject({ stage: 'cancelled' });
    expect(broker.taken()).toBe(0n);
  });
});

test('of a wallet in the ledger nothing is applied while `debit` is off, and all shows it; then all is in order', async () => {
  const clock = testClock();
  const given = failing(['debit'], 0);
  const wallet = walletOf();
  await world.requests.createWallet(wallet);
  const credit = transactionOf(wallet, 'CREDIT', 15_000n, clock.now());
  await world.requests.createTransaction(credit);
  const ids: WithdrawalId[] = [];
  for (const _ of [1, 2]) {
    clock.advance(10);
    const one = requestedOf(wallet, { createdAt: clock.now(), acceptedAt: clock.now() });
    await world.requests.createWithdrawal(one, []);
    ids.push(one.id);
  }
  clock.advance(1_000);
  const debit = debitIn({ ...stepWorld(world.store, clock), switches: given.switches });
  expect(await debit(wallet.id)).toBe('done');
  const [first, second] = ids as [WithdrawalId, WithdrawalId];
  for (const id of ids) expect(await isShown(id)).toEqual(['RETRYING', 'switch']);
  expect((await world.requests.wallet(wallet.id))?.balance.available).toBe(0n);
  const shown = await world.now(first);
  // A second look in between writes nothing, and one after it tells of the same wait no second time.
  await debit(wallet.id);
  expect(await world.now(first)).toEqual(shown);
  clock.advance(heldMaxMs * 2);
  await debit(wallet.id);
  expect((await world.now(first)).history).toEqual(shown.history);
  given.mend();
  await debit(wallet.id);
  expect([(await world.now(first)).stage, (await world.now(second)).stage]).toEqual([
    'reserved',
    'rejected',
  ]);
});

test('what is signed waits while `broadcast` is off, and what is stuck is signed by nobody while `sign` is off', async () => {
  const off = new Set<Guarded>();
  const switches: Switches = { held: async (one) => (off.has(one) ? 'processor-stopped' : null) };
  const { broadcast, clock, answer, sent, signer } = startPayouts(world, 0, switches);
  const { id } = await world.reserved({ currency: 'USDC', amount: minorOf(7n) });
  answer('unknown');
  await broadcast([id]);
  expect((await world.now(id)).stage).toBe('signed');
  off.add('broadcast');
  const before = sent.length;
  clock.advance(60_000);
  await broadcast([id]);
  expect(await isShown(id)).toEqual(['RETRYING', 'processor-stopped']);
  expect(sent).toHaveLength(before);
  off.clear();
  off.add('sign');
  let signed = 0;
  const { carry } = signer;
  signer.carry = (...carrying) => {
    signed += 1;
    return carry(...carrying);
  };
  // Refused bytes need others, which nobody may sign now.
  answer('underpriced');
  clock.advance(60_000);
  await broadcast([id]);
  expect([signed, await isShown(id)]).toEqual([0, ['RETRYING', 'processor-stopped']]);
  off.clear();
  clock.advance(60_000);
  answer('underpriced');
  await broadcast([id]);
  expect(signed).toBe(1);
  clock.advance(60_000);
  await broadcast([id]);
  expect((await world.now(id)).stage).toBe('broadcast');
});

test('a switch that is turned off while payouts are made ready leaves them unbound, and one that is off has none made ready', async () => {
  const { switches, turnOff } = testSwitches();
  const one = (await world.reserved({ currency: 'USDC' })) as Payable;
  const done: string[] = [];
  const rail = {
    prepare: async () => {
      done.push('prepare');
      turnOff('sign');
      return {
        waits: null,
        bind: async () => {
          done.push('bind');
          return { changes: [], bound: [] };
        },
      };
    },
  } as unknown as Rail;
  const sign = () => signAndSave({ store: world.store, clock: testClock(), switches }, rail, [one]);
  const held = { saved: [], left: [{ one, reason: 'switch' }], unsigned: [] };
  expect([await sign(), done]).toEqual([held, ['prepare']]);
  expect([await sign(), done]).toEqual([held, ['prepare']]);
});

test('while `accept` is off nothing new is accepted or taken up again, no key is burned, and a replay is answered', async () => {
  const off = new Set<Guarded>();
  const switches: Switches = { held: async (one) => (off.has(one) ? 'switch' : null) };
  const clock = testClock();
  const wallet = walletOf();
  await world.requests.createWallet(wallet);
  const accept = makeAcceptWithdrawal({
    ...{ requests: world.requests, store: world.store, limits: noLimits, brokerage: null, clock },
    ...{ idSecret: wallet.id, keyTtlMs: null, dueAfterMs: 1_000, switches },
    networks: new Map([['ethereum', { assets: ['USDC'], ours: [] }]]),
  });
  const body = CreateWithdrawal.parse({
    ...{ walletId: wallet.id, amount: '10.00', asset: 'USDC', network: 'ethereum' },
    destinationAddress: destination,
  });
  const first = await accept('alice', 'first', body);
  off.add('accept');
  expect(await accept('alice', 'first', body)).toMatchObject({ ...first, replayed: true });
  const refused = await accept('alice', 'second', body);
  expect(refused).toMatchObject({ problem: 'TEMPORARILY_UNAVAILABLE' });
  const { store } = world;
  const takeUp = makeTakeUp({ store, clock, limits: noLimits, dueAfterMs: 1_000, switches });
  const { id } = (first as { item: { id: WithdrawalId } }).item;
  expect(await takeUp(id)).toMatchObject({ problem: 'TEMPORARILY_UNAVAILABLE' });
  off.clear();
  expect(await accept('alice', 'second', body)).toMatchObject({ replayed: false });
});

describe('what is held back', () => {
  const turned = (lever: Lever): Turn => ({
    ...{ lever, on: false, version: 1 },
    said: { by: 'ann', callerId: 'k', reason: 'r', at: at(1) },
  });
  test.each<[Lever, Guarded[]]>([
    ['accept', ['accept']],
    ['debit', ['debit']],
    ['on-ramp', ['on-ramp']],
    ['sign', ['sign']],
    ['broadcast', ['broadcast']],
    ['webhook', ['webhook']],
    ['processor', ['debit', 'on-ramp', 'sign', 'broadcast', 'give-back']],
  ])('by %s', (lever, guarded) => {
    const turns = new Map([[lever, turned(lever)]]);
    const all = [...switchNames, 'give-back'] as const;
    expect(all.filter((one) => heldBack(turns, one) !== null)).toEqual(guarded);
  });

  test('is known within seconds, from one read for all that ask meanwhile; what cannot be read is off', async () => {
    const clock = testClock();
    let [reads, errors] = [0, 0];
    let turns: () => Promise<Map<Lever, Turn>> = async () => new Map();
    const read = () => {
      reads += 1;
      return turns();
    };
    const switches = makeSwitches({ turns: read }, clock, () => {
      errors += 1;
    });
    const both = () => Promise.all([switches.held('debit'), switches.held('sign')]);
    expect([await both(), await switches.held('webhook'), reads]).toEqual([[null, null], null, 1]);
    turns = async () => new Map([['sign', turned('sign')]]);
    clock.advance(switchMemoryMs - 1);
    expect(await both()).toEqual([null, null]);
    clock.advance(1);
    expect([await both(), reads]).toEqual([[null, 'switch'], 2]);
    turns = async () => Promise.reject(new Error('throttled'));
    clock.advance(switchMemoryMs);
    expect(await both()).toEqual(['switch-unread', 'switch-unread']);
    expect(errors).toBe(2);
    turns = async () => new Map();
    expect(await both()).toEqual([null, null]);
  });
});

describe('turning', () => {
  const database = shared(startDatabase);
  const fresh = () => dynamoSwitchStore(database.client, database.tables);
  const by = (principal: string, reason = 'why') => ({
    ...{ principal: principal as Principal, callerId: `key of ${principal}`, reason },
  });
  const clock = testClock();

  test('two at once leave each other alone, and of one lever every turn is kept', async () => {
    const store = fresh();
    const world = { store, clock };
    expect((await store.turns()).size).toBe(0);
    await Promise.all(levers.map((lever) => turn(world, lever, false, by('ann'))));
    const off = await store.turns();
    expect(levers.map((lever) => off.get(lever)?.on)).toEqual(levers.map(() => false));
    const ends = await Promise.all([
      turn(world, 'sign', true, by('ann')),
      turn(world, 'sign', false, by('bob')),
    ]);
    expect(ends).not.toContain(null);
    const turns = (await store.history(50)).filter(({ lever }) => lever === 'sign');
    expect(turns.map(({ version }) => version).sort()).toEqual([1, 2, 3]);
    expect((await store.turns()).get('sign')).toEqual(turns.find(({ version }) => version === 3));
  });

  test('what was said last, said again by the same person, changes nothing; by another, it is kept', async () => {
    const store = fresh();
    const world = { store, clock };
    const first = await turn(world, 'webhook', true, by('ann', 'again'));
    clock.advance(1_000);
    expect(await turn(world, 'webhook', true, by(' ANN', 'again'))).toEqual(first);
    const second = await turn(world, 'webhook', true, by('bob', 'again'));
    expect(second?.version).toBe((first?.version ?? 0) + 1);
    expect(second?.said).toEqual({
      ...by('bob', 'again'),
      by: 'bob',
      principal: undefined,
      at: clock.now(),
    });
  });

  test('a processor that is stopped is stopped, whoever stops it again', async () => {
    const world = { store: fresh(), clock };
    const silent = { ...by('bob'), reason: null };
    const stopped = await turnProcessor(world, false, by('ann'));
    expect(await turnProcessor(world, false, silent)).toEqual(stopped);
    expect(await turnProcessor(world, true, silent)).toMatchObject({ on: true });
  });

  test('who stops what is stopped already and says why is heard, once', async () => {
    const world = { store: fresh(), clock };
    const first = await turnProcessor(world, false, by('ann', 'The treasury is checked.'));
    const why = by('bob', 'The on-ramp quotes nonsense.');
    const second = await turnProcessor(world, false, why);
    expect(second).toMatchObject({ on: false, turn: { said: { reason: why.reason } } });
    expect(await turnProcessor(world, false, why)).toEqual(second);
    const kept = await world.store.history(9);
    expect(kept).toEqual(expect.arrayContaining([first?.turn, second?.turn]));
    expect(kept.filter(({ said }) => said.reason === why.reason)).toHaveLength(1);
  });

  test('a row that nobody can read is no reason to go on', async () => {
    const { client, tables } = database;
    const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
    const Item = { pk: 'SWITCHES', sk: 'STATE', sign: { on: 'no' } };
    await client.send(new PutCommand({ TableName: tables.control, Item }));
    const switches = makeSwitches(fresh(), clock, () => {});
    expect(await switches.held('sign')).toBe('switch-unread');
    expect(await allOn.held('sign')).toBeNull();
  });
});
