/** Commits changes: the only way in which state about money changes. All go into one transaction, each with a condition. */
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Change, Sequence } from '../../core/store/change.ts';
import { inboxShardsBefore } from '../../core/wallet/limits.ts';
import { askedKey, askedToRow } from './asked-rows.ts';
import { blockToRow } from './block-row.ts';
import { claimKey } from './claims.ts';
import type { Tables } from './client.ts';
import { countIn } from './counter-rows.ts';
import { attemptToRow, batchToRow, recordToRow, wireEntry } from './effect-rows.ts';
import { keyOf, type Row } from './keys.ts';
import { sweepEntries } from './open.ts';
import { outputAction } from './output-rows.ts';
import { proposalToRow } from './proposal-row.ts';
import { treasuryAction } from './treasury-rows.ts';
import { balanceToRow, transactionToRow } from './wallet-rows.ts';
import { withdrawalToRow } from './withdrawal-row.ts';
import { type Action, transact, updateAlone } from './write.ts';

/** Makes all changes or none, and answers the indexes of those refused. A row that is `created` with them has index 0. */
export const makeCommit =
  (client: DynamoDBDocumentClient, tables: Tables) =>
  async (changes: readonly Change[], created?: Row): Promise<readonly number[]> => {
    const actions = [
      ...(created === undefined ? [] : [put(tables.money, created, absent)]),
      ...changes.map((change) => actionFor(change, tables)),
    ];
    if (actions.length === 0) return [];
    const [only] = actions;
    // A single update needs no transaction, and a write in one costs twice as much (DynamoDB pricing).
    if (actions.length === 1 && only?.Update !== undefined)
      return (await updateAlone(client, only.Update, writtenBy(only.Update))) ? [] : [0];
    return transact(client, actions);
  };

const absent = 'attribute_not_exists(pk)';

function actionFor(change: Change, tables: Tables): Action {
  const { money, control } = tables;
  switch (change.change) {
    case 'withdrawal':
      return update(
        money,
        // Whatever the row has of these, they are written: rows of older code come into the indexes, and leave them, as new ones do.
        { ...withdrawalToRow(change.from), openShard: null, dueShard: null },
        { ...withdrawalToRow(change.to), ...sweepEntries(change.to) },
        change.from.version,
      );
    case 'transaction':
      return update(
        money,
        transactionToRow(change.from, 0),
        transactionToRow(change.to, 0),
        change.from.version,
      );
    case 'balance':
      return updateTo(money, balanceToRow(change.to), change.to.version - 1);
    case 'wallet-active':
      return {
        ConditionCheck: {
          TableName: money,
          Key: keyOf.wallet(change.walletId),
          ConditionExpression: '#status = :active',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':active': 'ACTIVE' },
        },
      };
    case 'inbox-shards': {
      const { walletId, from, to } = change;
      const isFrom = from === inboxShardsBefore ? 'attribute_not_exists(#shards) OR ' : '';
      return {
        Update: {
          TableName: money,
          Key: keyOf.wallet(walletId),
          UpdateExpression: 'SET #shards = :shardsTo',
          ConditionExpression: `${isFrom}#shards = :from`,
          ExpressionAttributeNames: { '#shards': 'inboxShards' },
          ExpressionAttributeValues: { ':from': from, ':shardsTo': to },
        },
      };
    }
    case 'counter':
      return countIn(control, change);
    case 'balance-unchanged': {
      const [ConditionExpression, ExpressionAttributeValues] = versionIs(change.balance.version);
      const Key = keyOf.balance(change.balance.walletId);
      return {
        ConditionCheck: {
          TableName: money,
          Key,
          ConditionExpression,
          ExpressionAttributeNames: versionName,
          ExpressionAttributeValues,
        },
      };
    }
    case 'block':
      return put(money, blockToRow(change.block), absent);
    case 'record':
      return putNext(
        money,
        { ...recordToRow(change.to), ...wireEntry(change.to) },
        change.to.version,
      );
    case 'proposal':
      return putNext(control, proposalToRow(change.to), change.to.version);
    case 'asked':
      return putNext(control, askedToRow(change.to), change.to.version);
    case 'asked-less':
      return {
        Update: {
          TableName: control,
          Key: askedKey(change),
          UpdateExpression: 'ADD #asked :less, #version :one',
          ExpressionAttributeNames: { '#asked': 'asked', '#version': 'version' },
          ExpressionAttributeValues: { ':less': -change.by, ':one': 1 },
        },
      };
    case 'claim': {
      const { transferId, withdrawalId, walletId } = change;
      const row = { ...claimKey(transferId), withdrawalId, walletId };
      return put(control, row, `${absent} OR withdrawalId = :by`, { ':by': withdrawalId });
    }
    case 'attempt':
      return put(money, attemptToRow(change.attempt), absent);
    case 'batch':
      return put(money, batchToRow(change.batch), absent);
    case 'sequence': {
      const row = { ...sequenceKey(change.sequence), next: change.to };
      if (change.from === null) return put(control, row, absent);
      return {
        Update: {
          TableName: control,
          Key: sequenceKey(change.sequence),
          UpdateExpression: 'SET #next = :nextTo',
          ConditionExpression: '#next = :from',
          ExpressionAttributeNames: { '#next': 'next' },
          ExpressionAttributeValues: { ':from': change.from, ':nextTo': change.to },
        },
      };
    }
    case 'output':
      return outputAction(control, change);
    case 'promise':
    case 'release':
    case 'lot':
    case 'lot-done':
      return treasuryAction(control, change);
    default:
      return change satisfies never;
  }
}

