import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dynamoChanged } from '../../lambdas/adapters/dynamo/changed.ts';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import { dynamoEndpointRegister } from '../../lambdas/adapters/dynamo/webhook-register.ts';
import { dynamoWebhooks } from '../../lambdas/adapters/dynamo/webhooks.ts';
import type { Posting } from '../../lambdas/core/ledger/ledger.ts';
import type { Wallet } from '../../lambdas/core/ledger/wallet.ts';
import { spanIn } from '../../lambdas/core/outbox/dead-letter.ts';
import type { Doorbell } from '../../lambdas/core/outbox/doorbells.ts';
import { retellFirstMs, retellGraceMs } from '../../lambdas/core/outbox/limits.ts';
import { makeRelay } from '../../lambdas/core/outbox/relay.ts';
import {
  type Changed,
  type RetellWorld,
  retell,
  retellRest,
  type Way,
} from '../../lambdas/core/outbox/retell.ts';
import type { Span } from '../../lambdas/core/outbox/tell-anew.ts';
import type { Change } from '../../lambdas/core/store/change.ts';
import { nextBlock } from '../../lambdas/core/wallet/next-block.ts';
import { asItWas } from '../../lambdas/core/webhooks/as-it-was.ts';
import type { WebhookEndpoint } from '../../lambdas/core/webhooks/endpoint.ts';
import type { WebhookEvent } from '../../lambdas/core/webhooks/event.ts';
import { deliveryKeptMs } from '../../lambdas/core/webhooks/limits.ts';
import type { WebhookStore } from '../../lambdas/core/webhooks/store.ts';
import type { Delivery } from '../../lambdas/core/webhooks/webhook.ts';
import { waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import { withLine } from '../../lambdas/core/withdrawal/timeline.ts';
import {
  type In,
  moveTo,
  type Stage,
  type Withdrawal,
} from '../../lambdas/core/withdrawal/withdrawal.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { at, evenDice, minorOf, requestedOf, testClock, walletOf } from '../support/things.ts';
import { endpointOf as anyEndpoint, laneOf } from '../support/webhooks.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

const hour = 3_600_000;
const start = 1_795_000_000_000;
const explorers = new Map([['ethereum', 'https://explorer.example/tx/']] as const);
const endpointOf = (letter: string, given: Partial<WebhookEndpoint> = {}): WebhookEndpoint =>
  anyEndpoint({ id: `we_${letter.repeat(26)}`, ...given });
const endpoints = [
  endpointOf('a'),
  endpointOf('b', { events: ['withdrawal.completed', 'withdrawal.failed'] }),
  endpointOf('c', { createdAt: at(start + 3 * hour) }),
  endpointOf('d', { enabled: false }),
];

let database: TestDatabase;
let world: TestWorld;
let rung: Doorbell[];
let told: RetellWorld & { webhooks: WebhookStore };
beforeEach(async () => {
  database = await startDatabase();
  world = await startWorld(database);
  rung = [];
  const webhooks = dynamoWebhooks(database.client, database.tables, testClock(start));
  const register = dynamoEndpointRegister(database.client, database.tables);
  for (const one of endpoints) await register.create(one);
  const doorbells = { ring: async (all: readonly Doorbell[]) => void rung.push(...all) };
  const changed = dynamoChanged(database.client, database.tables);
  told = { changed, webhooks, doorbells, explorers };
});
afterEach(() => world.stop());

const signed = { payout: minorOf(9n), fee: minorOf(1n), attempts: 1, txId: '0xaa', readFrom: 7 };
const place = { height: 9, block: '0xbb', index: 0 };
const failure = { code: 'ON_RAMP_REJECTED', message: 'No quote.', retryable: true } as const;

/** The wallet's next block, as its one writer posts it together with the move. */
async function blockOf(from: Withdrawal, to: Withdrawal): Promise<Change[]> {
  if (to.stage === from.stage) return [];
  const { id: sourceId, amount, walletId, updatedAt } = to;
  const postings = (['HOLD', 'PAYOUT', 'RELEASE'] as const).flatMap((kind): Posting[] =>
    to.stage === endsIn[kind] ? [{ kind, amount, sourceId }] : [],
  );
  const found = await world.store.wallet(walletId);
  if (postings.length === 0 || found === null) return [];
  return nextBlock(found.balance, postings, updatedAt);
}
const endsIn = { HOLD: 'reserved', PAYOUT: 'settled', RELEASE: 'refunded' } as const;

async function fundedWallet(): Promise<Wallet> {
  const wallet = walletOf();
  await world.requests.createWallet(wallet);
  const sourceId = `txn_${'0'.repeat(26)}` as const;
  const credit: Posting = { kind: 'CREDIT', amount: minorOf(10n ** 9n), sourceId };
  const found = await world.store.wallet(wallet.id);
  if (found === null) throw new Error('no wallet');
  expect(await world.store.commit(nextBlock(found.balance, [credit], at(1)))).toEqual([]);
  return wallet;
}

/** A withdrawal that changes once an hour; `relayed` gets each change of stage as the stream would show it. */
async function walk(
  ends: 'settled' | 'refunded',
  relayed: (now: Withdrawal, item?: 'withdrawal' | 'retry') => Promise<void>,
): Promise<Withdrawal> {
  const wallet = await fundedWallet();
  const createdAt = at(start);
  const requested = requestedOf(wallet, {
    createdAt,
    history: [{ stage: 'requested', at: createdAt }],
  });
  await world.requests.createWithdrawal(requested, []);
  let now: Withdrawal = requested;
  await relayed(now);
  let hours = 0;
  const save = async (to: Withdrawal) => {
    const block = await blockOf(now, to);
    expect(await world.store.commit([{ change: 'withdrawal', from: now, to }, ...block])).toEqual(
      [],
    );
    const item = to.stage === now.stage ? 'retry' : 'withdrawal';
    now = to;
    await relayed(now, item);
  };
  const go = (stage: Stage, facts: object = {}, detail?: string) =>
    save(moveTo(now, stage, facts as never, at(start + ++hours * hour), detail));
  await go('reserved');
  // A retry and a wait are events, and move nothing.
  const retried = at(start + hours * hour + 5_000);
  const line = { stage: 'reserved', at: retried, attempt: 1, detail: 'Later.' } as const;
  const history = withLine(now.history, line);
  const times = { updatedAt: retried, nextAttemptAt: at(retried + 1_000) };
  await save({
    ...now,
    ...times,
    version: now.version + 1,
    retryCount: 1,
    stageRetries: 1,
    history,
  });
  await save(waitFor(now, at(retried + 9_000), 'transfers-refused', retried, evenDice));
  if (ends === 'refunded') {
    await go('refunding', { failure, proof: { proof: 'never-sent' } }, failure.message);
    await go('refunded', { failure, proof: { proof: 'never-sent' } });
    return now;
  }
  await go('converting');
  await go('converted', { payout: signed.payout, fee: signed.fee });
  await go('signed', signed);
  await go('broadcast', signed);
  await go('confirmed', { ...signed, place, confirmations: 3 });
  await go('settled', { ...signed, place, confirmations: 3 });
  return now;
}

/** A relay whose deliveries are kept here, and so what clients were to be told. */
function relayTo(made: Delivery[], works: () => boolean = () => true, clock = testClock(start)) {
  const webhooks = {
    ...told.webhooks,
    createDeliveries: async (deliveries: readonly Delivery[]) => {
      made.push(...deliveries);
      if (!works()) throw new Error('the table of webhooks does not answer');
      return told.webhooks.createDeliveries(deliveries);
    },
  };
  const relay = makeRelay(webhooks, { ring: async () => undefined }, explorers, clock);
  return async (now: Withdrawal, item: 'withdrawal' | 'retry' = 'withdrawal'): Promise<void> => {
    // Lambda gives the records up in the end: nobody sees this error but the alarm.
    await relay([{ item, now, linesBefore: now.history.length - 1 }]).catch(() => undefined);
  };
}

const there = async (id: Withdrawal['id']): Promise<Delivery[]> =>
  (await Promise.all(endpoints.map((one) => laneOf(told.webhooks, `${one.id}#${id}`))))
    .flat()
    .map(timeless);
/** When a retry was to come stands in no timeline, so its event is told with another time. */
const timeless = (one: Delivery): Delivery =>
  one.type === 'withdrawal.retrying'
    ? { ...one, body: one.body.replace(/"nextAttemptAt":"[^"]+"/, '"nextAttemptAt":"then"') }
    : one;
const inOrder = (deliveries: readonly Delivery[]): Delivery[] =>
  deliveries
    .map(timeless)
    .toSorted((a, b) =>
      a.endpointId === b.endpointId
        ? a.sequence - b.sequence
        : a.endpointId < b.endpointId
          ? -1
          : 1,
    );

test.each(['settled', 'refunded'] as const)(
  'the relay fails for hours until the withdrawal is %s: all that it was to tell is told, once and as it was',
  async (end) => {
    const wanted: Delivery[] = [];
    const last = await walk(
      end,
      relayTo(wanted, () => false),
    );
    expect(wanted.length).toBeGreaterThan(3);
    expect(wanted.filter(({ type }) => type === 'withdrawal.retrying')).toHaveLength(2);
    expect(await there(last.id)).toEqual([]);
    const now = at(last.updatedAt + hour);
    expect(await retellRest(told, now)).toMatchObject({ made: wanted.length, unreadable: [] });
    expect(await there(last.id)).toEqual(inOrder(wanted));
    expect(new Set(rung.flatMap(({ ids }) => ids))).toEqual(
      new Set(wanted.map(({ endpointId }) => `${endpointId}#${last.id}`)),
    );
    // Neither the next check, which begins where this one ended, nor the same span again makes anything more.
    expect((await retellRest(told, at(now + hour))).made).toBe(0);
    expect((await retellRest(told, at(now + 2 * hour))).looked).toBe(0);
    const again = await retell(told, { from: at(0), until: now });
    expect(again).toEqual({ looked: 1, made: 0, unreadable: [], isWhole: true });
  },
);

test('who names a span has all its events put on the bus again, also those that no endpoint wants', async () => {
  const last = await walk('settled', async () => undefined);
  const put: WebhookEvent[] = [];
  const putOnBus = async (all: readonly WebhookEvent[]) => void put.push(...all);
  const world = { ...told, putOnBus };
  const from = at(start + hour);
  await retell(world, { from, until: at(last.updatedAt) });
  expect(put.map(({ type }) => type.slice('withdrawal.'.length))).toEqual([
    ...['reserved', 'retrying', 'retrying', 'converted', 'broadcast', 'completed'],
  ]);
  expect(new Set(put.map(({ id }) => id)).size).toBe(put.length);
  const refusing = { ...told, putOnBus: () => Promise.reject(new Error('not on the bus')) };
  await expect(retell(refusing, { from, until: at(last.updatedAt) })).rejects.toThrow('not on');
});

test('what was told is not made again, and what is missing between is', async () => {
  let changes = 0;
  const wanted: Delivery[] = [];
  const last = await walk(
    'settled',
    relayTo(wanted, () => ++changes % 3 !== 0),
  );
  const before = await there(last.id);
  const [first] = before;
  if (first === undefined) throw new Error('nothing was told');
  // It has been delivered meanwhile, and stays so.
  const delivered = {
    ...first,
    status: 'COMPLETED',
    nextAttemptAt: null,
    dueAt: null,
    version: 2,
  } as const;
  expect(await told.webhooks.saveEnds([{ from: first, to: delivered }])).toEqual([true]);
  const { made } = await retellRest(told, at(last.updatedAt + hour));
  expect(made).toBe(wanted.length - before.length);
  expect(made).toBeGreaterThan(0);
  expect(await there(last.id)).toEqual(
    inOrder(wanted).map((one) => (one.id === first.id ? delivered : one)),
  );
});

test.each([
  ['at once', 0],
  ['late', 2 * 60_000],
])('what the relay has given up is told before what it relays next, %s', async (_when, lagMs) => {
  let now = at(start);
  let relayed = 0;
  const clock = { ...testClock(start), now: () => now };
  const tell = relayTo([], () => ++relayed > 2, clock);
  const first: Delivery[] = [];
  const last = await walk('settled', async (one, item) => {
    now = at(one.updatedAt + lagMs);
    await tell(one, item);
    if (relayed === 3) first.push(...(await there(one.id)));
  });
  // A retry that is told as it begins brings nothing along, for there may be very many of them; one that is told late does.
  const sequences = first.flatMap(({ endpointId, sequence }) =>
    endpointId === endpoints[0]?.id ? [sequence] : [],
  );
  expect(sequences).toEqual(lagMs === 0 ? [3] : [1, 3]);
  expect(await retell(told, { from: at(0), until: last.updatedAt })).toMatchObject({ made: 0 });
});

test('a move tells nothing anew whose deliveries are kept no longer', async () => {
  let now = at(start);
  let relayed = 0;
  const clock = { ...testClock(start), now: () => now };
  const tell = relayTo([], () => ++relayed > 2, clock);
  const last = await walk('settled', async (one, item) => {
    now = at(one.updatedAt + deliveryKeptMs);
    await tell(one, item);
  });
  const sequences = (await there(last.id)).map(({ sequence }) => sequence);
  expect(Math.min(...sequences)).toBe(3);
});

test('the range of a dead letter, thrown back in, makes what was in it and nothing else', async () => {
  const wanted: Delivery[] = [];
  const last = await walk(
    'settled',
    relayTo(wanted, () => false),
  );
  const arrival = (hours: number) => new Date(start + hours * hour + 700).toISOString();
  const letter = {
    requestContext: {
      requestId: 'c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5',
      functionArn: 'arn:aws:lambda:us-east-2:123456789012:function:drawbridge-relay',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 1,
    },
    version: '1.0',
    timestamp: '2019-11-14T00:38:06.021Z',
    DDBStreamBatchInfo: {
      shardId: 'shardId-00000001573689847184-864758bb',
      startSequenceNumber: '800000000003126276362',
      endSequenceNumber: '800000000003126276362',
      approximateArrivalOfFirstRecord: arrival(1),
      approximateArrivalOfLastRecord: arrival(3),
      batchSize: 3,
      streamArn: 'arn:aws:dynamodb:us-east-2:123456789012:table/drawbridge-money/stream/x',
    },
  };
  const span = spanIn(letter);
  if (span === 'rest') throw new Error('no span');
  const { made } = await retell(told, span);
  const inRange = wanted.filter(
    ({ createdAt }) => createdAt >= start + hour && createdAt <= start + 3 * hour,
  );
  expect(made).toBe(inRange.length);
  expect(await there(last.id)).toEqual(inOrder(inRange));
  expect(inRange.map(({ type }) => type)).toContain('withdrawal.reserved');
});

test.each<[string, unknown, unknown]>([
  ['a tick', { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }, 'rest'],
  [
    'two times',
    { from: '2026-11-28T00:00:00Z', until: '2026-11-28T01:00:00+01:00' },
    { from: Date.UTC(2026, 10, 28), until: Date.UTC(2026, 10, 28) },
  ],
])('%s is understood', (_what, event, span) => {
  expect(spanIn(event)).toEqual(span);
});

test.each<[string, unknown]>([
  ['nothing', {}],
  ['null', null],
  ['no time', { from: 'yesterday', until: 'today' }],
  ['half of it', { from: '2026-11-28T00:00:00Z' }],
  ['an end before the beginning', { from: '2026-11-28T01:00:00Z', until: '2026-11-28T00:00:00Z' }],
  ['a dead letter of a queue', { DDBStreamBatchInfo: { shardId: 'x' } }],
])('%s is no span, and nothing says that all is told', (_what, event) => {
  expect(() => spanIn(event)).toThrow();
});

test('what cannot be read now is looked at again until it can be', async () => {
  const wanted: Delivery[] = [];
  const last = await walk(
    'settled',
    relayTo(wanted, () => false),
  );
  const set = (stage: string) =>
    database.client.send(
      new UpdateCommand({
        TableName: database.tables.money,
        Key: keyOf.withdrawal(last.id),
        UpdateExpression: 'SET #stage = :stage',
        ExpressionAttributeNames: { '#stage': 'stage' },
        ExpressionAttributeValues: { ':stage': stage },
      }),
    );
  await set('frozen');
  let now = at(last.updatedAt + hour);
  const unread = await retellRest(told, now);
  expect(unread).toMatchObject({ made: 0, unreadable: [expect.stringContaining(last.id)] });
  // Nothing else waits for it, and it is looked at again by its name, however long that takes.
  expect((await told.changed.kept('listed'))?.until).toBe(now - retellGraceMs);
  now = at(now + 48 * hour);
  expect((await retellRest(told, now)).unreadable).toHaveLength(1);
  await set('settled');
  now = at(now + hour);
  expect(await retellRest(told, now)).toMatchObject({ made: wanted.length, unreadable: [] });
  expect((await told.changed.kept('listed'))?.unreadable).toEqual([]);
  expect((await retellRest(told, at(now + hour))).looked).toBe(0);
});

test('a check that fails in the middle is made again from where the last one ended', async () => {
  const wanted: Delivery[] = [];
  const last = await walk(
    'settled',
    relayTo(wanted, () => false),
  );
  const now = at(last.updatedAt + hour);
  const away = async () => {
    throw new Error('the table of webhooks does not answer');
  };
  const webhooks = { ...told.webhooks, createDeliveries: away };
  await expect(retellRest({ ...told, webhooks }, now)).rejects.toThrow('does not answer');
  expect(await told.changed.kept('listed')).toBeNull();
  expect((await retellRest(told, at(now + hour))).made).toBe(wanted.length);
});

test('the first check looks back a day, and what has just changed is left to the relay', async () => {
  const spans: [Way | 'named', Span][] = [];
  const changed: Changed = {
    ...told.changed,
    page: async (way, span) => {
      spans.push([way, span]);
      return { withdrawals: [], transactions: [], unreadable: [], next: null };
    },
  };
  const now = at(start);
  for (const hours of [0, 1, 2]) await retellRest({ ...told, changed }, at(now + hours * hour));
  const [first, ...until] = [
    -retellFirstMs,
    ...[0, hour, 2 * hour].map((ms) => ms - retellGraceMs),
  ];
  const from = [first, first, until[0]];
  expect(spans).toEqual(
    until.flatMap((end = 0, index) => [
      // What is listed is looked at twice, for it may have been on its way from one list to the other.
      ['listed', { from: now + (from[index] ?? 0), until: now + end }],
      ['table', { from: now + (index === 0 ? first : (until[index - 1] ?? 0)), until: now + end }],
    ]),
  );
});

test('a withdrawal that was taken up again tells its first round without the facts of its second', () => {
  const first = requestedOf(walletOf(), {
    createdAt: at(1),
    history: [{ stage: 'requested', at: at(1) }],
  });
  const refused = moveTo(first, 'rejected', { failure }, at(2), failure.message);
  const { failure: _, ...request } = refused;
  const second = moveTo(
    request as In<'requested'> & { stage: 'rejected' },
    'requested',
    {},
    at(3),
    'Again.',
  );
  const now = moveTo(moveTo(second, 'reserved', {}, at(4)), 'signed', signed, at(5));
  const was = asItWas(moveTo(now, 'broadcast', signed, at(6)), () => true);
  expect(was.map((one) => [one.stage, one.history.length, 'txId' in one])).toEqual([
    ['requested', 1, false],
    ['rejected', 2, false],
    ['requested', 3, false],
    ['reserved', 4, false],
    ['broadcast', 6, true],
  ]);
});
