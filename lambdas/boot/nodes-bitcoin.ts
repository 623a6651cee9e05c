/** How the node of Bitcoin is reached, and probed. */
import { probeOf } from '../adapters/bitcoin/exchange.ts';
import type { BitcoinPayoutConfig } from '../adapters/bitcoin/payouts.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { blockMs } from '../core/rails/bitcoin/limits.ts';
import { bootSecret, learnUrl, needed, told } from './environment.ts';
import { once } from './once.ts';
import { read } from './setting-checks.ts';
import {
  bitcoinFinalityBlocks,
  bitcoinMaxFee,
  bitcoinNetwork,
  bitcoinRpcUrl,
  bitcoinTreasuryAddress,
} from './settings-bitcoin.ts';

/** Reads the URL of the node, once for as long as the function lives. It holds a password. */
const rpcUrl = once(async (_: null) => {
  const url = read(bitcoinRpcUrl, (await bootSecret(bitcoinRpcUrl.name)).trim());
  learnUrl(url);
  return url;
});

/** A node whose URL cannot be read holds up no other: the probe reads it when it is made. */
export const probeBitcoin = () => async (): Promise<boolean> =>
  probeOf({ network: 'bitcoin', rpcUrl: await rpcUrl(null) })();

/** On a chain of one's own the blocks are a second apart. */
const ownBlockMs = 1_000;

/** How deep a payment must be buried to be final, and how long that usually takes. */
export function bitcoinFinality(): { finalityBlocks: number; finalityMs: number } {
  const finalityBlocks = told(bitcoinFinalityBlocks);
  const apartMs = told(bitcoinNetwork) === 'regtest' ? ownBlockMs : blockMs;
  return { finalityBlocks, finalityMs: finalityBlocks * apartMs };
}

export async function bitcoinConfig({ pass }: Pick<Gates, 'pass'>): Promise<BitcoinPayoutConfig> {
  const net = told(bitcoinNetwork);
  return {
    ...{ network: 'bitcoin', net, pass, ...bitcoinFinality() },
    rpcUrl: await rpcUrl(null),
    treasury: needed(bitcoinTreasuryAddress),
    feeCap: told(bitcoinMaxFee),
  };
}
