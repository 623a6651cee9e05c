import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { makeApp } from '../../lib/app.ts';
import { bundleFunctions } from '../../lib/bundle.ts';
import { functionNames } from '../../lib/functions.ts';
import { ofType, outputs, resources, variablesOf } from './template.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-app-'));
afterAll(() => rmSync(directory, { recursive: true }));

const emailed = { alarmEmail: 'someone@example.com' };

test('cdk-nag (AwsSolutions and Serverless) finds nothing unexplained', () => {
  const app = makeApp({ outdir: directory, bundle: false, check: false, context: emailed });
  for (const pack of [new AwsSolutionsChecks(app), new ServerlessChecks(app)])
    expect(pack.validateScope(app).violations).toEqual([]);
});

test('every explanation is of something that cdk-nag finds', () => {
  const app = makeApp({ outdir: directory, bundle: false, check: false, context: emailed });
  const findings = [new AwsSolutionsChecks(app), new ServerlessChecks(app)].flatMap((pack) => {
    Object.defineProperty(pack, 'isAcknowledged', { value: () => false });
    return pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => ({ ruleName, at: `${constructPath}/` })),
      );
  });
  const idle = explanationsIn(app).filter(
    ({ id, at }) => !findings.some((one) => one.ruleName === id && one.at.startsWith(`${at}/`)),
  );
  expect(idle).toEqual([]);
});

const explanationsIn = (app: App): { id: string; at: string }[] =>
  app.node.findAll().flatMap(({ node }: IConstruct) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(data))
      .map((id) => ({ id: id.replace(/^annotation::/i, ''), at: node.path })),
  );

test('a function without its entry file is an error that names both', () => {
  const bundle = () => bundleFunctions(directory, directory);
  expect(bundle).toThrow('correct lib/functions.ts');
  for (const name of functionNames) expect(bundle).toThrow(`  ${name}: ${directory}`);
});

const address = '0x0000000000000000000000000000000000000001';
const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:rpc-base-AbCdEf';
const rpc = { EVM_RPC_URL_BASE_SECRET_ARN: secretArn };

test.each<[Record<string, unknown>, string | RegExp]>([
  [
    { EVM_RPC_URL_BSAE: 'https://rpc.example' },
    'Unknown setting EVM_RPC_URL_BSAE in the CDK context. The nearest known one is EVM_RPC_URL_BASE',
  ],
  [
    { alarmEmial: 'a@b' },
    'Unknown setting alarmEmial in the CDK context. The nearest known one is alarmEmail',
  ],
  [{ gaskey: 2 }, 'The nearest known one is gasKeys'],
  [{ alarmEmail: 'a' }, 'must be an e-mail address'],
  [{ alarmTopicArn: 'on-call' }, 'must be the ARN of a topic in SNS'],
  [
    { alarmEmail: 'a@b', alarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:on-call' },
    'alarmEmail is for the topic that the stack makes',
  ],
  [
    { EVM_RPC_URL_BASE_SECRET_ARN: 'rpc.example', EVM_TREASURY_ADDRESS: address },
    'must be the ARN of a secret',
  ],
  [
    { EVM_RPC_URL_BASE: 'https://rpc.example/v2/key', EVM_TREASURY_ADDRESS: address },
    /^EVM_RPC_URL_BASE is a secret, and the CDK context is no place for it\..* set EVM_RPC_URL_BASE_SECRET_ARN to the ARN\.$/,
  ],
  [{ EVM_RPC_URL_BASE: 'ssm:/rpc/base' }, 'set EVM_RPC_URL_BASE_SECRET_ARN to the ARN'],
  [rpc, 'A network needs EVM_TREASURY_ADDRESS'],
  [{ EVM_TREASURY_ADDRESS: '0x1' }, 'EVM_TREASURY_ADDRESS in the CDK context must be an address'],
  [{ LOG_LEVEL: 'loud' }, 'must be one of debug, info, warn, error'],
  [{ GRAPHQL_INTROSPECTION: 'yes' }, 'must be one of on, off'],
  [{ GRAPHQL_INTROSPECTOIN: 'on' }, 'Unknown setting GRAPHQL_INTROSPECTOIN'],
  [{ IDEMPOTENCY_KEY_TTL: '1 day' }, 'must be "never" or a duration'],
  [{ DUE_ACCOUNT_ID: 7 }, 'must be a string'],
  [{ ALPACA_SECRET_KEY: 's' }, 'ALPACA_SECRET_KEY is a secret'],
  [{ ON_RAMP_PAY_IN: 'cheque' }, 'must be one of ach, wire, virtual-account'],
  [{ ON_RAMP_PAY_IN: 'wire' }, 'needs the brokerage that wires'],
  [{ ON_RAMP_PAY_IN: 'virtual-account' }, 'needs the brokerage that wires'],
  [{ ALPACA_ACCOUNTS: 'alice' }, 'must be tenants and their accounts'],
  [{ ALPACA_FIRM_ACCOUNT_ID: 'firm' }, 'must be a UUID'],
  [
    { ALPACA_BASE_URL: 'https://alpaca.example', ALPACA_KEY_ID: 'k' },
    'ALPACA_BASE_URL needs ALPACA_FIRM_ACCOUNT_ID, ALPACA_ACCOUNTS too',
  ],
  [{ RATE_LIMIT_PER_SECOND: '0' }, 'must be a whole number from 1 to 10000'],
  [{ RATE_LIMIT_BURST: '5001' }, 'must be a whole number from 1 to 5000'],
  [{ RATE_LIMIT_BURST: 'ssm:/burst' }, 'must be a whole number from 1 to 5000 itself, not ssm:'],
  [{ OIDC_ISSUER: 'https://login.example' }, 'OIDC_ISSUER needs OIDC_AUDIENCE too'],
  [{ OIDC_TENANT_CLAIM: 'org' }, 'OIDC_TENANT_CLAIM needs OIDC_ISSUER too'],
  [
    { OIDC_ISSUER: 'http://login.example', OIDC_AUDIENCE: 'x' },
    'OIDC_ISSUER in the CDK context must be an https URL',
  ],
  [{ gasKeys: 0 }, 'gasKeys in the CDK context must be a whole number from 1 to 20'],
  [
    { WITHDRAWAL_MIN: 'USD:5.00', WITHDRAWAL_MAX: 'USD:1.00' },
    /^WITHDRAWAL_MIN must be at most WITHDRAWAL_MAX, which is 1\.00 USD, not 5\.00: .*$/,
  ],
  // All that is wrong, a line each.
  [
    { LOG_LEVEL: 'loud', POLL_MS: '0', alarmEmial: 'a@b' },
    /^Unknown setting alarmEmial .*\nLOG_LEVEL in the CDK context must be .*\nPOLL_MS in the CDK context must be .*$/,
  ],
])('%j is refused', (context, message) => {
  expect(() => resources(context)).toThrow(message);
});

test('the CDK app tells of refused settings in nothing but their lines, before it bundles', async () => {
  const context = JSON.stringify({ LOG_LEVEL: 'loud', gasKeys: 0 });
  const asked = promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, '../../bin/app.ts')],
    { env: { ...process.env, CDK_CONTEXT_JSON: context, CDK_OUTDIR: path.join(directory, 'cdk') } },
  );
  await expect(asked).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^gasKeys in the CDK context .*\nLOG_LEVEL in the CDK .*\n$/),
  });
  expect(existsSync(path.join(directory, 'cdk/functions'))).toBe(false);
});

