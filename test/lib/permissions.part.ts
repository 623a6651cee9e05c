import { expect, test } from '@jest/globals';
import { functionNames } from '../../lib/functions.ts';
import { lastOf, ofType, resources, type Statement, statementsOf } from './template.ts';

const policies = new Map(
  ofType(resources(), 'AWS::IAM::Policy').map(({ path, properties }) => [
    lastOf(path.replace(/-role\/DefaultPolicy$/, '')),
    statementsOf(properties['PolicyDocument']),
  ]),
);
const statements = [...policies].flatMap(([name, list]) => list.map((one) => [name, one] as const));

/** Whether a statement is one that every function has: for its own log and its traces. */
const isCommon = (name: string, { Action: actions, Resource: on }: Statement): boolean =>
  actions.every((action) => action.startsWith('xray:Put')) ||
  (actions.every((action) => /^logs:(CreateLogStream|PutLogEvents)$/.test(action)) &&
    on.every((arn) => arn.endsWith(`/${name}-log.Arn`)));

test('each function may do exactly this, besides writing its log and its traces', () => {
  const table = Object.fromEntries(
    functionNames.map((name) => [
      name,
      (policies.get(name) ?? [])
        .filter((one) => !isCommon(name, one))
        .map((one) => `${one.Action.join(' ')}: ${one.Resource.join(' ')}`),
    ]),
  );
  expect(table).toMatchInlineSnapshot(`
{
  "authorizer": [
    "dynamodb:GetItem: tables/control.Arn",
  ],
  "broadcast": [
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PartiQLUpdate dynamodb:PutItem dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/control.Arn",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage: broadcast/queue.Arn",
    "kms:GetPublicKey: signing-key/gas-1.Arn signing-key/gas-2.Arn signing-key/treasury.Arn",
    "kms:Sign: signing-key/gas-1.Arn signing-key/gas-2.Arn signing-key/treasury.Arn",
  ],
  "bus": [
    "events:PutEvents: bus/events.Arn",
    "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams: tables/money.StreamArn",
    "sqs:GetQueueAttributes sqs:GetQueueUrl sqs:SendMessage: bus/dead-letters.Arn",
  ],
  "circuit-breakers": [
    "dynamodb:BatchGetItem: tables/control.Arn",
  ],
  "confirm": [
    "dynamodb:BatchGetItem dynamodb:PartiQLUpdate dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem: tables/control.Arn",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage: confirm/queue.Arn",
  ],
  "connect": [
    "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/byReference tables/money.Arn/index/byTenant tables/money.Arn/index/byWallet",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key secrets/id-secret",
  ],
  "connect-processor": [
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/control.Arn",
    "sqs:GetQueueAttributes: broadcast/dead-letters.Arn broadcast/queue.Arn bus/dead-letters.Arn confirm/dead-letters.Arn confirm/queue.Arn debit/dead-letters.Arn debit/queue.Arn journal/dead-letters.Arn journal/queue.Arn on-ramp/dead-letters.Arn on-ramp/queue.Arn refund/dead-letters.Arn refund/queue.Arn relay/dead-letters.Arn webhook/dead-letters.Arn webhook/queue.Arn webhook-retry/dead-letters.Arn webhook-retry/queue.Arn",
  ],
  "controls": [
    "dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/control.Arn",
  ],
  "create-withdrawal": [
    "dynamodb:BatchGetItem dynamodb:PutItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem: tables/control.Arn",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key secrets/id-secret",
  ],
  "debit": [
    "dynamodb:BatchGetItem dynamodb:ConditionCheckItem dynamodb:PutItem dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/byWallet tables/money.Arn/index/inbox",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage sqs:SendMessage: debit/queue.Arn",
  ],
  "docs": [],
  "gauge": [
    "dynamodb:BatchGetItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/open",
    "kms:GetPublicKey: signing-key/gas-1.Arn signing-key/gas-2.Arn",
  ],
  "graphql": [
    "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/byTenant tables/money.Arn/index/byWallet",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key secrets/id-secret",
  ],
  "health": [
    "dynamodb:GetItem: tables/money.Arn",
    "sqs:GetQueueAttributes: debit/queue.Arn",
  ],
  "journal": [
    "dynamodb:BatchGetItem dynamodb:ConditionCheckItem dynamodb:PutItem dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/inbox",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage: journal/queue.Arn",
  ],
  "method-not-allowed": [],
  "on-ramp": [
    "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem: tables/control.Arn",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key secrets/due-api-key",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage: on-ramp/queue.Arn",
  ],
  "operators": [
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/byTenant tables/money.Arn/index/open",
  ],
  "provider-events": [
    "dynamodb:GetItem: tables/control.Arn",
    "sqs:SendMessage: on-ramp/queue.Arn",
  ],
  "queues": [
    "dynamodb:BatchGetItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:Query: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/byWallet tables/money.Arn/index/inbox",
    "sqs:GetQueueAttributes sqs:SendMessage: broadcast/queue.Arn confirm/queue.Arn debit/queue.Arn journal/queue.Arn on-ramp/queue.Arn refund/queue.Arn webhook/queue.Arn webhook-retry/queue.Arn",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage: broadcast/dead-letters.Arn bus/dead-letters.Arn confirm/dead-letters.Arn debit/dead-letters.Arn journal/dead-letters.Arn on-ramp/dead-letters.Arn refund/dead-letters.Arn relay/dead-letters.Arn webhook/dead-letters.Arn webhook-retry/dead-letters.Arn",
    "sqs:ListMessageMoveTasks sqs:StartMessageMoveTask: broadcast/dead-letters.Arn confirm/dead-letters.Arn debit/dead-letters.Arn journal/dead-letters.Arn on-ramp/dead-letters.Arn refund/dead-letters.Arn webhook/dead-letters.Arn webhook-retry/dead-letters.Arn",
    "sqs:SendMessage: reconcile/errands.Arn retell/errands.Arn",
  ],
  "quotes": [
    "dynamodb:BatchGetItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem: tables/control.Arn",
    "secretsmanager:GetSecretValue: secrets/due-api-key",
  ],
  "reconcile": [
    "dynamodb:BatchGetItem dynamodb:Query dynamodb:Scan dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/byWallet tables/money.Arn/index/inbox tables/money.Arn/index/open",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key secrets/due-api-key",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage: reconcile/errands.Arn",
  ],
  "reconciliation": [
    "dynamodb:BatchGetItem dynamodb:Query dynamodb:Scan dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/byWallet tables/money.Arn/index/inbox tables/money.Arn/index/open",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key secrets/due-api-key",
  ],
  "refund": [
    "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem: tables/control.Arn",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage: refund/queue.Arn",
  ],
  "relay": [
    "dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/control.Arn tables/webhooks.Arn",
    "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams: tables/money.StreamArn",
    "sqs:GetQueueAttributes sqs:GetQueueUrl sqs:SendMessage: relay/dead-letters.Arn",
    "sqs:SendMessage: broadcast/queue.Arn debit/queue.Arn journal/queue.Arn on-ramp/queue.Arn refund/queue.Arn webhook/queue.Arn webhook-retry/queue.Arn",
  ],
  "retell": [
    "dynamodb:BatchGetItem dynamodb:Query dynamodb:Scan: tables/money.Arn",
    "dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/webhooks.Arn",
    "dynamodb:GetItem dynamodb:PutItem: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/inbox tables/money.Arn/index/open",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage: retell/errands.Arn",
    "events:PutEvents: bus/events.Arn",
    "sqs:SendMessage: webhook/queue.Arn",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage: bus/dead-letters.Arn relay/dead-letters.Arn",
  ],
  "sweep": [
    "dynamodb:BatchGetItem dynamodb:Scan dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:GetItem dynamodb:PutItem: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/due tables/money.Arn/index/open tables/webhooks.Arn/index/due",
    "sqs:SendMessage: broadcast/queue.Arn confirm/queue.Arn debit/queue.Arn journal/queue.Arn on-ramp/queue.Arn refund/queue.Arn webhook-retry/queue.Arn",
  ],
  "treasury": [
    "dynamodb:BatchGetItem dynamodb:GetItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/open",
    "kms:GetPublicKey: signing-key/gas-1.Arn signing-key/gas-2.Arn",
  ],
  "wallets": [
    "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:Query: tables/money.Arn/index/byWallet",
    "secretsmanager:GetSecretValue: secrets/id-secret",
  ],
  "webhook": [
    "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/webhooks.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem: tables/control.Arn",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage: webhook/queue.Arn",
    "sqs:SendMessage: webhook-retry/queue.Arn",
  ],
  "webhook-endpoints": [
    "dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/webhooks.Arn",
    "dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem: tables/control.Arn",
    "dynamodb:Query: tables/webhooks.Arn/index/byEndpoint tables/webhooks.Arn/index/byState",
    "sqs:SendMessage: webhook/queue.Arn webhook-retry/queue.Arn",
  ],
  "webhook-retry": [
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem: tables/webhooks.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem: tables/control.Arn",
    "dynamodb:Query: tables/webhooks.Arn/index/byEndpoint",
    "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage: webhook-retry/queue.Arn",
  ],
  "withdrawal-batches": [
    "dynamodb:BatchGetItem dynamodb:PutItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem: tables/control.Arn",
    "secretsmanager:GetSecretValue: secrets/alpaca-secret-key secrets/id-secret",
  ],
  "withdrawals": [
    "dynamodb:BatchGetItem dynamodb:UpdateItem: tables/money.Arn",
    "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:UpdateItem: tables/control.Arn",
    "dynamodb:Query: tables/money.Arn/index/byReference tables/money.Arn/index/byTenant tables/money.Arn/index/byWallet",
    "secretsmanager:GetSecretValue: secrets/id-secret",
  ],
}
`);
});

