/**
 * Keeps places in the ledgers of wallets in the `control` table: the checkpoints of reconciliation. Holds that do not fit into the
 * item of a place are in items beside it, which name its version: a place is whole or is not there.
 */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { errorName } from '../../core/kernel/errors.ts';
import type { OperationId, WalletId } from '../../core/kernel/ids.ts';
import { entryKinds } from '../../core/ledger/ledger.ts';
import type { Flow } from '../../core/reconcile/books.ts';
import type { Books, Kept, PlaceName } from '../../core/reconcile/ports.ts';
import type { Tables } from './client.ts';
import { bytesOf, digest, idInKey, idText, instant, integer, minorNumber } from './fields.ts';
import type { Row } from './keys.ts';
import { pageItemsMax } from './page.ts';
import { batchGet } from './store.ts';
import { reasonOf } from './unreadable.ts';

const names = { checkpoint: 'CHECKPOINT', rechecked: 'RECHECKED' } as const;
const keyOf = (walletId: WalletId, name: PlaceName) => ({
  pk: `RECONCILED#${walletId}`,
  sk: names[name],
});
const partKey = (walletId: WalletId, name: PlaceName, version: number, part: number) => ({
  pk: `RECONCILED#${walletId}`,
  sk: `HOLDS#${names[name]}#${version}#${String(part).padStart(4, '0')}`,
});

/** Holds of one item: some 60 bytes each, and an item has at most 400 KB (DynamoDB guide, "Quotas"). */
export const holdsOfItem = 2_000;

const amountsOfHold = z.array(z.bigint());
const entryKind = z.enum(entryKinds);
const operationId = idText<OperationId>();
/** A hold is `[id, open, spent, fee, funded, returned, how its last one ended]`, without what is nothing at the end. */
const hold = z.array(z.unknown()).transform(([id, ...rest]): [OperationId, Flow] => {
  const [open = 0n, spent = 0n, fee = 0n, funded = 0n, returned = 0n] = rest.slice(0, 5);
  const amounts = amountsOfHold.parse([open, spent, fee, funded, returned]);
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n] = amounts;
  const ended = rest[5] === undefined ? null : entryKind.parse(rest[5]);
  const flow: Flow = { open: a, spent: b, fee: c, funded: d, returned: e, ended };
  return [operationId.parse(id), flow];
});
const holds = z.array(hold);
function holdToRow([id, { open, spent, fee, funded, returned, ended }]: [OperationId, Flow]) {
  if (ended !== null) return [id, open, spent, fee, funded, returned, ended];
  const fields: unknown[] = [id, open, spent, fee, funded, returned];
  while (fields.at(-1) === 0n) fields.pop();
  return fields;
}

const generation = z.object({ version: integer, parts: integer });
const placeRow = z.object({
  pk: idInKey<WalletId>(),
  at: instant,
  available: minorNumber,
  held: minorNumber,
  version: integer,
  entries: integer,
  lastHash: digest,
  holds,
  parts: integer,
});

/** The places of these wallets that are kept. */
export async function keptPlaces(
  client: DynamoDBDocumentClient,
  { control }: Tables,
  ids: readonly WalletId[],
  name: PlaceName,
): Promise<Map<WalletId, Kept>> {
  const rows = await batchGet(
    client,
    control,
    ids.map((id) => keyOf(id, name)),
  );
  const kept = new Map<WalletId, Kept>();
  for (const row of rows) {
    const id = String(row['pk']).slice('RECONCILED#'.length) as WalletId;
    kept.set(id, await placeOf(client, control, name, row));
  }
  return kept;
}

/** A place may have been replaced, and its parts removed, while it was read. */
async function placeOf(
  client: DynamoDBDocumentClient,
  control: string,
  name: PlaceName,
  row: Row,
): Promise<Kept> {
  const first = await placeFrom(client, control, name, row);
  if (first === null || !('unreadable' in first)) return first;
  const Key = { pk: row['pk'], sk: row['sk'] };
  const { Item } = await client.send(
    new GetCommand({ TableName: control, Key, ConsistentRead: true }),
  );
  return Item === undefined ? null : placeFrom(client, control, name, Item);
}

