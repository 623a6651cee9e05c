/** Makes the REST API: its routes and their functions, the authorizer, the access log and the alarms. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  ApiKeySourceType,
  AuthorizationType,
  EndpointType,
  type IAuthorizer,
  LambdaIntegration,
  LogGroupLogDestination,
  type Method,
  MethodLoggingLevel,
  RestApi,
  TokenAuthorizer,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { connectRoutes } from '../lambdas/api/connect/routes.ts';
import { operationNames, operations } from '../lambdas/api/operations.ts';
import {
  apiTimeoutSeconds,
  authorizerCacheSeconds,
  reconciliationTimeoutSeconds,
} from '../lambdas/core/kernel/limits.ts';
import { batchTimeoutSeconds } from '../lambdas/core/requests/batch-limits.ts';
import { quoteTimeoutSeconds } from '../lambdas/core/requests/quote-limits.ts';
import { everyFiveMinutes } from './alarms.ts';
import { explain } from './explain.ts';
import { DrawbridgeFunction, type Shared } from './function.ts';
import type { FunctionName } from './functions.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { ClientLimits } from './usage-plan.ts';

/** A route of API Gateway. An `open` one needs no API key. */
type Route = { method: string; path: string; by: FunctionName; open: boolean };

/** One route for each operation (lambdas/api/operations.ts), and one for each service of Connect. */
export const routes: readonly Route[] = [
  ...operationNames.map((name) => {
    const { method, path, by, scope } = operations[name];
    return { method, path, by, open: scope === null };
  }),
  ...connectRoutes.map((route) => ({ ...route, open: false })),
];

/** Guards the account's own quota, 10,000 a second by default (API Gateway guide, "Quotas"). Clients have their own rate. */
const requestsPerSecondMax = 5_000;
const requestBurstMax = 2_500;
/** The timeouts of functions that take longer than others. */
const slow: Partial<Record<FunctionName, number>> = {
  reconciliation: reconciliationTimeoutSeconds,
  'withdrawal-batches': batchTimeoutSeconds,
  quotes: quoteTimeoutSeconds,
};
const errorsMax = 5;
const latencyP95MaxMs = 2_000;

/** The methods of each path, as the header `Allow` lists them. */
export function allowedMethods(table: readonly Route[]): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const { method, path } of table)
    allowed[path] = allowed[path] === undefined ? method : `${allowed[path]}, ${method}`;
  return allowed;
}

