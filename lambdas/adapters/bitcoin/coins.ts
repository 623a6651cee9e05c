/**
 * Which outputs the treasury has. A watch-only wallet of the node knows at once (docs/runbook.md says how it is made); a node without
 * one is asked to scan all unspent outputs, which takes a minute and more on the main network and is meant for smaller ones.
 */
import * as z from 'zod';
import { UnavailableError } from '../../core/kernel/errors.ts';
import type { Coin } from '../../core/rails/bitcoin/chain.ts';
import { coinbaseMaturity } from '../../core/rails/bitcoin/limits.ts';
import { outpointOf } from '../../core/rails/bitcoin/wire.ts';
import { type Ask, RefusedCallError } from './ask.ts';
import { btc, hash, hex, integer } from './json.ts';

const listed = z.array(
  z.object({
    txid: hash,
    vout: integer,
    scriptPubKey: hex,
    amount: btc,
    confirmations: integer,
  }),
);
const addressInfo = z.object({
  ismine: z.boolean().default(false),
  iswatchonly: z.boolean().default(false),
});
const scanned = z.object({
  success: z.literal(true),
  height: integer,
  unspents: z.array(
    z.object({
      txid: hash,
      vout: integer,
      scriptPubKey: hex,
      amount: btc,
      height: integer,
      coinbase: z.boolean().default(false),
    }),
  ),
});

const confirmationsMax = 9_999_999;

/** The treasury's outputs that are buried at least so deep. */
export async function readCoins(
  ask: Ask,
  address: string,
  script: string,
  least: number,
  head: number,
): Promise<Coin[]> {
  if (await isWatched(ask, address)) {
    const found = await ask.one(listed, 'listunspent', least, confirmationsMax, [address]);
    return found
      .filter(
        ({ scriptPubKey, confirmations }) => scriptPubKey === script && confirmations >= least,
      )
      .map(({ txid, vout, amount }) => ({ outpoint: outpointOf(txid, vout), amount }));
  }
  const { height, unspents } = await ask.one(scanned, 'scantxoutset', 'start', [
    { desc: `addr(${address})` },
  ]);
  if (height < head) throw new UnavailableError(`bitcoin: a scan ended at block ${height}`);
  return unspents
    .filter((one) => one.scriptPubKey === script)
    .filter((one) => height - one.height + 1 >= (one.coinbase ? coinbaseMaturity : least))
    .map(({ txid, vout, amount }) => ({ outpoint: outpointOf(txid, vout), amount }));
}

/**
 * A wallet that does not watch the treasury answers that there is nothing, so it is asked first whether it does. Without a wallet the
 * node says so (src/rpc/protocol.h: RPC_WALLET_NOT_FOUND, RPC_WALLET_NOT_SPECIFIED, RPC_METHOD_NOT_FOUND).
 */
async function isWatched(ask: Ask, address: string): Promise<boolean> {
  try {
    const { ismine, iswatchonly } = await ask.one(addressInfo, 'getaddressinfo', address);
    return ismine || iswatchonly;
  } catch (error) {
    const noWallet: readonly number[] = [-18, -19, -32601];
    if (error instanceof RefusedCallError && noWallet.includes(error.said.code)) return false;
    throw error;
  }
}
