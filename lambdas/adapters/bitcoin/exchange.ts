/**
 * HTTP requests to a node that speaks Bitcoin Core's JSON-RPC, with one or several calls in each, and what it says about each of
 * them. No word of an error names the node's URL, which holds a password. It needs no library, so every function may ask a node.
 */
import type { Pass } from '../../core/breakers/gates.ts';
import { readingFrom, sendingTo } from '../../core/breakers/names.ts';
import { lossOf, ShutError, UnavailableError } from '../../core/kernel/errors.ts';
import { callTimeoutMs } from '../../core/kernel/limits.ts';
import type { Network } from '../../core/kernel/networks.ts';
import { withoutUrls } from '../../core/kernel/redact.ts';
import {
  answerBytesMax,
  retryMs,
  retryWithinMs,
  triesMax,
} from '../../core/rails/bitcoin/limits.ts';
import { systemClock } from '../net/clock.ts';
import { type Answer, isObject, postingTo, type RpcError } from '../net/json-rpc.ts';
import { parsedJson } from './json.ts';

export type BitcoinNode = {
  network: Network;
  /** With `user:password@`, as `rpcauth` and `rpcuser` of a node want it, and perhaps the path of a wallet. */
  rpcUrl: string;
  /** The circuit breakers that each request passes; without it there are none. */
  pass?: Pass;
};

export type Call = readonly [method: string, ...params: unknown[]];
/** What a node says about each call, in their order. Its promise never rejects. */
export type Exchange = (calls: readonly Call[]) => Promise<readonly Answer[]>;

type Reply = { status: number; said: unknown };

/** The node is only starting (src/rpc/protocol.h, RPC_IN_WARMUP), or has no block yet to speak of (RPC_CLIENT_IN_INITIAL_DOWNLOAD). */
export const passingCodes: ReadonlySet<number> = new Set([-28, -10]);

/** JSON-RPC 2.0, section 5.1: something is wrong in the node, or before it. */
const internalError = -32_603;

export function exchangeWith(node: BitcoinNode): Exchange {
  const post = posting(node);
  const request = async (calls: readonly Call[]): Promise<readonly Answer[]> => {
    const bodies = calls.map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }));
    const sends = calls.some(([method]) => method === 'sendrawtransaction');
    try {
      const body = JSON.stringify(bodies.length === 1 ? bodies[0] : bodies);
      return answersIn(await post(body, sends), calls.length);
    } catch (error) {
      const lost =
        error instanceof ShutError ? error : new UnavailableError(`no answer: ${lossOf(error)}`);
      return calls.map(() => ({ lost }));
    }
  };
  /** Questions are asked once more, and again: a node that fails one call in ten would hold up every visit, which asks many. */
  const patiently = async (calls: readonly Call[]): Promise<readonly Answer[]> => {
    const until = systemClock.now() + retryWithinMs;
    const sends = calls.some(([method]) => method === 'sendrawtransaction');
    for (let tries = 1; ; tries += 1) {
      const answers = await request(calls);
      const isOver = sends || tries === triesMax || systemClock.now() > until;
      if (isOver || !answers.some(isPassing)) return answers;
      await new Promise((resolve) => setTimeout(resolve, retryMs * tries));
    }
  };
  return async (calls) => {
    if (calls.length < 2) return calls.length === 0 ? [] : patiently(calls);
    const answers = await patiently(calls);
    // A proxy that takes no batches refuses the whole: each call is then asked by itself.
    const isRefused = answers.every((one) => 'lost' in one && !(one.lost instanceof ShutError));
    if (!isRefused) return answers;
    return (await Promise.all(calls.map((call) => request([call])))).flat();
  };
}

/** Whether asking once more may help. */
const isPassing = (answer: Answer): boolean =>
  'lost' in answer
    ? !(answer.lost instanceof ShutError)
    : 'error' in answer &&
      (passingCodes.has(answer.error.code) || answer.error.code === internalError);

/** Asks which chain the node is of, past all breakers, and answers whether the node works. It moves nothing. */
export function probeOf({ rpcUrl, network }: BitcoinNode): () => Promise<boolean> {
  const post = posting({ rpcUrl, network });
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'getblockchaininfo', params: [] });
  return async () => {
    try {
      return isWell(await post(body, false));
    } catch {
      return false;
    }
  };
}

/**
 * Before version 28 a node answers every refusal with the status 500, so what it says decides. A 401 or 403 is our own fault, and
 * nothing gets better by asking less often.
 */
function isWell({ status, said }: Reply): boolean {
  if (status < 500) return true;
  if (Array.isArray(said)) return true;
  const error = isObject(said) ? said['error'] : undefined;
  return isObject(error) && !passingCodes.has(Number(error['code']));
}

function answersIn({ status, said }: Reply, count: number): readonly Answer[] {
  const lost = { lost: new UnavailableError(`HTTP ${status} without an answer`) };
  if (Array.isArray(said)) {
    const byId = new Map(said.filter(isObject).map((one) => [String(one['id']), one]));
    return Array.from({ length: count }, (_, id) => answerIn(byId.get(String(id))) ?? lost);
  }
  return Array.from({ length: count }, () => (count === 1 ? answerIn(said) : null) ?? lost);
}

function answerIn(said: unknown): Answer | null {
  if (!isObject(said)) return null;
  const { error } = said;
  if (isObject(error)) {
    const { code, message } = error;
    return {
      error: { code: Number(code), message: typeof message === 'string' ? message : '' },
    };
  }
  return 'result' in said ? { result: said['result'] } : null;
}

/** Posts a body and reads the whole answer. Afterwards the breaker of reading or of sending knows how that went. */
function posting({
  rpcUrl,
  network,
  pass,
}: BitcoinNode): (body: string, sends: boolean) => Promise<Reply> {
  const post = postingTo(rpcUrl, answerBytesMax);
  const once = async (body: string): Promise<Reply> => {
    const { status, text } = await post(body, systemClock.now() + callTimeoutMs);
    return { status, said: parsedJson(text) };
  };
  return (body, sends) => {
    const operation = sends ? sendingTo(network) : readingFrom(network);
    return pass === undefined ? once(body) : pass(operation, () => once(body), isWell);
  };
}

/** The beginning of a node's own words, without what looks like a URL. */
export const wordsOf = ({ code, message }: RpcError): string =>
  `${withoutUrls(message).slice(0, 200)} (${code})`;
