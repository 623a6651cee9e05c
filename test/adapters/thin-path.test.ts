/**
 * The thin path beside the SDK alone: the same calls with the same answers must come to the same results, by as many
 * requests that say the same and are rightly signed.
 */
import { hash } from 'node:crypto';
import * as raw from '@aws-sdk/client-dynamodb';
import * as events from '@aws-sdk/client-eventbridge';
import * as sqs from '@aws-sdk/client-sqs';
import * as document from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { takeUsage } from '../../lambdas/adapters/dynamo/usage.ts';
import { type Answer, isSigned, outcomeOf, rig, type Service, wordsOf } from '../support/thin.ts';

type Case = {
  service: Service;
  command: () => unknown;
  /** The answer to a call before, from which the kind is learned. */
  usual: Answer;
};

const capacity = { TableName: 'money', CapacityUnits: 1.5 };
const key = { pk: 'a', sk: 'b' };
const wireKey = { pk: { S: 'a' }, sk: { S: 'b' } };
const item = {
  ...key,
  amount: 10_000_000_000_000_000_000_001n,
  count: 3,
  fraction: -0.25,
  none: null,
  not: undefined,
  yes: true,
  no: false,
  empty: '',
  text: 'ä€😀 "quoted" \\ \u0001 \ud800 \u2028',
  bytes: new Uint8Array([0, 255, 7]),
  list: [1n, 'x', null, [true], { deep: [] }],
  map: { inner: { '': 'key without a name', 'ü.#': 1n } },
  words: new Set(['a', '']),
  numbers: new Set([1n, 2n ** 70n]),
};
const wireItem = {
  ...wireKey,
  amount: { N: '10000000000000000000001' },
  empty: { S: '' },
  bytes: { B: 'AP8H' },
  none: { NULL: true },
  yes: { BOOL: true },
  list: { L: [{ N: '1' }, { M: { deep: { L: [] } } }] },
  words: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '1180591620717411303424'] },
  blobs: { BS: ['AA==', 'AQ=='] },
};
const table = { TableName: 'money' };
const update = {
  ...table,
  Key: key,
  UpdateExpression: 'SET #a = :a',
  ConditionExpression: '#a = :b',
  ExpressionAttributeNames: { '#a': 'status' },
  ExpressionAttributeValues: { ':a': 'x', ':b': null, ':c': 5n },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
};
const queue = { QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/debit.fifo' };
const messages = ['{"ids":["wd_1"]}', 'zwei ü'].map((MessageBody, index) => ({
  Id: String(index),
  MessageBody,
  MessageGroupId: 'g',
  MessageDeduplicationId: `d${index}`,
}));
const successful = messages.map(({ Id, MessageBody }) => ({
  Id,
  MessageId: `m${Id}`,
  MD5OfMessageBody: hash('md5', MessageBody),
  SequenceNumber: '18849496460467696128',
}));
const written: Answer = { body: { ConsumedCapacity: capacity } };
const found: Answer = { body: { Item: wireItem, ConsumedCapacity: capacity } };
const page: Answer = {
  body: { Items: [wireItem, wireKey], Count: 2, ScannedCount: 2, LastEvaluatedKey: wireKey },
};
const batch = { body: { Responses: { money: [wireItem] }, UnprocessedKeys: {} } };
const query = {
  ...table,
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': 'a' },
  ExclusiveStartKey: key,
  Limit: 2,
  ScanIndexForward: false,
};
const transaction = {
  TransactItems: [
    { Put: { ...table, Item: item, ConditionExpression: 'attribute_not_exists(pk)' } },
    { Update: update },
    { Delete: { ...table, Key: key } },
    { ConditionCheck: { ...table, Key: key, ConditionExpression: 'attribute_exists(pk)' } },
  ],
};
const statement = { Statement: 'UPDATE money SET a=? WHERE pk=?', Parameters: [1n, 'a', null] };
const entry = {
  EventBusName: 'the-bus',
  Source: 'drawbridge',
  DetailType: 'withdrawal.requested',
  Detail: '{"id":"evt_1","text":"ä€😀 \\"quoted\\""}',
  Time: new Date(1_795_905_742_084),
};
const entries = [entry, { ...entry, Time: new Date(1_795_905_742_000), Resources: ['a', 'b'] }];
const onTheBus = { FailedEntryCount: 0, Entries: [{ EventId: 'e1' }, { EventId: 'e2' }] };
const visible = [{ Id: '0', ReceiptHandle: 'r', VisibilityTimeout: 0 }];

// biome-ignore format: columns are the point
const cases: Record<string, Case> = {
  Get: { service: 'document', command: () => new document.GetCommand({ ...table, Key: key, ConsistentRead: true }), usual: found },
  Put: { service: 'document', command: () => new document.PutCommand({ ...table, Item: item, ReturnValues: 'ALL_OLD' }), usual: { body: { Attributes: wireItem } } },
  Update: { service: 'document', command: () => new document.UpdateCommand(update), usual: written },
  Delete: { service: 'document', command: () => new document.DeleteCommand({ ...table, Key: key }), usual: { body: '' } },
  Query: { service: 'document', command: () => new document.QueryCommand(query), usual: page },
  Scan: { service: 'document', command: () => new document.ScanCommand({ ...table, Segment: 0, TotalSegments: 2, ExclusiveStartKey: key }), usual: page },
  BatchGet: { service: 'document', command: () => new document.BatchGetCommand({ RequestItems: { money: { Keys: [key], ConsistentRead: true } } }), usual: batch },
  BatchWrite: { service: 'document', command: () => new document.BatchWriteCommand({ RequestItems: { money: [{ PutRequest: { Item: item } }, { DeleteRequest: { Key: key } }] } }), usual: { body: { UnprocessedItems: { money: [{ PutRequest: { Item: wireItem } }] } } } },
  TransactWrite: { service: 'document', command: () => new document.TransactWriteCommand({ ...transaction, ClientRequestToken: 'token' }), usual: { body: { ConsumedCapacity: [capacity] } } },
  TransactGet: { service: 'document', command: () => new document.TransactGetCommand({ TransactItems: [{ Get: { ...table, Key: key } }] }), usual: { body: { Responses: [{ Item: wireItem }, {}] } } },
  ExecuteStatement: { service: 'document', command: () => new document.ExecuteStatementCommand(statement), usual: { body: { Items: [wireItem] } } },
  BatchExecuteStatement: { service: 'document', command: () => new document.BatchExecuteStatementCommand({ Statements: [statement, { Statement: 'SELECT', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }] }), usual: { body: { Responses: [{ TableName: 'money', Item: wireItem }, { Error: { Code: 'ConditionalCheckFailed', Message: 'no', Item: wireItem } }] } } },
  'raw GetItem': { service: 'raw', command: () => new raw.GetItemCommand({ ...table, Key: wireKey }), usual: found },
  'raw PutItem': { service: 'raw', command: () => new raw.PutItemCommand({ ...table, Item: { ...wireKey, b: { B: new Uint8Array([1]) }, s: { BS: [new Uint8Array([2])] }, n: { NS: ['1'] }, l: { L: [{ M: { x: { NULL: true } } }] } } }), usual: written },
  'raw UpdateItem': { service: 'raw', command: () => new raw.UpdateItemCommand({ ...update, Key: wireKey, ExpressionAttributeValues: { ':a': { N: '1' } } }), usual: { body: { Attributes: wireItem } } },
  'raw DeleteItem': { service: 'raw', command: () => new raw.DeleteItemCommand({ ...table, Key: wireKey }), usual: { body: {} } },
  SendMessageBatch: { service: 'sqs', command: () => new sqs.SendMessageBatchCommand({ ...queue, Entries: messages }), usual: { body: { Successful: successful } } },
  ChangeMessageVisibilityBatch: { service: 'sqs', command: () => new sqs.ChangeMessageVisibilityBatchCommand({ ...queue, Entries: visible }), usual: { body: { Successful: [{ Id: '0' }], Failed: [] } } },
  GetQueueAttributes: { service: 'sqs', command: () => new sqs.GetQueueAttributesCommand({ ...queue, AttributeNames: ['ApproximateNumberOfMessages'] }), usual: { body: { Attributes: { ApproximateNumberOfMessages: '7' } } } },
  PutEvents: { service: 'events', command: () => new events.PutEventsCommand({ Entries: entries }), usual: { body: onTheBus } },
};

/** The SDK writes into the errors that it meets. */
function anew(answer: Answer): Answer {
  const errorAnew = (error: Error) =>
    Object.assign(new (error.constructor as ErrorConstructor)(error.message), error);
  if ('fails' in answer) return { fails: errorAnew(answer.fails) };
  return 'breaks' in answer ? { ...answer, breaks: errorAnew(answer.breaks) } : answer;
}

/** Runs the case both ways, after one call of its kind, and compares all that can be seen. Answers what came of it. */
async function alike(name: string, answers: readonly Answer[], own?: () => unknown) {
  const { service, command, usual } = cases[name] as Case;
  const runs = [];
  for (const isThin of [false, true]) {
    const one = rig(service, isThin);
    one.answers.push(usual, ...answers.map(anew));
    await one.client.send(command());
    takeUsage();
    const outcome = await outcomeOf(() => one.client.send((own ?? command)()));
    const { calls, readUnits, writeUnits } = takeUsage();
    expect(one.answers).toEqual([]);
    const sent = one.sent.slice(1);
    for (const request of sent) expect(await isSigned(one, request)).toBe(true);
    // What is left for retries grows with each success again.
    const { capacity: forRetries } = await one.client.config.retryStrategy();
    const ids = new Set(sent.map(({ headers }) => headers['amz-sdk-invocation-id']));
    runs.push({
      seen: {
        outcome,
        said: sent.map(wordsOf),
        ids: ids.size,
        forRetries,
        calls,
        readUnits,
        writeUnits,
      },
      madeBy: sent.map((request) => request.isThin),
    });
  }
  const [bySdk, byUs] = runs;
  expect(byUs?.seen).toEqual(bySdk?.seen);
  return { ...byUs?.seen, madeBy: byUs?.madeBy } as {
    outcome: { answered?: object; threw?: Record<string, unknown> };
    said: unknown[];
    madeBy: boolean[];
  };
}

beforeEach(() => {
  // The SDK waits for a random part of its delays.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  jest.restoreAllMocks();
});

test.each(Object.keys(cases))(
  '%s: the second request of its kind is ours, and the same',
  async (name) => {
    const { madeBy, outcome } = await alike(name, [(cases[name] as Case).usual]);
    expect(madeBy).toEqual([true]);
    expect(outcome.answered).toBeDefined();
  },
);

const typed = (type: string, more: object = {}, status = 400): Answer => ({
  status,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: `it says ${type}`, ...more },
});
const reasons = [
  { Code: 'None' },
  { Code: 'ConditionalCheckFailed', Message: 'no', Item: wireItem },
  { Code: 'TransactionConflict', Message: 'busy' },
];
const reset = (): Answer => ({
  fails: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
});
const sqsError = (type: string, query: string): Answer => ({
  status: 400,
  headers: { 'x-amzn-query-error': query },
  body: { __type: `com.amazonaws.sqs#${type}`, message: 'it says no' },
});

