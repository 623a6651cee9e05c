/** Makes the OpenAPI document from the table of operations, the schemas that check requests, and the descriptions. */
import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { type ProblemCode, statusOfProblem } from '../../core/requests/problem.ts';
import { NoBody } from '../../core/requests/schemas.ts';
import {
  type Operation,
  type OperationName,
  operationNames,
  operations,
  scopes,
} from '../operations.ts';
import { withdrawalBatchId } from './batches.ts';
import { type Description, tags } from './description.ts';
import { webhookEvents } from './events.ts';
import { descriptions } from './operations.ts';
import { letterBox, switchName } from './operators.ts';
import { Problem, transactionId, walletId, withdrawalId } from './resources.ts';
import { deliveryId, endpointId } from './webhooks.ts';

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .meta({
    description:
      'A new value for each new request: the same key and the same request again are answered with what the first one created.',
    examples: ['order-8731-payout'],
  });

/** The schema of an id in a path. */
function pathParameter(name: string, path: string): z.ZodType {
  if (name === 'walletId') return walletId;
  if (name === 'transactionId') return transactionId;
  if (path.startsWith('/v1/operations/switches')) return switchName;
  if (path.startsWith('/v1/dead-letters')) return letterBox;
  if (path.startsWith('/v1/withdrawal-batches')) return withdrawalBatchId;
  if (path.startsWith('/v1/webhook-endpoints')) return endpointId;
  if (path.startsWith('/v1/webhook-deliveries')) return deliveryId;
  return path.endsWith('/operations/{id}') ? z.union([withdrawalId, transactionId]) : withdrawalId;
}

const namesIn = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

/** The problems that an operation can answer with: its own, and those of its scope, query, body and key. */
function problemsOf(
  { scope, path, query, body, idempotent }: Operation,
  own: readonly ProblemCode[],
) {
  return new Set<ProblemCode>([
    ...own,
    ...(scope === null ? [] : (['UNAUTHORIZED', 'FORBIDDEN', 'RATE_LIMITED'] as const)),
    ...(scope === null ? [] : (['INVALID_REQUEST'] as const)), // For an unknown parameter.
    ...(query === undefined ? [] : (['INVALID_REQUEST', 'INVALID_CURSOR'] as const)),
    ...(body === undefined
      ? []
      : (['INVALID_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const)),
    ...(idempotent === undefined
      ? []
      : ([
          'IDEMPOTENCY_KEY_REQUIRED',
          'IDEMPOTENCY_KEY_INVALID',
          'IDEMPOTENCY_KEY_REUSED',
        ] as const)),
    ...(path.includes('{') ? (['NOT_FOUND'] as const) : []),
    'TEMPORARILY_UNAVAILABLE',
  ]);
}

const text = (description: string) => z.string().meta({ description });
const headersOf: Partial<Record<number, z.ZodObject>> = {
  401: z.object({
    'WWW-Authenticate': text(
      'The scheme: `Bearer`, and `Signature` where a provider signs the body.',
    ),
  }),
  429: z.object({
    'Retry-After': text('Seconds to wait.'),
    RateLimit: text('What is left of the rate.'),
    'RateLimit-Policy': text('The rate that is allowed.'),
  }),
  503: z.object({ 'Retry-After': text('Seconds to wait.') }),
};

function answersOf(name: OperationName): ZodOpenApiResponsesObject {
  const operation: Operation = operations[name];
  const { answers, problems = [] }: Description = descriptions[name];
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, { is, schema, type = 'application/json' }] of Object.entries(answers)) {
    const headers = {
      ...(status === '201' || (operation.idempotent === true && status !== '503')
        ? { Location: text('Where the resource is.') }
        : {}),
      ...(operation.idempotent === true && status === '200'
        ? { 'Idempotent-Replayed': text('`true`') }
        : {}),
    };
    responses[status as `${200}`] = {
      description: is,
      ...(schema === null ? {} : { content: { [type]: { schema } } }),
      ...(Object.keys(headers).length > 0 ? { headers: z.object(headers) } : {}),
    };
  }
  const codes = [...problemsOf(operation, problems)];
  for (const status of new Set(codes.map(statusOfProblem))) {
    if (status in answers) continue;
    const headers = headersOf[status];
    const here = codes.filter((code) => statusOfProblem(code) === status);
    responses[String(status) as `${400}`] = {
      description: here.map((code) => `\`${code}\``).join(', '),
      content: { 'application/problem+json': { schema: Problem } },
      ...(headers === undefined ? {} : { headers }),
    };
  }
  return responses;
}

function operationOf(name: OperationName): ZodOpenApiOperationObject {
  const operation: Operation = operations[name];
  const { tag, summary, description } = descriptions[name];
  const { path, query, body, saidBody = body, scope, idempotent } = operation;
  const parameters = namesIn(path);
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: scope === null ? [] : [{ apiKey: scope === 'any' ? [] : [scope] }],
    requestParams: {
      ...(parameters.length === 0
        ? {}
        : {
            path: z.object(
              Object.fromEntries(parameters.map((each) => [each, pathParameter(each, path)])),
            ),
          }),
      ...(query === undefined ? {} : { query }),
      ...(idempotent === undefined
        ? {}
        : { header: z.object({ 'Idempotency-Key': idempotencyKey }) }),
    },
    ...(body === undefined || saidBody === undefined || body === NoBody
      ? {}
      : {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { 'application/json': { schema: saidBody } },
          },
        }),
    ...(name === 'receiveDueEvent' ? dueEvent : {}),
    ...(name === 'graphql' ? graphqlRequest : {}),
    responses: answersOf(name),
  };
}

