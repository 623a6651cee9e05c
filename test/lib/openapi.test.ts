import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApiDocument } from '../../lambdas/api/openapi/document.ts';
import { eventTypes } from '../../lambdas/core/requests/event-names.ts';
import { problemCodes } from '../../lambdas/core/requests/problem.ts';
import { failureCodes } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { clientSources } from '../../lib/client-source.ts';

const root = path.join(import.meta.dirname, '../..');

test('the document has no fault that its linter knows', async () => {
  const config = await createConfig({
    extends: ['recommended-strict'],
    // No request to /docs or for the document itself can be wrong.
    rules: { 'operation-4xx-response': 'off' },
  });
  const problems = await lintFromString({ source: JSON.stringify(openApiDocument()), config });
  expect(problems.map(({ message, location }) => [message, location[0]?.pointer])).toEqual([]);
});

test('what is generated for clients is of this document: run `npm run client`', async () => {
  const wanted = await clientSources();
  const committed = Object.keys(wanted).map((file) => [
    file,
    readFileSync(path.join(root, file), 'utf8'),
  ]);
  expect(Object.fromEntries(committed)).toEqual(wanted);
});

test('what a field of a body is without it stands in words, for generators take a default for a field that is always there', () => {
  const schemas = openApiDocument().components?.schemas as Record<string, Fields>;
  const { required, properties } = schemas['CreateWithdrawal'] as Fields;
  expect(required).not.toContain('maxRetries');
  expect(properties['maxRetries']?.description).toMatch(/ Without it: `3`\.$/);
  expect(properties['metadata']?.description).toBe('Without it: `{}`.');
  expect(JSON.stringify(schemas)).not.toContain('"default":');
});
type Fields = { required: string[]; properties: Record<string, { description?: string }> };

test('each operation says which scope it takes', () => {
  const { paths = {} } = openApiDocument();
  const scopes = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(
      ({ operationId, security }) => `${operationId}: ${JSON.stringify(security)}`,
    ),
  );
  expect(scopes).toMatchInlineSnapshot(`
[
  "createWithdrawal: [{"apiKey":["withdrawals:write"]}]",
  "listWithdrawals: [{"apiKey":["withdrawals:read"]}]",
  "getWithdrawal: [{"apiKey":["withdrawals:read"]}]",
  "getWithdrawalEvents: [{"apiKey":["withdrawals:read"]}]",
  "retryWithdrawal: [{"apiKey":["withdrawals:write"]}]",
  "cancelWithdrawal: [{"apiKey":["withdrawals:write"]}]",
  "createWithdrawalBatch: [{"apiKey":["withdrawals:write"]}]",
  "getWithdrawalBatch: [{"apiKey":["withdrawals:read"]}]",
  "listNetworks: [{"apiKey":["withdrawals:read"]}]",
  "validateAddress: [{"apiKey":["withdrawals:read"]}]",
  "createQuote: [{"apiKey":["withdrawals:read"]}]",
  "createWallet: [{"apiKey":["wallets:write"]}]",
  "listWallets: [{"apiKey":["wallets:read"]}]",
  "getWallet: [{"apiKey":["wallets:read"]}]",
  "updateWallet: [{"apiKey":["wallets:write"]}]",
  "createWalletTransaction: [{"apiKey":["transactions:write"]}]",
  "listWalletTransactions: [{"apiKey":["wallets:read"]}]",
  "getWalletTransaction: [{"apiKey":["wallets:read"]}]",
  "getWalletOperation: [{"apiKey":["wallets:read"]}]",
  "listWalletEntries: [{"apiKey":["wallets:read"]}]",
  "createWebhookEndpoint: [{"apiKey":["webhooks:write"]}]",
  "listWebhookEndpoints: [{"apiKey":["webhooks:read"]}]",
  "getWebhookEndpoint: [{"apiKey":["webhooks:read"]}]",
  "updateWebhookEndpoint: [{"apiKey":["webhooks:write"]}]",
  "deleteWebhookEndpoint: [{"apiKey":["webhooks:write"]}]",
  "rotateWebhookSecret: [{"apiKey":["webhooks:write"]}]",
  "testWebhookEndpoint: [{"apiKey":["webhooks:write"]}]",
  "listWebhookDeliveries: [{"apiKey":["webhooks:read"]}]",
  "replayWebhooks: [{"apiKey":["webhooks:write"]}]",
  "redeliverWebhook: [{"apiKey":["webhooks:write"]}]",
  "sendWebhook: [{"apiKey":["webhooks:write"]}]",
  "getWebhookStats: [{"apiKey":["webhooks:read"]}]",
  "getWebhookDelivery: [{"apiKey":["webhooks:read"]}]",
  "graphql: [{"apiKey":[]}]",
  "getReconciliation: [{"apiKey":["operations"]}]",
  "startReconciliation: [{"apiKey":["operations"]}]",
  "listOpenWithdrawals: [{"apiKey":["operations"]}]",
  "inspectWithdrawal: [{"apiKey":["operations"]}]",
  "getWithdrawalTrace: [{"apiKey":["operations"]}]",
  "resumeWithdrawal: [{"apiKey":["operations"]}]",
  "refundWithdrawal: [{"apiKey":["operations"]}]",
  "cancelPayout: [{"apiKey":["operations"]}]",
  "listSwitches: [{"apiKey":["operations"]}]",
  "turnSwitch: [{"apiKey":["operations"]}]",
  "getProcessor: [{"apiKey":["operations"]}]",
  "stopProcessor: [{"apiKey":["operations"]}]",
  "startProcessor: [{"apiKey":["operations"]}]",
  "getStats: [{"apiKey":["operations"]}]",
  "getDeadLetters: [{"apiKey":["operations"]}]",
  "redriveDeadLetters: [{"apiKey":["operations"]}]",
  "discardDeadLetter: [{"apiKey":["operations"]}]",
  "getTreasury: [{"apiKey":["operations"]}]",
  "listCircuitBreakers: [{"apiKey":["operations"]}]",
  "receiveDueEvent: []",
  "getOpenApi: []",
  "getDocs: []",
  "getConsole: []",
  "getStart: []",
  "getHealth: []",
]
`);
});

test('the document has every event, with the schema of its data', () => {
  const { webhooks = {} } = openApiDocument();
  const wanted = [...eventTypes, 'webhook-endpoint.test'];
  expect(Object.keys(webhooks).sort()).toEqual(wanted.sort());
  for (const [type, one] of Object.entries(webhooks))
    expect(JSON.stringify(one)).toContain(`"const":"${type}"`);
});

test('no schema is one that nobody has named: generators make types of them that refer to themselves', () => {
  const named = Object.keys(openApiDocument().components?.schemas ?? {});
  expect(named.filter((name) => !/^[A-Z]/.test(name))).toEqual([]);
});

test('docs/errors.md explains each code', () => {
  const text = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');
  const codes = [...problemCodes, ...failureCodes];
  expect(codes.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});
