/** The one way in which money-moving state changes: all changes in one DynamoDB transaction, each with its condition. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBDocumentClient, TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Counter } from '../core/allowance.ts';
import { errorName } from '../core/errors.ts';
import { counterKeptDays } from '../core/limits.ts';
import type { Change } from '../core/ports.ts';
import { blockToRow } from './block-row.ts';
import { claimKey } from './dynamo-claims.ts';
import type { Tables } from './dynamo-client.ts';
import { attemptToRow, balanceToRow, effectToRow, journalToRow, wireToRow } from './ledger-rows.ts';
import { keyOf, type Row, transactionToRow, withdrawalToRow } from './rows.ts';

type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** AWS answers TransactionConflict while another transaction holds an item; the SDK does not retry it (aws.md §2). */
const conflictRetriesMax = 8;
const conflictDelayMs = 15;
const passing = new Set([
  'None',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** Makes all changes or none; answers the indexes of those that were refused. A row that is `created` with them is index 0, and they follow. */
export const makeCommit =
  (client: DynamoDBDocumentClient, tables: Tables) =>
  async (changes: readonly Change[], created?: Row): Promise<readonly number[]> => {
    const actions = [
      ...(created === undefined ? [] : [put(tables.money, created, absent)]),
      ...changes.map((change) => actionFor(change, tables)),
    ];
    if (actions.length === 0) return [];
    const [only] = actions;
    // A single update needs no transaction, and costs half.
    if (actions.length === 1 && only?.Update !== undefined) return updateAlone(client, only.Update);
    for (let tries = 0; ; tries += 1) {
      try {
        await client.send(new TransactWriteCommand({ TransactItems: actions }));
        return [];
      } catch (error) {
        const reasons = cancellationReasons(error);
        if (reasons === null) throw error;
        // Reasons stand in the order of the actions, which is the order of the changes.
        const refused = reasons.flatMap((reason, index) =>
          reason === 'ConditionalCheckFailed' ? [index] : [],
        );
        if (refused.length > 0) return refused;
        if (!reasons.every((reason) => passing.has(reason)) || tries === conflictRetriesMax)
          throw error;
        await sleep(conflictDelayMs * 2 ** Math.min(tries, 5) * (0.5 + Math.random()));
      }
    }
  };

async function updateAlone(
  client: DynamoDBDocumentClient,
  update: NonNullable<Action['Update']>,
): Promise<number[]> {
  try {
    await client.send(new UpdateCommand(update));
    return [];
  } catch (error) {
    if (errorName(error) === 'ConditionalCheckFailedException') return [0];
    throw error;
  }
}

/** Why each action was refused; `null` when the error is no cancelled transaction. */
function cancellationReasons(error: unknown): string[] | null {
  if (errorName(error) !== 'TransactionCanceledException') return null;
  const { CancellationReasons: reasons } = error as { CancellationReasons?: { Code?: string }[] };
  return (reasons ?? []).map(({ Code }) => Code ?? 'None');
}

const absent = 'attribute_not_exists(pk)';

function actionFor(change: Change, tables: Tables): Action {
  const { money, control } = tables;
  switch (change.change) {
    case 'withdrawal':
      return update(
        money,
        withdrawalToRow(change.from),
        withdrawalToRow(change.to),
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
      return put(money, balanceToRow(change.to), ...versionBefore(change.to.version));
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
    case 'counter':
      return count(control, change);
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
    case 'effect':
      return putNext(money, effectToRow(change.to), change.to.version);
    case 'journal':
      return putNext(money, journalToRow(change.to), change.to.version);
    case 'wire':
      return putNext(money, wireToRow(change.to), change.to.version);
    case 'claim': {
      const { transferId, withdrawalId, walletId } = change;
      const row = { ...claimKey(transferId), withdrawalId, walletId };
      return put(control, row, `${absent} OR withdrawalId = :by`, { ':by': withdrawalId });
    }
    case 'attempt':
      return put(money, attemptToRow(change.attempt), absent);
    case 'lane': {
      const row = { ...laneKey(change.lane), next: change.to };
      if (change.from === null) return put(control, row, absent);
      return {
        Put: {
          TableName: control,
          Item: row,
          ConditionExpression: '#next = :from',
          ExpressionAttributeNames: { '#next': 'next' },
          ExpressionAttributeValues: { ':from': change.from },
        },
      };
    }
    default:
      return change satisfies never;
  }
}

function count(
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

export const laneKey = ({ network, address }: { network: string; address: string }) => ({
  pk: `LANE#${network}#${address}`,
  sk: 'NONCE',
});

const versionName = { '#version': 'version' };
const versionIs = (version: number) => ['#version = :version', { ':version': version }] as const;
const versionBefore = (version: number) => versionIs(version - 1);

const put = (TableName: string, Item: Row, ConditionExpression: string, values?: Row): Action => ({
  Put: {
    TableName,
    Item,
    ConditionExpression,
    ...(ConditionExpression.includes('#version') ? { ExpressionAttributeNames: versionName } : {}),
    ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
  },
});

const putNext = (table: string, row: Row, version: number): Action =>
  version === 1 ? put(table, row, absent) : put(table, row, ...versionBefore(version));

/** Writes only what differs, on condition that the item is still at the version that the decision was made on. */
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
