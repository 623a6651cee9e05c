/** The product's own adapters on the DynamoDB model and on a real engine: what they are told must be the same. */
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { dynamoBreakers } from '../../../lambdas/adapters/dynamo/breakers.ts';
import { findClaim } from '../../../lambdas/adapters/dynamo/claims.ts';
import { dynamoDue } from '../../../lambdas/adapters/dynamo/due.ts';
import { keyRegister } from '../../../lambdas/adapters/dynamo/key-register.ts';
import { dynamoLists } from '../../../lambdas/adapters/dynamo/lists.ts';
import { dynamoBooks } from '../../../lambdas/adapters/dynamo/reconcile.ts';
import { dynamoRequests } from '../../../lambdas/adapters/dynamo/requests.ts';
import { dynamoStore } from '../../../lambdas/adapters/dynamo/store.ts';
import { dynamoDeliveryRecords } from '../../../lambdas/adapters/dynamo/webhook-records.ts';
import { dynamoEndpointRegister } from '../../../lambdas/adapters/dynamo/webhook-register.ts';
import { dynamoWebhooks } from '../../../lambdas/adapters/dynamo/webhooks.ts';
import { closed } from '../../../lambdas/core/breakers/breaker.ts';
import { booking } from '../../../lambdas/core/brokerage/cash.ts';
import { eventId, type WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import { behindAllOf } from '../../../lambdas/core/kernel/place.ts';
import type { Instant } from '../../../lambdas/core/kernel/time.ts';
import { append, type BalanceItem, emptyItem } from '../../../lambdas/core/ledger/tail.ts';
import type { WalletTransaction } from '../../../lambdas/core/ledger/wallet.ts';
import type { Books, TablePage } from '../../../lambdas/core/reconcile/ports.ts';
import type { Change, EffectRecord } from '../../../lambdas/core/store/change.ts';
import type { ConversionRecord } from '../../../lambdas/core/store/conversion-record.ts';
import type { Lot, Payouts, Treasury } from '../../../lambdas/core/store/treasury.ts';
import type { DeliveryFilters } from '../../../lambdas/core/webhooks/store.ts';
import type { Delivery } from '../../../lambdas/core/webhooks/webhook.ts';
import { type In, moveTo, type Withdrawal } from '../../../lambdas/core/withdrawal/withdrawal.ts';
import { effectOf } from '../../support/books.ts';
import { startDatabase } from '../../support/dynoxide.ts';
import { shared } from '../../support/shared.ts';
import { listedIn } from '../../support/sweep.ts';
import {
  at,
  destination,
  minorOf,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../../support/things.ts';
import { deliveryOf, endpointOf } from '../../support/webhooks.ts';
import { randomOf } from '../random.ts';
import { emptyModel, thinModelClient } from './dynamodb-client.ts';

const steps = 120;
const seed = 7;
const timeoutMs = 60_000;

const engine = shared(startDatabase);

function adapters(client: DynamoDBDocumentClient) {
  const tables = { money: 'money', webhooks: 'webhooks', control: 'control' };
  return {
    store: dynamoStore(client, tables),
    requests: dynamoRequests(client, tables, 1_000),
    lists: dynamoLists(client, tables),
    due: dynamoDue(client, tables),
    books: dynamoBooks(client, tables, 3),
    webhooks: dynamoWebhooks(client, tables, testClock()),
    endpoints: dynamoEndpointRegister(client, tables),
    records: dynamoDeliveryRecords(client, tables),
    breakers: dynamoBreakers(client, tables, testClock()),
    claim: (id: string) => findClaim(client, tables, id),
    register: keyRegister(client, tables.control),
  };
}
type Adapters = ReturnType<typeof adapters>;

const modelDocuments = DynamoDBDocumentClient.from(thinModelClient(emptyModel()), {
  marshallOptions: { removeUndefinedValues: true },
  unmarshallOptions: { wrapNumbers: (text) => BigInt(text) },
});

const random = randomOf(seed);
const wallets = [
  walletOf(),
  walletOf({ reference: 'w', listShards: 3 }),
  walletOf({ tenant: 'bob' }),
];
const withdrawals: Withdrawal[] = [];
const transactions: WalletTransaction[] = [];
/** As they are now, and as they once were: what is written after the latter is refused. */
const balances: BalanceItem[] = wallets.map(({ id }) => emptyItem(id));
const old = new Map<string, Withdrawal | WalletTransaction>();
let now = 2_000;

const sometimesOld = <T extends Withdrawal | WalletTransaction>(one: T): T =>
  random.chance(0.1) ? ((old.get(one.id) as T | undefined) ?? one) : one;

/** Its payout is a number that a double cannot hold. */
const conversionOf = (withdrawal: Withdrawal, version: number): ConversionRecord => ({
  ...{ ...effectOf(withdrawal, null), version, sends: version },
  payout: minorOf(10n ** 17n + 1n),
});

/** A record of each kind, sent as often as it was written. */
function recordsOf(
  withdrawal: Withdrawal,
  transferId: string,
  version: number,
): readonly EffectRecord[] {
  const { id: withdrawalId } = withdrawal;
  const sent = {
    ...{ withdrawalId, version, sends: version, firstSentAt: at(1), lastSentAt: at(now) },
    ...{ refusedCode: null, nothingSince: null, amount: minorOf(1n) },
  };
  return [
    conversionOf(withdrawal, version),
    {
      ...{ kind: 'journal', ...sent, purpose: 'debit', attempt: 1, journalId: null },
      counted: random.chance(0.5),
      ...{ key: 'key', bytes: '{}', from: 'a', to: 'b' },
    },
    { kind: 'wire', ...sent, transferId, bankId: 'bank', memo: 'memo', wireId: null },
  ];
}

function moved(from: Withdrawal): Withdrawal {
  now += random.between(0, 3);
  if (from.stage === 'requested' && random.chance(0.6))
    return moveTo(from as In<'requested'>, 'reserved', {}, at(now));
  const dueAt = random.chance(0.3) ? null : at(now + random.between(0, 50));
  return {
    ...from,
    version: from.version + 1,
    updatedAt: at(now),
    retryCount: from.retryCount + 1,
    nextAttemptAt: dueAt,
    dueAt,
  };
}

function processed(from: WalletTransaction): WalletTransaction {
  const { id, tenant, walletId, type, amount, currency, reference, metadata } = from;
  const { requestHash, requestedBy, createdAt, version } = from;
  const kept = { id, tenant, walletId, type, amount, currency, reference, metadata };
  return {
    ...kept,
    ...{
      requestHash,
      requestedBy,
      createdAt,
      version: version + 1,
      status: 'PROCESSED',
      processedAt: at(now),
    },
  };
}

/** A change of the kind; undefined when there is nothing yet that it could be about. */
function changeOf(kind: Change['change']): Change | undefined {
  const wallet = random.pick(wallets);
  const which = random.between(0, balances.length - 1);
  const balance = balances[which] ?? emptyItem(wallet.id);
  const withdrawal = withdrawals.length === 0 ? undefined : random.pick(withdrawals);
  const transferId = `transfer-${random.between(1, 4)}`;
  const version = random.between(1, 3);
  switch (kind) {
    case 'withdrawal': {
      if (withdrawal === undefined) return undefined;
      const from = sometimesOld(withdrawal);
      return { change: kind, from, to: moved(from) };
    }
    case 'transaction': {
      if (transactions.length === 0) return undefined;
      const from = sometimesOld(random.pick(transactions));
      return { change: kind, from, to: processed(from) };
    }
    case 'balance': {
      const amount = minorOf(BigInt(random.between(1, 1_000)) * 10n ** 12n);
      const sourceId = withdrawals[0]?.id ?? 'wd_0000000000000000000000000a';
      return {
        change: kind,
        to: append(balance, [{ kind: 'CREDIT', amount, sourceId }], at(now)).to,
        ...(random.chance(0.5) ? { active: true } : {}),
      };
    }
    case 'blocks': {
      const sourceId = withdrawals[0]?.id ?? 'wd_0000000000000000000000000a';
      const posting = { kind: 'CREDIT', amount: minorOf(5n), sourceId } as const;
      const { to } = append({ ...balance, tail: [] }, [posting], at(now));
      const next = append(to, [posting], at(now));
      return { change: kind, blocks: random.pick([to.tail, next.to.tail]) };
    }
    case 'wallet-active':
      return { change: kind, walletId: wallet.id };
    case 'counter': {
      const counter = { of: wallet.id, currency: 'USD', day: '2026-11-21' } as const;
      const max = random.chance(0.5) ? null : minorOf(BigInt(random.between(0, 300)));
      return { change: kind, counter, by: BigInt(random.between(-50, 100)), max };
    }
    case 'balance-unchanged':
      return { change: kind, balance, ...(random.chance(0.5) ? { active: true } : {}) };
    case 'record':
      return (
        withdrawal && {
          change: kind,
          to: random.pick(recordsOf(withdrawal, transferId, version)),
        }
      );
    case 'proposal': {
      const said = { by: 'Ada', callerId: 'key_1', reason: 'why', at: at(now) };
      return (
        withdrawal && {
          change: kind,
          to: {
            ...{ kind, withdrawalId: withdrawal.id, resolution: 'resume', version },
            ...{ proposed: said, expiresAt: at(now + 5), on: { version: 1, moves: 1 } },
            ...(version === 1
              ? { state: 'open', confirmed: null }
              : { state: 'confirmed', confirmed: said }),
          },
        }
      );
    }
    case 'asked': {
      const none = { version, asked: minorOf(9n), booked: minorOf(0n), bookedAt: null, marks: [] };
      const sums = { accountId: 'account', walletId: wallet.id, ...none };
      return { change: kind, to: random.chance(0.5) ? sums : booking(sums, 3n, at(now)) };
    }
    case 'asked-less': {
      const by = minorOf(BigInt(random.between(1, 9)));
      return { change: kind, accountId: 'another account', walletId: wallet.id, by };
    }
    case 'claim':
      return (
        withdrawal && {
          change: kind,
          transferId,
          withdrawalId: withdrawal.id,
          walletId: withdrawal.walletId,
        }
      );
    case 'attempt':
      return (
        withdrawal && {
          change: kind,
          attempt: {
            withdrawalId: withdrawal.id,
            number: version,
            createdAt: at(now),
            details: {
              raw: new Uint8Array([version]),
              carrier: { from: destination, nonce: 0n, fees: { maxFeePerGas: 10n ** 12n } },
            },
          },
        }
      );
    case 'batch':
      return (
        withdrawal && {
          change: kind,
          batch: {
            id: `0x0${version}`,
            createdAt: at(now),
            members: new Map([[withdrawal.id, version]]),
            details: { raw: new Uint8Array([version]), chainId: 1n },
          },
        }
      );
    case 'wallet-listed':
      return { change: kind, walletId: wallet.id };
    case 'more-shards': {
      const [from, to] = [random.between(1, 4), random.between(1, 8)];
      const of = random.pick(['inboxShards', 'listShards'] as const);
      return { change: kind, walletId: wallet.id, of, from, to };
    }
    case 'sequence': {
      const from = random.between(0, 2);
      const sequence = { network: 'ethereum', address: destination } as const;
      return { change: kind, sequence, from: from === 0 ? null : from, to: from + 1 };
    }
    case 'output':
      return (
        withdrawal && {
          change: kind,
          network: 'bitcoin',
          outpoint: `outpoint:${version}`,
          withdrawalId: withdrawal.id,
        }
      );
    case 'promise': {
      const [by, most] = [random.between(1, 9), random.between(1, 30)];
      const height = random.between(0, 3);
      const named = someNamed();
      const moved = new Map([...someNamed()].filter(([id]) => !named.has(id)));
      const common = { change: kind, treasury, by: BigInt(by), most: BigInt(most) } as const;
      return { ...common, height, named, moved };
    }
    case 'release': {
      const before = random.chance(0.3) ? null : random.between(0, 3);
      const from = { sum: 0n, height: before, payouts: new Map() };
      const [by, height] = [BigInt(random.between(0, 3)), random.between(0, 5)];
      return { change: kind, treasury, by, from, height, decided: someNamed() };
    }
    case 'lot':
    case 'lot-done':
      return withdrawal && { change: kind, treasury, lot: lotOf(withdrawal.id) };
    default:
      return kind satisfies never;
  }
}

const someNamed = (): Payouts =>
  new Map(withdrawals.filter(() => random.chance(0.02)).map(({ id }) => [id, 7n] as const));
const treasury: Treasury = { network: 'ethereum', token: destination, payer: destination };
const lotOf = (id: WithdrawalId): Lot => ({ at: at(1), id, payouts: new Map([[id, 7n]]) });

const changeKinds: readonly Change['change'][] = [
  'withdrawal',
  'transaction',
  'balance',
  'blocks',
  'wallet-active',
  'counter',
  ...(['record', 'record', 'record'] as const),
  'output',
  'proposal',
  'asked',
  'asked-less',
  'claim',
  'attempt',
  'batch',
  'sequence',
];

/** Some changes of different kinds, so that no two are about one item. */
function someChanges(): Change[] {
  const kinds = changeKinds.filter(() => random.chance(0.15));
  if (!kinds.includes('balance') && random.chance(0.2)) kinds.push('balance-unchanged');
  kinds.push(random.pick(['promise', 'release']), random.pick(['lot', 'lot-done']));
  const changes = kinds.flatMap((kind) => changeOf(kind) ?? []);
  const items = changes.map(recordItem);
  return changes.filter((_, at) => items[at] === null || items.indexOf(items[at] ?? '') === at);
}

/** Which record a change is about, for there may be several. */
const recordItem = (change: Change): string | null =>
  change.change !== 'record'
    ? null
    : `${change.to.withdrawalId} ${change.to.kind} ${change.to.kind === 'wire' ? change.to.transferId : ''}`;

/** What is made is what later steps go on from. */
function keep(changes: readonly Change[]): void {
  for (const one of changes) {
    if (one.change === 'withdrawal') {
      old.set(one.from.id, one.from);
      withdrawals.splice(
        withdrawals.findIndex(({ id }) => id === one.to.id),
        1,
        one.to,
      );
    } else if (one.change === 'transaction') {
      old.set(one.from.id, one.from);
      transactions.splice(
        transactions.findIndex(({ id }) => id === one.to.id),
        1,
        one.to,
      );
    } else if (one.change === 'balance' && random.chance(0.9))
      balances.splice(
        balances.findIndex(({ walletId }) => walletId === one.to.walletId),
        1,
        one.to,
      );
  }
}

async function listed<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of list) all.push(one);
  return all;
}

