/**
 * Each operation of the API as a function of its own that answers whatever status came, without any retry: what tests of the
 * API itself ask with. Parts of the path come first, then the Idempotency-Key, the body, the query and the options.
 */
import { type Operations, operations } from '../../client/src/generated/operations.ts';
import { operationNames, operations as table } from '../../lambdas/api/operations.ts';

export type CallOptions = { baseUrl: string; fetch: typeof fetch; headers: Record<string, string> };

type PartsOf<Path extends string> = Path extends `${string}{${string}}${infer Rest}`
  ? [string, ...PartsOf<Rest>]
  : [];
type KeyOf<Data> = Data extends { headers: { 'Idempotency-Key': string } } ? [string] : [];
type BodyOf<Data> = Data extends { body: infer Body }
  ? [Body]
  : Data extends { body?: infer Body }
    ? [Body] extends [undefined]
      ? []
      : [Body?]
    : [];
type QueryOf<Data> = Data extends { query?: infer Query }
  ? [Query] extends [undefined]
    ? []
    : [Exclude<Query, undefined>]
  : [];
type Given<N extends keyof Operations> = [
  ...PartsOf<(typeof operations)[N]['path']>,
  ...KeyOf<Operations[N]['data']>,
  ...BodyOf<Operations[N]['data']>,
  ...QueryOf<Operations[N]['data']>,
  CallOptions,
];
type AnswersOf<All> = {
  [S in keyof All]: { status: S; data: All[S]; headers: Headers };
}[keyof All];
type FlatApi = {
  [N in keyof Operations]: (
    ...given: Given<N>
  ) => Promise<AnswersOf<Operations[N]['answers']> | AnswersOf<Operations[N]['problems']>>;
};

/** The operations that take an Idempotency-Key. */
const keyedNames = new Set<string>(operationNames.filter((name) => 'idempotent' in table[name]));

async function ask(name: keyof Operations, given: readonly unknown[]) {
  const { method, path } = operations[name];
  const { baseUrl, headers, fetch: send } = given.at(-1) as CallOptions;
  const rest = given.slice(0, -1);
  const filled = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(String(rest.shift())));
  const key = keyedNames.has(name) ? String(rest.shift()) : null;
  const [first] = rest;
  const query = new URLSearchParams(
    method === 'GET'
      ? Object.entries(first ?? {}).map(([one, value]): [string, string] => [one, String(value)])
      : [],
  ).toString();
  const response = await send(`${baseUrl}${filled}${query === '' ? '' : `?${query}`}`, {
    method,
    headers: {
      ...headers,
      ...(method === 'GET' || first === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === null ? {} : { 'idempotency-key': key }),
    },
    ...(method === 'GET' || first === undefined ? {} : { body: JSON.stringify(first) }),
  });
  const text = await response.text();
  const data: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, data };
}

export const flatApi = Object.fromEntries(
  Object.keys(operations).map((name) => [
    name,
    (...given: unknown[]) => ask(name as keyof Operations, given),
  ]),
) as unknown as FlatApi;