async function placeFrom(
  client: DynamoDBDocumentClient,
  control: string,
  name: PlaceName,
  row: Row,
): Promise<Kept> {
  const { success, data, error } = placeRow.safeParse(row);
  if (!success) return { unreadable: reasonOf(error) };
  const { pk: walletId, at, holds: own, parts, ...balance } = data;
  const all = new Map(own);
  if (parts > 0) {
    const begins = partKey(walletId, name, balance.version, 0).sk.slice(0, -'0000'.length);
    let read = 0;
    let page: Row | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: control,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :begins)',
          ExpressionAttributeValues: { ':pk': row['pk'], ':begins': begins },
          ConsistentRead: true,
          Limit: pageItemsMax,
          ExclusiveStartKey: page,
        }),
      );
      for (const part of Items) {
        const more = holds.safeParse(part['holds']);
        if (!more.success) return { unreadable: reasonOf(more.error) };
        for (const [id, flow] of more.data) all.set(id, flow);
        read += 1;
      }
      page = LastEvaluatedKey;
    } while (page !== undefined);
    if (read !== parts) return { unreadable: `${read} of ${parts} parts of its holds` };
  }
  return { balance: { walletId, ...balance }, at, holds: all };
}

export const dynamoPlaces = (
  client: DynamoDBDocumentClient,
  tables: Tables,
): Pick<Books, 'rechecked' | 'keep'> => {
  const { control } = tables;
  const removeParts = async (
    walletId: WalletId,
    name: PlaceName,
    { version, parts }: z.infer<typeof generation>,
  ): Promise<void> => {
    for (let part = 0; part < parts; part += 1)
      await client.send(
        new DeleteCommand({ TableName: control, Key: partKey(walletId, name, version, part) }),
      );
  };
  return {
    rechecked: async (walletId) =>
      (await keptPlaces(client, tables, [walletId], 'rechecked')).get(walletId) ?? null,
    keep: async (name, { balance, at, holds: all }) => {
      const { walletId, version } = balance;
      const list = [...all].map(holdToRow);
      const parts = list.length <= holdsOfItem ? 0 : Math.ceil(list.length / holdsOfItem);
      for (let part = 0; part < parts; part += 1)
        await client.send(
          new PutCommand({
            TableName: control,
            Item: {
              ...partKey(walletId, name, version, part),
              holds: list.slice(part * holdsOfItem, (part + 1) * holdsOfItem),
            },
          }),
        );
      const Key = keyOf(walletId, name);
      const before = await replace(client, {
        TableName: control,
        Item: {
          ...Key,
          ...balance,
          lastHash: bytesOf(balance.lastHash),
          at,
          holds: parts === 0 ? list : [],
          parts,
        },
        ...(name === 'checkpoint' ? forward(version) : {}),
      });
      if (before !== 'refused') {
        const old = generation.safeParse(before);
        if (old.success && old.data.version !== version)
          await removeParts(walletId, name, old.data);
      } else if (parts > 0) {
        // Another run has gone further, or as far.
        const { Item } = await client.send(
          new GetCommand({ TableName: control, Key, ConsistentRead: true }),
        );
        if (generation.safeParse(Item).data?.version !== version)
          await removeParts(walletId, name, { version, parts });
      }
    },
  };
};

const forward = (version: number) => ({
  ConditionExpression: 'attribute_not_exists(pk) OR #version < :version',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':version': version },
});

/** Puts the item, and answers the one that it replaces. */
async function replace(
  client: DynamoDBDocumentClient,
  put: PutCommandInput,
): Promise<Row | undefined | 'refused'> {
  try {
    return (await client.send(new PutCommand({ ...put, ReturnValues: 'ALL_OLD' }))).Attributes;
  } catch (error) {
    if (errorName(error) === 'ConditionalCheckFailedException') return 'refused';
    throw error;
  }
}