export class HttpApi extends Construct {
  readonly api: RestApi;
  private readonly shared: Shared;
  private readonly integrations = new Map<FunctionName, LambdaIntegration>();

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    this.shared = shared;
    this.api = this.makeApi(shared.nameOf('api'));
    addGatewayResponses(this.api, shared.settings.rateLimit);
    const authorizer = this.makeAuthorizer();
    for (const { method, path, by, open } of routes) {
      const added = this.addMethod(method, path, by, open ? undefined : authorizer);
      if (open)
        explain(added, {
          'AwsSolutions-APIG4':
            'Open on purpose: a health check has no key, and a provider signs the body instead, which the function checks.',
        });
    }
    this.limitClients();
    this.answerOtherMethods();
    this.watch();
  }

  private makeApi(name: string): RestApi {
    const accessLog = new LogGroup(this, 'access-log', {
      logGroupName: `/aws/apigateway/${name}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const api = new RestApi(this, 'api', {
      restApiName: name,
      endpointTypes: [EndpointType.REGIONAL],
      // With this, functions get the bytes as they were sent, and can check a signature over them.
      binaryMediaTypes: ['*/*'],
      apiKeySourceType: ApiKeySourceType.AUTHORIZER,
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: 'prod',
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
        loggingLevel: MethodLoggingLevel.ERROR,
        // Data traces would write bodies and headers, API keys among them, into the log.
        dataTraceEnabled: false,
        tracingEnabled: true,
        throttlingRateLimit: requestsPerSecondMax,
        throttlingBurstLimit: requestBurstMax,
      },
    });
    api.node.tryRemoveChild('Endpoint'); // CDK's own output; lib/drawbridge-stack.ts makes them all in one place.
    explain(api, {
      'AwsSolutions-APIG2':
        'The functions validate: the contract wants problem+json with a pointer to each wrong field, which a request validator cannot give.',
      'AwsSolutions-COG4':
        'Clients are machines with API keys; the Lambda authorizer knows their tenant and scopes. Cognito is for people who sign in.',
    });
    explain(api.deploymentStage, {
      'AwsSolutions-APIG3':
        'A web ACL belongs to the deployment: which countries, address ranges and rates are normal is not known here. Every operation but /health and the signed provider events needs an API key, and the stage is throttled.',
    });
    const pushesLogs = api.node.tryFindChild('CloudWatchRole');
    if (pushesLogs !== undefined)
      explain(pushesLogs, {
        'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
          'The one policy that API Gateway accepts for its account-wide right to write logs.',
      });
    return api;
  }

  private makeAuthorizer(): TokenAuthorizer {
    return new TokenAuthorizer(this, 'api-keys', {
      handler: this.makeFunction('authorizer'),
      resultsCacheTtl: Duration.seconds(authorizerCacheSeconds),
    });
  }

  private makeFunction(name: FunctionName): DrawbridgeFunction {
    const timeoutSeconds = slow[name] ?? apiTimeoutSeconds;
    return new DrawbridgeFunction(this, name, this.shared, { timeoutSeconds });
  }

  private addMethod(
    method: string,
    path: string,
    by: FunctionName,
    authorizer: IAuthorizer | undefined,
  ): Method {
    let integration = this.integrations.get(by);
    if (integration === undefined) {
      // A permission for each method would bring the stack to CloudFormation's limit of 500 resources.
      integration = new LambdaIntegration(this.makeFunction(by), {
        scopePermissionToMethod: false,
      });
      this.integrations.set(by, integration);
    }
    return this.api.root.resourceForPath(path).addMethod(method, integration, {
      ...(authorizer === undefined
        ? { authorizationType: AuthorizationType.NONE }
        : { authorizer, authorizationType: AuthorizationType.CUSTOM, apiKeyRequired: true }),
    });
  }

  private limitClients(): void {
    const { functions, settings } = this.shared;
    const { tokenUsageKey } = new ClientLimits(this, 'client-limits', this.api, this.shared);
    const told = { ...settings.oidc, ...(tokenUsageKey && { TOKEN_USAGE_KEY: tokenUsageKey }) };
    for (const [name, value] of Object.entries(told))
      functions.get('authorizer')?.addEnvironment(name, value);
    // A usage plan counts a batch once, whatever number of lines it has.
    const { ratePerSecond, burst } = settings.rateLimit;
    const rate = { RATE_LIMIT_PER_SECOND: ratePerSecond, RATE_LIMIT_BURST: burst };
    for (const [name, value] of Object.entries(rate))
      functions.get('withdrawal-batches')?.addEnvironment(name, String(value));
  }

  /** Answers 405 with `Allow` where a path exists and the method does not. */
  private answerOtherMethods(): void {
    const allowed = allowedMethods(routes);
    for (const path of Object.keys(allowed)) {
      const any = this.addMethod('ANY', path, 'method-not-allowed', undefined);
      explain(any, {
        'AwsSolutions-APIG4':
          'Answers 405 and nothing else, to whoever asks; its function has no rights.',
      });
    }
    this.shared.functions
      .get('method-not-allowed')
      ?.addEnvironment('ALLOWED_METHODS', JSON.stringify(allowed));
  }

  private watch(): void {
    this.shared.alarms.raise('api-errors', {
      metric: this.api.metricServerError({ statistic: 'sum', period: everyFiveMinutes }),
      atLeast: errorsMax,
      page: 'page-platform',
      says: `The API answered ${errorsMax} requests with 5xx in five minutes.`,
    });
    this.shared.alarms.raise('api-latency', {
      metric: this.api.metricLatency({ statistic: 'p95', period: everyFiveMinutes }),
      atLeast: latencyP95MaxMs,
      periods: 3,
      page: 'page-platform',
      says: `One request in twenty takes ${latencyP95MaxMs} ms or more.`,
    });
  }
}

/**
 * Nothing that the caller has written, and nothing about a person: of the path the route's template, for what stands at the place
 * of an id, or is no path of ours, may be anything; no header, no body, and not the caller's address.
 */
const accessLogFields = {
  requestId: '$context.requestId',
  traceId: '$context.xrayTraceId',
  time: '$context.requestTime',
  timeMs: '$context.requestTimeEpoch',
  tenant: '$context.authorizer.tenant',
  method: '$context.httpMethod',
  resource: '$context.resourcePath',
  status: '$context.status',
  bytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  functionMs: '$context.integration.latency',
  functionError: '$context.integration.error',
  authorizerError: '$context.authorizer.error',
  gatewayError: '$context.error.responseType',
};