const byText = <T>(list: readonly T[]): T[] => {
  const text = (one: T) =>
    JSON.stringify(one, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return list.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
};

/** Everything that the adapters can read. Lists without an order are put in one. */
async function everything({
  store,
  requests,
  lists,
  due,
  books,
  webhooks,
  records,
  breakers,
  claim,
  register,
}: Adapters) {
  const listedOf = (filters: DeliveryFilters) => records.deliveriesTo('we_1', filters)(null, 10);
  const ids = withdrawals.map(({ id }) => id);
  const pages = (order: 'newest' | 'oldest') =>
    Promise.all(
      wallets.map(async ({ id }) => {
        const entries = lists.entriesOf(id, order);
        const first = await entries(null, 3);
        const last = first.at(-1);
        return [first, last === undefined ? [] : await entries(last.place, 5)];
      }),
    );
  const newest = async (source: ReturnType<typeof lists.withdrawalsOf>) => {
    const first = await source(null, 4);
    const last = first.at(-1);
    return [first, last === undefined ? [] : await source(last.place, 50)];
  };
  const standings = await books.standings(wallets.map(({ id }) => id));
  return {
    withdrawals: byText(await store.withdrawals(ids)),
    transactions: byText(await store.transactions(transactions.map(({ id }) => id))),
    effects: byText(await store.conversions(ids)),
    journals: byText(await store.journals(ids, 'debit')),
    asked: [byText(await store.asked('account')), byText(await store.asked('another account'))],
    wallets: await Promise.all(wallets.map(({ id }) => store.wallet(id))),
    inbox: await Promise.all(wallets.map(({ id }) => store.inbox(id, 4, 3))),
    accepted: await Promise.all(
      wallets.map(({ id, listShards }) => store.accepted(id, listShards, behindAllOf(at(5)), 3)),
    ),
    newest: await Promise.all(
      wallets.map(({ id, listShards }) => store.accepted(id, listShards, null, 3)),
    ),
    attempts: await Promise.all(ids.map((id) => store.attempt(id, 1))),
    counted: await Promise.all(
      wallets.map(({ id }) => store.counted({ of: id, currency: 'USD', day: '2026-11-21' })),
    ),
    lane: await store.nextNumber({ network: 'ethereum', address: destination }),
    ofTenant: await newest(lists.withdrawalsOf({ tenant: 'alice' })),
    ofWallets: await Promise.all(wallets.map((wallet) => newest(lists.withdrawalsOf({ wallet })))),
    ofReference: await newest(lists.withdrawalsOf({ tenant: 'alice', reference: 'order 7' })),
    walletList: await lists.walletsOf('alice')(null, 10),
    transactionList: await Promise.all(wallets.map(({ id }) => lists.transactionsOf(id)(null, 10))),
    entries: [await pages('newest'), await pages('oldest')],
    due: byText(await listedIn(due, 'due', at(now + 20))),
    open: byText(await listedIn(due, 'open', at(now + 20))),
    look: await due.look(ids).then((found) => byText(found.withdrawals)),
    dueDeliveries: byText(await listedIn(due, 'deliveries', at(now))),
    booked: byText(await books.named(ids)),
    opened: byText((await listed(books.open())).flat()),
    unheld: byText((await listed(books.unheld(at(0)))).flat()),
    indexed: (await listed(books.wallets(null))).flatMap((page) => page.ids),
    standings,
    table: await wholeTable(books),
    blocks: await Promise.all(standings.map((one) => listed(books.blocks(one, 1, 99)))),
    blocksBack: await Promise.all(standings.map((one) => listed(books.blocksBack(one)))),
    balancesNow: await requests.balances(wallets.map(({ id }) => id)),
    endpoints: await webhooks.endpointsOf('alice'),
    endpoint: await webhooks.endpoints([{ tenant: 'alice', id: 'we_1' }]),
    deliveries: await webhooks.lanes(['we_1#wd_0000000000000000000000000a', 'we_1#txn_1']),
    listed: await listedOf({}),
    failed: await listedOf({ status: 'FAILED' }),
    ofMoment: await listedOf({ createdAfter: at(1), createdBefore: at(2) }),
    tally: await records.tally('we_1'),
    breakers: await breakers.read(['alpaca']),
    claims: await Promise.all([1, 2, 3, 4].map((n) => claim(`transfer-${n}`))),
    keys: await register.list(),
  };
}

/** What the pages of a table say together; where a page ends is each engine's own affair. */
async function wholeTable(books: Books) {
  const pages: TablePage[] = [];
  do pages.push(await books.page(pages.at(-1)?.next ?? null, at(0)));
  while (pages.at(-1)?.next !== null);
  return (['listed', 'balances', 'withdrawals', 'unreadable'] as const).map((name) =>
    pages.flatMap((page): string[] => [...page[name]]).sort(),
  );
}

/** A chance of its own, so that what is done to money stays what it is. */
const hooks = randomOf(seed + 1);
const endpoint = endpointOf({ id: 'we_1' });
const times = (nextAttemptAt: Instant | null) => ({ nextAttemptAt, dueAt: nextAttemptAt });
const delivery = (sequence: 1 | 2, version: number): Delivery =>
  deliveryOf({
    id: `del_${sequence}`,
    endpointId: 'we_1',
    eventId: eventId('wd_0000000000000000000000000a', sequence),
    type: 'withdrawal.requested',
    sourceId: 'wd_0000000000000000000000000a',
    sequence,
    status: hooks.pick(['PENDING', 'PROCESSING', 'FAILED']),
    ...times(random.chance(0.5) ? at(now) : null),
    version,
    createdAt: at(1),
  });

/** What is written of webhooks, besides new deliveries. */
function hookStep(one: Delivery): (on: Adapters) => Promise<unknown> {
  const news = { failed: hooks.chance(0.5), slow: hooks.chance(0.5) };
  const version = hooks.between(1, 4);
  const does = hooks.pick(['begin', 'end', 'health', 'change', 'disable'] as const);
  switch (does) {
    case 'begin':
      return async ({ webhooks }) => (await webhooks.saveBegins([one]))[0];
    case 'end': {
      const end = { from: { ...one, status: 'PENDING' }, to: one } as const;
      return async ({ webhooks }) => (await webhooks.saveEnds([end]))[0];
    }
    case 'health':
      return ({ webhooks }) => webhooks.saveHealth(endpoint, news);
    case 'change':
      return ({ endpoints }) => endpoints.change({ ...endpoint, version }, news.slow);
    case 'disable':
      return ({ webhooks }) => webhooks.disable({ ...endpoint, version }, []);
    default:
      return does satisfies never;
  }
}

/** One thing that the product does, decided before it is done: both databases must be asked the same. */
function nextStep(): {
  what: string;
  act: (on: Adapters) => Promise<unknown>;
  after?: (told: unknown) => void;
} {
  const what = random.weighted({
    commit: 10,
    withdrawal: 4,
    transaction: 2,
    breaker: 1,
    delivery: 2,
    suspend: 1,
  });
  switch (what) {
    case 'commit': {
      const changes = someChanges();
      const after = (told: unknown) => {
        if ((told as number[]).length === 0) keep(changes);
      };
      return { what, act: ({ store }) => store.commit(changes), after };
    }
    case 'withdrawal': {
      const known = withdrawals.find(({ stage }) => stage === 'requested') as
        | In<'requested'>
        | undefined;
      const reference = random.chance(0.5) ? 'order 7' : null;
      const metadata = random.chance(0.3) ? { é: '😀' } : {};
      now += 1;
      const wallet = random.pick(wallets);
      const fresh = requestedOf(wallet, { reference, metadata, createdAt: at(now) });
      const shards = { inbox: random.pick([1, 4, null]), list: wallet.listShards };
      const one = random.chance(0.2) && known !== undefined ? known : fresh;
      const together = random.chance(0.5) ? [changeOf('counter'), changeOf('wallet-active')] : [];
      const changes = together.filter((change) => change !== undefined);
      return {
        what,
        act: ({ requests }) => requests.createWithdrawal(one, changes, shards),
        after: (told) => {
          if (told === null && one === fresh) withdrawals.push(one);
        },
      };
    }
    case 'transaction': {
      const one = transactionOf(random.pick(wallets), 'CREDIT', 5n, at(now));
      return {
        what,
        act: ({ requests }) => requests.createTransaction(one),
        after: () => transactions.push(one),
      };
    }
    case 'breaker': {
      const version = random.between(1, 3);
      return { what, act: ({ breakers }) => breakers.save({ ...closed('alpaca'), version }) };
    }
    case 'delivery': {
      const one = delivery(random.pick([1, 2]), random.between(1, 3));
      const creates = random.chance(0.5);
      const act = ({ webhooks }: Adapters) => webhooks.createDeliveries([one]);
      return { what, act: creates ? act : hookStep(one) };
    }
    case 'suspend': {
      const [from] = wallets;
      if (from === undefined) throw new Error('no wallet');
      const to = {
        ...from,
        status: from.status === 'ACTIVE' ? 'SUSPENDED' : 'ACTIVE',
        updatedAt: at(now),
      } as const;
      return {
        what,
        act: ({ requests }) => requests.updateWallet(from, to),
        after: (told) => {
          if (told === true) wallets.splice(0, 1, to);
        },
      };
    }
    default:
      return what satisfies never;
  }
}

test(
  `the adapters are told the same (seed ${seed})`,
  async () => {
    const both = [adapters(engine.client), adapters(modelDocuments)] as const;
    const made = {
      keyId: 'key_1',
      tenant: 'alice',
      scopes: ['a'],
      name: null,
      principal: null,
      usageKey: 'u',
      createdAt: 1,
    };
    for (const { requests, endpoints, register } of both) {
      for (const wallet of wallets) await requests.createWallet(wallet);
      await register.begin('secret', made);
      await register.finish('secret', made, 5);
      await endpoints.create(endpoint);
    }
    const told = new Set<string>();
    for (let step = 0; step < steps; step += 1) {
      const { what, act, after } = nextStep();
      const [real, modelled] = [await act(both[0]), await act(both[1])];
      expect({ step, what, told: modelled }).toEqual({ step, what, told: real });
      told.add(Array.isArray(real) && real.length > 0 ? `${what} refused` : what);
      after?.(real);
      if (step === steps / 2) expect(await everything(both[1])).toEqual(await everything(both[0]));
    }
    for (const { register } of both) {
      const [key] = await register.list();
      if (key !== undefined) await register.revoke(key, 9);
      await expect(register.finish('secret', made, 5)).rejects.toThrow('ConditionalCheckFailed');
    }
    expect(await everything(both[1])).toEqual(await everything(both[0]));
    // Or the steps have become too tame to prove anything.
    expect([...told].sort()).toEqual([
      'breaker',
      'commit',
      'commit refused',
      'delivery',
      'suspend',
      'transaction',
      'withdrawal',
    ]);
  },
  timeoutMs,
);
