/**
 * Serves a local chain of bitcoin: regtest, behind the JSON-RPC of Bitcoin Core, with the faults of the other simulators. The chain is
 * made, or read again, when somebody asks for the first time: who pays no bitcoin pays nothing for it.
 */
import { scriptOf } from '../../../lambdas/core/rails/bitcoin/address.ts';
import { every } from '../../host/every.ts';
import { makeFaults } from '../../simulators/faults.ts';
import { type Handle, type SimulatorReply, serveJson } from '../../simulators/http.ts';
import { methodsIn } from '../../simulators/nodes/lag.ts';
import { type Engine, makeEngine } from './engine.ts';
import { answerTo, type Method, rpcMethods } from './rpc.ts';
import { type KeptChain, keepChain } from './store.ts';

export type BitcoinOptions = {
  /** Where the chain is kept. */
  dataDir: string;
  /** The address that gets the float. Only the run that makes the chain uses it. */
  treasury: string;
  /** Seconds between blocks while a transaction waits or is not final, 1 by default. With 0, only a call makes blocks. */
  blockSeconds?: number;
};
export type BitcoinIdentity = { rpcUrl: string };

/** The methods that Drawbridge uses (docs/simulators.md). */
const methods = [
  'estimatesmartfee',
  'getaddressinfo',
  'getblock',
  'getblockchaininfo',
  'getblockhash',
  'getblockheader',
  'getmempoolentry',
  'getmempoolinfo',
  'gettxout',
  'gettxspendingprevout',
  'listunspent',
  'scantxoutset',
  'sendrawtransaction',
] as const;

/** The float, in outputs of this many satoshi each: as many payouts as there are outputs can be made side by side. */
const floatOutput = 250_000_000n;
const floatOutputs = 20;
/** The blocks that mine it, and those after which it may be spent. */
const floatBlocks = 2;
const ripeAfter = 100;
/** A transaction's own block and those that make it final. */
const blocksToFinality = 6;
/** Nobody has the key of this address: its program is the hash of nothing. */
const minedTo = 'bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202';

const failure = (status: number, code: number, message: string): SimulatorReply => ({
  status,
  body: { jsonrpc: '2.0', id: null, error: { code, message } },
});

/** The chain with its float, as it was kept or anew. */
export function openChain(treasury: string, kept: KeptChain | null, now = Date.now): Engine {
  const engine = makeEngine(now, kept ?? undefined);
  const { blocks, raws } = kept?.read() ?? { blocks: [], raws: [] };
  engine.load(blocks, raws);
  const script = scriptOf(treasury, 'regtest');
  while (engine.head().height < floatBlocks)
    engine.mine(Array.from({ length: floatOutputs }, () => ({ script, amount: floatOutput })));
  const nobody = scriptOf(minedTo, 'regtest');
  while (engine.head().height < floatBlocks + ripeAfter)
    engine.mine([{ script: nobody, amount: engine.subsidy() }]);
  return engine;
}

/** Runs the chain on a free port of 127.0.0.1. It continues where the last run on this folder ended, however that ended. */
export async function runBitcoin(
  options: BitcoinOptions,
): Promise<{ identity: BitcoinIdentity; stop(): Promise<void> }> {
  const { dataDir, treasury, blockSeconds = 1 } = options;
  let opened: { engine: Engine; kept: KeptChain; rpc: Record<string, Method> } | null = null;
  const open = () => {
    if (opened !== null) return opened;
    const kept = keepChain(dataDir);
    const engine = openChain(treasury, kept);
    opened = { engine, kept, rpc: rpcMethods(engine, [treasury]) };
    return opened;
  };
  const handle: Handle = ({ text }) => {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return failure(500, -32700, 'Parse error');
    }
    const { rpc } = open();
    return {
      status: 200,
      body: Array.isArray(body) ? body.map((call) => answerTo(rpc, call)) : answerTo(rpc, body),
    };
  };
  // What the run before has mined may not be final yet, however that run ended.
  let owed = blocksToFinality;
  const miner =
    blockSeconds === 0
      ? null
      : every(blockSeconds * 1_000, async () => {
          if (opened === null) return;
          const { engine } = opened;
          if (engine.pool.entries.size > 0) owed = blocksToFinality;
          if (owed === 0) return;
          owed -= 1;
          const script = scriptOf(minedTo, 'regtest');
          engine.mine([{ script, amount: engine.subsidy() }]);
        });
  const faults = makeFaults({
    operations: Object.fromEntries(methods.map((method) => [method, 'POST /'])),
    events: [],
    asked: ({ text }) => methodsIn(text),
    error: (status) => failure(status, -32603, 'Internal error'),
    limited: () => ({ status: 503, body: 'Work queue depth exceeded' }),
    // The truth is the chain: who has the address of this node may ask it by another path, without faults.
    truth: () => {
      const { engine } = open();
      return { head: engine.head(), pool: [...engine.pool.entries.keys()] };
    },
  });
  const server = await serveJson(0, faults.around(handle));
  return {
    identity: { rpcUrl: server.baseUrl },
    stop: async () => {
      await miner?.stop();
      faults.stop();
      await server.stop();
      opened?.kept.close();
    },
  };
}
