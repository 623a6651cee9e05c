/** The Chain port on the JSON-RPC of Bitcoin Core: which outputs the treasury has, what is paid for blocks, and the bytes handed over. */
import * as z from 'zod';
import { ShutError } from '../../core/kernel/errors.ts';
import { scriptOf, toHex } from '../../core/rails/bitcoin/address.ts';
import type { Chain, FeeRates } from '../../core/rails/bitcoin/chain.ts';
import {
  blockMs,
  feeCap,
  feeTargetBlocks,
  feeUnknown,
  relayFee,
} from '../../core/rails/bitcoin/limits.ts';
import { partsOf } from '../../core/rails/bitcoin/wire.ts';
import { type Ask, askOf, RefusedCallError } from './ask.ts';
import { readCoins } from './coins.ts';
import { btc, hash, integer } from './json.ts';
import { type BitcoinConfig, viewBitcoin } from './view.ts';
import { replyFor } from './words.ts';

export type BitcoinPayoutConfig = BitcoinConfig & {
  /** The most that is paid, in satoshi for 1,000 virtual bytes (`BITCOIN_MAX_FEE_SAT_VB`). */
  feeCap?: bigint;
  finalityMs?: number;
};

export function connectBitcoin(config: BitcoinPayoutConfig, ask: Ask = askOf(config)): Chain {
  const view = viewBitcoin(config, ask);
  const script = toHex(scriptOf(config.treasury, config.net));
  return {
    ...view,
    finalityMs: config.finalityMs ?? view.finalityBlocks * blockMs,
    coins: async () => {
      const { height } = await view.head();
      return readCoins(ask, config.treasury, script, view.finalityBlocks, height);
    },
    fees: () => readFees(ask, config.feeCap ?? feeCap),
    rivalOf: (outpoints) => rivalOf(ask, outpoints.map(partsOf)),
    send: async (raw, txId) => {
      // A node of another chain that has the same outputs, as after a split, must not get them.
      await view.head();
      const answer = await ask.raw('sendrawtransaction', toHex(raw));
      if ('lost' in answer)
        return answer.lost instanceof ShutError ? { keptBackUntil: answer.lost.until } : 'unknown';
      if ('error' in answer) return replyFor(answer.error);
      // Whoever answers with another id has taken something else, or nothing.
      return answer.result === txId ? 'accepted' : 'unknown';
    },
  };
}

/** `estimatesmartfee` leaves the rate out when it has seen too little. In BTC for 1,000 virtual bytes. */
const estimate = z.object({ feerate: btc.optional() });
const poolInfo = z.object({
  mempoolminfee: btc.optional(),
  minrelaytxfee: btc.optional(),
  incrementalrelayfee: btc.optional(),
});

async function readFees(ask: Ask, cap: bigint): Promise<FeeRates> {
  const [pool, estimated] = await Promise.all([
    ask.one(poolInfo, 'getmempoolinfo'),
    orNull(() => ask.one(estimate, 'estimatesmartfee', feeTargetBlocks, 'conservative')),
  ]);
  const least = max(pool.mempoolminfee ?? 0n, pool.minrelaytxfee ?? relayFee);
  const rate = max(estimated?.feerate ?? feeUnknown, least);
  return { rate, least, step: max(pool.incrementalrelayfee ?? 0n, relayFee), cap };
}

const max = (one: bigint, other: bigint): bigint => (one > other ? one : other);

const spending = z.array(z.object({ spendingtxid: hash.optional() }));
const entry = z.object({ vsize: integer, fees: z.object({ base: btc }) });

/** Nothing depends on it but how much more is offered: a node that does not say is offered a quarter more. */
async function rivalOf(
  ask: Ask,
  inputs: readonly { txId: string; index: number }[],
): ReturnType<Chain['rivalOf']> {
  return orNull(async () => {
    const asked = inputs.map(({ txId: txid, index: vout }) => ({ txid, vout }));
    const found = await ask.one(spending, 'gettxspendingprevout', asked);
    const txId = found.find(({ spendingtxid }) => spendingtxid !== undefined)?.spendingtxid;
    if (txId === undefined) return null;
    const { vsize: bytes, fees } = await ask.one(entry, 'getmempoolentry', txId);
    return { txId, fee: fees.base, bytes };
  });
}

/**
 * By which codes a node says that it has no such method or thing (src/rpc/protocol.h: RPC_MISC_ERROR, RPC_INVALID_ADDRESS_OR_KEY,
 * RPC_INVALID_PARAMETER, RPC_METHOD_NOT_FOUND). Any other, such as those of proxies that limit how often they are asked, is no answer.
 */
const hasNone: ReadonlySet<number> = new Set([-1, -5, -8, -32_601]);

/** What the node refuses to say is not needed; that it is away is. */
async function orNull<T>(question: () => Promise<T>): Promise<T | null> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof RefusedCallError && hasNone.has(error.said.code)) return null;
    throw error;
  }
}
