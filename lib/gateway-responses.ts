/** Makes API Gateway's own answers problems (RFC 9457) like those of the functions. */
import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  type ProblemCode,
  problemBody,
  statusOfProblem,
} from '../lambdas/core/requests/problem.ts';
import type { RateLimit } from './settings.ts';

type Answer = { code: ProblemCode; detail: string; headers?: Record<string, string> };

const notFound: Answer = { code: 'NOT_FOUND', detail: 'There is nothing at this path.' };
const unavailable: Answer = {
  code: 'TEMPORARILY_UNAVAILABLE',
  detail: 'The request was not answered. Send it again with the same Idempotency-Key.',
  headers: { 'Retry-After': '1' },
};
/** The policy is the rate of one key, as the usage plan has it, in the form of draft-ietf-httpapi-ratelimit-headers. */
const rateLimited = ({ ratePerSecond }: RateLimit): Answer => ({
  code: 'RATE_LIMITED',
  detail: `Too many requests. Each API key has ${ratePerSecond} a second.`,
  headers: {
    'Retry-After': '1',
    'RateLimit-Policy': `"default";q=${ratePerSecond};w=1`,
    RateLimit: '"default";r=0;t=1',
  },
});
const forbidden: Answer = { code: 'FORBIDDEN', detail: 'This API key may not do this.' };

/** The answer for a key that the authorizer knows and the usage plan does not: it is just being made or revoked. */
const notCounted: Answer = {
  code: 'UNAUTHORIZED',
  headers: { 'WWW-Authenticate': 'Bearer' },
  detail: 'This API key is not in use yet, or no longer. A new one may take a minute.',
};

const answers = (rateLimit: RateLimit): readonly (readonly [ResponseType, Answer])[] => [
  [
    ResponseType.UNAUTHORIZED,
    {
      code: 'UNAUTHORIZED',
      detail: 'Send your API key as "Authorization: Bearer <key>".',
      headers: { 'WWW-Authenticate': 'Bearer' },
    },
  ],
  [ResponseType.ACCESS_DENIED, forbidden],
  [ResponseType.WAF_FILTERED, forbidden],
  [ResponseType.INVALID_API_KEY, notCounted],
  // API Gateway has two names for "no such resource or method" …
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, notFound],
  [ResponseType.RESOURCE_NOT_FOUND, notFound],
  // … and two more when there is an Authorization header, which it then takes for an AWS signature.
  [ResponseType.INVALID_SIGNATURE, notFound],
  [ResponseType.EXPIRED_TOKEN, notFound],
  [
    ResponseType.REQUEST_TOO_LARGE,
    { code: 'PAYLOAD_TOO_LARGE', detail: 'The body is larger than this API accepts.' },
  ],
  [
    ResponseType.UNSUPPORTED_MEDIA_TYPE,
    { code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send the body as application/json.' },
  ],
  [ResponseType.THROTTLED, rateLimited(rateLimit)],
  [ResponseType.QUOTA_EXCEEDED, rateLimited(rateLimit)],
  [ResponseType.AUTHORIZER_FAILURE, unavailable],
  [ResponseType.AUTHORIZER_CONFIGURATION_ERROR, unavailable],
  [ResponseType.INTEGRATION_FAILURE, unavailable],
  [ResponseType.INTEGRATION_TIMEOUT, unavailable],
  [ResponseType.DEFAULT_5XX, unavailable],
  [
    ResponseType.DEFAULT_4XX,
    { code: 'INVALID_REQUEST', detail: 'The request could not be understood.' },
  ],
];

/** Replaces the answers that API Gateway gives without a function. */
export function addGatewayResponses(api: RestApi, rateLimit: RateLimit): void {
  for (const [type, { code, detail, headers = {} }] of answers(rateLimit)) {
    const body = problemBody({ problem: code, detail }, '$context.requestId');
    const responseHeaders = { 'Content-Type': 'application/problem+json', ...headers };
    api.addGatewayResponse(type.responseType, {
      type,
      statusCode: String(statusOfProblem(code)),
      // API Gateway uses this template whatever the client accepts. The header has the true media type.
      templates: { 'application/json': JSON.stringify(body) },
      // A constant has single quotes (API Gateway guide, "Parameter mapping").
      responseHeaders: Object.fromEntries(
        Object.entries(responseHeaders).map(([name, value]) => [name, `'${value}'`]),
      ),
    });
  }
}
