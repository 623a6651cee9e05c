/** What API Gateway itself answers, in the words of the contract (section 2): `application/problem+json`. */
import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type ProblemCode, problemBody, statusOfProblem } from '../lambdas/core/problem.ts';

type Answer = { code: ProblemCode; detail: string; headers?: Record<string, string> };

const notFound: Answer = { code: 'NOT_FOUND', detail: 'There is nothing at this path.' };
const unavailable: Answer = {
  code: 'TEMPORARILY_UNAVAILABLE',
  detail: 'The request was not answered. Send it again with the same Idempotency-Key.',
  headers: { 'Retry-After': '1' },
};
const rateLimited: Answer = {
  code: 'RATE_LIMITED',
  detail: 'Too many requests at once.',
  headers: { 'Retry-After': '1' },
};
const forbidden: Answer = { code: 'FORBIDDEN', detail: 'This API key may not do this.' };

const answers: readonly (readonly [ResponseType, Answer])[] = [
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
  [ResponseType.THROTTLED, rateLimited],
  [ResponseType.QUOTA_EXCEEDED, rateLimited],
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

export function addGatewayResponses(api: RestApi): void {
  for (const [type, { code, detail, headers = {} }] of answers) {
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
