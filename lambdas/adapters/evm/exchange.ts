/**
 * One HTTP request to a node, with one or several JSON-RPC calls in it, and what it says about each of them. No word of an
 * error names the node's URL, which may hold a key.
 */
import type { Pass } from '../../core/breakers/gates.ts';
import { readingFrom, sendingTo } from '../../core/breakers/names.ts';
import { lossOf, ShutError } from '../../core/kernel/errors.ts';
import { callTimeoutMs } from '../../core/kernel/limits.ts';
import type { EvmNetwork } from '../../core/kernel/networks.ts';
import { rpcAnswerBytesMax } from '../../core/rails/evm/limits.ts';
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
} from '../net/json-rpc.ts';

export type NodeConfig = {
  network: EvmNetwork;
  rpcUrl: string;
  /** The circuit breakers that each request passes; without it there are none. */
  pass?: Pass;
  /** The most calls of one request (`EVM_BATCH_<NETWORK>`). */
  batch?: number;
};

export type Call = { method: string; params?: unknown };
/** What a node says about each call of one request, in their order. `until` is in ms since the epoch. */
export type Exchange = (calls: readonly Call[], until: number) => Promise<readonly Answer[]>;

/** JSON-RPC 2.0 over HTTP. Its promise never rejects, and settles at `until` whatever the node or a breaker's queue does. */
export function exchangeWith(config: NodeConfig): Exchange {
  const post = posting(config);
  let number = 0;
  return async (calls, until) => {
    const ids = calls.map(() => {
      number += 1;
      return number;
    });
    const bodies = calls.map(({ method, params }, index) => ({
      ...{ jsonrpc: '2.0', id: ids[index], method },
      params: params ?? [],
    }));
    const sends = calls.some(({ method }) => method === 'eth_sendRawTransaction');
    try {
      const text = JSON.stringify(bodies.length === 1 ? bodies[0] : bodies);
      return answersIn(await inTime(post(text, sends, until), until), ids);
    } catch (error) {
      const lost = error instanceof ShutError ? error : new Error(`no answer: ${lossOf(error)}`);
      return calls.map(() => ({ lost }));
    }
  };
}

/** Asks which chain the node is of, past all breakers, and answers whether the node works. It moves nothing. */
export function probeOf({ rpcUrl, network }: NodeConfig): () => Promise<boolean> {
  const post = posting({ rpcUrl, network });
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] });
  return async () => {
    const until = systemClock.now() + callTimeoutMs;
    try {
      return isWell(await inTime(post(body, false, until), until));
    } catch {
      return false;
    }
  };
}

/** The answer to each id. What an answer says to none of them it says to all of them: the request as a whole was refused. */
function answersIn({ status, text }: Reply, ids: readonly number[]): readonly Answer[] {
  const said = jsonOrNull(text);
  const lost = { lost: new Error(`HTTP ${status}: ${shortened(text)}`) };
  if (Array.isArray(said)) {
    const byId = new Map(said.filter(isObject).map((one) => [one['id'], one]));
    return ids.map((id) => answerIn(byId.get(id)) ?? lost);
  }
  return ids.map(() => (ids.length === 1 ? answerIn(said) : null) ?? lost);
}

/** The beginning of a node's or proxy's own words, without what looks like a URL. */
const shortened = (text: string): string =>
  text.slice(0, 200).replaceAll(/\b\w+:\/\/\S+/g, '<url>');

/** Posts a body and reads the whole answer. Afterwards the breaker of reading or of sending knows how that went. */
function posting({
  rpcUrl,
  network,
  pass,
}: NodeConfig): (body: string, sends: boolean, until: number) => Promise<Reply> {
  // What is too large is a range of logs, which is then asked for in halves (ranges.ts).
  const once = postingTo(rpcUrl, rpcAnswerBytesMax);
  return (body, sends, until) => {
    const operation = sends ? sendingTo(network) : readingFrom(network);
    return pass === undefined
      ? once(body, until)
      : pass(operation, () => once(body, until), isWell);
  };
}
