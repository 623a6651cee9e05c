/**
 * The face of Bitcoin Core on a local chain: the methods of its JSON-RPC that Drawbridge and its tests use, with Core's names, shapes,
 * codes and words (https://developer.bitcoin.org/reference/rpc/, src/rpc/). Amounts are numbers with eight decimals.
 */
import {
  bitcoinAddress,
  fromHex,
  scriptOf,
  toHex,
} from '../../../lambdas/core/rails/bitcoin/address.ts';
import {
  outpointOf,
  readTransaction,
  virtualBytes,
} from '../../../lambdas/core/rails/bitcoin/wire.ts';
import type { LocalCoin } from './coins.ts';
import { type Block, type Engine, genesis } from './engine.ts';
import { inBitcoin, transactionAsCore } from './transaction.ts';

/** What Core answers when it refuses (src/rpc/protocol.h). */
export class RpcRefusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
const refuse = (code: number, message: string): never => {
  throw new RpcRefusal(code, message);
};

export type Method = (...params: readonly unknown[]) => unknown;

const asBtc = (satoshi: bigint): unknown =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(inBitcoin(satoshi));
const wrongType = (value: unknown, wanted: string): string =>
  `JSON value of type ${value === null || value === undefined ? 'null' : typeof value} is not of expected type ${wanted}`;
const text = (value: unknown): string =>
  typeof value === 'string' ? value : refuse(-3, wrongType(value, 'string'));
const whole = (value: unknown): number =>
  Number.isSafeInteger(value) ? Number(value) : refuse(-3, wrongType(value, 'number'));

