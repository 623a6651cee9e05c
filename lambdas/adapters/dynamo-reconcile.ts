/** Our books for reconciliation, read from the `money` table page by page and strongly consistent. Nothing is written. */
import { type DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Balance } from '../core/ledger.ts';
import type { Booked } from '../core/reconcile.ts';
import type { Books, Unreadable } from '../core/reconcile-run.ts';
import { map, type Withdrawal } from '../core/withdrawal.ts';
import { blockFrom } from './block-row.ts';
import type { Tables } from './dynamo-client.ts';
import { batchGet } from './dynamo-store.ts';
import { balanceFrom, effectFrom } from './ledger-rows.ts';
import { keyOf, type Row, withdrawalFrom } from './rows.ts';

export function dynamoBooks(client: DynamoDBDocumentClient, { money }: Tables): Books {
  /** Every item of one kind, a page of the table at a time. */
  async function* scan(kind: string, sk: string): AsyncGenerator<Row[]> {
    let page: Row | undefined;
    do {
      const { Items, LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: money,
          FilterExpression: 'begins_with(pk, :kind) AND sk = :sk',
          ExpressionAttributeValues: { ':kind': kind, ':sk': sk },
          ConsistentRead: true,
          ExclusiveStartKey: page,
        }),
      );
      yield Items ?? [];
      page = LastEvaluatedKey;
    } while (page !== undefined);
  }

  async function withEffects(withdrawals: readonly Withdrawal[]): Promise<Booked[]> {
    const attempts = withdrawals.flatMap((one) =>
      'attempts' in one && one.attempts !== undefined ? [keyOf.attempt(one.id, one.attempts)] : [],
    );
    const effects = withdrawals.map(({ id }) => keyOf.effect(id));
    const [effectRows, attemptRows] = await Promise.all([
      batchGet(client, money, effects),
      batchGet(client, money, attempts, ['pk']),
    ]);
    const effectOf = new Map(effectRows.map((row) => [row['pk'], effectFrom(row)]));
    const attempted = new Set(attemptRows.map(({ pk }) => pk));
    return withdrawals.map((withdrawal) => {
      const { pk } = keyOf.withdrawal(withdrawal.id);
      return { withdrawal, effect: effectOf.get(pk) ?? null, attempt: attempted.has(pk) };
    });
  }

  return {
    booked: async function* (from) {
      for await (const rows of scan('WD#', 'META')) {
        const read = rows.map((row) => readable(row, withdrawalFrom));
        const withdrawals = read.flatMap((one) => ('row' in one ? [] : [one]));
        const wanted = withdrawals.filter(
          ({ stage, updatedAt }) =>
            map[stage].step !== null || stage === 'review' || updatedAt >= from,
        );
        yield [
          ...read.flatMap((one) => ('row' in one ? [one] : [])),
          ...(await withEffects(wanted)),
        ];
      }
    },
    balances: async function* () {
      for await (const rows of scan('WAL#', 'BALANCE'))
        yield rows.map((row): Balance | Unreadable => readable(row, balanceFrom));
    },
    blocks: async function* (walletId, upTo) {
      let page: Row | undefined;
      do {
        const { Items, LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: money,
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
            ExpressionAttributeValues: {
              ':pk': keyOf.block(walletId, 1).pk,
              ':first': keyOf.block(walletId, 0).sk,
              ':last': keyOf.block(walletId, upTo).sk,
            },
            ConsistentRead: true,
            ExclusiveStartKey: page,
          }),
        );
        for (const row of Items ?? []) {
          const block = readable(row, blockFrom);
          yield 'row' in block
            ? { sequence: Number(String(row['sk']).split('#')[1]), unreadable: block.why }
            : block;
        }
        page = LastEvaluatedKey;
      } while (page !== undefined);
    },
  };
}

/** A row that does not parse is something to report, not an error of this run: somebody else may have written it. */
function readable<T extends object>(row: Row, from: (row: unknown) => T): T | Unreadable {
  try {
    return from(row);
  } catch (error) {
    return { row: `${String(row['pk'])} ${String(row['sk'])}`, why: reasonOf(error) };
  }
}

const reasonMax = 200;
const reasonOf = (error: unknown): string =>
  String((error as { message?: unknown }).message).slice(0, reasonMax);