const dueEvent = {
  requestBody: {
    required: true,
    content: {
      'application/json': { schema: z.looseObject({ id: z.string(), type: z.string() }) },
    },
  },
} satisfies Partial<ZodOpenApiOperationObject>;

const graphqlRequest = {
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: z.strictObject({
          query: z.string(),
          operationName: z.string().nullable().optional(),
          variables: z.record(z.string(), z.unknown()).nullable().optional(),
          extensions: z.record(z.string(), z.unknown()).nullable().optional(),
        }),
      },
    },
  },
} satisfies Partial<ZodOpenApiOperationObject>;

/** The document, in OpenAPI 3.1. lib/api-docs.ts bundles it with the function that shows it. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const name of operationNames) {
    const { method, path } = operations[name];
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(name) };
  }
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Drawbridge',
      version: '1.0.0',
      summary:
        'Carries a withdrawal, exactly once, to an address on a blockchain, and tells the client.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    webhooks: webhookEvents(),
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key. Its scopes are of: ${scopes.join(', ')}.`,
        },
      },
    },
  });
  for (const methods of Object.values(document.paths ?? {}))
    for (const { requestBody } of Object.values(methods as Record<string, WithBody>))
      for (const { schema } of Object.values(requestBody?.content ?? {}))
        tellDefaults(schema, document.components?.schemas ?? {});
  return document;
}

type WithBody = { requestBody?: { content: Record<string, { schema: object }> } };

/**
 * Says in words what a field of a body is that is left out. As `default` generators take it for one that is always there
 * (openapi-typescript has it required), and a call that is right does not compile.
 */
function tellDefaults(schema: object, named: object, seen = new Set<object>()): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  const one = schema as { $ref?: string; default?: unknown; description?: string };
  if (one.default !== undefined) {
    const words = `Without it: \`${JSON.stringify(one.default)}\`.`;
    one.description = one.description === undefined ? words : `${one.description} ${words}`;
    delete one.default;
  }
  const target = Object.entries(named).find(([name]) => one.$ref?.endsWith(`/schemas/${name}`));
  for (const part of [target?.[1], ...Object.values(schema)])
    if (typeof part === 'object' && part !== null) tellDefaults(part, named, seen);
}
