/**
 * Rows stay as they are: rows-of-f2eacc5.jsonl has one of every kind, each on a line of its own, written by the adapters of
 * commit f2eacc5 into an empty database. Each is read by today's code and written again, and must come out the same.
 * A `row` is DynamoDB's JSON with bytes in base64, as an event of a stream has it; `seen` is what that commit showed of it.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findKey } from '../../lambdas/adapters/dynamo/api-keys.ts';
import { blocksFrom, blocksToRow } from '../../lambdas/adapters/dynamo/block-row.ts';
import { dynamoBreakers } from '../../lambdas/adapters/dynamo/breakers.ts';
import { findClaim } from '../../lambdas/adapters/dynamo/claims.ts';
import type { Tables } from '../../lambdas/adapters/dynamo/client.ts';
import { makeCommit } from '../../lambdas/adapters/dynamo/commit.ts';
import {
  attemptFrom,
  attemptToRow,
  conversionFrom,
  journalFrom,
  recordToRow,
} from '../../lambdas/adapters/dynamo/effect-rows.ts';
import { keyRegister } from '../../lambdas/adapters/dynamo/key-register.ts';
import { keyItem } from '../../lambdas/adapters/dynamo/key-rows.ts';
import type { Row } from '../../lambdas/adapters/dynamo/keys.ts';
import { dynamoReports } from '../../lambdas/adapters/dynamo/reports.ts';
import { dynamoStore } from '../../lambdas/adapters/dynamo/store.ts';
import { type Image, rowOf } from '../../lambdas/adapters/dynamo/stream-image.ts';
import {
  balanceItemFrom,
  balanceToRow,
  transactionFrom,
  transactionToRow,
  walletFrom,
  walletToRow,
} from '../../lambdas/adapters/dynamo/wallet-rows.ts';
import { dynamoEndpointRegister } from '../../lambdas/adapters/dynamo/webhook-register.ts';
import { deliveryFrom } from '../../lambdas/adapters/dynamo/webhook-rows.ts';
import { dynamoWebhooks } from '../../lambdas/adapters/dynamo/webhooks.ts';
import { wireFrom } from '../../lambdas/adapters/dynamo/wires.ts';
import { withdrawalFrom, withdrawalToRow } from '../../lambdas/adapters/dynamo/withdrawal-row.ts';
import type { DeliveryLane, EndpointId } from '../../lambdas/core/kernel/ids.ts';
import { type Network, networks } from '../../lambdas/core/kernel/networks.ts';
import {
  resourceOf,
  timelineOf,
  transactionResourceOf,
} from '../../lambdas/core/requests/resource.ts';
import type { Change, Sequence } from '../../lambdas/core/store/change.ts';
import { inboxShardsBefore } from '../../lambdas/core/wallet/limits.ts';
import type { Counter } from '../../lambdas/core/withdrawal/counters.ts';
import { type Stage, stages } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { testClock } from '../support/things.ts';
import { endpointOf, laneOf } from '../support/webhooks.ts';

type Sample = { kind: string; state?: string; row: Image; seen?: unknown };

const samples = readFileSync(path.join(import.meta.dirname, 'rows-of-f2eacc5.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Sample => JSON.parse(line));

const imageOf = (row: Row): unknown =>
  JSON.parse(
    // A Buffer has turned itself into an object of numbers before it gets here, and other bytes have not.
    JSON.stringify(marshall(row, { removeUndefinedValues: true }), (_, value) =>
      value instanceof Uint8Array || value?.type === 'Buffer'
        ? Buffer.from('data' in value ? value.data : value).toString('base64')
        : value,
    ),
  );

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.stop());

const commit = async (change: Change) => {
  expect(await makeCommit(database.client, database.tables)([change])).toEqual([]);
};
const breakers = () => dynamoBreakers(database.client, database.tables, testClock());
const webhooks = () =>
  dynamoWebhooks(database.client, database.tables, testClock(1_795_263_448_827));
const endpoints = () => dynamoEndpointRegister(database.client, database.tables);
const register = () => keyRegister(database.client, database.tables.control);
const storeOf = () => dynamoStore(database.client, database.tables);
const reportsOf = () => dynamoReports(database.client, database.tables);
const secretOf = (keyId: string): string => keyId.replace('key', 'dbk_secret');
const partsOf = (row: Row, field: 'pk' | 'sk'): string[] => String(row[field]).split('#');

/** For what an adapter maps inside itself: it reads the row from a table, and writes what it read when the row is gone. */
async function through<T>(
  table: keyof Tables,
  row: Row,
  read: () => Promise<T | null | undefined>,
  write: (value: T) => Promise<unknown>,
): Promise<Row> {
  const { client } = database;
  const where = { TableName: table, Key: { pk: row['pk'], sk: row['sk'] } };
  await client.send(new PutCommand({ TableName: table, Item: row }));
  const value = await read();
  await client.send(new DeleteCommand(where));
  if (value === null || value === undefined) throw new Error('it is not found');
  await write(value);
  return (await client.send(new GetCommand(where))).Item ?? {};
}

