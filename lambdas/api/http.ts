/** API Gateway's request and answer around one operation of the API. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type * as z from 'zod';
import { errorName } from '../core/errors.ts';
import {
  type FieldError,
  isProblem,
  type Problem,
  type ProblemCode,
  problemBody,
  refuse,
  statusOfProblem,
} from '../core/problem.ts';
import { logger, observed } from '../observe.ts';
import { jsonBody } from './json-body.ts';

export type Scope =
  | 'withdrawals:read'
  | 'withdrawals:write'
  | 'wallets:read'
  | 'wallets:write'
  | 'webhooks:read'
  | 'webhooks:write'
  | 'operations';

export type Call = {
  tenant: string;
  /** A parameter of the path, decoded. */
  path(name: string): string;
  header(name: string): string | null;
  /** The raw bytes of the body. */
  bytes(): Buffer;
  /** The body by its schema, or what is wrong with it. */
  body<T>(schema: z.ZodType<T>): { value: T } | Problem;
};

export type Reply = { status: number; body: unknown; headers?: Record<string, string> };
type Operation = (call: Call) => Promise<Reply | Problem>;

/** What needs no key: `null`. */
export type Route = { scope: Scope | null; handle: Operation };

/** The Lambda of one resource: its operations by method and resource path, as API Gateway names them. */
export const apiHandler = (routes: Readonly<Record<string, Route>>) =>
  observed(async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const requestId = event.requestContext.requestId;
    const route = routes[`${event.httpMethod} ${event.resource}`];
    try {
      if (route === undefined) throw new Error(`no route ${event.httpMethod} ${event.resource}`);
      const reply = missingScope(event, route.scope) ?? (await route.handle(callFrom(event)));
      return isProblem(reply) ? problemReply(reply, requestId) : jsonReply(reply);
    } catch (error) {
      logger.error('request failed', { error: error as Error, name: errorName(error) });
      const detail =
        'The request could not be completed. Send it again with the same Idempotency-Key.';
      const problem = refuse('TEMPORARILY_UNAVAILABLE', detail);
      return problemReply(problem, requestId, { 'retry-after': '1' });
    }
  });

/** The authorizer's word on whose key it is; the scope is asked of each operation, never of a cached decision. */
function missingScope(event: APIGatewayProxyEvent, scope: Scope | null): Problem | null {
  if (scope === null) return null;
  const scopes = String(event.requestContext.authorizer?.['scopes'] ?? '').split(' ');
  return scopes.includes(scope) ? null : refuse('FORBIDDEN', `This key lacks the scope ${scope}.`);
}

function callFrom(event: APIGatewayProxyEvent): Call {
  const header = (name: string): string | null => {
    for (const [key, values] of Object.entries(event.multiValueHeaders ?? {}))
      if (key.toLowerCase() === name) return values?.join(', ') ?? null;
    return null;
  };
  const bytes = (): Buffer =>
    Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  return {
    tenant: String(event.requestContext.authorizer?.['tenant'] ?? ''),
    path: (name) => event.pathParameters?.[name] ?? '',
    header,
    bytes,
    body: (schema) => {
      const json = jsonBody(bytes(), header('content-type'));
      return isProblem(json) ? json : checked(schema, json.value);
    },
  };
}

/** Fields whose own code says more than INVALID_REQUEST does. */
const fieldCodes: Record<string, ProblemCode> = {
  '#/amount': 'INVALID_AMOUNT',
  '#/destinationAddress': 'INVALID_ADDRESS',
};

function checked<T>(schema: z.ZodType<T>, value: unknown): { value: T } | Problem {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const errors = parsed.error.issues.flatMap(({ path, message, code, ...issue }): FieldError[] => {
    const unknown = 'keys' in issue && Array.isArray(issue.keys) ? issue.keys : null;
    const at = (last: readonly PropertyKey[]) =>
      `#${[...path, ...last].map((part) => `/${String(part)}`).join('')}`;
    if (code === 'unrecognized_keys' && unknown !== null)
      return unknown.map((key) => ({
        pointer: at([String(key)]),
        code: 'UNKNOWN_FIELD',
        detail: 'There is no such field.',
      }));
    const present = path.length === 0 || valueAt(value, path) !== undefined;
    const pointer = at([]);
    return [
      { pointer, code: present ? (fieldCodes[pointer] ?? 'INVALID') : 'REQUIRED', detail: message },
    ];
  });
  const [first] = errors;
  const only =
    errors.length === 1 && first !== undefined && first.code in codesOfFields ? first.code : null;
  return refuse(
    (only as ProblemCode | null) ?? 'INVALID_REQUEST',
    'The body does not fit what this operation takes; see errors.',
    errors,
  );
}
const codesOfFields = Object.fromEntries(Object.values(fieldCodes).map((code) => [code, true]));

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );

const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** The Idempotency-Key, without the quotes that a structured header has around it. */
export function idempotencyKey(call: Call): { key: string } | Problem {
  const text = call.header('idempotency-key');
  if (text === null || text === '')
    return refuse(
      'IDEMPOTENCY_KEY_REQUIRED',
      'Send an Idempotency-Key header: a new value for each new request.',
    );
  const key = text.replace(/^"(.*)"$/s, '$1');
  return keyPattern.test(key)
    ? { key }
    : refuse('IDEMPOTENCY_KEY_INVALID', 'An Idempotency-Key is 1 to 255 visible ASCII characters.');
}

const baseHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

const jsonReply = ({ status, body, headers = {} }: Reply): APIGatewayProxyResult => ({
  statusCode: status,
  headers: { 'content-type': 'application/json', ...baseHeaders, ...headers },
  body: JSON.stringify(body),
});

export const problemReply = (
  problem: Problem,
  requestId: string,
  headers: Record<string, string> = {},
): APIGatewayProxyResult => ({
  statusCode: statusOfProblem(problem.problem),
  headers: { 'content-type': 'application/problem+json', ...baseHeaders, ...headers },
  body: JSON.stringify(problemBody(problem, requestId)),
});
