/** Makes the answers that API Gateway gives without a function (API Gateway guide, "Gateway responses"). */
import type { Resolver } from '../template/intrinsics.ts';

export type GatewayProblem =
  | 'ACCESS_DENIED'
  | 'AUTHORIZER_CONFIGURATION_ERROR'
  | 'AUTHORIZER_FAILURE'
  | 'BAD_REQUEST_BODY'
  | 'INTEGRATION_FAILURE'
  | 'INTEGRATION_TIMEOUT'
  | 'INVALID_API_KEY'
  | 'INVALID_SIGNATURE'
  | 'MISSING_AUTHENTICATION_TOKEN'
  | 'REQUEST_TOO_LARGE'
  | 'THROTTLED'
  | 'UNAUTHORIZED';
export type GatewayAnswer = { status: number; headers: Record<string, string>; body: string };
/** The values of `$context.…`, by their names without `$context.`. */
export type GatewayContext = Readonly<Record<string, string | undefined>>;
export type GatewayResponses = (problem: GatewayProblem, context: GatewayContext) => GatewayAnswer;

type Customized = {
  status: number | null;
  template: string | null;
  headers: [name: string, value: string][];
};

const defaults: Record<GatewayProblem, { status: number; message: string | null }> = {
  ACCESS_DENIED: { status: 403, message: 'User is not authorized to access this resource' },
  AUTHORIZER_CONFIGURATION_ERROR: { status: 500, message: null },
  AUTHORIZER_FAILURE: { status: 500, message: null },
  BAD_REQUEST_BODY: { status: 400, message: 'Invalid request body' },
  // The guide says 504, but AWS answers 502 when a function fails or is misunderstood (re:Post, "malformed-502-api-gateway").
  INTEGRATION_FAILURE: { status: 502, message: 'Internal server error' },
  INTEGRATION_TIMEOUT: { status: 504, message: 'Endpoint request timed out' },
  INVALID_API_KEY: { status: 403, message: 'Forbidden' },
  INVALID_SIGNATURE: { status: 403, message: 'The Authorization header is no AWS signature' },
  MISSING_AUTHENTICATION_TOKEN: { status: 403, message: 'Missing Authentication Token' },
  REQUEST_TOO_LARGE: { status: 413, message: 'Request Too Long' },
  THROTTLED: { status: 429, message: 'Too Many Requests' },
  UNAUTHORIZED: { status: 401, message: 'Unauthorized' },
};
const defaultTemplate = '{"message":$context.error.messageString}';

/** Answers by response type, with the template's own texts and headers where it has them. */
export function gatewayResponsesFrom(resolver: Resolver): GatewayResponses {
  const customized = new Map(
    resolver.resources('AWS::ApiGateway::GatewayResponse').map(([, { Properties }]) => {
      const properties = resolver.resolve(Properties) as Record<string, unknown>;
      return [String(properties['ResponseType']), customizedFrom(properties)];
    }),
  );
  return (problem, context) => {
    const { status, message } = defaults[problem];
    const custom =
      customized.get(problem) ?? customized.get(status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
    const said = context['error.message'] ?? message;
    const values: GatewayContext = {
      ...context,
      'error.message': said ?? '',
      'error.messageString': JSON.stringify(said),
      'error.responseType': problem,
    };
    const headers = (custom?.headers ?? []).map(([name, value]) => [
      name,
      headerValue(value, values),
    ]);
    return {
      status: custom?.status ?? status,
      headers: { 'Content-Type': 'application/json', ...Object.fromEntries(headers) },
      body: fill(custom?.template ?? defaultTemplate, values),
    };
  };
}

function customizedFrom(properties: Record<string, unknown>): Customized {
  const parameters = (properties['ResponseParameters'] ?? {}) as Record<string, string>;
  const templates = (properties['ResponseTemplates'] ?? {}) as Record<string, string>;
  const prefix = 'gatewayresponse.header.';
  return {
    status: properties['StatusCode'] === undefined ? null : Number(properties['StatusCode']),
    template: templates['application/json'] ?? null,
    headers: Object.entries(parameters).map(([name, value]) => {
      if (!name.startsWith(prefix)) throw new Error(`Gateway response parameter ${name}?`);
      return [name.slice(prefix.length), value];
    }),
  };
}

/** The value of a header: a constant in quotes, or `context.…`. */
const headerValue = (value: string, values: GatewayContext): string =>
  /^'(.*)'$/s.exec(value)?.[1] ?? values[value.replace(/^context\./, '')] ?? '';

/** Replaces `$context.name`, and nothing else: gateway responses have no template language. */
const fill = (template: string, values: GatewayContext): string =>
  template.replace(/\$context\.(\w+(?:\.\w+)*)/g, (_, name: string) => values[name] ?? '');