/** Of each kind: the row that today's code writes of what it read. */
const again: Record<string, (row: Row) => Row | Promise<Row>> = {
  withdrawal: (row) => withdrawalToRow(withdrawalFrom(row), { inbox: inboxShardsBefore, list: 1 }),
  conversion: (row) => recordToRow(conversionFrom(row)),
  wire: (row) => recordToRow(wireFrom(row)),
  journal: (row) => recordToRow(journalFrom(row)),
  attempt: (row) => attemptToRow(attemptFrom(row)),
  transaction: (row) => transactionToRow(transactionFrom(row), 30_000, inboxShardsBefore),
  wallet: (row) => walletToRow(walletFrom(row)),
  balance: (row) => balanceToRow(balanceItemFrom(row)),
  block: (row) => blocksToRow(blocksFrom(row)),
  claim: (row) => {
    const [, transferId = ''] = partsOf(row, 'pk');
    return through(
      'control',
      row,
      () => findClaim(database.client, database.tables, transferId),
      ({ id, walletId }) => commit({ change: 'claim', transferId, withdrawalId: id, walletId }),
    );
  },
  lane: (row) => {
    const [, network, address] = partsOf(row, 'pk');
    const lane = { network, address } as Sequence;
    return through(
      'control',
      row,
      () => storeOf().nextNumber(lane),
      (to) => commit({ change: 'sequence', sequence: lane, from: null, to }),
    );
  },
  counter: (row) => {
    const [[, of], [day, currency]] = [partsOf(row, 'pk'), partsOf(row, 'sk')];
    const counter = { of, day, currency } as Counter;
    return through(
      'control',
      row,
      () => storeOf().counted(counter),
      (by) => commit({ change: 'counter', counter, by, max: null }),
    );
  },
  breaker: (row) =>
    through(
      'control',
      row,
      async () => (await breakers().read([String(row['name'])]))[0],
      (breaker) => breakers().save(breaker),
    ),
  report: (row) =>
    through(
      'control',
      row,
      () => reportsOf().last(),
      (report) => reportsOf().keep(report),
    ),
  'endpoint owner': (row) => {
    const id = partsOf(row, 'pk')[1] as EndpointId;
    return through(
      'webhooks',
      row,
      async () => String(row['tenant']),
      (tenant) => endpoints().create(endpointOf({ id, tenant })),
    );
  },
  endpoint: (row) =>
    through(
      'webhooks',
      row,
      async () =>
        (await webhooks().endpointsOf(String(row['tenant'])))
          .map(({ endpoint }) => endpoint)
          .find(({ id }) => id === row['id']),
      (endpoint) => endpoints().create(endpoint),
    ),
  delivery: async (row) => {
    const lane = partsOf(row, 'pk').slice(1).join('#') as DeliveryLane;
    const written = await through(
      'webhooks',
      row,
      () => laneOf(webhooks(), lane),
      (deliveries) => webhooks().createDeliveries(deliveries),
    );
    // With its next write it comes into the lists of its endpoint, and gets a time at which it is deleted.
    const { list, order, state, expiresAt, ...rest } = written;
    expect([list, order, expiresAt]).not.toContain(undefined);
    // What follows from the key, or is nothing, is not written any more, and is read all the same.
    const { id, endpointId, sourceId, sequence, attempts } = deliveryFrom(written);
    return { ...rest, id, endpointId, sourceId, sequence, attempts };
  },
  key: async (row) => {
    const secret = secretOf(String(row['keyId']));
    const read = () => findKey(database.client, database.tables, secret);
    let written: Row = {};
    await through('control', row, read, async (found) => {
      written = keyItem(secret, { ...found, name: null, createdAt: 0 });
    });
    return written;
  },
  'registered key': (row) => {
    const keyId = String(row['keyId']);
    return through(
      'control',
      row,
      () => register().find(keyId),
      async (found) => {
        const { lookup, readyAt, revokedAt, ...made } = found;
        await register().begin(secretOf(keyId), made);
        if (readyAt !== undefined) await register().finish(secretOf(keyId), made, readyAt);
        if (revokedAt !== undefined) await register().revoke(found, revokedAt);
      },
    );
  },
};

const explorers = new Map(
  networks.map((network): [Network, string] => [network, `https://${network}.example/tx/`]),
);
/** What clients are shown of it: a row that is read and written alike could still be misread. */
const shown: Record<string, (row: Row) => unknown> = {
  withdrawal: (row) => {
    const read = withdrawalFrom(row);
    return { resource: resourceOf(read, explorers), timeline: timelineOf(read) };
  },
  transaction: (row) => transactionResourceOf(transactionFrom(row)),
};

test.each(samples.map((sample) => [`${sample.kind} ${sample.state ?? ''}`, sample] as const))(
  '%s is read and written as before',
  async (_, { kind, row, seen }) => {
    const written = await again[kind]?.(rowOf(row));
    expect(imageOf(written ?? {})).toEqual(row);
    expect(shown[kind]?.(rowOf(row))).toEqual(seen);
  },
);

test('there are rows of every kind, and withdrawals in every stage', () => {
  expect(new Set(samples.map(({ kind }) => kind))).toEqual(new Set(Object.keys(again)));
  const reached = samples.flatMap(({ kind, row }) =>
    kind === 'withdrawal' ? [row['stage']?.S as Stage] : [],
  );
  expect(new Set(reached)).toEqual(new Set(Object.keys(stages)));
});
