/** Our books as reconciliation reads them: what an index names, and each item by its key, strongly consistent. */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { WithdrawalId } from '../../core/kernel/ids.ts';
import { kindOf } from '../../core/kernel/networks.ts';
import { eachSideBySide } from '../../core/kernel/side-by-side.ts';
import type { Booked, Unreadable } from '../../core/reconcile/books.ts';
import { readSideBySide } from '../../core/reconcile/limits.ts';
import type { Books } from '../../core/reconcile/ports.ts';
import type { PayoutAttempt } from '../../core/store/attempt.ts';
import { needsOnRamp, type Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import type { Tables } from './client.ts';
import { attemptFrom, conversionFrom, journalFrom } from './effect-rows.ts';
import { keyOf, type Row, wiresBegin } from './keys.ts';
import { pageItemsMax } from './page.ts';
import { dynamoPlaces } from './reconcile-places.ts';
import { dynamoRounds } from './reconcile-rounds.ts';
import { dynamoTable } from './reconcile-table.ts';
import { dynamoLedgers } from './reconcile-wallets.ts';
import { batchGet } from './store.ts';
import { readable } from './unreadable.ts';
import { dynamoWires, wireFrom } from './wires.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

/** The Books port. One request looks at `pageItems` items, or at 1 MB, DynamoDB's own limit of a page. */
export function dynamoBooks(
  client: DynamoDBDocumentClient,
  tables: Tables,
  pageItems = pageItemsMax,
): Books {
  const { money } = tables;
  async function wireRowsOf(id: WithdrawalId): Promise<Row[]> {
    const rows: Row[] = [];
    let page: Row | undefined;
    do {
      const { Items, LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: money,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :wires)',
          ExpressionAttributeValues: {
            ':pk': keyOf.withdrawal(id).pk,
            ':wires': wiresBegin,
          },
          ConsistentRead: true,
          Limit: pageItems,
          ExclusiveStartKey: page,
        }),
      );
      rows.push(...(Items ?? []));
      page = LastEvaluatedKey;
    } while (page !== undefined);
    return rows;
  }

  async function withEffects(
    withdrawals: readonly Withdrawal[],
    unreadable: readonly Unreadable[],
  ): Promise<(Booked | Unreadable)[]> {
    const signed = withdrawals.filter(
      (one): one is SignedOnce => 'attempts' in one && one.attempts !== undefined,
    );
    const ids = [...withdrawals.map(({ id }) => id), ...unreadable.flatMap(idOf)];
    // What a rail binds by the id alone needs no attempt, and these are large.
    const [byId, byAttempt] = [
      signed.filter(isBoundById),
      signed.filter((one) => !isBoundById(one)),
    ];
    const [effectRows, heads, attempts, journalRows] = await Promise.all([
      batchGet(client, money, ids.map(keyOf.conversion)),
      batchGet(client, money, byId.map(latestKey), ['pk', 'members']),
      batchGet(client, money, byAttempt.map(latestKey)),
      batchGet(client, money, withdrawals.filter(wasAtBrokerage).flatMap(journalKeys)),
    ]);
    const wireRows: Row[] = [];
    await eachSideBySide(
      wiredIn(withdrawals, unreadable, effectRows),
      readSideBySide,
      async (id) => {
        wireRows.push(...(await wireRowsOf(id)));
      },
    );
    const effects = effectRows.map((row) => ({
      pk: row['pk'],
      effect: readable(row, conversionFrom),
    }));
    const journals = journalRows.map((row) => readable(row, journalFrom));
    const wires = wireRows.map((row) => readable(row, wireFrom));
    const broken = [...effects.map(({ effect }) => effect), ...journals, ...wires].flatMap((one) =>
      'row' in one ? [one] : [],
    );
    const rowsOf = Map.groupBy(wireRows, ({ pk }) => pk);
    const wiresOf = Map.groupBy(
      wires.flatMap((one) => ('row' in one ? [] : [one])),
      ({ withdrawalId }) => withdrawalId,
    );
    const journalsOf = Map.groupBy(
      journals.flatMap((one) => ('row' in one ? [] : [one])),
      ({ withdrawalId }) => withdrawalId,
    );
    const effectOf = new Map(
      effects.flatMap(({ pk, effect }) => ('row' in effect ? [] : [[pk, effect]])),
    );
    /** Adds the transfer and the memos that other rows of an unreadable withdrawal still tell. */
    const withRest = (one: Unreadable): Unreadable => {
      const pks = idOf(one).map((id) => keyOf.withdrawal(id).pk);
      const rows = pks.flatMap((pk) => rowsOf.get(pk) ?? []);
      const [effect] = pks.map((pk) => effectOf.get(pk));
      return {
        ...one,
        transferId: effect?.transferId ?? one.transferId,
        memos: rows.flatMap(({ memo }) => (typeof memo === 'string' ? memo : [])),
      };
    };
    const rowsByKey = new Map([...heads, ...attempts].map((row) => [row['pk'], row]));
    const attempted = new Set(
      signed.filter((one) => isAttempt(rowsByKey.get(latestKey(one).pk), one)).map(({ id }) => id),
    );
    const lost = new Set(broken.flatMap(idOf));
    return [
      ...[...broken, ...unreadable].map(withRest),
      ...withdrawals
        .filter(({ id }) => !lost.has(id))
        .map((withdrawal) => {
          const { pk } = keyOf.withdrawal(withdrawal.id);
          return {
            withdrawal,
            effect: effectOf.get(pk) ?? null,
            journals: journalsOf.get(withdrawal.id) ?? [],
            wires: wiresOf.get(withdrawal.id) ?? [],
            attempt: attempted.has(withdrawal.id),
            ...(isBoundById(withdrawal) ? {} : latestIn(rowsByKey.get(pk))),
          };
        }),
    ];
  }

  return {
    ...dynamoLedgers(client, tables, pageItems),
    ...dynamoTable(client, tables, pageItems),
    ...dynamoPlaces(client, tables),
    ...dynamoRounds(client, tables),
    claims: dynamoWires(client, tables).claims,
    named: async (ids) => {
      const { withdrawals, unreadable } = readRows(
        await batchGet(client, money, ids.map(keyOf.withdrawal)),
      );
      return withEffects(withdrawals, unreadable);
    },
  };
}

