import { expect, test } from '@jest/globals';
import {
  apiTimeoutSeconds,
  reconcileTimeoutSeconds,
  reconciliationTimeoutSeconds,
  stepTimeoutSeconds,
  sweepTimeoutSeconds,
} from '../../lambdas/core/kernel/limits.ts';
import { steps } from '../../lambdas/core/kernel/steps.ts';
import { gaugeTimeoutSeconds } from '../../lambdas/core/operations/limits.ts';
import { busTimeoutSeconds, retellTimeoutSeconds } from '../../lambdas/core/outbox/limits.ts';
import { batchTimeoutSeconds } from '../../lambdas/core/requests/batch-limits.ts';
import { quoteTimeoutSeconds } from '../../lambdas/core/requests/quote-limits.ts';
import { functionNames } from '../../lib/functions.ts';
import { lastOf, ofType, resources, variablesOf } from './template.ts';

const rpc = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:rpc-base-AbCdEf';
const all = resources({
  EVM_RPC_URL_BASE_SECRET_ARN: rpc,
  EVM_TREASURY_ADDRESS: '0x0000000000000000000000000000000000000001',
});
const functions = ofType(all, 'AWS::Lambda::Function');
const logs = ofType(all, 'AWS::Logs::LogGroup');
const environment = new Map(functions.map(({ path }) => [lastOf(path), variablesOf(all, path)]));

test('every function of the table is in the stack, once', () => {
  expect(functions.map(({ path }) => lastOf(path)).sort()).toEqual([...functionNames].sort());
});

test.each(functions)('$path runs on Node 24 on arm64, traced, with its own log', (one) => {
  const name = lastOf(one.path);
  expect(one.properties).toMatchObject({
    FunctionName: `drawbridge-${name}`,
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    // A wallet's writer has a whole core (AWS Lambda guide, "Configure Lambda function memory").
    MemorySize: name === 'debit' ? 1_769 : 512,
    TracingConfig: { Mode: 'Active' },
    LoggingConfig: {
      LogFormat: 'JSON',
      ApplicationLogLevel: 'DEBUG',
      LogGroup: `${one.path}-log`,
    },
  });
  const log = logs.find(({ path }) => path === `${one.path}-log`);
  expect(log?.properties).toMatchObject({
    LogGroupName: `/aws/lambda/drawbridge-${name}`,
    RetentionInDays: 90,
  });
});

test('time limits follow what calls the function', () => {
  const special: Record<string, number> = {
    ...Object.fromEntries(steps.map((step) => [step, stepTimeoutSeconds])),
    relay: 30,
    bus: busTimeoutSeconds,
    sweep: sweepTimeoutSeconds,
    reconcile: reconcileTimeoutSeconds,
    retell: retellTimeoutSeconds,
    gauge: gaugeTimeoutSeconds,
    reconciliation: reconciliationTimeoutSeconds,
    'withdrawal-batches': batchTimeoutSeconds,
    quotes: quoteTimeoutSeconds,
  };
  for (const { path, properties } of functions)
    expect([path, properties['Timeout']]).toEqual([
      path,
      special[lastOf(path)] ?? apiTimeoutSeconds,
    ]);
});

const who = (variable: string): string[] =>
  functionNames.filter((name) => environment.get(name)?.[variable] !== undefined).sort();

test('what is secret is told to those who need it only', () => {
  expect({
    ids: who('ID_SECRET_SECRET_ARN'),
    due: who('DUE_API_KEY_SECRET_ARN'),
    rpc: who('EVM_RPC_URL_BASE_SECRET_ARN'),
    keys: who('TREASURY_KEY_ID'),
  }).toMatchInlineSnapshot(`
{
  "due": [
    "on-ramp",
    "quotes",
    "reconcile",
    "reconciliation",
  ],
  "ids": [
    "connect",
    "create-withdrawal",
    "graphql",
    "wallets",
    "withdrawal-batches",
    "withdrawals",
  ],
  "keys": [
    "broadcast",
  ],
  "rpc": [
    "broadcast",
    "confirm",
    "gauge",
    "on-ramp",
    "quotes",
    "reconcile",
    "reconciliation",
    "treasury",
  ],
}
`);
  // Who is told where it is may read it, and nobody else; the URL itself stands nowhere.
  const readers = ofType(all, 'AWS::IAM::Policy')
    .filter(({ properties }) => JSON.stringify(properties).includes(rpc))
    .map(({ path }) => lastOf(path.replace(/-role.*/, '')));
  expect(readers.sort()).toEqual(who('EVM_RPC_URL_BASE_SECRET_ARN'));
  expect(JSON.stringify(all)).not.toMatch(/"EVM_RPC_URL_[A-Z]+"/);
  const secrets = all.filter(({ type }) => type === 'AWS::SecretsManager::Secret');
  for (const { properties } of secrets) expect(properties).not.toHaveProperty('SecretString');
});

test('a deployment tells the schema of GraphQL only where it is told to', () => {
  expect(environment.get('graphql')).not.toHaveProperty('GRAPHQL_INTROSPECTION');
  const told = variablesOf(resources({ GRAPHQL_INTROSPECTION: 'on' }), 'http-api/graphql');
  expect(told['GRAPHQL_INTROSPECTION']).toBe('on');
});

test('each function knows the queues that it may use', () => {
  const queues = Object.fromEntries(
    functionNames.map((name) => [
      name,
      Object.keys(environment.get(name) ?? {})
        .filter((variable) => variable.startsWith('QUEUE_URL_'))
        .map((variable) => variable.slice('QUEUE_URL_'.length))
        .join(' '),
    ]),
  );
  expect(queues).toMatchInlineSnapshot(`
{
  "authorizer": "",
  "broadcast": "BROADCAST",
  "bus": "",
  "circuit-breakers": "",
  "confirm": "CONFIRM",
  "connect": "",
  "connect-processor": "JOURNAL DEBIT ON_RAMP BROADCAST CONFIRM REFUND WEBHOOK WEBHOOK_RETRY",
  "controls": "",
  "create-withdrawal": "",
  "debit": "DEBIT",
  "docs": "",
  "gauge": "",
  "graphql": "",
  "health": "DEBIT",
  "journal": "JOURNAL",
  "method-not-allowed": "",
  "on-ramp": "ON_RAMP",
  "operators": "",
  "provider-events": "ON_RAMP",
  "queues": "JOURNAL DEBIT ON_RAMP BROADCAST CONFIRM REFUND WEBHOOK WEBHOOK_RETRY",
  "quotes": "",
  "reconcile": "",
  "reconciliation": "",
  "refund": "REFUND",
  "relay": "JOURNAL DEBIT ON_RAMP BROADCAST REFUND WEBHOOK WEBHOOK_RETRY",
  "retell": "WEBHOOK",
  "sweep": "JOURNAL DEBIT ON_RAMP BROADCAST CONFIRM REFUND WEBHOOK_RETRY",
  "treasury": "",
  "wallets": "",
  "webhook": "WEBHOOK WEBHOOK_RETRY",
  "webhook-endpoints": "WEBHOOK WEBHOOK_RETRY",
  "webhook-retry": "WEBHOOK_RETRY",
  "withdrawal-batches": "",
  "withdrawals": "",
}
`);
});
