/** Reads our books for reconciliation, strongly consistent and page by page. It writes nothing. */
import { type DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { isWithdrawalId, type WithdrawalId } from '../../core/kernel/ids.ts';
import type { Balance } from '../../core/ledger/ledger.ts';
import type { Booked, Unreadable } from '../../core/reconcile/books.ts';
import { type Books, isOpenSince } from '../../core/reconcile/run.ts';
import type { PayoutAttempt } from '../../core/store/attempt.ts';
import type { Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import { blockFrom } from './block-row.ts';
import type { Tables } from './client.ts';
import { attemptFrom, conversionFrom, journalFrom } from './effect-rows.ts';
import { keyOf, type Row, wiresBegin } from './keys.ts';
import { batchGet } from './store.ts';
import { balanceFrom } from './wallet-rows.ts';
import { dynamoWires, wireFrom } from './wires.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

/** The Books port. One request looks at `pageItems` items, or at 1 MB, DynamoDB's own limit of a page. */
export function dynamoBooks(
  client: DynamoDBDocumentClient,
  tables: Tables,
  pageItems?: number,
): Books {
  const { money } = tables;
  /** Scans for the items of a kind with this sort key, and those whose sort key begins with `more`. Yields page by page. */
  async function* scan(kind: string, sk: string, more?: string): AsyncGenerator<Row[]> {
    const isWanted = more === undefined ? 'sk = :sk' : '(sk = :sk OR begins_with(sk, :more))';
    let page: Row | undefined;
    do {
      const { Items, LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: money,
          FilterExpression: `begins_with(pk, :kind) AND ${isWanted}`,
          ExpressionAttributeValues: {
            ':kind': kind,
            ':sk': sk,
            ...(more === undefined ? {} : { ':more': more }),
          },
          ConsistentRead: true,
          Limit: pageItems,
          ExclusiveStartKey: page,
        }),
      );
      yield Items ?? [];
      page = LastEvaluatedKey;
    } while (page !== undefined);
  }

  async function withEffects(
    withdrawals: readonly Withdrawal[],
    unreadable: readonly Unreadable[],
    wireRows: readonly Row[] = [],
  ): Promise<(Booked | Unreadable)[]> {
    const signed = withdrawals.filter(
      (one): one is SignedOnce => 'attempts' in one && one.attempts !== undefined,
    );
    const ids = [...withdrawals.map(({ id }) => id), ...unreadable.flatMap(idOf)];
    const [effectRows, attemptRows, journalRows] = await Promise.all([
      batchGet(client, money, ids.map(keyOf.conversion)),
      batchGet(client, money, signed.map(latestKey), ['pk', 'members']),
      batchGet(client, money, withdrawals.filter(wasAtBrokerage).flatMap(journalKeys)),
    ]);
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
    const rowsByKey = new Map(attemptRows.map((row) => [row['pk'], row]));
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
            ...latestIn(withdrawal, rowsByKey.get(pk)),
          };
        }),
    ];
  }

  return {
    booked: async function* (from, memos = new Set()) {
      // A scan gives a partition's items in a row by sort key: the wires of a withdrawal come before the withdrawal.
      let wires: Row[] = [];
      for await (const rows of scan('WD#', 'META', wiresBegin)) {
        const isWithdrawal = ({ sk }: Row): boolean => sk === 'META';
        wires.push(...rows.filter((row) => !isWithdrawal(row)));
        const asked = new Set(
          wires.filter(({ memo }) => memos.has(String(memo))).map(({ pk }) => pk),
        );
        const { withdrawals, unreadable } = readRows(rows.filter(isWithdrawal));
        const wanted = withdrawals.filter(
          (one) => isOpenSince(one, from) || asked.has(keyOf.withdrawal(one.id).pk),
        );
        const ids = [...wanted.map(({ id }) => id), ...unreadable.flatMap(idOf)];
        const own = new Set<unknown>(ids.map((id) => keyOf.withdrawal(id).pk));
        yield await withEffects(
          wanted,
          unreadable,
          wires.filter(({ pk }) => own.has(pk)),
        );
        const last = rows.at(-1);
        if (last !== undefined) wires = wires.filter(({ pk }) => pk === last['pk']);
      }
    },
    named: async (ids) => {
      const { withdrawals, unreadable } = readRows(
        await batchGet(client, money, ids.map(keyOf.withdrawal)),
      );
      return withEffects(withdrawals, unreadable);
    },
    balances: async function* () {
      for await (const rows of scan('WAL#', 'BALANCE'))
        yield rows.map((row): Balance | Unreadable => readable(row, balanceFrom));
    },
    claims: dynamoWires(client, tables).claims,
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
            Limit: pageItems,
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

type SignedOnce = Withdrawal & { attempts: number; payoutBatch?: string };
const latestKey = ({ id, attempts, payoutBatch }: SignedOnce) =>
  payoutBatch === undefined ? keyOf.attempt(id, attempts) : keyOf.batch(payoutBatch);

/** Whether the row is there, and, if it is of many, also this withdrawal's. */
const isAttempt = (row: Row | undefined, { id, payoutBatch }: SignedOnce): boolean =>
  row !== undefined && (payoutBatch === undefined || Object.hasOwn(Object(row['members']), id));

/** A batch says nothing of its members' resources that is not known without it. */
function latestIn(withdrawal: Withdrawal, row: Row | undefined): { latest?: PayoutAttempt } {
  if (row === undefined || ('payoutBatch' in withdrawal && withdrawal.payoutBatch !== undefined))
    return {};
  const latest = readable(row, attemptFrom);
  return 'row' in latest ? {} : { latest };
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

/** A row that does not parse is a difference to report and must not stop the run: anybody may have written it. */
function readable<T extends object>(row: Row, from: (row: unknown) => T): T | Unreadable {
  try {
    return from(row);
  } catch (error) {
    const [pk, sk] = [String(row['pk']), String(row['sk'])];
    const id = pk.slice(pk.indexOf('#') + 1);
    const withdrawalId = isWithdrawalId(id) ? id : null;
    const claimed = row['transferId'];
    const transferId = typeof claimed === 'string' ? claimed : null;
    return { row: `${pk} ${sk}`, why: reasonOf(error), withdrawalId, transferId, memos: [] };
  }
}

const reasonMax = 200;
const reasonOf = (error: unknown): string =>
  String((error as { message?: unknown }).message).slice(0, reasonMax);
