/** Makes JSON-RPC calls over HTTP, as far as the local chains and the simulators need them. */
import { UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import { redactedError, redactWith, withoutUrls } from '../../lambdas/core/kernel/redact.ts';
import { post } from '../host/post.ts';

export type RpcCall = readonly [method: string, ...params: unknown[]];
export type RpcReply = { result: unknown } | { error: { code: number; message: string } };

/** Only programs of this machine ask this way, and on a busy one a node that has just started may take long. */
const timeoutMs = 30_000;

/** Sends calls in one request and answers the replies in their order. Throws UnavailableError when the node does not answer. */
export async function rpcBatch(url: string, calls: readonly RpcCall[]): Promise<RpcReply[]> {
  if (calls.length === 0) return [];
  const body = calls.map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }));
  const answers = await asked(url, JSON.stringify(body));
  const replies = new Map(answers.map((answer) => [answer.id, answer]));
  return calls.map(([method], id) => {
    const reply = replies.get(id);
    if (reply === undefined)
      throw new UnavailableError(`${withoutUrls(url)} did not answer ${method}`);
    return reply;
  });
}

/** Makes one call. Throws UnavailableError, also when the node refuses. `Result` is the type that the method documents. */
export async function rpc<Result>(url: string, ...call: RpcCall): Promise<Result> {
  const [reply] = await rpcBatch(url, [call]);
  if (reply !== undefined && 'result' in reply) return reply.result as Result;
  throw new UnavailableError(redactWith([url])(`${call[0]}: ${reply?.error.message}`));
}

async function asked(url: string, body: string): Promise<({ id: number } & RpcReply)[]> {
  try {
    const { text } = await post(url, body, timeoutMs);
    return JSON.parse(text) as ({ id: number } & RpcReply)[];
  } catch (cause) {
    throw new UnavailableError(`${withoutUrls(url)} does not answer`, {
      cause: redactedError(cause, redactWith([url])),
    });
  }
}
