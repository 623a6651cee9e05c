/** The ChainView port on the JSON-RPC of Bitcoin Core: what the chain says became of the treasury's outputs. */
import * as z from 'zod';
import { UnavailableError } from '../../core/kernel/errors.ts';
import { fromHex } from '../../core/rails/bitcoin/address.ts';
import type { ChainView, Mined, Unspent } from '../../core/rails/bitcoin/chain.ts';
import { finalityBlocks } from '../../core/rails/bitcoin/limits.ts';
import { type Net, nets } from '../../core/rails/bitcoin/nets.ts';
import { type Outpoint, partsOf } from '../../core/rails/bitcoin/wire.ts';
import { type Ask, askOf, chainInfo } from './ask.ts';
import { type BitcoinNode, wordsOf } from './exchange.ts';
import { btc, hash, hex, integer } from './json.ts';
import { spendSearch } from './search.ts';

export type BitcoinConfig = BitcoinNode & {
  net: Net;
  /** The address that pays: P2WPKH. */
  treasury: string;
  finalityBlocks?: number;
};

/** Another chain answers than the one that is set. Nothing that it says is believed, and nothing is sent. */
export class WrongChainError extends Error {
  override readonly name = 'WrongChainError';
  constructor(found: string, net: Net) {
    super(
      `bitcoin: the node is of "${found}", and payouts are made on "${nets[net].chain}" (BITCOIN_NETWORK)`,
    );
  }
}

/**
 * A node as it is asked. It needs neither a wallet nor an index of all transactions, and it may be pruned as long as it keeps the blocks
 * since the oldest payout that is not final.
 */
export function viewBitcoin(config: BitcoinConfig, ask: Ask = askOf(config)): ChainView {
  const { network, net, treasury } = config;
  return {
    ...{ network, net, treasury },
    finalityBlocks: config.finalityBlocks ?? finalityBlocks,
    head: () => headOf(ask, net),
    unspent: async (outpoints, pool) => {
      // Before anything is believed of a chain, it must be the right one. Nodes may change between two calls.
      await headOf(ask, net);
      const found = await ask.many(
        txOut,
        outpoints.map((outpoint) => {
          const { txId, index } = partsOf(outpoint);
          return ['gettxout', txId, index, pool === 'with-pool'] as const;
        }),
      );
      return new Map<Outpoint, Unspent>(
        found.flatMap((one, index) => {
          const outpoint = outpoints[index];
          return one === null || outpoint === undefined ? [] : [[outpoint, one] as const];
        }),
      );
    },
    minedAt: (txId, height) => minedAt(ask, txId, height),
    spenderOf: spendSearch(ask, () => headOf(ask, net)),
  };
}

export async function headOf(ask: Ask, net: Net): Promise<{ height: number; block: string }> {
  const { chain, blocks, bestblockhash, initialblockdownload } = await ask.one(
    chainInfo,
    'getblockchaininfo',
  );
  if (chain !== nets[net].chain) throw new WrongChainError(chain, net);
  // On regtest a node is in this state until somebody mines (src/validation.cpp, IsInitialBlockDownload).
  if (initialblockdownload && net !== 'regtest')
    throw new UnavailableError(`bitcoin: the node is still at block ${blocks} of the past`);
  return { height: blocks, block: bestblockhash };
}

/** `gettxout`: `null` for what is spent, and for what never was. */
const txOut = z
  .object({
    confirmations: integer,
    value: btc,
    scriptPubKey: z.object({ hex }),
    coinbase: z.boolean().default(false),
  })
  .nullable()
  .transform(
    (read): Unspent | null =>
      read && {
        amount: read.value,
        script: fromHex(read.scriptPubKey.hex),
        confirmations: read.confirmations,
        isMined: read.coinbase,
      },
  );

/** `getblock` with verbosity 1. `confirmations` is -1 for a block that a reorganisation has undone. */
const block = z.object({ hash, confirmations: integer, height: integer, tx: z.array(hash) });

async function minedAt(ask: Ask, txId: string, height: number): Promise<Mined | null> {
  const at = await ask.raw('getblockhash', height);
  if ('lost' in at) throw at.lost;
  if ('error' in at) {
    // "Block height out of range" (src/rpc/protocol.h, RPC_INVALID_PARAMETER): the chain is not so high.
    if (at.error.code === -8) return null;
    throw new UnavailableError(`bitcoin: getblockhash: ${wordsOf(at.error)}`);
  }
  const read = await ask.one(block, 'getblock', hash.parse(at.result), 1);
  const index = read.tx.indexOf(txId);
  if (index === -1 || read.confirmations < 1) return null;
  return { txId, height, block: read.hash, index, confirmations: read.confirmations };
}
