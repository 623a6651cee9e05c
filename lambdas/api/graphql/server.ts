/** Serves GraphQL over HTTP. Each field is performed as the operation of REST that it stands for. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type ExecutionResult, GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql';
import { createHandler, type ResponseInit } from 'graphql-http';
import { logger } from '../../boot/observe.ts';
import { errorName } from '../../core/kernel/errors.ts';
import { answerBytesMax } from '../../core/kernel/limits.ts';
import { isProblem, type Problem, problemBody, refuse } from '../../core/requests/problem.ts';
import { bytesOf, callerOf, headerOf } from '../http.ts';
import { jsonBody } from '../json-body.ts';
import type { OperationName } from '../operations.ts';
import {
  type Caller,
  type Handle,
  type Handlers,
  perform,
  type RawCall,
  type Reply,
} from '../perform.ts';
import { tellOfRefusal } from '../refusals.ts';
import { parseLimited, validateLimited } from './limits.ts';
import { graphqlSchema } from './schema.ts';

export type GraphqlHandlers = Required<
  Pick<
    Handlers,
    | 'createWithdrawal'
    | 'cancelWithdrawal'
    | 'retryWithdrawal'
    | 'getWithdrawal'
    | 'listWithdrawals'
    | 'getWallet'
  >
>;

/** A handler that answers with status and media type of the GraphQL over HTTP specification (graphql.github.io). */
export function graphqlServer(
  handlers: GraphqlHandlers,
  { introspection }: { introspection: boolean },
) {
  const validationRules = introspection ? [] : [NoSchemaIntrospectionCustomRule];
  return async (event: APIGatewayProxyEvent): Promise<Reply | Problem> => {
    const body = requestIn(event);
    if (isProblem(body)) return body;
    const { requestId } = event.requestContext;
    const refused: GraphQLError[] = [];
    const answer = createHandler({
      schema: graphqlSchema,
      parse: parseLimited,
      validate: validateLimited,
      validationRules,
      rootValue: fieldsFor(callerOf(event), requestId, handlers),
      formatError: (error) => {
        const shown = errorForClient(error, requestId);
        refused.push(shown);
        return shown;
      },
    });
    const [text, init] = await answer({
      method: 'POST',
      url: '/graphql',
      headers: {
        'content-type': 'application/json',
        // A client that accepts no GraphQL media type gets JSON, as from the rest of the API.
        accept: `${headerOf(event, 'accept') ?? ''}, application/json`,
      },
      body: body.value,
      raw: event,
      context: undefined,
    });
    tellOf(refused);
    return replyOf(text ?? '{}', init);
  };
}

function replyOf(text: string, { status, headers = {} }: ResponseInit): Reply | Problem {
  if (Buffer.byteLength(JSON.stringify(text)) > answerBytesMax)
    return refuse('INVALID_REQUEST', 'The answer would be too large: ask for less at once.');
  const result = JSON.parse(text) as ExecutionResult;
  const isModern = headers['content-type']?.startsWith('application/graphql-response') === true;
  // graphql-http refuses a body that is no GraphQL request; the answer has the shape of all refused bodies.
  if (status === 400 && !isModern)
    return refuse('INVALID_REQUEST', result.errors?.[0]?.message ?? 'This is no GraphQL request.');
  // graphql-http answers 200 to variables of a wrong type, which its own audit (86EE) does not accept.
  const isRefused = isModern && result.data === undefined;
  return { status: isRefused ? 400 : status, body: result, headers };
}

const members: ReadonlySet<string> = new Set(['query', 'operationName', 'variables', 'extensions']);

/** The request's JSON object with known members only. graphql-http checks their values. */
function requestIn(event: APIGatewayProxyEvent): { value: Record<string, unknown> } | Problem {
  const json = jsonBody(bytesOf(event), headerOf(event, 'content-type'));
  if (isProblem(json)) return json;
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('INVALID_REQUEST', 'The body is one GraphQL request: an object with a query.');
  const errors = Object.keys(value)
    .filter((name) => !members.has(name))
    .map((name) => ({
      pointer: `#/${name}`,
      code: 'UNKNOWN_FIELD',
      detail: 'There is no such field.',
    }));
  return errors.length === 0
    ? { value: { ...value } }
    : refuse('INVALID_REQUEST', 'The body has what a GraphQL request has not; see errors.', errors);
}

