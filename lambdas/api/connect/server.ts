/** Serves unary Connect, in JSON and in Protobuf's own form, for API Gateway's events. Each procedure is performed as the operation of REST that it stands for. */
import { type DescMessage, fromBinary, fromJson, type JsonValue } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from '@connectrpc/connect';
import { codeToHttpStatus, errorToJson } from '@connectrpc/connect/protocol-connect';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { logger } from '../../boot/observe.ts';
import { errorName } from '../../core/kernel/errors.ts';
import { bodyBytesMax } from '../../core/kernel/limits.ts';
import { isProblem, type Problem, refuse } from '../../core/requests/problem.ts';
import { bytesOf, callerOf, headerOf } from '../http.ts';
import { jsonBody } from '../json-body.ts';
import type { OperationName } from '../operations.ts';
import { type Caller, type Handle, perform, type RawCall, type Reply } from '../perform.ts';
import { tellOfRefusal } from '../refusals.ts';
import { errorOf } from './codes.ts';

type Asked = { caller: Caller; requestId: string; idempotencyKey: string | null; route: string };
const askedKey = createContextKey<Asked | null>(null);

/** As in REST: a name that is misspelt must not be overlooked where money is moved. */
const strictly = { ignoreUnknownFields: false };

/** A handler of a service's route. What it answers has the form and the status of the Connect protocol. */
export function connectServer(routes: (router: ConnectRouter) => void) {
  const router = createConnectRouter({
    ...{ connect: true, grpc: false, grpcWeb: false },
    jsonOptions: strictly,
  });
  routes(router);
  const procedures = new Map(router.handlers.map((one) => [one.requestPath, one]));
  return async (event: APIGatewayProxyEvent): Promise<Reply | Problem> => {
    const { requestId } = event.requestContext;
    const name = event.pathParameters?.['procedure'] ?? '';
    const path = event.resource.replace('{procedure}', name);
    const procedure = procedures.get(path);
    if (procedure === undefined)
      return replyOf(new ConnectError('There is no such procedure.', Code.Unimplemented));
    const bytes = bytesOf(event);
    const type = headerOf(event, 'content-type');
    const isBinary = type !== null && /^application\/proto\s*(;|$)/i.test(type);
    const wrong = faultOf(procedure.method.input, bytes, isBinary ? null : { type });
    if (wrong !== null) return refused(wrong, `POST ${path}`, requestId);
    const header = new Headers({
      'content-type': isBinary ? 'application/proto' : 'application/json',
    });
    for (const one of ['connect-protocol-version', 'connect-timeout-ms']) {
      const value = headerOf(event, one);
      if (value !== null) header.set(one, value);
    }
    const idempotencyKey = headerOf(event, 'idempotency-key');
    const asked = { caller: callerOf(event), requestId, idempotencyKey, route: `POST ${path}` };
    const answer = await procedure({
      ...{ httpVersion: '1.1', method: 'POST', url: `https://api${path}`, header },
      ...{ body: once(bytes), signal: new AbortController().signal },
      contextValues: createContextValues().set(askedKey, asked),
    });
    const { status, header: said = new Headers(), body } = answer;
    const answered = Buffer.concat(await partsOf(body));
    const headers = Object.fromEntries([...said].filter(([one]) => kept.has(one)));
    // An error is in JSON whatever the question was in (Connect protocol, "Unary-Response").
    const isJson = said.get('content-type')?.startsWith('application/json') === true;
    return { status, headers, body: isJson ? JSON.parse(answered.toString()) : answered };
  };
}

const kept: ReadonlySet<string> = new Set(['content-type', 'retry-after']);

/**
 * Why a body is no such message; `null`: it is one. The library would take what JSON leaves open, such as a member that is there
 * twice, and would answer for a client's bytes as for a fault of its own.
 */
function faultOf(
  input: DescMessage,
  bytes: Buffer,
  inJson: { type: string | null } | null,
): Problem | null {
  if (bytes.length > bodyBytesMax)
    return refuse('PAYLOAD_TOO_LARGE', `A body has at most ${bodyBytesMax} bytes.`);
  const json = inJson === null ? null : jsonBody(bytes, inJson.type);
  if (json !== null && isProblem(json)) return json;
  try {
    if (json === null) fromBinary(input, bytes);
    else fromJson(input, json.value as JsonValue, strictly);
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    return refuse('INVALID_REQUEST', `The body is no ${input.typeName}: ${why}.`);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function partsOf(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array> | null | undefined) {
  const parts: Uint8Array[] = [];
  for await (const part of body ?? []) parts.push(part);
  return parts;
}

const replyOf = (error: ConnectError): Reply => ({
  status: codeToHttpStatus(error.code),
  body: errorToJson(error, undefined),
  headers: Object.fromEntries(error.metadata),
});

function refused(problem: Problem, route: string, requestId: string): Reply {
  const error = errorOf(problem, requestId);
  tellOf(problem, route, replyOf(error).status);
  return replyOf(error);
}

const tellOf = ({ problem: code, errors }: Problem, route: string, status: number): void =>
  tellOfRefusal({ route, code, status, ...(errors && { errors }) });

/** Performs an operation for a procedure. Throws a ConnectError for whatever else than its reply comes of it. */
export async function ask<N extends OperationName>(
  name: N,
  handle: Handle<N>,
  context: HandlerContext,
  sent: Partial<RawCall>,
): Promise<Reply> {
  const asked = context.values.get(askedKey);
  if (asked === null) throw new Error('the procedure was not called by connectServer');
  const { caller, requestId, idempotencyKey, route } = asked;
  let reply: Reply | Problem;
  try {
    reply = await perform(name, handle, caller, { ...nothing, idempotencyKey, ...sent });
  } catch (error) {
    logger.error('procedure failed', { error: error as Error, name: errorName(error), route });
    const detail =
      'The request could not be completed. Send it again with the same idempotency key.';
    throw errorOf(refuse('TEMPORARILY_UNAVAILABLE', detail), requestId);
  }
  if (!isProblem(reply)) return reply;
  const error = errorOf(reply, requestId);
  tellOf(reply, route, codeToHttpStatus(error.code));
  throw error;
}

const nothing: RawCall = {
  ...{ path: {}, query: {}, idempotencyKey: null },
  body: () => ({ value: undefined }),
};

/** A body takes the way of one of REST, which looks at every character of it. */
export const bodyOf = (value: object): Pick<RawCall, 'body'> => ({
  body: () => jsonBody(Buffer.from(JSON.stringify(value)), 'application/json'),
});
