/**
 * Where the product's calls leave the process: the AWS SDK's HTTP handler and its own exchange. While this is plugged in, both
 * lead to the models, over the boundary.
 */
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { LostAnswerError, type wire } from '../../lambdas/adapters/net/exchange.ts';
import type { Asking, Boundary } from './boundary.ts';
import type { Service } from './faults.ts';
import type { WireRequest, WireResponse } from './world.ts';

/** What an AWS service does with an operation of its JSON protocol. */
export type AwsModel = { execute(operation: string, input: object): WireResponse };
export type HttpModel = {
  service: Service;
  /** How a call is named in the story: without the ids in its path. */
  operationOf(request: WireRequest): string;
  changes(request: WireRequest): boolean;
  /** How long after it was sent a request may still take effect, and how old an answer may be; absent: any time. */
  latestMs?(request: WireRequest): number;
  handle(request: WireRequest): WireResponse;
  /** It has left the product. */
  leaves(request: WireRequest): void;
  error: WireResponse;
};

const awsChanges = /^(Put|Update|Delete|TransactWrite|BatchWrite|BatchExecute|Send|ChangeMessage)/;
/** How long the SDK waits before it takes a call for lost: its socket was reset. */
const resetAfterMs = 1_000;

export type Wires = {
  dynamodb: AwsModel;
  sqs: AwsModel;
  /** Where keys are kept; absent: nowhere but in the functions' settings. */
  keys?: AwsModel;
  /** By host name. */
  http: (host: string) => HttpModel | null;
};

/** Answers what plugs everything out again. `product`: the own exchange of those functions that run. */
export function plugIn(
  product: typeof wire,
  { dynamodb, sqs, keys, http }: Wires,
  boundary: Pick<Boundary, 'pass'>,
  from: () => string,
) {
  const handle = NodeHttpHandler.prototype.handle;
  const { exchange } = product;

  NodeHttpHandler.prototype.handle = async (request) => {
    const [prefix = '', operation = ''] = (request.headers['x-amz-target'] ?? '').split('.');
    const { buffer, byteOffset, byteLength } = request.body as Uint8Array;
    const text = Buffer.from(buffer, byteOffset, byteLength).toString();
    const service = serviceOf(prefix);
    const model = { dynamodb, sqs, keys }[service];
    if (model === undefined) throw new Error(`nothing stands for ${service}`);
    const answer = await boundary.pass<WireResponse>({
      from: from(),
      to: service,
      operation,
      changes: awsChanges.test(operation),
      text,
      apply: () => model.execute(operation, JSON.parse(text) as object),
      error: () => ({
        status: 500,
        body: '{"__type":"InternalServerError","message":"simulated"}',
      }),
      lost: () =>
        new Promise((_, reject) => {
          const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
          setTimeout(() => reject(reset), resetAfterMs);
        }),
    });
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    // Only its shape counts (@smithy/core, HttpResponse.isInstance, collectBody).
    const body = Buffer.from(answer.body);
    return { response: { statusCode: answer.status, headers, body } } as never;
  };

  product.exchange = async ({ method, url: target, headers, body: text = '', timeoutMs }) => {
    const url = new URL(target);
    const model = http(url.hostname);
    if (model === null) throw Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
    const { body, restore } = model.service === 'chain' ? renumbered(text) : unchanged(text);
    const path = `${url.pathname}${url.search}`;
    const request: WireRequest = { method, path, headers: lowerCased(headers), body };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new LostAnswerError('TIMEOUT')), timeoutMs);
    });
    const asking: Asking<WireResponse> = {
      from: from(),
      to: model.service,
      operation: model.operationOf(request),
      changes: model.changes(request),
      latestMs: model.latestMs?.(request) ?? Number.POSITIVE_INFINITY,
      text: `${request.method} ${request.path} ${request.body}`,
      leaves: () => model.leaves(request),
      apply: () => model.handle(request),
      error: () => model.error,
      lost: () => late,
    };
    try {
      const {
        status,
        headers: said,
        body: answer,
      } = await Promise.race([boundary.pass(asking), late]);
      return { status, headers: lowerCased(said ?? {}), body: restore(answer) };
    } finally {
      clearTimeout(timer);
    }
  };

  return () => {
    NodeHttpHandler.prototype.handle = handle;
    product.exchange = exchange;
  };
}

export const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** KMS and Secrets Manager, as the SDK names them in `x-amz-target`. */
const keyServices = ['TrentService', 'secretsmanager'];
function serviceOf(prefix: string): 'dynamodb' | 'sqs' | 'keys' {
  if (prefix.startsWith('DynamoDB')) return 'dynamodb';
  return keyServices.includes(prefix) ? 'keys' : 'sqs';
}

type Numbering = { body: string; restore(answer: string): string };
const unchanged = (body: string): Numbering => ({ body, restore: (answer) => answer });

type Rpc = { id?: unknown };
/** viem numbers its questions on and on; here they count from 0, so that the same question is the same text again. */
function renumbered(text: string): Numbering {
  const asked: Rpc | Rpc[] = JSON.parse(text);
  const ids = [asked].flat().map(({ id }) => id);
  const each = (all: Rpc | Rpc[], idOf: (one: Rpc, index: number) => unknown): Rpc | Rpc[] =>
    Array.isArray(all)
      ? all.map((one, index) => ({ ...one, id: idOf(one, index) }))
      : { ...all, id: idOf(all, 0) };
  return {
    body: JSON.stringify(each(asked, (_, index) => index)),
    restore: (answer) => {
      const told = rpcIn(answer);
      if (told === null) return answer;
      // What is wrong with the node itself bears no number.
      if (!Array.isArray(told) && told.id === undefined) return answer;
      return JSON.stringify(each(told, ({ id }) => (typeof id === 'number' ? ids[id] : id)));
    },
  };
}

/** `null`: what a proxy says for its node need not be JSON. */
function rpcIn(answer: string): Rpc | Rpc[] | null {
  try {
    return JSON.parse(answer) as Rpc | Rpc[];
  } catch {
    return null;
  }
}
