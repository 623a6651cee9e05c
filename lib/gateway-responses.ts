/** What API Gateway itself answers, in the words of the contract (section 2): `application/problem+json`. */
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
/** The policy is the usage plan's, a key's own rate; draft-ietf-httpapi-ratelimit-headers has the form. */
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

/** The authorizer knows it and the usage plan does not: it is being made or revoked at this moment. */
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
  // Two names for "no such resource or method"…
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, notFound],
  [ResponseType.RESOURCE_NOT_FOUND, notFound],
  // …and two more when an Authorization header comes along, which API Gateway then takes for an AWS signature.
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

export function addGatewayResponses(api: RestApi, rateLimit: RateLimit): void {
  for (const [type, { code, detail, headers = {} }] of answers(rateLimit)) {
    const body = problemBody({ problem: code, detail }, '$context.requestId');
    const responseHeaders = { 'Content-Type': 'application/problem+json', ...headers };
    api.addGatewayResponse(type.responseType, {
      type,
      statusCode: String(statusOfProblem(code)),
      // The template that API Gateway uses whatever the client accepts; the header says what it really is.
      templates: { 'application/json': JSON.stringify(body) },
      // A constant is written in quotes (API Gateway: "Data mapping").
      responseHeaders: Object.fromEntries(
        Object.entries(responseHeaders).map(([name, value]) => [name, `'${value}'`]),
      ),
    });
  }
}