/** Key of the next number of a sequence. On EVM chains that is the next nonce of a gas lane. */
export const sequenceKey = ({ network, address }: Sequence) => ({
  pk: `LANE#${network}#${address}`,
  sk: 'NONCE',
});

const versionName = { '#version': 'version' };
const versionIs = (version: number) => ['#version = :version', { ':version': version }] as const;

const put = (TableName: string, Item: Row, ConditionExpression: string, values?: Row): Action => ({
  Put: {
    TableName,
    Item,
    ConditionExpression,
    ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
  },
});

const putNext = (table: string, row: Row, version: number): Action =>
  version === 1 ? put(table, row, absent) : updateTo(table, row, version - 1);

/** Writes all fields of the row, and removes its undefined ones. Attributes that only newer code knows stay as they are. */
const updateTo = (table: string, row: Row, version: number): Action =>
  update(table, { ...nulls(row), pk: row['pk'], sk: row['sk'] }, row, version);
const nulls = (row: Row): Row => Object.fromEntries(Object.keys(row).map((field) => [field, null]));

/** Writes the fields that differ, on condition that the item still has the version that the decision was made on. */
function update(TableName: string, from: Row, to: Row, version: number): Action {
  const names: Record<string, string> = { '#version': 'version' };
  const values: Row = { ':version': version };
  const set: string[] = [];
  const remove: string[] = [];
  for (const field of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (isDeepStrictEqual(from[field], to[field])) continue;
    names[`#${field}`] = field;
    if (to[field] === undefined) remove.push(`#${field}`);
    else {
      set.push(`#${field} = :${field}To`);
      values[`:${field}To`] = to[field];
    }
  }
  const Key = { pk: to['pk'], sk: to['sk'] };
  const UpdateExpression = [
    set.length > 0 ? `SET ${set.join(', ')}` : '',
    remove.length > 0 ? `REMOVE ${remove.join(', ')}` : '',
  ].join(' ');
  return {
    Update: {
      TableName,
      Key,
      UpdateExpression,
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    },
  };
}

/** The fields that an `update` writes, with their new values; undefined for those that it removes. */
function writtenBy(made: NonNullable<Action['Update']>): Row {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = made;
  return Object.fromEntries(Object.values(names).map((field) => [field, values[`:${field}To`]]));
}
