/** Plays API Gateway: takes an HTTP request, asks the template's authorizer and function, and answers. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Invocation, Invoke } from '../lambda/invocation.ts';
import { arnOf } from '../template/aws-names.ts';
import type { Resolver } from '../template/intrinsics.ts';
import type { AccessLog } from './access-log.ts';
import { type Authorizer, authorizersFrom } from './authorizer.ts';
import {
  type GatewayAnswer,
  type GatewayContext,
  type GatewayProblem,
  type GatewayResponses,
  gatewayResponsesFrom,
} from './gateway-responses.ts';
import { clfTime, type ProxyAnswer, proxyAnswer, proxyEvent, sourceIp } from './proxy-event.ts';
import { type Match, type RestApi, restApiFrom } from './rest-api.ts';
import { type StageThrottle, stageThrottleFrom } from './stage-throttle.ts';
import type { UsagePlans } from './usage-plans.ts';

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** The largest payload of a request, 10 MB (API Gateway guide, "Quotas for REST APIs"). */
const bodyBytesMax = 10 * 1024 * 1024;

type Front = {
  api: RestApi;
  authorizers: Map<string, Authorizer>;
  gateway: GatewayResponses;
  invoke: Invoke;
  usagePlans: UsagePlans;
  stageThrottle: StageThrottle;
  accessLog: AccessLog;
};
type Refused = { problem: GatewayProblem; message?: string };

/** A request listener. Throws when the template has no REST API, or one that cannot be served here. */
export function httpFront(
  resolver: Resolver,
  invoke: Invoke,
  usagePlans: UsagePlans,
  {
    stageThrottle = stageThrottleFrom(resolver),
    accessLog = () => {},
  }: Partial<Pick<Front, 'stageThrottle' | 'accessLog'>> = {},
): Listener {
  const api = restApiFrom(resolver);
  if (api === null) throw new Error('The template has no REST API.');
  const authorizers = authorizersFrom(resolver, invoke);
  const gateway = gatewayResponsesFrom(resolver);
  const front: Front = { api, authorizers, gateway, invoke, usagePlans, stageThrottle, accessLog };
  return (request, response) => {
    serve(front, request, response).catch((error: unknown) => {
      // A client that disconnects in the middle of its request is no failure of ours.
      if (!response.destroyed) console.error('The HTTP front failed', error);
      response.destroy();
    });
  };
}

async function serve(
  front: Front,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  const [path = '/', query = ''] = split(request.url ?? '/');
  const match = front.api.match(request.method ?? 'GET', path);
  const asked: Asked = { requestId, path, query, match, startedAt: new Date(), seen: {} };
  const answer = await answerTo(front, request, asked);
  const isRefused = 'problem' in answer;
  const context = contextFor(front, request, asked, isRefused ? answer.message : undefined);
  const sent = isRefused ? refusal(front.gateway(answer.problem, context), answer.problem) : answer;
  front.accessLog({
    ...context,
    ...asked.seen,
    status: String(sent.status),
    responseLength: String(sent.body.length),
    responseLatency: String(Date.now() - asked.startedAt.getTime()),
    'error.responseType': isRefused ? answer.problem : undefined,
  });
  if (!response.destroyed) send(request, response, requestId, sent);
}

const refusal = ({ status, headers, body }: GatewayAnswer, problem: GatewayProblem) => ({
  status,
  headers: [...Object.entries(headers), ['x-amzn-ErrorType', errorType[problem]]] as [
    string,
    string,
  ][],
  body: Buffer.from(body),
});

type Asked = {
  requestId: string;
  path: string;
  query: string;
  match: Match | null;
  startedAt: Date;
  /** What is known of it for the access log only when it has been asked for. */
  seen: Record<string, string>;
};

async function answerTo(
  front: Front,
  request: IncomingMessage,
  { requestId, path, query, match, startedAt, seen }: Asked,
): Promise<ProxyAnswer | Refused> {
  const { api, invoke } = front;
  if (match === null) {
    // API Gateway takes a request with an Authorization header for one that an AWS key has signed.
    const signed = request.headers.authorization !== undefined;
    return { problem: signed ? 'INVALID_SIGNATURE' : 'MISSING_AUTHENTICATION_TOKEN' };
  }
  const [body, verdict] = await Promise.all([
    readBody(request),
    judge(front, request, path, match),
  ]);
  if (verdict !== null && !verdict.allowed) return verdict;
  for (const [name, value] of Object.entries(verdict?.authorizer ?? {}))
    seen[`authorizer.${name}`] = String(value);
  const throttled = throttle(front, request, match, verdict?.usageKey ?? null);
  if (throttled !== null) return { problem: throttled };
  if (body === null) return { problem: 'REQUEST_TOO_LARGE' };
  const authorizer = verdict?.authorizer ?? null;
  const proxied = { request, requestId, startedAt, path, query, match, authorizer, body };
  const payload = JSON.stringify(proxyEvent(api, proxied));
  const begun = Date.now();
  const invocation = await within(
    match.method.timeoutMs,
    invoke(match.method.functionName, payload),
  );
  seen['integration.latency'] = String(Date.now() - begun);
  if (invocation === null) return { problem: 'INTEGRATION_TIMEOUT' };
  if (!invocation.ok) {
    seen['integration.error'] = invocation.error.errorType;
    return { problem: 'INTEGRATION_FAILURE' };
  }
  const answer = proxyAnswer(api, request.headers.accept ?? '*/*', invocation.payload);
  return answer ?? { problem: 'INTEGRATION_FAILURE' };
}

