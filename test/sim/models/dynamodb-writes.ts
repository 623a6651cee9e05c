/** PutItem, UpdateItem, DeleteItem and TransactWriteItems. */
import { createHash } from 'node:crypto';
import type { Row } from '../truth.ts';
import {
  type Action,
  type ActionInput,
  type ActionKind,
  actionOf,
  attributesIn,
  decide,
  returnsOf,
} from './dynamodb-action.ts';
import {
  addUnits,
  type Change,
  capacitiesOf,
  capacityOf,
  type Database,
  ok,
  type Units,
} from './dynamodb-database.ts';
import { type Answer, errorAnswer, Invalid } from './dynamodb-errors.ts';
import {
  actionKinds,
  requireKnown,
  type TransactInput,
  type WriteInput,
} from './dynamodb-parameters.ts';

/** AWS API reference, TransactWriteItems. */
const actionsMax = 100;
const transactionBytesMax = 4 * 1_024 * 1_024;
const tokenKeptMs = 10 * 60_000;

export type Reason = { Code: string; Message?: string; Item?: Row };
type Decided = { reason: Reason } | (Change & { checks: boolean });

const failedCondition = 'The conditional request failed';
const heldItem = 'Transaction is ongoing for the item';
const noRoom = 'Throughput exceeds the current capacity of your table or index';

export function write(database: Database, kind: ActionKind, input: WriteInput): Answer {
  const { world, faults, chance } = database;
  const action = actionOf(kind, database.table(input.TableName), input);
  const returns = returnsOf(kind, input.ReturnValues);
  if (chance(faults.conflict)) {
    world.tell('dynamodb', `${kind} of ${action.key.pk} meets a transaction`);
    return errorAnswer('TransactionConflictException', heldItem);
  }
  const decision = decide(action);
  if (!decision.ok)
    return errorAnswer(
      'ConditionalCheckFailedException',
      failedCondition,
      shownOf(action, decision.before?.row),
    );
  const { before, after } = decision;
  if (database.lacksRoom([{ table: action.table, before, after }]) !== null)
    return errorAnswer('ProvisionedThroughputExceededException', noRoom);
  const Attributes = attributesIn(returns, action, before, after);
  const [units = 0] = database.commit([{ table: action.table, before, after }]);
  return ok({
    ...(Attributes === undefined ? {} : { Attributes }),
    ...capacityOf(input, action.table.name, units),
  });
}

const shownOf = ({ showsItem }: Action, Item: Row | undefined): { Item?: Row } =>
  showsItem && Item !== undefined ? { Item } : {};

export function transactions(database: Database): (input: TransactInput) => Answer {
  const { world, faults, chance } = database;
  /** The requests that were made, by their token, in the order in which they were. */
  const made = new Map<string, { request: string; until: number }>();

  function madeBefore(token: string): string | undefined {
    for (const [one, { until }] of made) {
      if (until > world.now()) break;
      made.delete(one);
    }
    return made.get(token)?.request;
  }

  function conflictAmong(actions: readonly Action[]): number | null {
    if (!chance(faults.conflict)) return null;
    const at = world.random.between(0, actions.length - 1);
    world.tell('dynamodb', `a transaction meets another at ${actions[at]?.key.pk}`);
    return at;
  }

  return (input) => {
    const { TransactItems: items, ClientRequestToken: token } = input;
    if (items.length === 0 || items.length > actionsMax)
      throw new Invalid(`A transaction has from 1 to ${actionsMax} actions`);
    const actions = items.map((item) => actionIn(database, item));
    // Of a large one only what tells it from others is kept.
    const request = createHash('sha256').update(JSON.stringify(items)).digest('base64');
    const earlier = token === undefined ? undefined : madeBefore(token);
    if (earlier === request) return ok({});
    if (earlier !== undefined)
      return errorAnswer(
        'IdempotentParameterMismatchException',
        'The token was used for another request',
      );
    if (new Set(actions.map(({ id }) => id)).size < actions.length)
      throw new Invalid('Transaction request cannot include multiple operations on one item');
    const conflict = conflictAmong(actions);
    const decisions = actions.map(
      (action, at): Decided =>
        at === conflict
          ? { reason: { Code: 'TransactionConflict', Message: heldItem } }
          : decided(action),
    );
    const reasons = decisions.map(
      (one): Reason => ('reason' in one ? one.reason : { Code: 'None' }),
    );
    if (reasons.some(({ Code }) => Code !== 'None')) return canceled(reasons);
    const changes = decisions.flatMap((one) => ('reason' in one ? [] : [one]));
    const bytes = changes.reduce((sum, { after }) => sum + (after?.bytes ?? 0), 0);
    if (bytes > transactionBytesMax)
      throw new Invalid('Transaction request cannot exceed 4 MB in aggregate');
    const writes = changes.filter(({ checks }) => !checks);
    const full = database.lacksRoom(changes);
    if (full !== null)
      return canceled(
        changes.map((_, at) =>
          at === full ? { Code: 'ThrottlingError', Message: noRoom } : { Code: 'None' },
        ),
      );
    const used = database.commit(writes);
    if (token !== undefined) made.set(token, { request, until: world.now() + tokenKeptMs });
    // Twice what a write alone costs (AWS pricing); a check costs as the write of its item would.
    const units: Units = new Map();
    for (const [at, { table }] of writes.entries())
      addUnits(units, table.name, 2 * (used[at] ?? 0));
    for (const { table, checks, before } of changes)
      if (checks)
        addUnits(units, table.name, 2 * Math.max(1, Math.ceil((before?.bytes ?? 0) / 1_024)));
    return ok(capacitiesOf(input, units));
  };
}

function actionIn(database: Database, item: TransactInput['TransactItems'][number]): Action {
  const [kind, another] = actionKinds.filter((one) => item[one] !== undefined);
  if (kind === undefined || another !== undefined || Object.keys(item).length !== 1)
    throw new Invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  const input = item[kind] as ActionInput;
  requireKnown(kind, input);
  return actionOf(kind, database.table(input.TableName), input);
}

function decided(action: Action): Decided {
  try {
    const decision = decide(action);
    const { before } = decision;
    if (decision.ok) {
      const checks = action.kind === 'ConditionCheck';
      return { table: action.table, before, after: decision.after, checks };
    }
    const shown = shownOf(action, before?.row);
    return { reason: { Code: 'ConditionalCheckFailed', Message: failedCondition, ...shown } };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return { reason: { Code: 'ValidationError', Message: error.message } };
  }
}

/** Reasons stand in the order of the actions (AWS API reference, TransactWriteItems, CancellationReasons). */
export const canceled = (reasons: readonly Reason[]): Answer =>
  errorAnswer(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  );