/** Those that may have wires: only a conversion that the float paid for at its first quote never had one. */
function wiredIn(
  withdrawals: readonly Withdrawal[],
  unreadable: readonly Unreadable[],
  effectRows: readonly Row[],
): WithdrawalId[] {
  const effects = new Map(effectRows.map((row) => [row['pk'], row]));
  const mayHaveWires = (withdrawal: Withdrawal): boolean => {
    const effect = effects.get(keyOf.withdrawal(withdrawal.id).pk);
    if (!needsOnRamp(withdrawal)) return false;
    if (effect === undefined) return withdrawal.history.some(({ stage }) => stage === 'converting');
    return effect['payIn'] !== undefined || effect['quoteNumber'] !== 1n || withdrawal.takeUps > 0;
  };
  return [...withdrawals.filter(mayHaveWires).map(({ id }) => id), ...unreadable.flatMap(idOf)];
}

type SignedOnce = Withdrawal & { attempts: number; payoutBatch?: string };
const latestKey = ({ id, attempts, payoutBatch }: SignedOnce) =>
  payoutBatch === undefined ? keyOf.attempt(id, attempts) : keyOf.batch(payoutBatch);

/** Whether the row is there, and, if it is of many, also this withdrawal's. */
const isAttempt = (row: Row | undefined, { id, payoutBatch }: SignedOnce): boolean =>
  row !== undefined && (payoutBatch === undefined || Object.hasOwn(Object(row['members']), id));

/** On EVM chains the resource of a payout in a token follows from the withdrawal's id. */
const isBoundById = ({ network, asset }: Withdrawal): boolean =>
  kindOf(network) === 'evm' && asset === 'USDC';

function latestIn(row: Row | undefined): { latest?: PayoutAttempt } {
  const latest = row === undefined ? null : readable(row, attemptFrom);
  return latest === null || 'row' in latest ? {} : { latest };
}

function readRows(rows: readonly Row[]): {
  withdrawals: Withdrawal[];
  unreadable: Unreadable[];
} {
  const all = rows.map((row) => readable(row, withdrawalFrom));
  return {
    withdrawals: all.flatMap((one) => ('row' in one ? [] : [one])),
    unreadable: all.flatMap((one) => ('row' in one ? [one] : [])),
  };
}

const wasAtBrokerage = ({ history }: Withdrawal): boolean =>
  history.some(({ stage }) => stage === 'debiting');
const journalKeys = ({ id }: Withdrawal) =>
  (['debit', 'return'] as const).map((purpose) => keyOf.journal(id, purpose));

const idOf = ({ withdrawalId }: Unreadable): WithdrawalId[] =>
  withdrawalId === null ? [] : [withdrawalId];
