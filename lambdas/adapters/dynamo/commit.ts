/** Commits changes: the only way in which state about money changes. All go into one transaction, each with a condition. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { counterKeptDays } from '../../core/kernel/limits.ts';
import type { Change, Sequence } from '../../core/store/change.ts';
import { inboxShardsBefore, listShardsBefore } from '../../core/wallet/limits.ts';
import type { Counter } from '../../core/withdrawal/counters.ts';
import {
  absent,
  put,
  putNext,
  update,
  updateTo,
  versionIs,
  versionName,
  writtenBy,
} from './actions.ts';
import { askedKey, askedToRow } from './asked-rows.ts';
import { blocksToRow } from './block-row.ts';
import { claimKey } from './claims.ts';
import type { Tables } from './client.ts';
import { attemptToRow, batchToRow, storedRecord } from './effect-rows.ts';
import { keyOf, type Row } from './keys.ts';
import { entriesBefore, sweepEntries } from './open.ts';
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

/** The write of a change. */
export function actionFor(change: Change, tables: Tables): Action {
  const { money, control } = tables;
  switch (change.change) {
    case 'withdrawal':
      return update(
        money,
        { ...withdrawalToRow(change.from), ...entriesBefore(change.from) },
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
      return ifActive(
        updateTo(money, balanceToRow(change.to), change.to.version - 1),
        change.active,
      );
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
    case 'wallet-listed':
      return {
        Update: {
          TableName: money,
          Key: keyOf.wallet(change.walletId),
          UpdateExpression: 'SET #listed = :listedTo',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#listed': 'listed' },
          ExpressionAttributeValues: { ':listedTo': true },
        },
      };
    case 'more-shards': {
      const { walletId, of, from, to } = change;
      const before = of === 'inboxShards' ? inboxShardsBefore : listShardsBefore;
      const isFrom = from === before ? 'attribute_not_exists(#shards) OR ' : '';
      return {
        Update: {
          TableName: money,
          Key: keyOf.wallet(walletId),
          UpdateExpression: 'SET #shards = :shardsTo',
          ConditionExpression: `${isFrom}#shards = :from`,
          ExpressionAttributeNames: { '#shards': of },
          ExpressionAttributeValues: { ':from': from, ':shardsTo': to },
        },
      };
    }
    case 'counter':
      return countIn(control, change);
    case 'balance-unchanged': {
      const [ConditionExpression, ExpressionAttributeValues] = versionIs(change.balance.version);
      const Key = keyOf.balance(change.balance.walletId);
      const check = {
        TableName: money,
        Key,
        ConditionExpression,
        ExpressionAttributeNames: versionName,
        ExpressionAttributeValues,
      };
      if (change.takenUpTo === undefined) return ifActive({ ConditionCheck: check }, change.active);
      const noting = {
        ...check,
        UpdateExpression: 'SET #takenUpTo = :takenUpToTo',
        ExpressionAttributeNames: { ...versionName, '#takenUpTo': 'takenUpTo' },
        ExpressionAttributeValues: {
          ...ExpressionAttributeValues,
          ':takenUpToTo': change.takenUpTo,
        },
      };
      return ifActive({ Update: noting }, change.active);
    }
    case 'blocks':
      return put(money, blocksToRow(change.blocks), absent);
    case 'record':
      return putNext(money, storedRecord(change.to), change.to.version);
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

/** The action on a balance, refused also while the wallet is suspended. */
function ifActive(action: Action, active: true | undefined): Action {
  const one = action.Update ?? action.ConditionCheck;
  if (one === undefined || active === undefined) return action;
  one.ConditionExpression = `${one.ConditionExpression} AND attribute_not_exists(suspended)`;
  return action;
}

/** Adds `by` to a counter unless it would then exceed `max`. The row expires `counterKeptDays` after its day. */
function countIn(
  TableName: string,
  { counter, by, max }: Extract<Change, { change: 'counter' }>,
): Action {
  const expiresAt = Math.floor(Date.parse(counter.day) / 1_000) + counterKeptDays * 86_400;
  const within =
    max === null
      ? null
      : by <= max
        ? 'attribute_not_exists(#used) OR #used <= :room'
        : '#used <= :room';
  return {
    Update: {
      TableName,
      Key: counterKey(counter),
      UpdateExpression: 'ADD #used :by SET #expiresAt = :expiresAt',
      ...(within === null ? {} : { ConditionExpression: within }),
      ExpressionAttributeNames: { '#used': 'used', '#expiresAt': 'expiresAt' },
      ExpressionAttributeValues: {
        ':by': by,
        ':expiresAt': expiresAt,
        ...(max === null ? {} : { ':room': max - by }),
      },
    },
  };
}

export const counterKey = ({ of, currency, day }: Counter) => ({
  pk: `COUNTED#${of}`,
  sk: `${day}#${currency}`,
});

/** Key of the next number of a sequence. On EVM chains that is the next nonce of a gas lane. */
export const sequenceKey = ({ network, address }: Sequence) => ({
  pk: `LANE#${network}#${address}`,
  sk: 'NONCE',
});
