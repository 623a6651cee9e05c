/**
 * The DynamoDB model against a real engine (dynoxide): the same requests through the same SDK must get the same answers
 * and leave the same items. Where that engine differs from AWS, AWS's words stand with the exception.
 */
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startDatabase, type TestDatabase } from '../../support/dynoxide.ts';
import { emptyModel, modelClient } from './dynamodb-client.ts';
import { anyRequest, inRun, type Operation, type Request, type Row } from './dynamodb-requests.ts';

const seed = 20_261_121;

let engine: TestDatabase;
let real: DynamoDBClient;
const modelled = modelClient(emptyModel());

beforeAll(async () => {
  engine = await startDatabase();
  real = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterAll(() => {
  real.destroy();
  engine.stop();
});

const commands = {
  GetItem: GetItemCommand,
  BatchGetItem: BatchGetItemCommand,
  PutItem: PutItemCommand,
  UpdateItem: UpdateItemCommand,
  DeleteItem: DeleteItemCommand,
  Query: QueryCommand,
  Scan: ScanCommand,
  TransactWriteItems: TransactWriteItemsCommand,
} satisfies Record<Operation, unknown>;
type Outcome = Record<string, unknown>;

/** The answer, or the error, as far as both must agree: words of messages and costs are left out. */
async function outcomeOf(client: DynamoDBClient, { operation, input }: Request): Promise<Outcome> {
  try {
    // The commands differ in their types only; what is wrong with an input is for the database to say.
    const Command = commands[operation] as typeof GetItemCommand;
    const output = await client.send(new Command(input as never));
    const { $metadata: _, ConsumedCapacity: __, ...answer } = output as unknown as Outcome;
    return comparable(operation, input, answer);
  } catch (error) {
    const { name, Item, CancellationReasons } = error as {
      name: string;
      Item?: Row;
      CancellationReasons?: { Code?: string; Item?: Row }[];
    };
    const reasons = CancellationReasons?.map((one) => ({ Code: one.Code, Item: one.Item }));
    return { name, Item, reasons };
  }
}

function comparable(operation: Operation, input: Request['input'], answer: Outcome): Outcome {
  // AWS API reference, BatchGetItem: "DynamoDB does not return items in any particular order."
  if (operation === 'BatchGetItem') {
    const responses = Object.entries(answer['Responses'] as Record<string, Row[]>);
    return {
      ...answer,
      Responses: Object.fromEntries(responses.map(([table, rows]) => [table, inOrder(rows)])),
    };
  }
  // AWS API reference, UpdateItem: "ALL_OLD - Returns all of the attributes of the item, as they appeared before the
  // UpdateItem operation." For an item that was not there, dynoxide answers the key of the new one.
  const old = input['ReturnValues'] === 'ALL_OLD' ? answer['Attributes'] : undefined;
  if (operation === 'UpdateItem' && old !== undefined && Object.keys(old as Row).length === 2)
    return { ...answer, Attributes: undefined };
  return answer;
}

const textOf = (row: Row): string => `${row['pk']?.S} ${row['sk']?.S}`;
const inOrder = (rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));

async function same(request: Request): Promise<Outcome> {
  const expected = await outcomeOf(real, request);
  const found = await outcomeOf(modelled, request);
  try {
    expect(found).toEqual(expected);
  } catch (error) {
    throw new Error(`${JSON.stringify(request)}\n${String(error)}`, { cause: error });
  }
  return found;
}

/** All pages; each of them must agree. */
async function samePages(request: Request): Promise<void> {
  let from: unknown;
  do {
    const input =
      from === undefined ? request.input : { ...request.input, ExclusiveStartKey: from };
    from = (await same({ ...request, input }))['LastEvaluatedKey'];
  } while (from !== undefined);
}

/** All items that pass the filter. In no order: AWS does not say in which a scan gives them. */
async function scanned(client: DynamoDBClient, input: Record<string, unknown>): Promise<Row[]> {
  const rows: Row[] = [];
  let from: Row | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: 'money', Limit: 40, ExclusiveStartKey: from, ...input }),
    );
    rows.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return inOrder(rows);
}

/** Every kind of answer must have been met, or the requests have become too tame to prove anything. */
const met = new Set<string>();

test('what is asked of both is answered alike', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyRequest, { minLength: 8, maxLength: 20 }), async (list) => {
      run += 1;
      for (const { operation, input } of list) {
        const request = { operation, input: inRun(input, `${run}-`) as Request['input'] };
        if (operation === 'Query') await samePages(request);
        else met.add(`${operation} ${(await same(request))['name'] ?? 'ok'}`);
      }
    }),
    { seed, numRuns: 100, interruptAfterTimeLimit: 20000 },
  );
  for (const TableName of ['money', 'webhooks'])
    expect(await scanned(modelled, { TableName })).toEqual(await scanned(real, { TableName }));
  console.log(met);
});