const broadcastKnows = (context: Record<string, unknown>): Record<string, string> => {
  const variables = variablesOf(resources(context), 'broadcast/broadcast');
  return Object.fromEntries(Object.entries(variables).filter(([name]) => /^EVM_/.test(name)));
};

test('a network is enabled by the secret of its RPC URL, with the real USDC unless another token is named', () => {
  expect(broadcastKnows({})).toEqual({});
  expect(broadcastKnows({ ...rpc, EVM_TREASURY_ADDRESS: address })).toEqual({
    ...rpc,
    EVM_TREASURY_ADDRESS: address,
    EVM_TOKEN_BASE: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
  });
});

test('a setting may stand in Parameter Store', () => {
  const known = broadcastKnows({
    EVM_RPC_URL_BASE_SECRET_ARN: 'ssm:/drawbridge/rpc/base',
    EVM_TREASURY_ADDRESS: address,
  });
  expect(known['EVM_RPC_URL_BASE_SECRET_ARN']).toMatch(/ssm/i);
});

test('what providers have issued is an existing secret or an empty one, never a generated one', () => {
  const names = (context: Record<string, unknown>) =>
    ofType(resources(context), 'AWS::SecretsManager::Secret').map(
      ({ properties }) => `${properties['Name']} ${'GenerateSecretString' in properties}`,
    );
  const [ids, due] = ['drawbridge-id-secret true', 'drawbridge-due-api-key false'];
  const alpaca = 'drawbridge-alpaca-secret-key false';
  expect(names({})).toEqual([ids, due, alpaca]);
  const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:due-abc';
  expect(names({ DUE_API_KEY_SECRET_ARN: arn })).toEqual([ids, alpaca]);
  expect(names({ ALPACA_SECRET_KEY_SECRET_ARN: arn })).toEqual([ids, due]);
});

test('the stack tells where everything is', () => {
  expect(outputs()).toMatchInlineSnapshot(`
{
  "ApiUrl": "https://http-api/api.execute-api.<AWS::Region>.<AWS::URLSuffix>/http-api/api/DeploymentStage.prod/",
  "BroadcastDeadLettersUrl": "broadcast/dead-letters",
  "BroadcastQueueUrl": "broadcast/queue",
  "BusDeadLettersUrl": "bus/dead-letters",
  "ConfirmDeadLettersUrl": "confirm/dead-letters",
  "ConfirmQueueUrl": "confirm/queue",
  "ControlTable": "tables/control",
  "DebitDeadLettersUrl": "debit/dead-letters",
  "DebitQueueUrl": "debit/queue",
  "EventBusName": "bus/events",
  "JournalDeadLettersUrl": "journal/dead-letters",
  "JournalQueueUrl": "journal/queue",
  "MoneyTable": "tables/money",
  "OnRampDeadLettersUrl": "on-ramp/dead-letters",
  "OnRampQueueUrl": "on-ramp/queue",
  "RefundDeadLettersUrl": "refund/dead-letters",
  "RefundQueueUrl": "refund/queue",
  "RelayDeadLettersUrl": "relay/dead-letters",
  "TreasuryKeyArn": "signing-key/treasury.Arn",
  "WebhookDeadLettersUrl": "webhook/dead-letters",
  "WebhookQueueUrl": "webhook/queue",
  "WebhookRetryDeadLettersUrl": "webhook-retry/dead-letters",
  "WebhookRetryQueueUrl": "webhook-retry/queue",
  "WebhooksTable": "tables/webhooks",
}
`);
});
