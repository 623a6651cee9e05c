/** BatchExecuteStatement, with statements that update one item: each happens by itself, in order, and has an error of its own. */
import { type ActionInput, actionOf, decide } from './dynamodb-action.ts';
import { addUnits, capacitiesOf, type Database, ok, type Units } from './dynamodb-database.ts';
import { type Answer, Invalid, NotModelled } from './dynamodb-errors.ts';
import { requireKnown, type StatementsInput } from './dynamodb-parameters.ts';

/** DynamoDB API reference, BatchExecuteStatement. */
const statementsMax = 25;

type Asked = StatementsInput['Statements'][number];
export type Said = { Error?: { Code: string; Message: string }; TableName?: string };
/** What happens to one of the statements; `isMade`: it is made all the same. */
export type Trouble = { at: number; Code: string; isMade: boolean };

/** PartiQL grammar: `SET` takes a list, `REMOVE` one path, and each may come again. */
const whole = /^UPDATE "(?<table>[\w.-]+)" (?<clauses>.+) WHERE (?<where>.+)$/;
const clause = /(?:SET (?:"\w+"=\?)(?:, "\w+"=\?)*|REMOVE "\w+")(?= |$) ?/y;
const field = /"(\w+)"/g;
const condition = /^"(\w+)"=\?$/;

/** The update that a statement stands for. Of an item that is not there it is refused (DynamoDB guide, "PartiQL update statements"). */
export function updateOf({ Statement, Parameters = [] }: Asked): ActionInput {
  const { table, clauses, where } = whole.exec(Statement)?.groups ?? {};
  if (table === undefined || clauses === undefined || where === undefined)
    throw new NotModelled(`the statement ${Statement}`);
  const values = [...Parameters];
  const names: Record<string, string> = {};
  const bound: Record<string, unknown> = {};
  const bind = (name: string): string => {
    const place = `p${Object.keys(bound).length}`;
    names[`#${place}`] = name;
    bound[`:${place}`] = values.shift();
    return `#${place} = :${place}`;
  };
  const set: string[] = [];
  const remove: string[] = [];
  clause.lastIndex = 0;
  while (clause.lastIndex < clauses.length) {
    const [text] = clause.exec(clauses) ?? [];
    if (text === undefined) throw new NotModelled(`the clauses ${clauses}`);
    for (const [, name = ''] of text.matchAll(field))
      if (text.startsWith('SET')) set.push(bind(name));
      else {
        names[`#r${remove.length}`] = name;
        remove.push(`#r${remove.length}`);
      }
  }
  const Key: Record<string, unknown> = {};
  const conditions = ['attribute_exists(pk)'];
  for (const text of where.split(' AND ')) {
    const name = condition.exec(text)?.[1];
    if (name === undefined) throw new NotModelled(`the condition ${text}`);
    if (name === 'pk' || name === 'sk') Key[name] = values.shift();
    else conditions.push(bind(name));
  }
  if (values.length > 0 || Object.values(bound).includes(undefined))
    throw new Invalid('Number of parameters in request and statement don’t match.');
  return {
    TableName: table,
    Key,
    UpdateExpression: [
      set.length > 0 ? `SET ${set.join(', ')}` : '',
      remove.length > 0 ? `REMOVE ${remove.join(', ')}` : '',
    ].join(' '),
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: bound,
  };
}

/** What is wrong with one statement is said of that one. */
function updateIn(asked: Asked): ActionInput | Invalid {
  try {
    return updateOf(asked);
  } catch (error) {
    if (error instanceof Invalid) return error;
    throw error;
  }
}

export function batchExecuteStatement(
  database: Database,
  input: StatementsInput,
  trouble: Trouble | null = null,
): Answer {
  const { Statements } = input;
  if (Statements.length === 0 || Statements.length > statementsMax)
    throw new Invalid(`Too many statements in BatchExecuteStatement; limit is ${statementsMax}`);
  for (const one of Statements) requireKnown('statements of BatchExecuteStatement', one);
  const updates = Statements.map(updateIn);
  const items = updates.flatMap((one) =>
    one instanceof Invalid ? [] : JSON.stringify([one.TableName, one.Key]),
  );
  if (new Set(items).size < items.length)
    throw new Invalid('Provided list of item keys contains duplicates');
  const units: Units = new Map();
  const conflicting = database.chance(database.faults.conflict)
    ? database.world.random.between(0, updates.length - 1)
    : null;
  const Responses = updates.map((update, at): Said => {
    if (update instanceof Invalid) return invalid(update);
    const { TableName } = update;
    if (at === conflicting) return said('TransactionConflict', TableName);
    if (at !== trouble?.at) return execute(database, update, units);
    if (trouble.isMade) execute(database, update, units);
    return said(trouble.Code, TableName);
  });
  return ok({ Responses, ...(units.size === 0 ? {} : capacitiesOf(input, units)) });
}

const messages: Readonly<Record<string, string>> = {
  ConditionalCheckFailed: 'The conditional request failed',
  TransactionConflict: 'Transaction is ongoing for the item',
};
const said = (Code: string, TableName: string, message = messages[Code] ?? Code): Said => ({
  Error: { Code, Message: message },
  TableName,
});

const invalid = ({ message }: Invalid): Said => ({
  Error: { Code: 'ValidationError', Message: message },
});

function execute(database: Database, update: ActionInput, units: Units): Said {
  const { TableName } = update;
  try {
    const action = actionOf('Update', database.table(TableName), update);
    const decision = decide(action);
    if (!decision.ok) return said('ConditionalCheckFailed', TableName);
    const { before, after } = decision;
    const change = { table: action.table, before, after };
    if (database.lacksRoom([change]) !== null)
      return said('ProvisionedThroughputExceeded', TableName);
    const [used = 0] = database.commit([change]);
    addUnits(units, TableName, used);
    return { TableName };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return invalid(error);
  }
}
