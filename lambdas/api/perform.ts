/** Performs one operation, called by REST or by GraphQL, after the checks of scope, Idempotency-Key, query and body. */
import type * as z from 'zod';
import type { Principal } from '../core/operations/principal.ts';
import {
  type FieldError,
  isProblem,
  type Problem,
  type ProblemCode,
  refuse,
} from '../core/requests/problem.ts';
import { type Operation, type OperationName, type Operations, operations } from './operations.ts';

/** Who calls, as the authorizer found out. */
export type Caller = {
  /** The id of the API key, or whom the token names. It is kept with what the caller does to money. */
  id: string;
  /** The person behind the key or the token; `null` when neither names one (core/operations/principal.ts). */
  principal: Principal | null;
  tenant: string;
  scopes: readonly string[];
};

/** What was sent, unchecked. `body` is read only when it is asked for, and refused when it is larger than `bytesMax`. */
export type RawCall = {
  path: Readonly<Record<string, string>>;
  query: Readonly<Record<string, readonly string[]>>;
  idempotencyKey: string | null;
  body(bytesMax?: number): { value: unknown } | Problem;
};

export type Reply = { status: number; body: unknown; headers?: Record<string, string> };

type ParametersOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParametersOf<Rest>
  : never;
type Output<Field extends string, O> = O extends { [K in Field]: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined;

/** What an operation is called with: checked, and of the types of its schemas. */
export type Call<N extends OperationName> = {
  tenant: string;
  /** The caller's `id`. */
  by: string;
  principal: Principal | null;
  path: Readonly<Record<ParametersOf<Operations[N]['path']>, string>>;
  query: Output<'query', Operations[N]>;
  body: Output<'body', Operations[N]>;
  /** The Idempotency-Key; empty where the operation needs none. */
  key: string;
};
export type Handle<N extends OperationName> = (call: Call<N>) => Promise<Reply | Problem>;
export type Handlers = { readonly [N in OperationName]?: Handle<N> };

/** Answers with the operation's reply, or with the first problem that a check finds. */
export async function perform<N extends OperationName>(
  name: N,
  handle: Handle<N>,
  caller: Caller,
  sent: RawCall,
): Promise<Reply | Problem> {
  const operation: Operation = operations[name];
  const { scope } = operation;
  if (scope !== null && scope !== 'any' && !caller.scopes.includes(scope))
    return refuse('FORBIDDEN', `This key lacks the scope ${scope}.`);
  const key = operation.idempotent === true ? idempotencyKeyIn(sent.idempotencyKey) : { key: '' };
  if (isProblem(key)) return key;
  const query = queryBy(operation.query, sent.query);
  if (isProblem(query)) return query;
  const json = operation.body === undefined ? { value: undefined } : sent.body(operation.bytesMax);
  if (isProblem(json)) return json;
  const body =
    operation.body === undefined ? json : checked(operation.body, json.value, 'The body');
  if (isProblem(body)) return body;
  const call = {
    tenant: caller.tenant,
    by: caller.id,
    principal: caller.principal,
    path: sent.path,
    query: query.value,
    body: body.value,
    key: key.key,
  };
  return handle(call as Call<N>); // The schemas of this very type have checked it.
}

const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** The Idempotency-Key, without the quotes of a structured field (draft-ietf-httpapi-idempotency-key-header). */
export function idempotencyKeyIn(text: string | null): { key: string } | Problem {
  if (text === null || text === '')
    return refuse(
      'IDEMPOTENCY_KEY_REQUIRED',
      'Send an Idempotency-Key header (in GraphQL the argument idempotencyKey): a new value for each new request.',
    );
  const key = text.replace(/^"(.*)"$/s, '$1');
  return keyPattern.test(key)
    ? { key }
    : refuse('IDEMPOTENCY_KEY_INVALID', 'An Idempotency-Key is 1 to 255 visible ASCII characters.');
}

function queryBy(
  schema: z.ZodObject | undefined,
  sent: RawCall['query'],
): { value: unknown } | Problem {
  const repeated = Object.entries(sent).filter(([, values]) => values.length > 1);
  if (repeated.length > 0)
    return refuse(
      'INVALID_REQUEST',
      'A parameter is given more than once; see errors.',
      repeated.map(([name]) => ({
        pointer: `#/${name}`,
        code: 'INVALID',
        detail: 'Give it once.',
      })),
    );
  // API Gateway replaces bytes that are no UTF-8 by this character.
  const garbled = Object.entries(sent).filter((pair) => pair.flat().join('').includes('\ufffd'));
  if (garbled.length > 0)
    return refuse(
      'INVALID_REQUEST',
      'A parameter is not valid UTF-8; see errors.',
      garbled.map(([name]) => ({ pointer: `#/${name}`, code: 'INVALID', detail: 'Not UTF-8.' })),
    );
  const single = Object.fromEntries(Object.entries(sent).map(([name, [value]]) => [name, value]));
  if (schema !== undefined) return checked(schema, single, 'The query');
  const errors = Object.keys(single).map(unknownField);
  return errors.length === 0
    ? { value: undefined }
    : refuse('INVALID_REQUEST', 'This operation takes no parameters; see errors.', errors);
}

const unknownField = (name: string): FieldError => ({
  pointer: `#/${name}`,
  code: 'UNKNOWN_FIELD',
  detail: 'There is no such field.',
});

/** Fields with a code of their own, which says more than INVALID_REQUEST. */
const fieldCodes: Record<string, ProblemCode> = {
  '#/amount': 'INVALID_AMOUNT',
  '#/destinationAddress': 'INVALID_ADDRESS',
};
const codesOfFields: ReadonlySet<string> = new Set(Object.values(fieldCodes));

function checked(schema: z.ZodType, value: unknown, what: string): { value: unknown } | Problem {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const errors = parsed.error.issues.flatMap(({ path, message, code, ...issue }): FieldError[] => {
    const at = (last: readonly PropertyKey[]) =>
      `#${[...path, ...last].map((part) => `/${escaped(String(part))}`).join('')}`;
    if (code === 'unrecognized_keys' && 'keys' in issue && Array.isArray(issue.keys))
      return issue.keys.map((key) => ({ ...unknownField(''), pointer: at([String(key)]) }));
    const present = path.length === 0 || valueAt(value, path) !== undefined;
    const pointer = at([]);
    const known = present ? (fieldCodes[pointer] ?? 'INVALID') : 'REQUIRED';
    return [{ pointer, code: known, detail: message }];
  });
  const [first] = errors;
  const only = errors.length === 1 && first !== undefined && codesOfFields.has(first.code);
  return refuse(
    only ? (first.code as ProblemCode) : 'INVALID_REQUEST',
    `${what} does not fit what this operation takes; see errors.`,
    errors,
  );
}

/** A part of a JSON Pointer (RFC 6901, section 3). */
const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
