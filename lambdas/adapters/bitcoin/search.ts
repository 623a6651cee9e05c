/**
 * Finds who has spent an output, in the blocks themselves: a node has no index of that. The newest blocks come first, for it has been
 * looked at before and was unspent then. What was searched is remembered by the block's hash, so a search goes on where it was.
 */
import * as z from 'zod';
import { UnavailableError } from '../../core/kernel/errors.ts';
import { fromHex } from '../../core/rails/bitcoin/address.ts';
import type { ChainView, Mined } from '../../core/rails/bitcoin/chain.ts';
import { searchedBlocksMax, spendSearchMs } from '../../core/rails/bitcoin/limits.ts';
import { type Outpoint, outpointBytes, readBlock } from '../../core/rails/bitcoin/wire.ts';
import { systemClock } from '../net/clock.ts';
import type { Ask } from './ask.ts';
import { hash, hex, integer } from './json.ts';

/** By block, the outputs that it does not spend. */
const searched = new Map<string, Set<Outpoint>>();

const header = z.object({
  confirmations: integer,
  height: integer,
  previousblockhash: hash.optional(),
});

export function spendSearch(
  ask: Ask,
  headOf: () => Promise<{ height: number; block: string }>,
): ChainView['spenderOf'] {
  return async (outpoints, down) => {
    const until = systemClock.now() + spendSearchMs;
    const head = await headOf();
    let block: string | undefined = head.block;
    for (let height = head.height; height >= down && block !== undefined; height -= 1) {
      const isKnown = outpoints.every((one) => searched.get(block as string)?.has(one) === true);
      const found = isKnown ? null : await spenderIn(ask, block, outpoints);
      if (found !== null) {
        const { confirmations } = await ask.one(header, 'getblockheader', block);
        // It was undone while it was read.
        if (confirmations < 1) return null;
        return { ...found, height, block, confirmations };
      }
      if (!isKnown) remember(block, outpoints);
      if (systemClock.now() > until)
        throw new UnavailableError(
          `bitcoin: who has spent a payout's inputs is looked for below block ${height}`,
        );
      block = (await ask.one(header, 'getblockheader', block)).previousblockhash;
    }
    return null;
  };
}

function remember(block: string, outpoints: readonly Outpoint[]): void {
  const known = searched.get(block) ?? new Set();
  for (const one of outpoints) known.add(one);
  searched.set(block, known);
  for (const oldest of searched.keys()) {
    if (searched.size <= searchedBlocksMax) break;
    searched.delete(oldest);
  }
}

/** The transaction of this block that spends one of them. Their bytes stand in it wherever they are spent, and hardly anywhere else. */
async function spenderIn(
  ask: Ask,
  block: string,
  outpoints: readonly Outpoint[],
): Promise<Pick<Mined, 'txId' | 'index'> | null> {
  const raw = await ask.one(hex, 'getblock', block, 0);
  if (!outpoints.some((one) => raw.includes(outpointBytes(one)))) return null;
  const wanted = new Set(outpoints);
  const transactions = readBlock(fromHex(raw));
  const index = transactions.findIndex(({ inputs }) =>
    inputs.some(({ outpoint }) => wanted.has(outpoint)),
  );
  const found = transactions[index];
  return found === undefined ? null : { txId: found.txId, index };
}