/** The authorizer's verdict; `null` when the method is open to everybody. */
async function judge(front: Front, request: IncomingMessage, path: string, { method }: Match) {
  if (method.authorizerId === null) return null;
  const authorizer = front.authorizers.get(method.authorizerId);
  if (authorizer === undefined)
    throw new Error(`The API has no authorizer ${method.authorizerId}.`);
  const token = request.headers[authorizer.header];
  const { id, stage } = front.api;
  const methodArn = arnOf('execute-api', `${id}/${stage}/${request.method}${path}`);
  return authorizer.judge(Array.isArray(token) ? token[0] : token, methodArn);
}

/** Asks the usage plan first, then the stage (API Gateway guide, "How throttling limit settings are applied"). */
function throttle(
  { api, usagePlans, stageThrottle }: Front,
  request: IncomingMessage,
  { method, resourcePath }: Match,
  fromAuthorizer: string | null,
): GatewayProblem | null {
  if (method.apiKeyRequired) {
    const header = request.headers['x-api-key'];
    const fromHeader = typeof header === 'string' ? header : null;
    const usageKey = api.apiKeySource === 'AUTHORIZER' ? fromAuthorizer : fromHeader;
    const admitted = usagePlans.admit(usageKey, api.stage);
    if (admitted !== 'ADMITTED') return admitted;
  }
  return stageThrottle(`${method.httpMethod} ${resourcePath}`) ? null : 'THROTTLED';
}

/**
 * The body; `null` when it is longer than API Gateway takes. It is read to its end all the same, so that the client sees the
 * answer and no broken connection. Rejects when the client disconnects.
 */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > bodyBytesMax ? null : Buffer.concat(chunks);
}

async function within(ms: number, invocation: Promise<Invocation>): Promise<Invocation | null> {
  const { promise: timeout, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, ms, null);
  try {
    return await Promise.race([invocation, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function contextFor(
  { api }: Front,
  request: IncomingMessage,
  { requestId, path, match, startedAt }: Asked,
  message: string | undefined,
): GatewayContext {
  return {
    requestId,
    extendedRequestId: requestId.slice(0, 16),
    apiId: api.id,
    stage: api.stage,
    requestTime: clfTime(startedAt),
    requestTimeEpoch: String(startedAt.getTime()),
    httpMethod: request.method,
    path: `/${api.stage}${path}`,
    resourcePath: match?.resourcePath,
    'identity.sourceIp': sourceIp(request),
    'error.message': message,
  };
}

const errorType: Record<GatewayProblem, string> = {
  ACCESS_DENIED: 'AccessDeniedException',
  AUTHORIZER_CONFIGURATION_ERROR: 'AuthorizerConfigurationException',
  AUTHORIZER_FAILURE: 'InternalServerErrorException',
  BAD_REQUEST_BODY: 'BadRequestException',
  INTEGRATION_FAILURE: 'InternalServerErrorException',
  INTEGRATION_TIMEOUT: 'InternalServerErrorException',
  INVALID_API_KEY: 'ForbiddenException',
  INVALID_SIGNATURE: 'IncompleteSignatureException',
  MISSING_AUTHENTICATION_TOKEN: 'MissingAuthenticationTokenException',
  REQUEST_TOO_LARGE: 'RequestEntityTooLargeException',
  THROTTLED: 'TooManyRequestsException',
  UNAUTHORIZED: 'UnauthorizedException',
};

function send(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { status, headers, body }: ProxyAnswer,
): void {
  const own = ['x-amzn-RequestId', requestId];
  // These have no body whose length could be given (RFC 9110, section 8.6).
  if (status !== 204 && status !== 304) own.push('Content-Length', String(body.length));
  response.writeHead(status, [...headers.flat(), ...own]);
  response.end(request.method === 'HEAD' ? undefined : body);
}

function split(url: string): [string, string] {
  const at = url.indexOf('?');
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}
