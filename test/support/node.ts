/** A node before a real chain, which says what a test has it say, and otherwise what the chain says. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export type RpcCall = { id: number; method: string; params: unknown[] };
type Said = { result: unknown } | { error: { code: number; message: string; data?: unknown } };
/** What becomes of a whole HTTP request: an answer of the node's own, or none. */
export type Whole = { status: number; body: unknown } | 'reset' | 'hang';

export async function startNode(rpcUrl: string) {
  const requests: RpcCall[][] = [];
  const hanging = new Set<ServerResponse>();
  const node = {
    /** What it says to one call; `undefined`: what the chain says. */
    each: (_call: RpcCall): Said | undefined | Promise<Said | undefined> => undefined,
    /** What it says to a whole request; `undefined`: to each of its calls by itself. */
    whole: (_calls: readonly RpcCall[]): Whole | undefined => undefined,
  };
  const passOn = async (call: RpcCall): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(call);
    // Only what a test has an answer of its own for may be asked without a chain.
    return (await fetch(rpcUrl, { method: 'POST', headers, body })).json();
  };
  const server = createServer(async (request, response) => {
    const asked = (await json(request)) as RpcCall | RpcCall[];
    const calls = [asked].flat();
    requests.push(calls);
    const whole = node.whole(calls);
    if (whole === 'hang') {
      hanging.add(response);
      return;
    }
    if (whole === 'reset') {
      request.socket.destroy();
      return;
    }
    if (whole !== undefined) {
      response.writeHead(whole.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(whole.body));
      return;
    }
    const answers: unknown[] = [];
    // In order, as geth's batches are.
    for (const call of calls) {
      const said = await node.each(call);
      answers.push(said ? { jsonrpc: '2.0', id: call.id, ...said } : await passOn(call));
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(Array.isArray(asked) ? answers : answers[0]));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const silent = { ...node };
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    /** The calls of a method so far. */
    asked: (method: string): RpcCall[] => requests.flat().filter((call) => call.method === method),
    /** From now on it says this, and has been asked nothing. */
    says: (hooks: Partial<typeof node>): void => {
      Object.assign(node, silent, hooks);
      requests.splice(0);
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
export type SpeakingNode = Awaited<ReturnType<typeof startNode>>;
