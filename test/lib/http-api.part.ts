import { expect, test } from '@jest/globals';
import { authorizerCacheSeconds } from '../../lambdas/core/kernel/limits.ts';
import { lastOf, ofType, resources, type Value, variablesOf } from './template.ts';

const all = resources();
const [api] = ofType(all, 'AWS::ApiGateway::RestApi');
const [stage] = ofType(all, 'AWS::ApiGateway::Stage');
const methods = ofType(all, 'AWS::ApiGateway::Method').map(({ path, properties }) => {
  const { Uri: uri } = properties['Integration'] as { Uri: string };
  return {
    route: `${properties['HttpMethod']} ${path.slice('http-api/api/Default'.length, path.lastIndexOf('/')) || '/'}`,
    by: lastOf(/functions\/(.*)\.Arn\/invocations/.exec(uri)?.[1] ?? ''),
    key: properties['AuthorizationType'] === 'CUSTOM',
    counted: properties['ApiKeyRequired'] === true,
  };
});
const named = methods.filter(({ route }) => !route.startsWith('ANY '));

test('these routes are answered by these functions', () => {
  expect(
    named.map(({ route, by, key }) => `${route} → ${by}${key ? '' : ' (no API key)'}`),
  ).toMatchInlineSnapshot(`
[
  "POST /v1/withdrawals → create-withdrawal",
  "GET /v1/withdrawals → withdrawals",
  "GET /v1/withdrawals/{id} → withdrawals",
  "GET /v1/withdrawals/{id}/events → withdrawals",
  "POST /v1/withdrawals/{id}/retry → withdrawals",
  "POST /v1/withdrawals/{id}/cancel → withdrawals",
  "POST /v1/withdrawal-batches → withdrawal-batches",
  "GET /v1/withdrawal-batches/{id} → withdrawal-batches",
  "GET /v1/networks → quotes",
  "POST /v1/addresses/validate → quotes",
  "POST /v1/quotes → quotes",
  "POST /v1/wallets → wallets",
  "GET /v1/wallets → wallets",
  "GET /v1/wallets/{walletId} → wallets",
  "PATCH /v1/wallets/{walletId} → wallets",
  "POST /v1/wallets/{walletId}/transactions → wallets",
  "GET /v1/wallets/{walletId}/transactions → wallets",
  "GET /v1/wallets/{walletId}/transactions/{transactionId} → wallets",
  "GET /v1/wallets/{walletId}/operations/{id} → wallets",
  "GET /v1/wallets/{walletId}/entries → wallets",
  "POST /v1/webhook-endpoints → webhook-endpoints",
  "GET /v1/webhook-endpoints → webhook-endpoints",
  "GET /v1/webhook-endpoints/{id} → webhook-endpoints",
  "PATCH /v1/webhook-endpoints/{id} → webhook-endpoints",
  "DELETE /v1/webhook-endpoints/{id} → webhook-endpoints",
  "POST /v1/webhook-endpoints/{id}/rotate-secret → webhook-endpoints",
  "POST /v1/webhook-endpoints/{id}/test → webhook-endpoints",
  "GET /v1/webhook-endpoints/{id}/deliveries → webhook-endpoints",
  "POST /v1/webhook-endpoints/{id}/replay → webhook-endpoints",
  "POST /v1/webhook-deliveries/{id}/redeliver → webhook-endpoints",
  "GET /v1/webhook-deliveries/{id} → webhook-endpoints",
  "POST /v1/webhooks → webhook-endpoints",
  "GET /v1/webhooks/stats → webhook-endpoints",
  "GET /v1/reconciliation → reconciliation",
  "POST /v1/reconciliation → queues",
  "GET /v1/operations/withdrawals → operators",
  "GET /v1/operations/withdrawals/{id} → operators",
  "GET /v1/operations/withdrawals/{id}/trace → operators",
  "POST /v1/operations/withdrawals/{id}/resume → operators",
  "POST /v1/operations/withdrawals/{id}/refund → operators",
  "POST /v1/operations/withdrawals/{id}/cancel-payout → operators",
  "GET /v1/operations/switches → controls",
  "PUT /v1/operations/switches/{name} → controls",
  "GET /v1/operations/treasury → treasury",
  "GET /v1/processor → controls",
  "POST /v1/processor/stop → controls",
  "POST /v1/processor/start → controls",
  "GET /v1/stats → queues",
  "GET /v1/dead-letters/{step} → queues",
  "POST /v1/dead-letters/{step}/redrive → queues",
  "POST /v1/dead-letters/{step}/discard → queues",
  "GET /v1/circuit-breakers → circuit-breakers",
  "POST /v1/providers/due/events → provider-events (no API key)",
  "POST /graphql → graphql",
  "GET /openapi.json → docs (no API key)",
  "GET /docs → docs (no API key)",
  "GET /console → docs (no API key)",
  "GET / → docs (no API key)",
  "GET /health → health (no API key)",
  "POST /drawbridge.v1.WithdrawalService/{procedure} → connect",
  "POST /drawbridge.v1.WithdrawalProcessorService/{procedure} → connect-processor",
]
`);
});

