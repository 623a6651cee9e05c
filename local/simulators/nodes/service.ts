/**
 * Plays a node of a local chain: passes JSON-RPC on to Anvil, with the faults of the other simulators. A fault strikes a
 * whole HTTP request, as networks and proxies fail: a rule for one method strikes each batch that contains it.
 */
import { post } from '../../host/post.ts';
import { makeFaults } from '../faults.ts';
import { type Handle, type SimulatorReply, serveJson } from '../http.ts';
import { type Ask, methodsIn, seenAt } from './lag.ts';

/** The methods that Drawbridge uses (docs/simulators.md). */
const methods = [
  'eth_call',
  'eth_chainId',
  'eth_estimateGas',
  'eth_feeHistory',
  'eth_getBalance',
  'eth_getBlockByNumber',
  'eth_getLogs',
  'eth_getTransactionCount',
  'eth_maxPriorityFeePerGas',
  'eth_sendRawTransaction',
] as const;

/** Longer than any caller waits: it is the caller that gives up. */
const timeoutMs = 60_000;

/** A failure as a JSON-RPC error; the codes are those of EIP-1474. */
const failure = (status: number, code: number, message: string): SimulatorReply => ({
  status,
  body: { jsonrpc: '2.0', id: null, error: { code, message } },
});

/** Runs the node on a free port of 127.0.0.1. */
export async function runNode(rpcUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const ask = (text: string) => asked(rpcUrl, text);
  const faults = makeFaults({
    operations: Object.fromEntries(methods.map((method) => [method, 'POST /'])),
    events: [],
    asked: ({ text }) => methodsIn(text),
    error: (status) => failure(status, -32603, 'Internal error'),
    limited: (untilMs) => ({
      ...failure(429, -32005, 'Limit exceeded'),
      headers: { 'retry-after': String(Math.ceil(Math.max(0, untilMs - Date.now()) / 1_000)) },
    }),
    // The truth is the chain, which can be asked there without faults.
    truth: () => ({ rpcUrl }),
  });
  const one: Ask = async (method, ...params) => {
    const reply = await ask(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    return (reply?.body as { result?: unknown } | undefined)?.result;
  };
  const handle: Handle = async ({ text, asOfMs }) => {
    const question = asOfMs === undefined ? text : await seenAt(one, text, asOfMs);
    // Without an answer from the chain, the connection is reset.
    return (await ask(question)) ?? { noReply: 'reset' };
  };
  const server = await serveJson(0, faults.around(handle));
  return {
    url: server.baseUrl,
    stop: async () => {
      faults.stop();
      await server.stop();
    },
  };
}

/** Asks the chain; null when there is no answer. */
async function asked(url: string, text: string): Promise<SimulatorReply | null> {
  try {
    const { status, text: said } = await post(url, text, timeoutMs);
    return { status, body: JSON.parse(said) };
  } catch {
    return null; // What is no JSON is no answer of a node.
  }
}
