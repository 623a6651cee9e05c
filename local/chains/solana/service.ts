/**
 * Serves a local Solana as a node does, with the faults of the other simulators (docs/simulators.md). A fault strikes a whole HTTP
 * request, as networks and proxies fail. The chain itself is loaded by the first request, for most runs pay elsewhere.
 */
import { makeFaults } from '../../simulators/faults.ts';
import { serveJson } from '../../simulators/http.ts';
import type { Run } from '../../simulators/thread.ts';
import type { Engine } from './engine.ts';
import type { Owner } from './genesis.ts';
import type { RpcRefusal } from './refusal.ts';

export type SolanaOptions = {
  dataDir: string;
  slotMs: number;
  issuer: string;
  owners: Record<Owner, string>;
  now?: () => number;
};

/** The methods that Drawbridge uses (docs/simulators.md). */
const faulty = [
  'getBlock',
  'getBlocksWithLimit',
  'getBlockTime',
  'getFirstAvailableBlock',
  'getGenesisHash',
  'getLatestBlockhash',
  'getMinimumBalanceForRentExemption',
  'getMultipleAccounts',
  'getRecentPrioritizationFees',
  'getSignatureStatuses',
  'getSignaturesForAddress',
  'getSlot',
  'getTransaction',
  'sendTransaction',
  'simulateTransaction',
] as const;

type Call = { id?: unknown; method?: unknown; params?: unknown };
type Answering = (call: Call) => object;

/** Runs the node on a free port of 127.0.0.1. */
export async function runSolana(
  options: SolanaOptions,
): Promise<{ url: string; engine(): Promise<Engine>; stop(): Promise<void> }> {
  let loading: Promise<{ engine: Engine; answer: Answering }> | null = null;
  const load = () => {
    loading ??= loaded(options);
    return loading;
  };
  const faults = makeFaults({
    operations: Object.fromEntries(faulty.map((method) => [method, 'POST /'])),
    events: [],
    asked: ({ text }) => callsIn(text).map(({ method }) => String(method)),
    error: (status) => refusal(status, -32_603, 'Internal error'),
    limited: (untilMs) => ({
      ...refusal(429, 429, 'Too many requests'),
      headers: { 'retry-after': String(Math.ceil(Math.max(0, untilMs - Date.now()) / 1_000)) },
    }),
    // The truth is the chain, which can be asked without faults by whoever has no rule for it.
    truth: () => ({ slotMs: options.slotMs }),
  });
  const server = await serveJson(
    0,
    faults.around(async ({ text }) => {
      const { answer } = await load();
      const calls = callsIn(text);
      if (calls.length === 0) return refusal(400, -32_700, 'Parse error');
      const answers = calls.map(answer);
      return { status: 200, body: text.trimStart().startsWith('[') ? answers : answers[0] };
    }),
  );
  return {
    url: server.baseUrl,
    engine: async () => (await load()).engine,
    stop: async () => {
      faults.stop();
      await server.stop();
      (await loading)?.engine.stop();
    },
  };
}

async function loaded({ issuer, owners, ...options }: SolanaOptions) {
  const [{ startEngine }, { endow }, { methodsOf }] = await Promise.all([
    import('./engine.ts'),
    import('./genesis.ts'),
    import('./methods.ts'),
  ]);
  const engine = startEngine(options);
  endow(engine, issuer, owners);
  const methods = methodsOf(engine);
  const answer: Answering = ({ id = null, method, params }) => {
    const make = methods[String(method)];
    if (make === undefined) return errorFor(id, { code: -32_601, message: 'Method not found' });
    try {
      const result = make(Array.isArray(params) ? params : []);
      return { jsonrpc: '2.0', id, result };
    } catch (error) {
      if (typeof (error as RpcRefusal).code !== 'number') throw error;
      return errorFor(id, error as RpcRefusal);
    }
  };
  return { engine, answer };
}

const errorFor = (
  id: unknown,
  { code, message, data }: Pick<RpcRefusal, 'code' | 'message'> & { data?: unknown },
) => {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
};
const refusal = (status: number, code: number, message: string) => ({
  status,
  body: errorFor(null, { code, message }),
});

function callsIn(text: string): Call[] {
  try {
    const body: unknown = JSON.parse(text);
    return (Array.isArray(body) ? body : [body]).filter((one) => typeof one?.method === 'string');
  } catch {
    return []; // The node says that it cannot read it.
  }
}

/** What local/chains/solana/solana.ts runs in the thread of the simulators. */
export const run: Run<SolanaOptions, { url: string }> = async (options) => {
  const { url, stop } = await runSolana(options);
  return { identity: { url }, stop };
};
