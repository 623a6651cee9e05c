/** A client of the API, as it should be: it says the same again, under the same key, until it has an answer. */
import { operations } from '../../lambdas/api/operations.ts';
import type { FunctionName } from '../../lib/functions.ts';
import type { Boundary } from './boundary.ts';
import type { Lambda, Result } from './lambda.ts';
import { type WireRequest, type World, wait } from './world.ts';

export type Answer = { status: number; body: Readonly<Record<string, unknown>> };
type Sent = {
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  body?: object;
  key?: string;
};
export type Client = {
  readonly tenant: string;
  call(operation: keyof typeof operations, sent: Sent): Promise<Answer>;
};

const patienceMs = [1_000, 5_000, 20_000, 60_000] as const;
const ofClients =
  'withdrawals:read withdrawals:write wallets:read wallets:write transactions:write webhooks:read webhooks:write';
/** API Gateway gives a function no more. */
const gatewayMs = 29_000;

export function clientOf(
  world: World,
  lambda: Lambda,
  boundary: Boundary,
  tenant: string,
  scopes = ofClients,
): Client {
  return {
    tenant,
    call: async (name, { path = {}, query = {}, body, key }) => {
      const { method, path: resource, by } = operations[name];
      const text = body === undefined ? '' : JSON.stringify(body);
      const event = eventOf(
        { method, path: resource, headers: headersOf(key), body: text },
        resource,
        {
          pathParameters: path,
          query,
          authorizer: { keyId: `key_of_${tenant}`, principal: tenant, tenant, scopes },
        },
      );
      for (let tries = 0; ; tries += 1) {
        const gone: Result = { ok: false, why: 'no answer' };
        const result = await boundary.pass<Result>({
          from: 'client',
          to: 'api',
          operation: name,
          changes: method !== 'GET',
          text: `${method} ${resource} ${JSON.stringify({ ...path, ...query })} ${key ?? ''} ${text}`,
          apply: () => lambda.invoke(by as FunctionName, event),
          error: () => ({ ok: false, why: '502' }),
          lost: async () => {
            await wait(world, gatewayMs);
            return gone;
          },
        });
        const answer = result.ok ? (result.value as { statusCode: number; body: string }) : null;
        if (answer !== null && answer.statusCode < 500 && answer.statusCode !== 429)
          return {
            status: answer.statusCode,
            body: JSON.parse(answer.body) as Answer['body'],
          };
        await wait(world, patienceMs[Math.min(tries, patienceMs.length - 1)] ?? 0);
      }
    },
  };
}

const headersOf = (key: string | undefined): Record<string, string> => ({
  'content-type': 'application/json',
  ...(key === undefined ? {} : { 'idempotency-key': key }),
});

/** A request as API Gateway hands it to a function. */
export const eventOf = (
  { method, path, headers, body }: WireRequest,
  resource: string,
  {
    pathParameters = {},
    query = {},
    authorizer = {},
  }: {
    pathParameters?: object;
    query?: Readonly<Record<string, string>>;
    authorizer?: Readonly<Record<string, string>>;
  } = {},
): object => ({
  httpMethod: method,
  path,
  resource,
  pathParameters,
  headers,
  multiValueHeaders: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  ),
  queryStringParameters: null,
  multiValueQueryStringParameters: Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, [value]]),
  ),
  body: body === '' ? null : body,
  isBase64Encoded: false,
  requestContext: { requestId: 'request', authorizer, identity: { sourceIp: '127.0.0.1' } },
});