test('every other method of a path that exists is told which ones it has', () => {
  const paths = [...new Set(named.map(({ route }) => route.split(' ')[1]))];
  const others = methods.filter(({ route }) => route.startsWith('ANY '));
  expect(others.map(({ route }) => route).sort()).toEqual(
    paths.map((path) => `ANY ${path}`).sort(),
  );
  expect(new Set(others.map(({ by }) => by))).toEqual(new Set(['method-not-allowed']));

  const variables = variablesOf(all, 'http-api/method-not-allowed');
  const allowed: Record<string, string> = JSON.parse(variables['ALLOWED_METHODS'] ?? '{}');
  for (const { route } of named) {
    const [method = '', path = ''] = route.split(' ');
    expect(allowed[path]?.split(', ')).toContain(method);
  }
  // All variables of a function have at most 4 KB (AWS Lambda guide, "Lambda quotas").
  expect(JSON.stringify(variables).length).toBeLessThan(4_096);
});

test('the API is regional, hands bodies on untouched, and is throttled, logged and traced', () => {
  expect(api?.properties).toMatchObject({
    BinaryMediaTypes: ['*/*'],
    EndpointConfiguration: { Types: ['REGIONAL'] },
  });
  expect(stage?.properties).toMatchObject({
    StageName: 'prod',
    TracingEnabled: true,
    AccessLogSetting: {
      DestinationArn: expect.stringContaining('http-api/access-log'),
      Format: expect.not.stringMatching(
        /context\.(path\b|identity|error\.message|authorizer\.principal|domain)/,
      ),
    },
    MethodSettings: [
      {
        HttpMethod: '*',
        ResourcePath: '/*',
        DataTraceEnabled: false,
        ThrottlingRateLimit: expect.any(Number),
        ThrottlingBurstLimit: expect.any(Number),
      },
    ],
  });
});

test('whoever needs a key is counted by it, and the authorizer says by which', () => {
  expect(api?.properties).toMatchObject({ ApiKeySourceType: 'AUTHORIZER' });
  expect(methods.filter(({ key, counted }) => key !== counted)).toEqual([]);
  expect(methods.filter(({ counted }) => counted)).not.toEqual([]);
});

const planOf = (among: ReturnType<typeof resources>) =>
  ofType(among, 'AWS::ApiGateway::UsagePlan').map(({ properties }) => properties);

test('each key has its rate, from the configuration', () => {
  const plan = {
    UsagePlanName: 'tables/control',
    ApiStages: [{ ApiId: 'http-api/api', Stage: expect.stringContaining('http-api/api') }],
  };
  expect(planOf(all)).toMatchObject([{ ...plan, Throttle: { RateLimit: 100, BurstLimit: 200 } }]);
  expect(ofType(all, 'AWS::ApiGateway::ApiKey')).toEqual([]);
  const told = resources({ RATE_LIMIT_PER_SECOND: '7', RATE_LIMIT_BURST: '9' });
  expect(planOf(told)).toMatchObject([{ ...plan, Throttle: { RateLimit: 7, BurstLimit: 9 } }]);
  const throttled = ofType(told, 'AWS::ApiGateway::GatewayResponse').find(
    ({ properties }) => properties['ResponseType'] === 'THROTTLED',
  );
  expect(JSON.stringify(throttled)).toContain(String.raw`'\"default\";q=7;w=1'`);
});

