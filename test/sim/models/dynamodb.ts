/**
 * DynamoDB as the product uses it, at the level of its JSON: an operation and its input, as they stand in a request, and
 * the answer's status and body. Every operation happens at once and whole. What is lost, late or doubled on the way is not
 * this model's; what AWS itself does to a request that arrived is, by chance (`faults`).
 */
import type { Row, Write } from '../truth.ts';
import type { World } from '../world.ts';
import { type Database, type DynamoFaults, openDatabase, type Room } from './dynamodb-database.ts';
import { type Answer, errorAnswer, Invalid, NotModelled } from './dynamodb-errors.ts';
import {
  type BatchGetInput,
  type GetInput,
  type PageInput,
  requireKnown,
  type StatementsInput,
  type TransactInput,
  type WriteInput,
} from './dynamodb-parameters.ts';
import { batchGetItem, getItem, query, scan } from './dynamodb-reads.ts';
import { batchExecuteStatement, type Trouble } from './dynamodb-statements.ts';
import type { Stream } from './dynamodb-stream.ts';
import type { TableDefinition } from './dynamodb-table.ts';
import { canceled, transactions, write } from './dynamodb-writes.ts';

export type DynamoModel = {
  /** Throws NotModelled when the product asks for something that this model does not know. */
  execute(operation: string, input: unknown): Answer;
  stream(table: string): Stream;
  rows(table: string): Row[];
  /** Every committed write, in order. */
  writes: readonly Write[];
  /** Forgets them, and answers what it forgets. */
  takeWrites(): readonly Write[];
  /** May be changed at any time. */
  faults: DynamoFaults;
  /** From now on asks before each write whether there is room for it. */
  setRoom(room: Room): void;
};

export function dynamodbModel(
  world: World,
  definitions: readonly TableDefinition[],
  given: Partial<DynamoFaults> = {},
): DynamoModel {
  const database = openDatabase(world, definitions, given);
  const { faults, writes, chance } = database;
  const transact = transactions(database);

  function perform(operation: string, input: unknown, trouble: Trouble | null = null): Answer {
    switch (operation) {
      case 'GetItem':
        return getItem(database, input as GetInput);
      case 'BatchGetItem':
        return batchGetItem(database, input as BatchGetInput);
      case 'PutItem':
        return write(database, 'Put', input as WriteInput);
      case 'UpdateItem':
        return write(database, 'Update', input as WriteInput);
      case 'DeleteItem':
        return write(database, 'Delete', input as WriteInput);
      case 'Query':
        return query(database, input as PageInput);
      case 'Scan':
        return scan(database, input as PageInput);
      case 'TransactWriteItems':
        return transact(input as TransactInput);
      case 'BatchExecuteStatement':
        return batchExecuteStatement(database, input as StatementsInput, trouble);
      default:
        throw new NotModelled(`the operation ${operation}`);
    }
  }

  return {
    execute: (operation, input) => {
      requireKnown(operation, input as object);
      const trouble = operation === 'BatchExecuteStatement' ? troubleIn(database, input) : null;
      if (trouble !== null) world.tell('dynamodb', `statement ${trouble.at} has ${trouble.Code}`);
      if (trouble === null && chance(faults.internalError)) {
        world.tell('dynamodb', `${operation} fails, and nothing was done`);
        return errorAnswer('InternalServerError', 'Internal server error');
      }
      if (trouble === null && chance(faults.throttle)) {
        world.tell('dynamodb', `${operation} is throttled`);
        return throttled(database, operation, input);
      }
      try {
        return perform(operation, input, trouble);
      } catch (error) {
        if (error instanceof Invalid) return errorAnswer('ValidationException', error.message);
        throw error;
      }
    },
    stream: (table) => database.table(table).stream,
    rows: (table) => {
      const items = database.table(table).items(true);
      return items.all().map(({ row }) => row);
    },
    writes,
    takeWrites: database.takeWrites,
    setRoom: database.setRoom,
    faults,
  };
}

/** One statement among others may fail like a call; whether it was made nobody knows of an internal error. */
function troubleIn(database: Database, input: unknown): Trouble | null {
  const { chance, faults, world } = database;
  const isThrottled = chance(faults.throttle / 2);
  if (!isThrottled && !chance(faults.internalError / 2)) return null;
  const at = world.random.between(0, (input as StatementsInput).Statements.length - 1);
  if (!isThrottled) return { at, Code: 'InternalServerError', isMade: chance(0.5) };
  const codes = ['ThrottlingError', 'ProvisionedThroughputExceeded', 'RequestLimitExceeded'];
  return { at, Code: world.random.pick(codes), isMade: false };
}

/** A transaction is told which of its items was too much; everything else has an error of its own. */
function throttled({ world: { random } }: Database, operation: string, input: unknown): Answer {
  const Message = 'Throughput exceeds the current capacity of your table or index';
  if (operation === 'TransactWriteItems') {
    const { TransactItems: items } = input as TransactInput;
    const hit = random.between(0, items.length - 1);
    const Code = random.pick(['ThrottlingError', 'ProvisionedThroughputExceeded']);
    return canceled(items.map((_, at) => (at === hit ? { Code, Message } : { Code: 'None' })));
  }
  const name = random.pick(['ProvisionedThroughputExceededException', 'ThrottlingException']);
  return errorAnswer(name, Message);
}
