/** Translates HTTP requests into events, and answers back: a REST API's Lambda proxy integration, payload version 1.0. */
import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http';
import { accountId } from '../template/aws-names.ts';
import type { Match, RestApi } from './rest-api.ts';

export type ProxyRequest = {
  request: IncomingMessage;
  requestId: string;
  startedAt: Date;
  path: string;
  query: string;
  match: Match;
  authorizer: Record<string, string | number> | null;
  body: Buffer;
};
export type ProxyAnswer = {
  status: number;
  headers: [name: string, value: string][];
  body: Buffer;
};

type Multi = Record<string, string[]>;

export function proxyEvent(api: RestApi, proxied: ProxyRequest): unknown {
  const { request, match, path, body } = proxied;
  const headers = multi(headerPairs(proxied));
  const query = multi([...new URLSearchParams(proxied.query)]);
  const binary = isBinary(api, request.headers['content-type']);
  return {
    resource: match.resourcePath,
    path,
    httpMethod: request.method,
    headers: last(headers),
    multiValueHeaders: headers,
    queryStringParameters: last(query),
    multiValueQueryStringParameters: Object.keys(query).length === 0 ? null : query,
    pathParameters: match.pathParameters,
    stageVariables: null,
    requestContext: contextOf(api, proxied),
    body: body.length === 0 ? null : body.toString(binary ? 'base64' : 'utf8'),
    isBase64Encoded: binary && body.length > 0,
  };
}

function contextOf(api: RestApi, proxied: ProxyRequest): unknown {
  const { request, requestId, startedAt, path, match, authorizer } = proxied;
  return {
    resourceId: match.resourceId,
    resourcePath: match.resourcePath,
    httpMethod: request.method,
    extendedRequestId: requestId.slice(0, 16),
    requestTime: clfTime(startedAt),
    requestTimeEpoch: startedAt.getTime(),
    path: `/${api.stage}${path}`,
    accountId,
    apiId: api.id,
    protocol: `HTTP/${request.httpVersion}`,
    stage: api.stage,
    domainName: request.headers.host?.split(':')[0] ?? 'localhost',
    domainPrefix: api.id,
    requestId,
    identity: {
      accessKey: null,
      accountId: null,
      caller: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: sourceIp(request),
      user: null,
      userAgent: request.headers['user-agent'] ?? null,
      userArn: null,
    },
    ...(authorizer !== null && { authorizer }),
  };
}

export const sourceIp = ({ socket }: IncomingMessage): string =>
  (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');

/** The client's headers, in its own case, and those that API Gateway adds. */
function headerPairs({ request, requestId }: ProxyRequest): [string, string][] {
  const { rawHeaders } = request;
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    pairs.push([String(rawHeaders[at]), String(rawHeaders[at + 1])]);
  const forwardedFor = [request.headers['x-forwarded-for'] ?? [], sourceIp(request)].flat();
  return [
    ...pairs.filter(([name]) => !/^x-forwarded-(for|port|proto)$/i.test(name)),
    ['X-Forwarded-For', forwardedFor.join(', ')],
    ['X-Forwarded-Port', String(request.socket.localPort)],
    ['X-Forwarded-Proto', 'http'],
    ...(request.headers['x-amzn-trace-id'] === undefined
      ? [['X-Amzn-Trace-Id', `Root=${traceRoot(requestId)}`] as [string, string]]
      : []),
  ];
}

const traceRoot = (requestId: string): string => {
  const hex = requestId.replaceAll('-', '');
  return `1-${Math.floor(Date.now() / 1_000).toString(16)}-${hex.slice(0, 24)}`;
};

function multi(pairs: readonly (readonly [string, string])[]): Multi {
  const values: Multi = Object.create(null);
  for (const [name, value] of pairs) {
    const known = values[name];
    if (known === undefined) values[name] = [value];
    else known.push(value);
  }
  return values;
}

/** The last value of each name; `null` when there are none, as in API Gateway's events. */
function last(values: Multi): Record<string, string> | null {
  const names = Object.keys(values);
  if (names.length === 0) return null;
  return Object.fromEntries(names.map((name) => [name, values[name]?.at(-1) ?? '']));
}

const isBinary = ({ binaryMediaTypes }: RestApi, type: string | undefined): boolean =>
  binaryMediaTypes.includes('*/*') ||
  binaryMediaTypes.includes(type?.split(';')[0]?.trim().toLowerCase() ?? '');

/** A time in the form `20/Nov/2026:12:34:56 +0000`. */
export function clfTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().match(/, (\d+) (\w+) (\d+) (\S+)/) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

/** The headers that API Gateway renames (API Gateway guide, "Important notes for REST APIs"). */
const remapped = new Set([
  ...['authorization', 'connection', 'content-length', 'content-md5', 'date', 'host'],
  ...['max-forwards', 'proxy-authenticate', 'server', 'upgrade', 'www-authenticate'],
]);
const dropped = new Set(['te', 'transfer-encoding']);

/** The answer in a function's output; `null` when API Gateway would call it a "Malformed Lambda proxy response". */
export function proxyAnswer(
  api: RestApi,
  accept: string | undefined,
  payload: string,
): ProxyAnswer | null {
  const answer = JSON.parse(payload);
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return null;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = answer;
  const status = Number(statusCode ?? Number.NaN);
  if (!Number.isInteger(status) || status < 100 || status > 599) return null;
  if (body !== undefined && body !== null && typeof body !== 'string') return null;
  const named = new Map<string, [string, string][]>();
  for (const [name, value] of Object.entries(headers ?? {}))
    named.set(name.toLowerCase(), [[name, String(value)]]);
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    if (!Array.isArray(values)) return null;
    named.set(
      name.toLowerCase(),
      values.map((value) => [name, String(value)]),
    );
  }
  if (!named.has('content-type')) named.set('content-type', [['Content-Type', 'application/json']]);
  const sent = [...named].flatMap(([name, pairs]) =>
    dropped.has(name)
      ? []
      : pairs.map(([own, value]): [string, string] => [
          remapped.has(name) ? `x-amzn-Remapped-${own}` : own,
          value,
        ]),
  );
  // One gets its own name as well: a 401 names its scheme there (RFC 9110, section 15.5.2), and nothing stands in front of
  // this gateway that could give it back, as a CloudFront function can for a deployed API (docs/deploying.md).
  if (status === 401) sent.push(...(named.get('www-authenticate') ?? []));
  if (!sent.every(canBeSent)) return null;
  const decoded = isBase64Encoded === true && isBinary(api, accept?.split(',')[0]);
  return {
    status,
    headers: sent,
    body: Buffer.from(body ?? '', decoded ? 'base64' : 'utf8'),
  };
}

function canBeSent([name, value]: [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