test('with an issuer of tokens, the authorizer is told of it, and its callers are counted together', () => {
  const issuer = { OIDC_ISSUER: 'https://login.example', OIDC_AUDIENCE: 'drawbridge' };
  const told = resources(issuer);
  const variables = variablesOf(told, 'http-api/authorizer');
  expect(variables).toMatchObject({ ...issuer, TOKEN_USAGE_KEY: expect.any(String) });
  const keys = ofType(told, 'AWS::ApiGateway::ApiKey');
  expect(keys.map(({ properties }) => properties)).toMatchObject([
    { Value: variables['TOKEN_USAGE_KEY'], Enabled: true },
  ]);
  // The value of an API key has 20 to 128 characters (API Gateway guide, "Quotas").
  expect(variables['TOKEN_USAGE_KEY']?.length).toBeGreaterThanOrEqual(20);
  expect(ofType(told, 'AWS::ApiGateway::UsagePlanKey')).toMatchObject([
    { properties: { KeyType: 'API_KEY', KeyId: keys[0]?.path } },
  ]);
  expect(variablesOf(told, 'http-api/wallets')).not.toHaveProperty('OIDC_ISSUER');
});

test('keys are checked by the authorizer, whose answer is reused for seconds only', () => {
  const authorizers = ofType(all, 'AWS::ApiGateway::Authorizer');
  expect(authorizers.map(({ properties }) => properties)).toMatchObject([
    {
      Type: 'TOKEN',
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerResultTtlInSeconds: authorizerCacheSeconds,
      AuthorizerUri: expect.stringContaining('http-api/authorizer.Arn'),
    },
  ]);
});

test("API Gateway's own answers are problems of the contract", () => {
  const answers = ofType(all, 'AWS::ApiGateway::GatewayResponse').map(({ properties }) => {
    const templates = properties['ResponseTemplates'] as { [type: string]: string };
    const problem: Record<string, Value> = JSON.parse(templates['application/json'] ?? '{}');
    expect(properties['ResponseParameters']).toMatchObject({
      'gatewayresponse.header.Content-Type': "'application/problem+json'",
    });
    expect(problem).toEqual({
      type: `urn:drawbridge:error:${problem['code']}`,
      title: expect.any(String),
      status: Number(properties['StatusCode']),
      detail: expect.any(String),
      code: expect.any(String),
      requestId: '$context.requestId',
    });
    const { 'gatewayresponse.header.Content-Type': _, ...headers } = properties[
      'ResponseParameters'
    ] as { [name: string]: string };
    const others = Object.entries(headers).map(([name, value]) => `${lastName(name)}: ${value}`);
    return [properties['ResponseType'], problem['status'], problem['code'], ...others].join(' ');
  });
  expect(answers).toMatchInlineSnapshot(`
[
  "UNAUTHORIZED 401 UNAUTHORIZED WWW-Authenticate: 'Bearer'",
  "ACCESS_DENIED 403 FORBIDDEN",
  "WAF_FILTERED 403 FORBIDDEN",
  "INVALID_API_KEY 401 UNAUTHORIZED WWW-Authenticate: 'Bearer'",
  "MISSING_AUTHENTICATION_TOKEN 404 NOT_FOUND",
  "RESOURCE_NOT_FOUND 404 NOT_FOUND",
  "INVALID_SIGNATURE 404 NOT_FOUND",
  "EXPIRED_TOKEN 404 NOT_FOUND",
  "REQUEST_TOO_LARGE 413 PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE 415 UNSUPPORTED_MEDIA_TYPE",
  "THROTTLED 429 RATE_LIMITED Retry-After: '1' RateLimit-Policy: '"default";q=100;w=1' RateLimit: '"default";r=0;t=1'",
  "QUOTA_EXCEEDED 429 RATE_LIMITED Retry-After: '1' RateLimit-Policy: '"default";q=100;w=1' RateLimit: '"default";r=0;t=1'",
  "AUTHORIZER_FAILURE 503 TEMPORARILY_UNAVAILABLE Retry-After: '1'",
  "AUTHORIZER_CONFIGURATION_ERROR 503 TEMPORARILY_UNAVAILABLE Retry-After: '1'",
  "INTEGRATION_FAILURE 503 TEMPORARILY_UNAVAILABLE Retry-After: '1'",
  "INTEGRATION_TIMEOUT 503 TEMPORARILY_UNAVAILABLE Retry-After: '1'",
  "DEFAULT_5XX 503 TEMPORARILY_UNAVAILABLE Retry-After: '1'",
  "DEFAULT_4XX 400 INVALID_REQUEST",
]
`);
});

const lastName = (parameter: string): string => parameter.slice(parameter.lastIndexOf('.') + 1);
