/**
 * Every setting of the product but those of EVM networks (settings-evm.ts). The functions read their rows (environment.ts), the CDK app and `npm start` all of them
 * (lib/settings.ts, local/settings.ts), and docs/configuration.md shows them. Nothing but rows is exported: the
 * module is the table. How the parts of a deployment are wired to each other (names of tables, URLs of queues) is
 * no setting.
 */
import { onRampPollMs, sweepPassMs as passMs } from '../core/kernel/limits.ts';
import { setting } from './setting.ts';
import * as check from './setting-checks.ts';

const simulator = 'local: the built-in simulator; deployed: none';

export const alarmEmail = setting('alarmEmail', check.email, 'CDK', {
  meaning: 'Where alarms are sent.',
  only: 'deployed',
});
export const alarmTopicArn = setting('alarmTopicArn', check.topicArn, 'CDK', {
  meaning: 'The existing SNS topic that alarms are sent to.',
  only: 'deployed',
  otherwise: 'the stack makes one',
});
export const alpacaAccounts = setting('ALPACA_ACCOUNTS', check.owners, 'brokerage', {
  meaning: 'Which tenant owns which accounts at the brokerage.',
  local: 'alice:a11ce000-0000-4000-8000-000000000001,bob:b0b00000-0000-4000-8000-000000000001',
});
export const alpacaBaseUrl = setting('ALPACA_BASE_URL', check.url, 'brokerage', {
  meaning: 'Where the brokerage (Alpaca) answers.',
  otherwise: simulator,
  needs: ['ALPACA_KEY_ID', 'ALPACA_SECRET_KEY', 'ALPACA_FIRM_ACCOUNT_ID', 'ALPACA_ACCOUNTS'],
});
export const alpacaFirmAccountId = setting('ALPACA_FIRM_ACCOUNT_ID', check.uuid, 'brokerage', {
  meaning: 'Our own account at the brokerage, which nothing else may use.',
  otherwise: simulator,
});
export const alpacaKeyId = setting('ALPACA_KEY_ID', check.text, 'brokerage', {
  meaning: 'The id of our API key at the brokerage.',
  otherwise: simulator,
});
export const alpacaSecretKey = setting('ALPACA_SECRET_KEY', check.text, 'secret', {
  meaning: 'The secret of our API key at the brokerage.',
  only: 'local',
  otherwise: 'the simulator’s',
  secret: true,
});
export const alpacaSecretArn = setting('ALPACA_SECRET_KEY_SECRET_ARN', check.secretArn, 'secret', {
  meaning: 'The secret in Secrets Manager that holds the secret of `ALPACA_KEY_ID`.',
  only: 'deployed',
  otherwise: 'the stack makes an empty secret',
});
export const awsPort = setting('AWS_PORT', check.port, 'start', {
  meaning: 'The port of the local AWS endpoint.',
  only: 'local',
  default: 4566,
});
export const dataDir = setting('DATA_DIR', check.text, 'start', {
  meaning: 'The directory of everything that must outlive the process.',
  only: 'local',
  default: '.local',
});
export const dueAccountId = setting('DUE_ACCOUNT_ID', check.text, 'all', {
  meaning: 'Our account at the on-ramp.',
  otherwise: simulator,
});
export const dueApiKey = setting('DUE_API_KEY', check.text, 'secret', {
  meaning: 'Our API key at the on-ramp.',
  only: 'local',
  otherwise: 'the simulator’s',
  secret: true,
});
export const dueApiKeyArn = setting('DUE_API_KEY_SECRET_ARN', check.secretArn, 'secret', {
  meaning: 'The secret in Secrets Manager that holds our API key at the on-ramp.',
  only: 'deployed',
  otherwise: 'the stack makes an empty secret',
});
export const dueBaseUrl = setting('DUE_BASE_URL', check.url, 'all', {
  meaning: 'Where the on-ramp (Due) answers.',
  otherwise: simulator,
  needs: ['DUE_ACCOUNT_ID', 'DUE_API_KEY'],
});
export const dueWebhookPublicKey = setting('DUE_WEBHOOK_PUBLIC_KEY', check.publicKey, 'all', {
  meaning: 'The key of the on-ramp’s events, which are refused without it: polling must do then.',
  otherwise: simulator,
});
export const graphqlIntrospection = setting('GRAPHQL_INTROSPECTION', check.onOff, 'all', {
  meaning: 'Whether `POST /graphql` tells its schema.',
  local: 'on',
  default: 'off',
});
export const idSecret = setting('ID_SECRET', check.text, 'secret', {
  meaning: 'What ids are derived from: with another one, a replay is a new withdrawal.',
  only: 'local',
  otherwise: 'made once, and kept in `DATA_DIR`',
  secret: true,
});
export const idSecretArn = setting('ID_SECRET_SECRET_ARN', check.secretArn, 'secret', {
  meaning: 'The existing secret that ids are derived from, when a stack is built again.',
  only: 'deployed',
  otherwise: 'the stack makes one, once and for ever',
});
export const idempotencyKeyTtl = setting('IDEMPOTENCY_KEY_TTL', check.lifetime, 'all', {
  meaning: 'How long an idempotency key is remembered.',
  default: 'never',
});
export const logLevel = setting('LOG_LEVEL', check.logLevel, 'all', {
  meaning: 'The least of what is logged.',
  default: 'info',
});
export const oidcAudience = setting('OIDC_AUDIENCE', check.text, 'authorizer', {
  meaning: 'Whom an access token must be meant for (its `aud`).',
  otherwise: 'API keys only',
  needs: ['OIDC_ISSUER'],
});
export const oidcIssuer = setting('OIDC_ISSUER', check.secureUrl, 'authorizer', {
  meaning: 'Whose access tokens (JWTs) are accepted besides API keys: their `iss`.',
  otherwise: 'API keys only',
  needs: ['OIDC_AUDIENCE'],
});
export const oidcJwksUrl = setting('OIDC_JWKS_URL', check.secureUrl, 'authorizer', {
  meaning: 'The issuer’s keys.',
  otherwise: 'the `jwks_uri` of `<issuer>/.well-known/openid-configuration`',
  needs: ['OIDC_ISSUER'],
});
export const oidcTenantClaim = setting('OIDC_TENANT_CLAIM', check.text, 'authorizer', {
  meaning: 'The claim of a token that names its tenant.',
  default: 'tenant',
  needs: ['OIDC_ISSUER'],
});
export const onRampPayIn = setting('ON_RAMP_PAY_IN', check.payIn, 'all', {
  meaning: 'How our dollars reach the on-ramp.',
  default: 'ach',
});
export const otlpTracesUrl = setting('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', check.url, 'all', {
  meaning: 'The URL to which traces are posted as OTLP/HTTP in JSON, when `TRACES` is `otlp`.',
  otherwise: 'none',
});
export const pollMs = setting('POLL_MS', check.milliseconds, 'all', {
  meaning: 'How often whatever waits for the outside world is asked about.',
  local: 2_000,
  default: onRampPollMs,
});
export const grpcPort = setting('GRPC_PORT', check.port, 'start', {
  meaning: 'The port of gRPC, over HTTP/2 without TLS.',
  only: 'local',
  otherwise: 'one above `PORT`; any free one where that is taken',
});
export const port = setting('PORT', check.port, 'start', {
  meaning: 'The port of the API.',
  only: 'local',
  default: 8080,
});
export const rateLimitBurst = setting('RATE_LIMIT_BURST', check.burst, 'CDK', {
  meaning: 'How many requests each API key may send at once, and how many lines of batches.',
  local: 5000,
  default: 200,
});
export const rateLimitPerSecond = setting('RATE_LIMIT_PER_SECOND', check.ratePerSecond, 'CDK', {
  meaning:
    'How many requests each API key may send in a second, on average, and how many lines of batches.',
  local: 5000,
  default: 100,
});
export const stackName = setting('stackName', check.cloudFormationName, 'CDK', {
  meaning: 'The name of the stack, and in small letters the beginning of the names in it.',
  only: 'deployed',
  default: 'Drawbridge',
});
export const sweepPassMs = setting('SWEEP_PASS_MS', check.milliseconds, 'all', {
  meaning: 'The time between two looks at what is due.',
  local: 1_000,
  default: passMs,
});
export const tenantDailyLimit = setting('TENANT_DAILY_LIMIT', check.amounts, 'all', {
  meaning: 'The most of all wallets of a tenant on one day (UTC).',
});
export const traces = setting('TRACES', check.traces, 'all', {
  meaning:
    'Where traces go: to X-Ray, to a collector of OpenTelemetry, into a file in `DATA_DIR`, or nowhere.',
  local: 'file',
  default: 'xray',
});
export const treasuryLow = setting('TREASURY_LOW', check.amounts, 'chain', {
  meaning:
    'Below this a treasury is low, and an alarm is raised. An asset that is left out keeps its default.',
  default: 'USDC:1000.00,ETH:1.00,SOL:10.00,BTC:0.05',
});
export const walletDailyLimit = setting('WALLET_DAILY_LIMIT', check.amounts, 'all', {
  meaning: 'The most of one wallet on one day (UTC).',
});
export const webhookAllowedHosts = setting('WEBHOOK_ALLOWED_HOSTS', check.hosts, 'all', {
  meaning: 'Hosts that the https and address rules of webhooks do not apply to.',
  local: '127.0.0.1',
  default: '',
});
export const withdrawalMax = setting('WITHDRAWAL_MAX', check.amounts, 'all', {
  meaning: 'The most of one withdrawal.',
});
export const withdrawalMin = setting('WITHDRAWAL_MIN', check.amounts, 'all', {
  meaning: 'The least of one withdrawal.',
});
