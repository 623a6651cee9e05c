/** Translates API Gateway's events into calls of operations, and replies into its answers. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { logger, observed } from '../boot/observe.ts';
import { clock } from '../boot/world.ts';
import { about, type Subject } from '../core/kernel/about.ts';
import { errorName } from '../core/kernel/errors.ts';
import {
  isEndpointId,
  isTransactionId,
  isWalletId,
  isWithdrawalId,
  placeOfDelivery,
} from '../core/kernel/ids.ts';
import { principalOf } from '../core/operations/principal.ts';
import {
  isProblem,
  type Problem,
  problemBody,
  refuse,
  statusOfProblem,
} from '../core/requests/problem.ts';
import { jsonBody } from './json-body.ts';
import { type OperationName, operations } from './operations.ts';
import {
  type Caller,
  type Handle,
  type Handlers,
  perform,
  type RawCall,
  type Reply,
} from './perform.ts';
import { tellOfRefusal } from './refusals.ts';
import { measureRequest } from './request-measures.ts';

/** The Lambda handler of one resource. Throws when API Gateway sends a route without an operation. */
export function apiHandler(handlers: Handlers) {
  const routes = new Map(
    (Object.keys(handlers) as OperationName[]).map((name) => [
      `${operations[name].method} ${operations[name].path}`,
      name,
    ]),
  );
  return httpHandler(async (event) => {
    const name = routes.get(`${event.httpMethod} ${event.resource}`);
    const handle = name === undefined ? undefined : handlers[name];
    if (name === undefined || handle === undefined)
      throw new Error(`no route ${event.httpMethod} ${event.resource}`);
    return perform(name, handle as Handle<typeof name>, callerOf(event), sentIn(event));
  });
}

/** A Lambda handler around `handle`. Whatever it throws is logged, and the client sees a 503 that tells nothing about it. */
export const httpHandler = (
  handle: (event: APIGatewayProxyEvent, context: Context) => Promise<Reply | Problem>,
) =>
  observed(async (event: APIGatewayProxyEvent, context): Promise<APIGatewayProxyResult> => {
    const { requestId } = event.requestContext;
    const began = clock.now();
    const answered = (result: APIGatewayProxyResult): APIGatewayProxyResult => {
      measureRequest(event, result.statusCode, clock.now() - began);
      return result;
    };
    return about(subjectOf(event), async () => {
      try {
        const reply = await handle(event, context);
        if (!isProblem(reply)) return answered(jsonReply(reply));
        const { problem: code, errors } = reply;
        const route = `${event.httpMethod} ${event.resource}`;
        tellOfRefusal({ route, code, status: statusOfProblem(code), ...(errors && { errors }) });
        return answered(problemReply(reply, requestId));
      } catch (error) {
        logger.error('request failed', { error: error as Error, name: errorName(error) });
        const detail =
          'The request could not be completed. Send it again with the same Idempotency-Key.';
        return answered(problemReply(refuse('TEMPORARILY_UNAVAILABLE', detail), requestId));
      }
    });
  });

/** The request, whose id its problem names, and what its path is about. */
function subjectOf({ requestContext, pathParameters }: APIGatewayProxyEvent): Subject {
  const tenant: unknown = requestContext.authorizer?.['tenant'];
  const named = Object.values(pathParameters ?? {}).flatMap((id) => id ?? []);
  const [withdrawalId, walletId] = [named.find(isWithdrawalId), named.find(isWalletId)];
  const [transactionId, endpointId] = [named.find(isTransactionId), named.find(isEndpointId)];
  const deliveryId = named.find((id) => placeOfDelivery(id) !== null);
  return {
    requestId: requestContext.requestId,
    ...(typeof tenant === 'string' ? { tenant } : {}),
    ...(withdrawalId && { withdrawalId }),
    ...(walletId && { walletId }),
    ...(transactionId && { transactionId }),
    ...(endpointId && { endpointId }),
    ...(deliveryId && { deliveryId }),
  };
}

/** The caller as lambdas/api/access/authorizer.ts found out. */
export const callerOf = ({ requestContext: { authorizer } }: APIGatewayProxyEvent): Caller => ({
  id: callerIdOf(authorizer?.['keyId'], authorizer?.['principalId']),
  principal: principalOf(authorizer?.['principal']),
  tenant: String(authorizer?.['tenant'] ?? ''),
  scopes: String(authorizer?.['scopes'] ?? '').split(' '),
});

const callerIdMax = 255;
/** The id of a key, or whom a token names. An issuer chooses the names in its tokens: they must not look like our keys. */
const callerIdOf = (keyId: unknown, principal: unknown): string =>
  (keyId === 'token' ? `token:${principal}` : String(keyId ?? '')).slice(0, callerIdMax);

/** The values of a header, joined by commas (RFC 9110, section 5.3); `null` without one. `name` is in lower case. */
export function headerOf(event: APIGatewayProxyEvent, name: string): string | null {
  for (const [key, values] of Object.entries(event.multiValueHeaders ?? {}))
    if (key.toLowerCase() === name) return values?.join(', ') ?? null;
  return null;
}

export const bytesOf = (event: APIGatewayProxyEvent): Buffer =>
  Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');

const sentIn = (event: APIGatewayProxyEvent): RawCall => ({
  path: Object.fromEntries(
    Object.entries(event.pathParameters ?? {}).map(([name, value]) => [name, value ?? '']),
  ),
  query: Object.fromEntries(
    Object.entries(event.multiValueQueryStringParameters ?? {}).map(([name, values]) => [
      name,
      values ?? [],
    ]),
  ),
  idempotencyKey: headerOf(event, 'idempotency-key'),
  body: (bytesMax) => {
    const bytes = bytesOf(event);
    return bytes.length === 0
      ? { value: undefined }
      : jsonBody(bytes, headerOf(event, 'content-type'), bytesMax);
  },
});

const baseHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** A reply without a body has no type either (RFC 9110, section 15.3.5). Bytes are of the type that its headers say. */
const jsonReply = ({ status, body, headers = {} }: Reply): APIGatewayProxyResult => ({
  statusCode: status,
  headers: {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...baseHeaders,
    ...headers,
  },
  ...(body instanceof Uint8Array
    ? { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }
    : { body: body === undefined ? '' : JSON.stringify(body) }),
});

export const problemReply = (
  problem: Problem,
  requestId: string,
  headers: Record<string, string> = {},
): APIGatewayProxyResult => ({
  statusCode: statusOfProblem(problem.problem),
  headers: {
    'content-type': 'application/problem+json',
    ...baseHeaders,
    // A 401 needs a challenge (RFC 9110, section 15.5.2). Functions answer one only for a missing signature of the body.
    ...(statusOfProblem(problem.problem) === 401 ? { 'www-authenticate': 'Signature' } : {}),
    ...(statusOfProblem(problem.problem) === 503 ? { 'retry-after': '1' } : {}),
    ...problem.headers,
    ...headers,
  },
  body: JSON.stringify(problemBody(problem, requestId)),
});