type Page = Readonly<Record<string, string | number | null>>;
type Creation = { input: object; idempotencyKey?: string | null };

/** The resolvers of Query and Mutation. */
function fieldsFor(caller: Caller, requestId: string, handlers: GraphqlHandlers) {
  const ask = async <N extends OperationName>(
    name: N,
    handle: Handle<N>,
    sent: Partial<RawCall>,
  ): Promise<unknown> => {
    const reply = await perform(name, handle, caller, { ...nothing, ...sent });
    if (isProblem(reply)) throw errorOf(reply, requestId);
    return reply.body;
  };
  return {
    withdrawal: ({ id }: { id: string }) =>
      ask('getWithdrawal', handlers.getWithdrawal, { path: { id } }),
    withdrawals: (page: Page) =>
      ask('listWithdrawals', handlers.listWithdrawals, { query: queryOf(page) }),
    wallet: ({ id }: { id: string }) =>
      ask('getWallet', handlers.getWallet, { path: { walletId: id } }),
    createWithdrawal: ({ input, idempotencyKey = null }: Creation) =>
      ask('createWithdrawal', handlers.createWithdrawal, {
        idempotencyKey,
        // The input takes the way of a body of REST, because literals in a document have not been checked as JSON yet.
        body: () => jsonBody(Buffer.from(JSON.stringify(input)), 'application/json'),
      }),
    cancelWithdrawal: ({ id }: { id: string }) =>
      ask('cancelWithdrawal', handlers.cancelWithdrawal, { path: { id } }),
    retryWithdrawal: ({ id }: { id: string }) =>
      ask('retryWithdrawal', handlers.retryWithdrawal, { path: { id } }),
  };
}

const nothing: RawCall = {
  path: {},
  query: {},
  idempotencyKey: null,
  body: () => ({ value: undefined }),
};

/** The arguments as a query string has them: a null is left out. */
const queryOf = (page: Page): RawCall['query'] =>
  Object.fromEntries(
    Object.entries(page).flatMap(([name, value]) =>
      value === null ? [] : [[name, [String(value)]]],
    ),
  );

/** A problem as a GraphQL error, at the place in the document of the error `at`. */
function errorOf(problem: Problem, requestId: string, at?: GraphQLError): GraphQLError {
  const { type: _, title: __, detail, ...extensions } = problemBody(problem, requestId);
  const { nodes = null, source = null, positions = null, path = null } = at ?? {};
  return new GraphQLError(detail, { nodes, source, positions, path, extensions });
}

/** One line for a request, whatever number of its fields is refused. */
function tellOf(refused: readonly GraphQLError[]): void {
  const [first] = refused;
  if (first === undefined) return;
  const { code, status } = first.extensions as { code: string; status: number };
  const errors = refused.map(({ extensions }) => extensions);
  tellOfRefusal({ route: 'POST /graphql', code, status, errors });
}

/** The error that a client sees: a problem, or a fault of its document in GraphQL's words. Any other is only logged. */
function errorForClient(error: GraphQLError | Error, requestId: string): GraphQLError {
  // graphql-http found that this is no GraphQL request.
  if (!(error instanceof GraphQLError))
    return errorOf(refuse('INVALID_REQUEST', `${error.message}.`), requestId);
  if ('code' in error.extensions) return error;
  const { originalError: cause } = error;
  if (cause === undefined || cause instanceof GraphQLError)
    return errorOf(refuse('INVALID_REQUEST', error.message), requestId, error);
  // Its path has aliases, which are the client's words.
  logger.error('field failed', { error: cause, name: errorName(cause) });
  const detail = 'The field could not be completed. Send it again with the same idempotencyKey.';
  return errorOf(refuse('TEMPORARILY_UNAVAILABLE', detail), requestId, error);
}
