/** Any operation of the API by its name, with the types of the OpenAPI document. */
import { WrongCall } from './errors.ts';
import { type Operations, operations } from './generated/operations.ts';
import { type Answer, type Sent, type Settings, send, verifySettings } from './sending.ts';

export type OperationName = keyof Operations;

/** What an operation takes. The Idempotency-Key stands beside its path, query and body. */
export type InputOf<N extends OperationName> = Given<Operations[N]['data']>;
type Given<Data> = {
  [K in keyof Data as K extends 'url' | 'headers'
    ? never
    : [Exclude<Data[K], undefined>] extends [never]
      ? never
      : K]: Data[K];
} & (Data extends { headers: { 'Idempotency-Key': string } }
  ? { idempotencyKey: string }
  : unknown);

export type AnswerOf<N extends OperationName> =
  Operations[N]['answers'][keyof Operations[N]['answers']];

export type CallOptions = {
  /** Ends the call, whatever it is doing, with the signal's reason. */
  signal?: AbortSignal;
  /** How long one attempt may take, in milliseconds. */
  timeoutMs?: number;
  /** How often it is sent again. */
  retries?: number;
};

export type Connection = Settings & { baseUrl: string; apiKey: string };

type AnyInput = {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
  idempotencyKey?: string;
};

/** What comes twice here does no more than once: it sets a state, or only asks. */
const repeatable: ReadonlySet<string> = new Set([
  'cancelWithdrawal',
  'createQuote',
  'validateAddress',
  'startProcessor',
  'stopProcessor',
  'startReconciliation',
  'replayWebhooks',
  'sendWebhook',
]);

/** Calls an operation; its answer with status and headers. */
export async function request<N extends OperationName>(
  name: N,
  input: InputOf<N>,
  { baseUrl, apiKey, ...settings }: Connection,
  { signal, ...options }: CallOptions = {},
): Promise<Answer<AnswerOf<N>>> {
  if (!Object.hasOwn(operations, name)) throw new WrongCall(`There is no operation ${name}.`);
  const { method, path } = operations[name];
  const { path: named = {}, query = {}, body, idempotencyKey } = (input ?? {}) as AnyInput;
  // A program without types may have one that is undefined, which must not become a payment without a key.
  const keyed = 'idempotencyKey' in (input ?? {});
  if (keyed && !isKey(idempotencyKey))
    throw new WrongCall(
      `The idempotencyKey is not 1 to 255 visible ASCII characters: ${JSON.stringify(idempotencyKey)}.`,
    );
  const all = { ...settings, ...given(options) };
  verifySettings(all);
  const sent: Sent = {
    url: `${baseUrl}${filled(path, named)}${queryOf(query)}`,
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(isKey(idempotencyKey) ? { 'idempotency-key': idempotencyKey } : {}),
    },
    ...(body === undefined ? {} : { body: jsonOf(body) }),
    isRepeatable: method !== 'POST' || keyed || repeatable.has(name),
    ...(signal === undefined ? {} : { signal }),
  };
  return send(sent, all);
}

/** As the API has it. Fetch would cut off spaces, and refuse what is no text of a header. */
export const isKey = (key: unknown): key is string =>
  typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key);

function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new WrongCall(`The body is nothing that JSON has: ${(error as Error).message}`);
  }
}

/** An empty part would make another path of it, which may be another operation. */
function filled(path: string, named: Record<string, string>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = named[name];
    if (typeof value !== 'string' || value === '' || value === '.' || value === '..')
      throw new WrongCall(`${path} needs ${name}, which is ${JSON.stringify(value)}.`);
    return encodeURIComponent(value);
  });
}

function queryOf(query: Record<string, unknown>): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

/** Options that are there but undefined do not replace what is set. */
const given = <T extends object>(options: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
