/**
 * Makes many changes at the same time, each by itself. Moves of withdrawals go as statements of PartiQL, up to 25 in one call, which is
 * no transaction: each names the full key and the version, writes what the update alone would, and has an error of its own.
 */
import {
  BatchExecuteStatementCommand,
  type BatchExecuteStatementCommandOutput,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { all } from '../../core/kernel/all.ts';
import type { Store } from '../../core/store/store.ts';
import { writtenBy } from './actions.ts';
import type { Tables } from './client.ts';
import { actionFor } from './commit.ts';
import { type Action, pause, updateAlone } from './write.ts';

type Update = NonNullable<Action['Update']>;
type Statement = { Statement: string; Parameters: unknown[] };
/** `index`: of the change among all. */
type Move = { index: number; update: Update; statement: Statement | null };
type Answer = NonNullable<BatchExecuteStatementCommandOutput['Responses']>[number];

/** The most of one call (DynamoDB API reference, "BatchExecuteStatement"). */
const statementsMax = 25;

/** The store, for who makes many moves at the same time. Whatever is no move of a withdrawal is a commit of its own. */
export const withLoneMoves = <S extends Store>(
  store: S,
  client: DynamoDBDocumentClient,
  tables: Tables,
): S => ({
  ...store,
  commitEach: async (changes) => {
    const moves: Move[] = [];
    const others: Promise<number[]>[] = [];
    for (const [index, change] of changes.entries()) {
      const update = change.change === 'withdrawal' ? actionFor(change, tables).Update : undefined;
      if (update !== undefined) moves.push({ index, update, statement: statementOf(update) });
      else others.push(store.commit([change]).then((refused) => refused.map(() => index)));
    }
    const calls = callsFor(moves).map((some) => refusedOf(client, some));
    return (await all([...calls, ...others])).flat();
  },
});

/** Which moves go in one call. */
function callsFor(moves: readonly Move[]): Move[][] {
  const named = new Set<string>();
  const together: Move[] = [];
  const alone: Move[] = [];
  for (const move of moves) {
    const item = JSON.stringify(move.update.Key);
    // DynamoDB refuses a call that names an item twice, as a whole.
    const isOfMany = move.statement !== null && !named.has(item);
    (isOfMany ? together : alone).push(move);
    named.add(item);
  }
  const calls = alone.map((move) => [move]);
  for (let start = 0; start < together.length; start += statementsMax)
    calls.push(together.slice(start, start + statementsMax));
  return calls;
}

/**
 * The update as a statement; `null`: it goes alone. Each field that is removed needs a clause of its own (PartiQL grammar,
 * `removeCommand`), and the engine of this machine reads no more than one.
 */
function statementOf(update: Update): Statement | null {
  const { TableName, Key = {}, ConditionExpression, ExpressionAttributeValues = {} } = update;
  const written = Object.entries(writtenBy(update));
  const set = written.filter(([, value]) => value !== undefined);
  const removed = written.filter(([, value]) => value === undefined);
  if (ConditionExpression !== '#version = :version' || removed.length > 1) return null;
  const clauses = [
    `SET ${set.map(([field]) => `"${field}"=?`).join(', ')}`,
    ...removed.map(([field]) => `REMOVE "${field}"`),
  ];
  const at = [Key['pk'], Key['sk'], ExpressionAttributeValues[':version']];
  return {
    Statement: `UPDATE "${TableName}" ${clauses.join(' ')} WHERE "pk"=? AND "sk"=? AND "version"=?`,
    Parameters: [...set.map(([, value]) => value), ...at],
  };
}

/** Makes the moves of one call. Answers the indexes of the refused ones. */
async function refusedOf(
  client: DynamoDBDocumentClient,
  moves: readonly Move[],
): Promise<number[]> {
  const made = await all(
    moves.length === 1
      ? moves.map(({ update }) => updateAlone(client, update, writtenBy(update)))
      : await outcomesOf(client, moves),
  );
  return moves.flatMap(({ index }, at) => (made[at] ? [] : [index]));
}

async function outcomesOf(
  client: DynamoDBDocumentClient,
  moves: readonly Move[],
): Promise<Promise<boolean>[]> {
  const Statements = moves.flatMap(({ statement }) => statement ?? []);
  const { Responses: answers = [], $metadata } = await client.send(
    new BatchExecuteStatementCommand({ Statements }),
  );
  const isRepeated = ($metadata.attempts ?? 1) > 1;
  return moves.map(({ update }, at) => outcomeOf(client, update, answers[at], isRepeated));
}

/** What DynamoDB says of a statement that it has not made, and may make another time. */
const passingCodes = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);

/**
 * Whether the move was made. Where that is not said, it goes again as an update alone, which is shown what stands there when it is
 * refused; a statement among others is not.
 */
async function outcomeOf(
  client: DynamoDBDocumentClient,
  update: Update,
  answer: Answer | undefined,
  isRepeated: boolean,
): Promise<boolean> {
  const again = (perhapsMade: boolean) =>
    updateAlone(client, update, writtenBy(update), perhapsMade);
  if (answer === undefined) return again(true);
  const { Error: error } = answer;
  if (error === undefined) return true;
  const { Code: code = '' } = error;
  // If the answer to a first call was lost, the second is refused because of it.
  if (code === 'ConditionalCheckFailed') return isRepeated ? again(true) : false;
  const isUnknown = code === 'InternalServerError';
  if (!isUnknown && !passingCodes.has(code))
    throw new Error(`DynamoDB does not take a move as a statement: ${code}`, { cause: error });
  await pause(0);
  return again(isRepeated || isUnknown);
}
