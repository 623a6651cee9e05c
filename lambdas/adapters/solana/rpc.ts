/**
 * A node of Solana as it is asked: JSON-RPC 2.0 over HTTP (https://solana.com/docs/rpc). Calls of one request are answered by one
 * node, whatever balances the load before it. No word of an error names the node's URL, which may hold a key.
 */
import type * as z from 'zod';
import type { Pass } from '../../core/breakers/gates.ts';
import { readingFrom, sendingTo } from '../../core/breakers/names.ts';
import { lossOf, ShutError, UnavailableError } from '../../core/kernel/errors.ts';
import { callTimeoutMs } from '../../core/kernel/limits.ts';
import { withoutUrls } from '../../core/kernel/redact.ts';
import { answerBytesMax, retryMs, triesMax } from '../../core/rails/solana/limits.ts';
import { systemClock } from '../net/clock.ts';
import { jsonOrNull } from '../net/http.ts';
import {
  type Answer,
  answerIn,
  inTime,
  isObject,
  isWell,
  postingTo,
  type Reply,
  type RpcError,
} from '../net/json-rpc.ts';

export type NodeConfig = {
  rpcUrl: string;
  /** The circuit breakers that each request passes; without it there are none. */
  pass?: Pass;
};

export type Call = { method: string; params?: readonly unknown[] };
export type Said = Answer;

/** The node said no to a call. */
export class RefusedCallError extends UnavailableError {
  readonly said: RpcError;
  constructor(method: string, said: RpcError) {
    super(`solana: ${method}: ${withoutUrls(said.message).slice(0, 300)} (${said.code})`);
    this.said = said;
  }
}

export type Rpc = {
  /** The answers to calls that one node has answered. Throws UnavailableError when there is none to one of them. */
  all(calls: readonly Call[]): Promise<unknown[]>;
  /** One answer in a form that is known. Throws UnavailableError on any other: what cannot be read is no answer. */
  ask<T>(shape: z.ZodType<T>, method: string, ...params: readonly unknown[]): Promise<T>;
  /** Hands over signed bytes, once. */
  send(call: Call): Promise<Said>;
};

export function openRpc(config: NodeConfig): Rpc {
  const exchange = exchangeWith(config);
  const all = async (calls: readonly Call[]): Promise<unknown[]> => {
    const until = systemClock.now() + callTimeoutMs;
    for (let tries = 1; ; tries += 1) {
      const answers = await exchange(calls, until, readingFrom('solana'));
      const wrong = answers.find((one) => !('result' in one));
      if (wrong === undefined)
        return answers.map((one) => ('result' in one ? one.result : undefined));
      const isLast = tries === triesMax || until - systemClock.now() < callTimeoutMs / triesMax;
      if (!isLast && isPassing(wrong)) {
        await new Promise((resolve) => setTimeout(resolve, retryMs * tries));
        continue;
      }
      const method = calls[answers.indexOf(wrong)]?.method ?? '';
      if ('error' in wrong) throw new RefusedCallError(method, wrong.error);
      const lost = 'lost' in wrong ? wrong.lost : null;
      if (lost instanceof ShutError) throw lost;
      throw new UnavailableError(`solana: ${method}: ${lost?.message}`);
    }
  };
  return {
    all,
    ask: async (shape, method, ...params) => {
      const [result] = await all([{ method, params }]);
      return readAs(shape, method, result);
    },
    send: async (call) => {
      const until = systemClock.now() + callTimeoutMs;
      const [said] = await exchange([call], until, sendingTo('solana'));
      return said ?? { lost: new Error('no answer') };
    },
  };
}

/** What is not of this form is no answer: it is neither nothing nor zero. */
export function readAs<T>(shape: z.ZodType<T>, method: string, result: unknown): T {
  const read = shape.safeParse(result);
  if (read.success) return read.data;
  throw new UnavailableError(`solana: ${method} is answered in another form than documented`);
}

/**
 * Whether asking once more may help: the answer was lost, too much was asked (429), or this node is behind the others (-32005),
 * has not the slot yet (-32004, -32014, -32016), or met an error of its own (rpc-client-api/src/custom_error.rs of Agave; JSON-RPC
 * 2.0, section 5.1).
 */
function isPassing(said: Said): boolean {
  if ('lost' in said) return !(said.lost instanceof ShutError);
  return 'error' in said && passingCodes.has(said.error.code);
}
const passingCodes: ReadonlySet<number> = new Set([
  429, -32_603, -32_005, -32_004, -32_014, -32_016, -32_429,
]);

type Exchange = (calls: readonly Call[], until: number, operation: string) => Promise<Said[]>;

/** Its promise never rejects, and settles at `until` whatever the node or a breaker's queue does. */
function exchangeWith({ rpcUrl, pass }: NodeConfig): Exchange {
  const post = postingTo(rpcUrl, answerBytesMax);
  return async (calls, until, operation) => {
    const bodies = calls.map(({ method, params = [] }, id) => {
      return { jsonrpc: '2.0', id, method, params };
    });
    const body = JSON.stringify(bodies.length === 1 ? bodies[0] : bodies);
    const once = () => post(body, until);
    try {
      const reply = pass === undefined ? once() : pass(operation, once, isWell);
      return answersIn(await inTime(reply, until), calls.length);
    } catch (error) {
      const lost = error instanceof ShutError ? error : new Error(`no answer: ${lossOf(error)}`);
      return calls.map(() => ({ lost }));
    }
  };
}

/** Asks something that every node can answer, past all breakers, and answers whether the node works. It moves nothing. */
export function probeOf(config: Pick<NodeConfig, 'rpcUrl'>): () => Promise<boolean> {
  const exchange = exchangeWith(config);
  return async () => {
    const until = systemClock.now() + callTimeoutMs;
    const [said] = await exchange([{ method: 'getGenesisHash' }], until, '');
    return said !== undefined && !('lost' in said);
  };
}

/** The answer to each call. What an answer says to none of them it says to all of them: the request as a whole was refused. */
function answersIn({ status, text }: Reply, count: number): Said[] {
  const said = jsonOrNull(text);
  const whole = Array.isArray(said) || (count > 1 && !isRefusal(said)) ? null : answerIn(said);
  const byId = new Map(
    (Array.isArray(said) ? said : []).filter(isObject).map((one) => [one['id'], one]),
  );
  const lost = { lost: new Error(`HTTP ${status}: ${withoutUrls(text.slice(0, 200))}`) };
  const limited = { error: { code: 429, message: 'too many requests' } };
  return Array.from({ length: count }, (_, id): Said => {
    return whole ?? answerIn(byId.get(id)) ?? (status === 429 ? limited : lost);
  });
}

const isRefusal = (said: unknown): boolean => isObject(said) && 'error' in said;