// biome-ignore format: columns are the point
test.each<[name: string, command: string, answers: Answer[]]>([
  ['a condition that failed, with the item', 'Put', [typed('ConditionalCheckFailedException', { Item: wireItem })]],
  ['a transaction that was cancelled, with its reasons', 'TransactWrite', [typed('TransactionCanceledException', { CancellationReasons: reasons })]],
  ['a conflict', 'Update', [typed('TransactionConflictException')]],
  ['a token that is known with other parameters', 'TransactWrite', [typed('IdempotentParameterMismatchException')]],
  ['a transaction in progress, then success', 'TransactWrite', [typed('TransactionInProgressException'), (cases['TransactWrite'] as Case).usual]],
  ['throttling, then success', 'Put', [typed('ProvisionedThroughputExceededException'), typed('ThrottlingException'), written]],
  ['throttling to the end', 'Get', Array<Answer>(4).fill(typed('ProvisionedThroughputExceededException'))],
  ['too many requests', 'Query', [typed('RequestLimitExceeded', {}, 429), page]],
  ['500, then success', 'Get', [typed('InternalServerError', {}, 500), found]],
  ['500 to the end', 'TransactWrite', Array<Answer>(4).fill(typed('InternalServerError', {}, 500))],
  ['503 with a page of a proxy', 'Get', Array<Answer>(4).fill({ status: 503, body: '<html>busy</html>' })],
  ['no such table', 'Query', [typed('ResourceNotFoundException')]],
  ['what fails validation', 'Put', [{ status: 400, body: { __type: 'com.amazon.coral.validate#ValidationException', message: 'too large' } }]],
  ['an error that nobody knows', 'Put', [{ status: 400, body: { __type: 'NewException', Message: 'capital', detail: 1 } }]],
  ['an error without a word', 'Put', [{ status: 400, body: '' }]],
  ['an error by header', 'Put', [{ status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException:http://x' }, body: { Message: 'not you' } }]],
  ['a redirect', 'Get', [{ status: 307, body: '' }]],
  ['a cut connection, then success', 'Put', [reset(), written]],
  ['a cut connection, then a refusal that may be our own', 'Put', [reset(), typed('ConditionalCheckFailedException', { Item: wireItem })]],
  ['a connection that is always cut', 'TransactWrite', [reset(), reset(), reset(), reset()]],
  ['a failure that is not of the network', 'Get', [{ fails: new TypeError('broken') }]],
  ['an answer that breaks off, then success', 'Get', [{ breaks: Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), after: '{"Item":{"pk"' }, found]],
  ['an answer that breaks off for good', 'Get', [{ breaks: new Error('gone'), after: '{' }]],
  ['an answer that is no JSON', 'Get', [{ body: '<html>' }]],
  ['half an answer', 'Get', [{ body: '{"Item":{"pk":{"S":' }]],
  ['an answer that is no object', 'Get', [{ body: '[]' }]],
  ['a checksum that is wrong', 'Get', [{ ...found, headers: { 'x-amz-crc32': '1' } }]],
  ['ids of the request', 'Get', [{ ...found, headers: { 'x-amz-id-2': 'two', 'x-amz-cf-id': 'cf' } }]],
  ['an item that is not there', 'Get', [{ body: {} }]],
  ['fields that are new', 'Get', [{ body: { Item: wireKey, New: { a: 1 }, ConsumedCapacity: { ...capacity, New: 1, Table: { CapacityUnits: 1 } } } }]],
  ['a type of its own', 'Get', [{ body: { __type: 'x#Output', Item: wireKey, beside: 1 } }]],
  ['a null', 'Get', [{ body: { Item: null, ConsumedCapacity: null } }]],
  ['a number that is no integer', 'Get', [{ body: { Item: { n: { N: '1.5' } } } }]],
  ['an attribute of two types', 'Get', [{ body: { Item: { n: { N: '1', S: 'x' } } } }]],
  ['an attribute of a new type', 'Get', [{ body: { Item: { n: { Z: '1' } } } }]],
  ['an attribute of no type', 'Get', [{ body: { Item: { n: {} } } }]],
  ['bytes that are none', 'Get', [{ body: { Item: { n: { B: '*' } } } }]],
  ['a key that is no key', 'Get', [{ body: '{"Item":{"__proto__":{"S":"x"},"m":{"M":{"__proto__":{"S":"x"}}}}}' }]],
  ['an Infinity', 'Get', [{ body: { Item: wireKey, ConsumedCapacity: { CapacityUnits: 'Infinity' } } }]],
  ['keys that were not processed', 'BatchGet', [{ body: { Responses: {}, UnprocessedKeys: { money: { Keys: [wireKey], ConsistentRead: true } } } }]],
  ['statements that failed in part', 'BatchExecuteStatement', [(cases['BatchExecuteStatement'] as Case).usual]],
  ['raw: a number that is no integer', 'raw GetItem', [{ body: { Item: { n: { N: '1.5' }, b: { B: 'AQ==' } } } }]],
  ['raw: a condition that failed', 'raw PutItem', [typed('ConditionalCheckFailedException', { Item: wireItem })]],
  ['messages that were taken in part', 'SendMessageBatch', [{ body: { Successful: successful.slice(1), Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] } }]],
  ['a message that arrived as another', 'SendMessageBatch', [{ body: { Successful: [{ ...successful[0], MD5OfMessageBody: 'other' }] } }]],
  ['a queue that is not there', 'SendMessageBatch', [sqsError('QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue;Sender')]],
  ['a queue that is throttled, then success', 'SendMessageBatch', [sqsError('RequestThrottled', 'RequestThrottled;Sender'), (cases['SendMessageBatch'] as Case).usual]],
  ['events that were taken in part', 'PutEvents', [{ body: { FailedEntryCount: 1, Entries: [{ EventId: 'e1' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'busy' }] } }]],
  ['events that are refused as a whole', 'PutEvents', [typed('ValidationException')]],
  ['a bus that is throttled, then success', 'PutEvents', [typed('ThrottlingException'), (cases['PutEvents'] as Case).usual]],
  ['a bus that fails, then success', 'PutEvents', [typed('InternalException', {}, 500), (cases['PutEvents'] as Case).usual]],
  ['an empty batch', 'ChangeMessageVisibilityBatch', [sqsError('EmptyBatchRequest', 'AWS.SimpleQueueService.EmptyBatchRequest;Sender')]],
])('%s', async (_, command, answers) => {
  const { madeBy } = await alike(command, answers);
  expect(madeBy[0]).toBe(true);
});

class Money {
  amount = 1n;
}
const put = (value: unknown) => () =>
  new document.PutCommand({ ...table, Item: { ...key, value } });

// biome-ignore format: columns are the point
test.each<[name: string, command: () => unknown, isSent: boolean]>([
  ['an instance of a class', put(new Money()), false],
  ['a date', put(new Date(0)), false],
  ['a number that was rounded', put(2 ** 60), false],
  ['no number', put(Number.NaN), false],
  ['an empty set', put(new Set()), false],
  ['a set of two kinds', put(new Set(['a', 1n])), false],
  ['a symbol', put(Symbol('s')), false],
  ['a map', put(new Map([['a', 1n]])), true],
  ['a set of numbers', put(new Set([1, 2])), true],
  ['a number for DynamoDB', put(document.NumberValue.from('1.000000000000000000001')), true],
  ['a function among the values', put({ call: () => 1, kept: 1n }), true],
  ['gaps in a list', put([undefined, 1n]), true],
  ['an object without a prototype', put(Object.assign(Object.create(null), { a: 1n })), true],
  ['a key that is no key', put(JSON.parse('{"__proto__":1,"a":2}')), true],
  ['what the command does not know', () => new document.PutCommand({ ...table, Item: key, Other: 1 } as never), true],
  ['no item', () => new document.PutCommand({ ...table, Item: undefined }), true],
  ['a table by its ARN', () => new document.PutCommand({ TableName: 'arn:aws:dynamodb:eu-central-1:123456789012:table/money', Item: key }), true],
])('what is put is %s', async (_, command, isSent) => {
  await alike('Put', isSent ? [written] : [], command);
});

// biome-ignore format: columns are the point
test.each<[name: string, input: object, isSent: boolean]>([
  ['without a time', { Entries: [{ ...entry, Time: undefined }] }, true],
  ['at a time that is none', { Entries: [{ ...entry, Time: new Date(Number.NaN) }] }, true],
  ['at a time that is a text', { Entries: [{ ...entry, Time: '2026-11-28' }] }, true],
  ['without entries', { Entries: [] }, true],
  ['with a gap', { Entries: [entry, null] }, true],
])('events %s', async (_, input, isSent) => {
  await alike('PutEvents', isSent ? [(cases['PutEvents'] as Case).usual] : [], () => new events.PutEventsCommand(input as never));
});

test('events for an endpoint of their own, which has another host, are the SDK’s to send', async () => {
  const hosts = [];
  for (const isThin of [false, true]) {
    const one = rig('events', isThin);
    for (const EndpointId of [undefined, undefined, 'abcde.veo']) {
      one.answers.push({ body: onTheBus });
      await outcomeOf(() =>
        one.client.send(new events.PutEventsCommand({ Entries: entries, EndpointId })),
      );
    }
    hosts.push(one.sent.map(({ hostname }) => hostname));
  }
  expect(hosts[1]).toEqual(hosts[0]);
});

test('a transaction without a token gets one, and it is the same in each attempt', async () => {
  const one = rig('document', true);
  const command = () => new document.TransactWriteCommand(transaction);
  const done: Answer = { body: {} };
  one.answers.push(done, reset(), typed('InternalServerError', {}, 500), done, done);
  await one.client.send(command());
  await one.client.send(command());
  await one.client.send(command());
  const tokens = one.sent.map(
    ({ body }) =>
      (JSON.parse(new TextDecoder().decode(body)) as { ClientRequestToken: string })
        .ClientRequestToken,
  );
  const [first = '', second = '', third, fourth, fifth = ''] = tokens;
  expect([second, third, fourth]).toEqual(Array(3).fill(second));
  expect(new Set([first, second, fifth]).size).toBe(3);
  expect(one.sent.map(({ isThin }) => isThin)).toEqual([false, true, false, false, true]);
  const ids = one.sent.map(({ headers }) => headers['amz-sdk-invocation-id']);
  expect(new Set(ids.slice(1, 4)).size).toBe(1);
  expect(new Set(ids).size).toBe(3);
});