/** `watched`: the addresses of the node's watch-only wallet; `null`: it has no wallet. */
export function rpcMethods(
  engine: Engine,
  watched: readonly string[] | null,
): Record<string, Method> {
  const { coins, pool, policy } = engine;
  const script = (address: unknown): Uint8Array => {
    const known = bitcoinAddress(text(address), 'regtest');
    return 'address' in known
      ? scriptOf(known.address, 'regtest')
      : refuse(-5, 'Error: Invalid address');
  };
  const depth = ({ height }: LocalCoin): number =>
    height === null ? 0 : engine.head().height - height + 1;
  const blockOf = (hash: unknown): { block: Block; isActive: boolean } =>
    engine.blockBy(text(hash)) ?? refuse(-5, 'Block not found');
  const confirmations = (hash: unknown): number => {
    const { block, isActive } = blockOf(hash);
    return isActive ? engine.head().height - block.height + 1 : -1;
  };
  const found = (address: string, least: number) => {
    const wanted = toHex(script(address));
    return [...coins].filter(([, coin]) => toHex(coin.script) === wanted && depth(coin) >= least);
  };
  const inWallet = (): readonly string[] =>
    watched ??
    refuse(
      -18,
      'No wallet is loaded. Load a wallet using loadwallet or create a new one with createwallet. (Note: A default wallet is no longer automatically created)',
    );
  const take = (raw: string): string => {
    const transaction = decoded(raw);
    const { txId } = transaction;
    const isThere = transaction.outputs.some((_, index) => coins.has(outpointOf(txId, index)));
    if (isThere) return refuse(-27, 'Transaction outputs already in utxo set');
    if (pool.entries.has(txId)) return txId;
    const verdict = engine.offer(raw);
    return 'refused' in verdict ? refuse(verdict.code, verdict.refused) : txId;
  };
  const mine = (many: number, address: unknown, raws?: readonly string[]): string[] => {
    const payee = script(address);
    return Array.from({ length: many }, () => {
      const amount = engine.subsidy();
      return engine.mine([{ script: payee, amount }], raws).hash;
    });
  };
  return {
    getblockchaininfo: () => {
      const { height, hash } = engine.head();
      return {
        ...{ chain: 'regtest', blocks: height, headers: height, bestblockhash: hash },
        ...{ difficulty: 4.656542373906925e-10, verificationprogress: 1 },
        ...{ initialblockdownload: false, pruned: false, warnings: [] },
      };
    },
    getblockcount: () => engine.head().height,
    getbestblockhash: () => engine.head().hash,
    getblockhash: (height) => {
      const at = whole(height);
      if (at === 0) return genesis;
      return engine.blockAt(at)?.hash ?? refuse(-8, 'Block height out of range');
    },
    getblockheader: (hash) => {
      if (hash === genesis)
        return { hash, confirmations: engine.head().height + 1, height: 0, time: 1_296_688_602 };
      const { height, previous: previousblockhash, time } = blockOf(hash).block;
      return { hash, confirmations: confirmations(hash), height, time, previousblockhash };
    },
    getblock: (hash, verbosity = 1) => {
      if (hash === genesis)
        return verbosity === 0
          ? `${'00'.repeat(80)}00`
          : { hash, confirmations: 1, height: 0, tx: [] };
      const { block } = blockOf(hash);
      if (verbosity === 0) return block.raw;
      const { height, previous: previousblockhash, time, transactions } = block;
      return {
        ...{ hash, confirmations: confirmations(hash), height, time, previousblockhash },
        ...{
          nTx: transactions.length,
          tx: transactions.map(({ transaction, raw }) =>
            verbosity === 1 ? transaction.txId : transactionAsCore(transaction, raw, asBtc),
          ),
        },
      };
    },
    gettxout: (txid, index, withPool = true) => {
      const outpoint = outpointOf(text(txid), whole(index));
      const pooled = pool.entries.get(text(txid))?.transaction.outputs[whole(index)];
      const inPool = pooled && withPool ? { ...pooled, height: null, isMined: false } : undefined;
      const coin = coins.get(outpoint) ?? inPool;
      if (coin === undefined || (withPool && pool.spenders.has(outpoint))) return null;
      return {
        ...{ bestblock: engine.head().hash, confirmations: depth(coin) },
        ...{ value: asBtc(coin.amount), scriptPubKey: { hex: toHex(coin.script) } },
        coinbase: coin.isMined,
      };
    },
    gettxspendingprevout: (outputs) =>
      (outputs as { txid: string; vout: number }[]).map(({ txid, vout }) => {
        const spendingtxid = pool.spenders.get(outpointOf(txid, vout));
        return { txid, vout, ...(spendingtxid === undefined ? {} : { spendingtxid }) };
      }),
    getmempoolinfo: () => ({
      ...{ loaded: true, size: pool.entries.size, mempoolminfee: asBtc(policy.poolFee) },
      ...{ minrelaytxfee: asBtc(policy.relayFee), incrementalrelayfee: asBtc(policy.step) },
      fullrbf: false,
    }),
    getrawmempool: () => [...pool.entries.keys()],
    getmempoolentry: (txid) => {
      const entry = pool.entries.get(text(txid));
      if (entry === undefined) return refuse(-5, 'Transaction not in mempool');
      return { vsize: entry.size, fees: { base: asBtc(entry.fee), modified: asBtc(entry.fee) } };
    },
    getrawtransaction: (txid) =>
      pool.entries.get(text(txid))?.raw ??
      refuse(
        -5,
        'No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction queries. Use gettransaction for wallet transactions.',
      ),
    estimatesmartfee: () => ({ errors: ['Insufficient data or no feerate found'], blocks: 2 }),
    sendrawtransaction: (raw, maxFeeRate = 0.1) => {
      const given = text(raw);
      const { inputs, outputs, ...size } = decoded(given);
      const known = inputs.map(({ outpoint }) => coins.get(outpoint)?.amount);
      const fee =
        known.reduce<bigint>((all, one) => all + (one ?? 0n), 0n) -
        outputs.reduce((all, { amount }) => all + amount, 0n);
      const most = BigInt(Math.round(Number(maxFeeRate) * 1e8)) * BigInt(virtualBytes(size));
      if (!known.includes(undefined) && most > 0n && fee * 1_000n > most)
        return refuse(-25, 'Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)');
      return take(given);
    },
    listunspent: (least = 1, _most = 9_999_999, addresses = inWallet()) => {
      const wanted = inWallet().filter((one) => (addresses as string[]).includes(one));
      return wanted.flatMap((address) =>
        found(address, whole(least)).flatMap(([outpoint, coin]) => {
          const [txid = '', vout = ''] = outpoint.split(':');
          // A wallet leaves out what its pool spends, and what was mined and is not ripe.
          if (pool.spenders.has(outpoint) || (coin.isMined && depth(coin) < 101)) return [];
          return {
            ...{ txid, vout: Number(vout), address, scriptPubKey: toHex(coin.script) },
            ...{ amount: asBtc(coin.amount), confirmations: depth(coin) },
            ...{ spendable: true, solvable: true, safe: true },
          };
        }),
      );
    },
    getaddressinfo: (address) => ({
      address,
      ismine: inWallet().includes(text(address)),
      iswatchonly: false,
    }),
    scantxoutset: (_action, wanted) => {
      const [{ desc } = { desc: '' }] = wanted as { desc: string }[];
      const [, address = ''] = /^addr\((\w+)\)/.exec(desc) ?? [];
      const unspents = found(address, 1).map(([outpoint, coin]) => {
        const [txid = '', vout = ''] = outpoint.split(':');
        return {
          ...{ txid, vout: Number(vout), scriptPubKey: toHex(coin.script), desc },
          ...{ amount: asBtc(coin.amount), coinbase: coin.isMined, height: coin.height },
        };
      });
      const { height, hash: bestblock } = engine.head();
      return { success: true, txouts: coins.size, height, bestblock, unspents };
    },
    generatetoaddress: (many, address) => mine(whole(many), address),
    generateblock: (address, transactions) => {
      const raws = (transactions as string[]).map((one) => pool.entries.get(one)?.raw ?? one);
      return { hash: mine(1, address, raws)[0] };
    },
    invalidateblock: (hash) => (engine.undo(text(hash)) ? null : refuse(-5, 'Block not found')),
  };
}

function decoded(raw: string) {
  try {
    if (!/^([\da-f]{2})+$/i.test(raw)) throw new RangeError('no hexadecimal digits');
    return readTransaction(fromHex(raw));
  } catch {
    return refuse(-22, 'TX decode failed. Make sure the tx has at least one input.');
  }
}

/** The answer to one call, as version 28 and later of Core gives it to JSON-RPC 2.0. */
export function answerTo(methods: Record<string, Method>, call: unknown): unknown {
  const {
    id = null,
    method,
    params = [],
  } = (call ?? {}) as { id?: unknown; method?: string; params?: unknown[] };
  const run = Object.hasOwn(methods, method ?? '') ? methods[method ?? ''] : undefined;
  if (run === undefined)
    return { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found' }, id };
  try {
    return { jsonrpc: '2.0', result: run(...params), id };
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    return { jsonrpc: '2.0', error: { code: error.code, message: error.message }, id };
  }
}
