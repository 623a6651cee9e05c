/** One write: alone, or as an action of a transaction. */
import type { Row } from '../truth.ts';
import type { Entry } from './dynamodb-copy.ts';
import { Invalid, NotModelled } from './dynamodb-errors.ts';
import {
  type Binding,
  bindingOf,
  holds,
  picked,
  requireSense,
  updated,
  updatedAttributes,
} from './dynamodb-evaluate.ts';
import {
  type Condition,
  type Parsed,
  parseCondition,
  parseUpdate,
  type Update,
} from './dynamodb-expressions.ts';
import { itemId, type Key, keyIn, keyOf, type Table } from './dynamodb-table.ts';
import { rowOf } from './dynamodb-values.ts';

export type ActionKind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
export type ActionInput = {
  TableName: string;
  Key?: object;
  Item?: object;
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
  ReturnValuesOnConditionCheckFailure?: string;
};
export type Action = {
  kind: ActionKind;
  table: Table;
  key: Key;
  /** Of its item, over all tables. */
  id: string;
  item: Row | null;
  update: Update | null;
  condition: Condition | null;
  binding: Binding;
  showsItem: boolean;
};
export type Decision =
  | { ok: true; before: Entry | null; after: Entry | null }
  | { ok: false; before: Entry | null };

const nothing: Row = {};

/** Reads an action. Throws Invalid when it makes no sense, whatever the table holds. */
export function actionOf(kind: ActionKind, table: Table, input: ActionInput): Action {
  const item = kind === 'Put' ? rowOf(input.Item) : null;
  const key = item === null ? keyOf(input.Key) : keyIn(item);
  const condition =
    input.ConditionExpression === undefined ? null : parseCondition(input.ConditionExpression);
  if (kind === 'ConditionCheck' && condition === null)
    throw new Invalid('The ConditionCheck has no ConditionExpression');
  const update = kind === 'Update' ? updateIn(input.UpdateExpression) : null;
  const expressions = [condition, update].filter((one) => one !== null);
  const binding = bindingOf(input, expressions);
  if (condition !== null) requireSense(condition.tree, binding);
  if (update !== null)
    for (const name of updatedAttributes(update.tree, binding))
      if (name === 'pk' || name === 'sk')
        throw new Invalid(`Cannot update attribute ${name}. This attribute is part of the key`);
  return {
    kind,
    table,
    key,
    id: `${table.name}\u0000${itemId(key)}`,
    item,
    update: update?.tree ?? null,
    condition: condition?.tree ?? null,
    binding,
    showsItem: showsItem(input.ReturnValuesOnConditionCheckFailure),
  };
}

function updateIn(expression: string | undefined): Parsed<Update> {
  if (expression === undefined) throw new NotModelled('an update without UpdateExpression');
  return parseUpdate(expression);
}

function showsItem(wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === 'NONE') return false;
  if (wanted === 'ALL_OLD') return true;
  throw new Invalid(`ReturnValuesOnConditionCheckFailure: ${wanted}`);
}

/** What the action would do to its item as it is now. Throws Invalid when the item does not allow the update. */
export function decide({ kind, table, key, item, update, condition, binding }: Action): Decision {
  const before = table.get(key);
  // What cannot be stored is refused before the condition is looked at.
  const put = item === null ? null : table.entryOf(item);
  if (condition !== null && !holds(condition, before?.row ?? nothing, binding))
    return { ok: false, before };
  switch (kind) {
    case 'Put':
      return { ok: true, before, after: put };
    case 'Delete':
      return { ok: true, before, after: null };
    case 'ConditionCheck':
      return { ok: true, before, after: before };
    case 'Update': {
      if (update === null) throw new Error('an update has its expression');
      if (before === null && update.set.length + update.add.length === 0)
        throw new NotModelled('REMOVE of an item that does not exist');
      const row = before?.row ?? { pk: { S: key.pk }, sk: { S: key.sk } };
      return { ok: true, before, after: table.entryOf(updated(update, row, binding)) };
    }
    default:
      return kind satisfies never;
  }
}

/** AWS API reference, PutItem, DeleteItem and UpdateItem, ReturnValues. */
const returnable = ['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'] as const;
export type Returns = (typeof returnable)[number];

export function returnsOf(kind: ActionKind, wanted: string | undefined): Returns {
  const returns = wanted === undefined ? 'NONE' : returnable.find((one) => one === wanted);
  if (returns === undefined || (kind !== 'Update' && !/^(NONE|ALL_OLD)$/.test(returns)))
    throw new Invalid(`Return values set to invalid value: ${wanted}`);
  return returns;
}

/** What a write answers as `Attributes`; `undefined`: nothing. */
export function attributesIn(
  returns: Returns,
  { update, binding }: Action,
  before: Entry | null,
  after: Entry | null,
): Row | undefined {
  const updatedOf = (row: Row | undefined): Row | undefined => {
    if (row === undefined || update === null) return undefined;
    const part = picked(updatedAttributes(update, binding), row);
    return Object.keys(part).length === 0 ? undefined : part;
  };
  switch (returns) {
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return before?.row;
    case 'ALL_NEW':
      return after?.row;
    case 'UPDATED_OLD':
      return updatedOf(before?.row);
    case 'UPDATED_NEW':
      return updatedOf(after?.row);
    default:
      return returns satisfies never;
  }
}
