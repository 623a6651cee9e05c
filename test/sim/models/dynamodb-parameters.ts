/** Which parameters of which operations the model knows. Any other ends the run: none is silently ignored. */
import type { ActionInput, ActionKind } from './dynamodb-action.ts';
import { NotModelled } from './dynamodb-errors.ts';
import type { QueryInput } from './dynamodb-page.ts';

type Placeholders = Pick<ActionInput, 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>;
export type WantsCapacity = { ReturnConsumedCapacity?: string };
export type WriteInput = ActionInput & WantsCapacity & { ReturnValues?: string };
export type ReadInput = Placeholders & { ConsistentRead?: boolean; ProjectionExpression?: string };
export type GetInput = ReadInput & WantsCapacity & { TableName: string; Key: object };
export type BatchGetInput = WantsCapacity & {
  RequestItems: Record<string, ReadInput & { Keys: object[] }>;
};
export type PageInput = QueryInput & WantsCapacity & { TableName: string };
export type TransactInput = WantsCapacity & {
  TransactItems: Partial<Record<ActionKind, ActionInput>>[];
  ClientRequestToken?: string;
};
export type StatementsInput = WantsCapacity & {
  Statements: { Statement: string; Parameters?: unknown[] }[];
};

const placeholders = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const condition = ['ConditionExpression', 'ReturnValuesOnConditionCheckFailure', ...placeholders];
const action: Record<ActionKind, readonly string[]> = {
  Put: ['TableName', 'Item', ...condition],
  Update: ['TableName', 'Key', 'UpdateExpression', ...condition],
  Delete: ['TableName', 'Key', ...condition],
  ConditionCheck: ['TableName', 'Key', ...condition],
};
export const actionKinds = Object.keys(action) as ActionKind[];
const read = ['ConsistentRead', 'ProjectionExpression', 'ExpressionAttributeNames'];
const answered = ['ReturnValues', 'ReturnConsumedCapacity'];
const page = ['TableName', 'FilterExpression', ...placeholders, 'ConsistentRead', 'Limit'];
const paged = [...page, 'ExclusiveStartKey', 'ReturnConsumedCapacity'];
const known: Readonly<Record<string, ReadonlySet<string>>> = {
  GetItem: new Set(['TableName', 'Key', ...read, 'ReturnConsumedCapacity']),
  BatchGetItem: new Set(['RequestItems', 'ReturnConsumedCapacity']),
  'keys of BatchGetItem': new Set(['Keys', ...read]),
  PutItem: new Set([...action.Put, ...answered]),
  UpdateItem: new Set([...action.Update, ...answered]),
  DeleteItem: new Set([...action.Delete, ...answered]),
  Query: new Set([...paged, 'IndexName', 'KeyConditionExpression', 'ScanIndexForward', 'Select']),
  Scan: new Set(paged),
  TransactWriteItems: new Set(['TransactItems', 'ClientRequestToken', 'ReturnConsumedCapacity']),
  BatchExecuteStatement: new Set(['Statements', 'ReturnConsumedCapacity']),
  'statements of BatchExecuteStatement': new Set(['Statement', 'Parameters']),
  Put: new Set(action.Put),
  Update: new Set(action.Update),
  Delete: new Set(action.Delete),
  ConditionCheck: new Set(action.ConditionCheck),
};

export function requireKnown(what: string, input: object): void {
  const parameters = known[what];
  if (parameters === undefined) throw new NotModelled(`the operation ${what}`);
  for (const name of Object.keys(input))
    if (!parameters.has(name)) throw new NotModelled(`${name} of ${what}`);
}
