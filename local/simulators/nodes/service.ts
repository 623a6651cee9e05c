/**
 * A node of a local chain: hands JSON-RPC through to Anvil, with the faults of the other simulators. One HTTP request is
 * one call, as it is for the networks and proxies that fail: a batch is met by a rule for any of its methods, as a whole.
 */
import { Agent, request as httpRequest } from 'node:http';
import { makeFaults } from '../faults.ts';
import { type Handle, type SimulatorReply, serveJson } from '../http.ts';
import { type Ask, methodsIn, seenAt } from './lag.ts';

/** The methods that Drawbridge uses; docs/simulators.md. */
const methods = [
  'eth_call',
  'eth_chainId',
  'eth_getBlockByNumber',
  'eth_getLogs',
  'eth_getTransactionCount',
  'eth_maxPriorityFeePerGas',
  'eth_sendRawTransaction',
] as const;

/** What nodes that speak no HTTP status of their own say (EIP-1474 has the codes). */
const failure = (status: number, code: number, message: string): SimulatorReply => ({
  status,
  body: { jsonrpc: '2.0', id: null, error: { code, message } },
});

/** Serves on a free port of 127.0.0.1. */
export async function runNode(rpcUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const agent = new Agent({ keepAlive: true });
  const ask = (text: string) => post(agent, rpcUrl, text);
  const faults = makeFaults({
    operations: Object.fromEntries(methods.map((method) => [method, 'POST /'])),
    events: [],
    asked: ({ text }) => methodsIn(text),
    error: (status) => failure(status, -32603, 'Internal error'),
    limited: (untilMs) => ({
      ...failure(429, -32005, 'Limit exceeded'),
      headers: { 'retry-after': String(Math.ceil(Math.max(0, untilMs - Date.now()) / 1_000)) },
    }),
    // Of a chain the truth is the chain: it can be asked there without faults.
    truth: () => ({ rpcUrl }),
  });
  const one: Ask = async (method, ...params) => {
    const reply = await ask(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    return (reply?.body as { result?: unknown } | undefined)?.result;
  };
  const handle: Handle = async ({ text, asOfMs }) => {
    const asked = asOfMs === undefined ? text : await seenAt(one, text, asOfMs);
    // Like any node whose chain is gone.
    return (await ask(asked)) ?? { noReply: 'reset' };
  };
  const server = await serveJson(0, faults.around(handle));
  return {
    url: server.baseUrl,
    stop: async () => {
      faults.stop();
      await server.stop();
      agent.destroy();
    },
  };
}

/** Null when there is no answer. Not `fetch`: it costs three times as much, and every call of the product passes here. */
function post(agent: Agent, url: string, text: string): Promise<SimulatorReply | null> {
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve) => {
    const sent = httpRequest(url, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', () => resolve(null));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 502,
          body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
        }),
      );
    });
    sent.on('error', () => resolve(null));
    sent.end(text);
  });
}