test('nothing is granted on everything, but writing traces', () => {
  const wide = statements.filter(([, one]) => one.Resource.some((arn) => arn === '*'));
  const actions = new Set(wide.flatMap(([, one]) => one.Action));
  expect([...actions].sort()).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
});

test('no action is a pattern, nobody deletes from the money table, and only who compares all of it, or looks for what is in no list, scans', () => {
  for (const [name, { Action: actions, Resource: on }] of statements) {
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    if (actions.includes('dynamodb:Scan'))
      expect(['reconcile', 'reconciliation', 'retell', 'sweep']).toContain(name);
    if (actions.includes('dynamodb:DeleteItem'))
      expect([
        { name: 'broadcast', on: ['tables/control.Arn'] },
        // Parts of checkpoints that have been replaced.
        { name: 'reconcile', on: ['tables/control.Arn'] },
        { name: 'reconciliation', on: ['tables/control.Arn'] },
        { name: 'webhook-endpoints', on: ['tables/webhooks.Arn'] },
        // Powertools' idempotency of clients' own events.
        { name: 'webhook-endpoints', on: ['tables/control.Arn'] },
      ]).toContainEqual({ name, on });
  }
});

test('only broadcast may sign, and only digests', () => {
  const signing = statements.filter(([, one]) => one.Action.includes('kms:Sign'));
  expect(signing.map(([name]) => name)).toEqual(['broadcast']);
  expect(signing[0]?.[1].Condition).toEqual({
    StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' },
  });
});

test('no function has a managed policy', () => {
  const roles = ofType(resources(), 'AWS::IAM::Role').filter(({ path }) => path.endsWith('-role'));
  expect(roles).toHaveLength(functionNames.length);
  for (const { properties } of roles) expect(properties).not.toHaveProperty('ManagedPolicyArns');
});
