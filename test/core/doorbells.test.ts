import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { changesIn } from '../../lambdas/adapters/dynamo/stream-changes.ts';
import { walletToRow } from '../../lambdas/adapters/dynamo/wallet-rows.ts';
import { withdrawalToRow } from '../../lambdas/adapters/dynamo/withdrawal-row.ts';
import {
  type DeliveryLane,
  heldPlaceIn,
  type WalletId,
  waitingIn,
  waitingPlaceIn,
} from '../../lambdas/core/kernel/ids.ts';
import {
  doorbellIdsMax,
  payoutStuckMs,
  withdrawalOldMs,
} from '../../lambdas/core/kernel/limits.ts';
import type { Step } from '../../lambdas/core/kernel/steps.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import type { Changed } from '../../lambdas/core/outbox/changes.ts';
import type { Doorbell } from '../../lambdas/core/outbox/doorbells.ts';
import {
  doorbellAt,
  doorbellOf,
  doorbellOnChange,
  together,
} from '../../lambdas/core/outbox/doorbells.ts';
import { queueLanesPerEndpoint } from '../../lambdas/core/outbox/limits.ts';
import type { Due } from '../../lambdas/core/outbox/patience.ts';
import { makeRelay } from '../../lambdas/core/outbox/relay.ts';
import { makeSweep } from '../../lambdas/core/outbox/sweep.ts';
import { makeWaiting } from '../../lambdas/core/outbox/waiting.ts';
import {
  type EndpointHealth,
  type WebhookEndpoint,
  well,
} from '../../lambdas/core/webhooks/endpoint.ts';
import { attemptLostMs } from '../../lambdas/core/webhooks/limits.ts';
import type { Telling } from '../../lambdas/core/webhooks/store.ts';
import type { Delivery } from '../../lambdas/core/webhooks/webhook.ts';
import { waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import {
  moveTo,
  type Stage,
  stages,
  type Withdrawal,
} from '../../lambdas/core/withdrawal/withdrawal.ts';
import { recordOf } from '../support/stream.ts';
import { listing } from '../support/sweep.ts';
import {
  at,
  evenDice,
  minorOf,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { endpointOf as anyEndpoint } from '../support/webhooks.ts';

const wallet = walletOf();
const facts = {
  payout: minorOf(1n),
  fee: minorOf(0n),
  attempts: 1,
  txId: '0xaa',
  readFrom: 1,
  failure: { code: 'OUTCOME_UNKNOWN', message: '', retryable: false },
};
const inStage = (stage: Stage, given: object = {}): Withdrawal =>
  ({ ...requestedOf(wallet), ...facts, stage, ...given }) as unknown as Withdrawal;

// biome-ignore format: columns are the point
test.each<[Stage, string | null]>([
  ['requested', 'debit'], ['reserved', 'on-ramp'], ['converting', null], ['converted', 'broadcast'],
  ['signed', null],       ['broadcast', null],     ['confirmed', 'debit'], ['refunding', 'debit'],
  ['settled', null],      ['refunded', null],      ['rejected', null],      ['cancelled', null], ['review', null],
])('a withdrawal that is %s rings %s', (stage, step) => {
  expect(doorbellOnChange(inStage(stage))?.step ?? null).toBe(step);
});

test('a hold that ends is rung for with its wallet, so that both are read at once', () => {
  const { id } = wallet;
  for (const stage of ['confirmed', 'refunding'] as const) {
    const one = inStage(stage);
    expect(doorbellOnChange(one)?.ids).toEqual([`${id}#${one.id}`]);
    expect(heldPlaceIn(`${id}#${one.id}`)).toEqual({ walletId: id, id: one.id });
  }
  expect([id, `${id}#${id}`, `${id}#wd_1`, '#', ''].map(heldPlaceIn)).toEqual(Array(5).fill(null));
});

test('what waits is rung for by its wallet, and named for a list that has been taken behind it; older code knows the wallet', () => {
  const { id } = wallet;
  const one = inStage('requested');
  const name = `${id}#${one.id}#1000`;
  expect(doorbellOnChange(one)?.ids).toEqual([id, name]);
  expect(waitingPlaceIn(name)).toEqual({ walletId: id, id: one.id, acceptedAt: 1_000 });
  expect(heldPlaceIn(name)).toBeNull();
  const others = [id, `${id}#${one.id}`, `${id}#${one.id}#`, `${id}#${one.id}#x`, '##1', ''];
  expect(others.map(waitingPlaceIn)).toEqual(others.map(() => null));
});

test('a wallet that holds the asset skips the on-ramp', () => {
  expect(doorbellOnChange(inStage('reserved', { currency: 'USDC' }))?.step).toBe('broadcast');
});

test('steps that write the ledger have one lane of a wallet, the others sixteen', () => {
  const groups = (stage: Stage) =>
    new Set(
      Array.from(
        { length: 200 },
        () => doorbellOnChange(inStage(stage, { id: `wd_${Math.random()}` }))?.group,
      ),
    );
  expect([groups('requested').size, groups('confirmed').size, groups('refunding').size]).toEqual([
    1, 1, 1,
  ]);
  expect(groups('converted').size).toBe(16);
});

test('doorbells of a group become one message, each id once, and no message is too long', () => {
  const ring = (id: string, group = 'g'): Doorbell => ({
    step: 'confirm',
    group,
    ids: [id],
    cause: `${id}@1`,
  });
  expect(together([ring('a'), ring('b', 'h'), ring('a'), ring('c')])).toMatchObject([
    { step: 'confirm', group: 'g', ids: ['a', 'c'] },
    { step: 'confirm', group: 'h', ids: ['b'] },
  ]);
  const many = together(Array.from({ length: 250 }, (_, index) => ring(String(index))));
  expect(many.map(({ ids }) => ids.length)).toEqual([doorbellIdsMax, doorbellIdsMax, 50]);
});

test('what rings at once for many queue lanes of a wallet is as few messages as it fills, whoever else rings', () => {
  const ring = (walletId: string, n: number, step: Step = 'confirm') =>
    doorbellAt(
      step,
      { id: `wd_${n}`, walletId: walletId as WalletId, stage: 'broadcast' },
      `${n}@1`,
    );
  const [one, other] = [walletOf().id, walletOf().id];
  const hundred = Array.from({ length: 100 }, (_, n) => n);
  const messages = together([
    ...hundred.map((n) => ring(one, n)),
    ...[1, 2, 3].map((n) => ring(other, n)),
    ...[1, 2].map((n) => ring(one, n, 'broadcast')),
  ]);
  const ofOne = messages.filter(({ step, group }) => step === 'confirm' && group.startsWith(one));
  expect(ofOne.length).toBeLessThanOrEqual(5);
  expect(new Set(ofOne.flatMap(({ ids }) => ids))).toEqual(new Set(hundred.map((n) => `wd_${n}`)));
  expect(new Set(ofOne.map(({ group }) => group)).size).toBe(ofOne.length);
  for (const { cause, ids } of ofOne)
    for (const id of ids) expect(cause).toContain(`${id.slice(3)}@1`);
  const rest = messages.filter((message) => !ofOne.includes(message));
  expect(rest.map(({ step, group, ids }) => [step, group.split('#')[0], ids.length])).toEqual([
    ['confirm', other, 3],
    ['broadcast', one, 2],
  ]);
});

test('what rings at once for payouts of many wallets is as few messages as it fills, and waits behind nobody', () => {
  const ring = (n: number, walletId: WalletId, step: Step = 'broadcast') =>
    doorbellAt(step, { id: `wd_${n}`, walletId, stage: 'converted' }, `${n}@1`);
  const busy = walletOf().id;
  const numbers = (many: number) => Array.from({ length: many }, (_, n) => n);
  const messages = together([
    ...numbers(60).map((n) => ring(n, walletOf().id)),
    ...numbers(30).map((n) => ring(100 + n, busy)),
    ...numbers(3).map((n) => ring(n, walletOf().id, 'debit')),
  ]);
  const ofMany = messages.filter(({ group }) => group.startsWith('many#'));
  expect(ofMany.map(({ ids }) => ids.length)).toEqual([25, 25, 15]);
  expect(new Set(ofMany.map(({ group }) => group)).size).toBe(3);
  for (const { cause, ids } of ofMany)
    for (const id of ids) expect(cause).toContain(`${id.slice(3)}@1`);
  const ofBusy = messages.filter(({ group }) => group.startsWith(busy));
  expect(ofBusy.every(({ ids }) => ids.length >= 25)).toBe(true);
  expect(messages.filter(({ step }) => step === 'debit')).toHaveLength(3);
  const rung = [...ofMany, ...ofBusy].flatMap(({ ids }) => ids);
  expect(new Set(rung).size).toBe(90);
});

const endpointOf = (events: string[], given: Partial<WebhookEndpoint> = {}): WebhookEndpoint =>
  anyEndpoint({ id: 'we_1', events, createdAt: at(1), ...given });

const explorers = new Map([['base', 'https://explorer.example/tx/']] as const);

async function relayed(
  changes: Changed[],
  endpoints: WebhookEndpoint[] = [],
  health: Record<WebhookEndpoint['id'], EndpointHealth> = {},
) {
  const rung: Doorbell[] = [];
  const created: Delivery[] = [];
  const webhooks: Telling = {
    endpointsOf: async (tenant) =>
      endpoints
        .filter((one) => one.tenant === tenant)
        .map((endpoint) => ({
          endpoint,
          health: health[endpoint.id] ?? well,
        })),
    createDeliveries: async (deliveries) => {
      created.push(...deliveries);
      return new Set(deliveries.map(({ id }) => id));
    },
  };
  const doorbells = { ring: async (all: readonly Doorbell[]) => void rung.push(...all) };
  const relay = makeRelay(webhooks, doorbells, explorers, testClock(1));
  await relay(changes);
  return { rung, created };
}

const changed = (now: Withdrawal): Changed => ({
  item: 'withdrawal',
  now,
  linesBefore: now.history.length - 1,
});
const moved = (to: Stage): Changed => changed(inStage(to));

test('relay rings the step of a new stage, and the debit of a new transaction', async () => {
  const requested = moved('requested');
  expect((await relayed([requested])).rung).toMatchObject([
    { step: 'debit', ids: [wallet.id, waitingIn(wallet.id, requested.now.id, at(1_000))] },
  ]);
  expect((await relayed([moved('broadcast')])).rung).toEqual([]);
  const credit = transactionOf(wallet, 'CREDIT', 1n);
  expect((await relayed([{ item: 'transaction', now: credit }])).rung).toMatchObject([
    { step: 'debit', ids: [wallet.id] },
  ]);
});

test('a write that adds several lines to a timeline tells each of them, in order', async () => {
  const one = requestedOf(wallet);
  const reserved = moveTo(one, 'reserved', {}, at(2_000));
  const until = at(9_000);
  const waits = waitFor<Withdrawal>(reserved, until, 'on-ramp-away', at(3_000), evenDice);
  const told = async (before?: Withdrawal) => {
    const record = recordOf(withdrawalToRow(waits));
    const OldImage = before && recordOf(withdrawalToRow(before)).dynamodb?.NewImage;
    const dynamodb = { ...record.dynamodb, OldImage } as DynamoDBRecord['dynamodb'];
    const { created } = await relayed(changesIn({ ...record, dynamodb }), [endpointOf(['*'])]);
    return created.map(({ type, sequence }) => `${sequence} ${type}`);
  };
  const all = ['1 withdrawal.requested', '2 withdrawal.reserved', '3 withdrawal.retrying'];
  expect(await told(reserved)).toEqual(all.slice(2));
  expect(await told(one)).toEqual(all.slice(1));
  expect(await told()).toEqual(all);
});

test('relay rings for the inbox of a wallet that is ACTIVE again', async () => {
  const image = (status: string, row: object = {}) =>
    marshall(
      { ...walletToRow(walletOf({ id: wallet.id })), ...row, status },
      { removeUndefinedValues: true },
    );
  const changed = (before: string, after: string) =>
    changesIn({ dynamodb: { OldImage: image(before), NewImage: image(after) } } as DynamoDBRecord);
  expect((await relayed(changed('SUSPENDED', 'ACTIVE'))).rung).toMatchObject([
    { step: 'debit', group: wallet.id, ids: [wallet.id] },
  ]);
  for (const [before, after] of [
    ['ACTIVE', 'SUSPENDED'],
    ['ACTIVE', 'ACTIVE'],
  ] as const)
    expect(changed(before, after)).toEqual([]);
  const funding = { type: 'alpaca', accountId: 'a' } as const;
  const atBrokerage: Changed = { item: 'wallet', now: walletOf({ funding }) };
  expect((await relayed([atBrokerage])).rung).toMatchObject([{ step: 'journal' }]);
});

test('each event goes to the endpoints of its tenant that asked for it, the same however often it is relayed', async () => {
  const endpoints = [
    endpointOf(['withdrawal.completed'], { id: 'we_1' }),
    endpointOf(['*'], { id: 'we_2' }),
    endpointOf(['withdrawal.failed'], { id: 'we_3' }),
    endpointOf(['*'], { id: 'we_4', enabled: false }),
    endpointOf(['*'], { id: 'we_5', tenant: 'bob' }),
  ];
  const settled = moved('settled');
  const { created, rung } = await relayed([settled], endpoints);
  expect(created.map(({ endpointId }) => endpointId)).toEqual(['we_1', 'we_2']);
  const { id } = settled.now;
  expect(rung).toMatchObject([
    { step: 'webhook', group: expect.stringMatching(/^we_1#\d+$/), ids: [`we_1#${id}`] },
    { step: 'webhook', group: expect.stringMatching(/^we_2#\d+$/), ids: [`we_2#${id}`] },
  ]);
  // Whoever is slow is rung by sweep, and its delivery is made all the same.
  const besides = await relayed([settled], endpoints, {
    we_1: { ...well, slowSince: at(1) },
  });
  const [slow, quick] = besides.created;
  // Sweep looks at the others only where their ring must have been lost.
  expect([slow?.dueAt, quick?.dueAt]).toEqual([at(1_000), at(1_000 + attemptLostMs)]);
  expect(besides.created.map(({ id }) => id)).toEqual(created.map(({ id }) => id));
  expect(besides.rung).toMatchObject([{ ids: [`we_2#${id}`] }]);
  // Of whom nothing is known yet is rung for at once, and apart from those that are known to answer.
  const first = await relayed([settled], endpoints, { we_1: { ...well, isKnown: false } });
  expect(first.rung).toMatchObject([
    { step: 'webhook-retry', ids: [`we_1#${id}`] },
    { step: 'webhook', ids: [`we_2#${id}`] },
  ]);
  const again = await relayed([settled], endpoints);
  expect(again.created).toEqual(created);
  expect(new Set(created.map(({ eventId }) => eventId)).size).toBe(1);
  // Ethereum is a private chain here, which has no public explorer.
  expect(JSON.parse(created[0]?.body ?? '')).toMatchObject({ data: { explorerUrl: null } });
});

test('an endpoint is told nothing of what happened before it was there, however late that is relayed', async () => {
  const settled = inStage('settled', { updatedAt: at(20_000) });
  const known = async (createdAt: number) =>
    (await relayed([changed(settled)], [endpointOf(['*'], { createdAt: at(createdAt) })])).created
      .length;
  // The sweep's own clock may be a little fast.
  expect([await known(20_000), await known(30_000), await known(30_001)]).toEqual([1, 1, 0]);
});

/** Makes passes at these times over one withdrawal, and answers at which of them it was rung, and for which steps. */
async function swept(withdrawal: Withdrawal, times: number[], pollMs = 1_000): Promise<string[]> {
  const told: string[] = [];
  let time = 0;
  const index = listing({ due: [{ id: withdrawal.id, at: at(0) }] }, [withdrawal]);
  const ring = async (doorbells: readonly Doorbell[]) => {
    told.push(...doorbells.map(({ step }) => `${time} ${step}`));
  };
  const pass = makeSweep(index, { ring }, { pollMs, passMs: 1_000 });
  for (time of times) await pass(time as Instant);
  return told;
}

const seconds = (...list: number[]): number[] => list.map((one) => one * 1_000);

// biome-ignore format: columns are the point
test.each<[string, Withdrawal, number[], string[]]>([
  ['a lost doorbell after ten seconds, and again after ten more', inStage('reserved', { updatedAt: at(0) }),
    seconds(1, 9, 10, 11, 19, 20), ['10000 on-ramp', '20000 on-ramp']],
  ['what waits for the world each poll, less often as it ages', inStage('converting', { updatedAt: at(0) }),
    seconds(0.5, 1, 1.5, 2, 3, 4, 20, 22, 27), ['1000 on-ramp', '2000 on-ramp', '3000 on-ramp', '4000 on-ramp', '20000 on-ramp', '27000 on-ramp']],
  ['a retry when it is due and not before', inStage('reserved', { updatedAt: at(0), nextAttemptAt: at(3_000) }),
    seconds(1, 2, 3, 4), ['3000 on-ramp']],
  ['a stuck payout also for 4-broadcast', inStage('broadcast', { updatedAt: at(0) }),
    [payoutStuckMs + 1], [`${payoutStuckMs + 1} confirm`, `${payoutStuckMs + 1} broadcast`]],
  ['who leads a batch when its payouts are to be final', inStage('broadcast', { updatedAt: at(0), payoutBatch: '0xba', dueAt: at(3_000) }),
    seconds(3, 4, 20), ['3000 confirm', '4000 confirm', '20000 confirm']],
  ['those of a batch that another leads only when nobody has read their verdict for a minute', inStage('broadcast', { updatedAt: at(0), payoutBatch: '0xba', dueAt: null }),
    seconds(3, 10, 20, 59, 75, 140), ['75000 confirm', '75000 broadcast', '140000 confirm', '140000 broadcast']],
  ['a payout alone when it is to be final', inStage('broadcast', { updatedAt: at(0), dueAt: at(3_000) }),
    seconds(1, 2, 3, 4), ['3000 confirm', '4000 confirm']],
  ['a payout that is final only much later as soon as it may be stuck', inStage('broadcast', { updatedAt: at(0), dueAt: at(900_000) }),
    seconds(0.5, 1, 31), ['1000 confirm', '31000 confirm', '31000 broadcast']],
  ['nothing for review', inStage('review', { updatedAt: at(0) }), seconds(60), []],
])('sweep rings %s', async (_name, withdrawal, times, want) => {
  expect(await swept(withdrawal, times)).toEqual(want);
});

test('sweep rings for deliveries together, in messages that wait for nobody', async () => {
  const lanes = Array.from({ length: 150 }, (_, n) => `we_1#wd_${n}` as const);
  const told: Doorbell[] = [];
  // A lane may have two that are due.
  const index = listing({
    deliveries: [...lanes, ...lanes].map((lane, n) => ({ id: `${n}`, lane, at: at(1) })),
  });
  const ring = async (doorbells: readonly Doorbell[]) => void told.push(...doorbells);
  const pass = makeSweep(index, { ring }, { pollMs: 1_000, passMs: 1_000 });
  await pass(at(5));
  await pass(at(1_000));
  expect(told.map(({ step, ids }) => [step, ids.length])).toEqual([
    ['webhook-retry', 100],
    ['webhook-retry', 50],
  ]);
  expect(told.flatMap(({ ids }) => ids)).toEqual(lanes);
  // A group that comes again would wait for the one that is still at work.
  await pass(at(11_000));
  expect(new Set(told.map(({ group }) => group)).size).toBe(4);
});

test('a sweep that has forgotten rings once more, and loses nothing', async () => {
  const waiting = inStage('confirmed', { updatedAt: at(0) });
  expect([...(await swept(waiting, seconds(10))), ...(await swept(waiting, seconds(11)))]).toEqual([
    '10000 debit',
    '11000 debit',
  ]);
});

test('every stage that is not an end has a step or is for a person', () => {
  for (const [stage, { step, status }] of Object.entries(stages))
    expect([stage, step === null]).toEqual([stage, !['PENDING', 'PROCESSING'].includes(status)]);
});

test('what withdrawals wait for is counted for as long as they do, and old ones whatever they wait for', () => {
  const waiting = makeWaiting();
  const one = { ...inStage('converted', { nextAttemptAt: at(3_600_000), createdAt: at(1) }) };
  const other = inStage('converting', { createdAt: at(1) });
  const note = (now: number, ...found: Due[]) => waiting.note([one.id, other.id], found, at(now));
  const counted = () => {
    const { reasons, old } = waiting.count();
    return [...reasons, old];
  };
  note(10_000, { ...one, waits: 'treasury-short' }, other);
  expect(counted()).toEqual([['treasury-short', 1], 0]);
  // However long it is left alone, it is looked at again within a minute, and counts until it is seen to have moved on.
  expect(waiting.wanted(at(30_000), 9)).toEqual([]);
  expect(waiting.wanted(at(40_000), 9)).toEqual([one.id]);
  expect(waiting.wanted(at(40_000), 0)).toEqual([]);
  note(50_000, { ...one, waits: 'gas-short' });
  expect(counted()).toEqual([['gas-short', 1], 0]);
  note(60_000, { ...one, nextAttemptAt: null });
  expect(counted()).toEqual([0]);
  note(withdrawalOldMs + 2, other);
  expect(counted()).toEqual([1]);
  // What has ended, or is gone, or is for a person, waits for nothing.
  for (const gone of [[inStage('settled')], [inStage('review')], []]) {
    note(withdrawalOldMs + 3, other);
    note(withdrawalOldMs + 4, ...gone.map((it) => ({ ...it, id: other.id })));
    expect(counted()).toEqual([0]);
  }
});

test('lanes of an endpoint share a few messages, and none with another endpoint', () => {
  const rings = ['we_1', 'we_2'].flatMap((endpoint) =>
    Array.from({ length: 200 }, (_, n) =>
      doorbellOf('webhook', `${endpoint}#wd_${n}` as DeliveryLane, `${n}`),
    ),
  );
  const messages = together(rings);
  expect(messages.length).toBeLessThanOrEqual(2 * queueLanesPerEndpoint);
  for (const { ids } of messages) expect(new Set(ids.map((id) => id.split('#')[0])).size).toBe(1);
});
