/** Whether a nonce was used up or cancelled by a block that is final, whatever of the past a node still knows. */
import type { Client, Hex } from 'viem';
import { getBlockNumber } from 'viem/actions';
import type { Address } from '../../core/rails/evm/hex.ts';
import { logsForgetMs } from '../../core/rails/evm/limits.ts';
import { systemClock } from '../net/clock.ts';
import { isShut } from './ranges.ts';

/** Which of the nonces are used up or cancelled at this height. Where the node does not say, there is no entry. */
export type SpentAt = (
  payer: Address,
  nonces: readonly Hex[],
  height: number | 'latest',
) => Promise<ReadonlyMap<Hex, boolean>>;

/** Answers those of the nonces that were surely used up at this height. */
export type UsedBy = (payer: Address, nonces: readonly Hex[], height: number) => Promise<Hex[]>;

/**
 * A node may have forgotten what was at the final block: a full one keeps 128 states (geth, core.TriesInMemory), and Base's final
 * block lies further back. Then the head is asked, and what is used up there is so at every final block from that height on.
 */
export function usedBy(client: Client, spentAt: SpentAt): UsedBy {
  const seen = new Map<string, { head: number; since: number }>();
  const atHead = async (payer: Address, nonces: readonly Hex[], height: number): Promise<Hex[]> => {
    const now = systemClock.now();
    for (const [key, { since }] of seen) if (now - since > seenForMs) seen.delete(key);
    const spent = await spentAt(payer, nonces, 'latest');
    const head = Number(await getBlockNumber(client));
    return nonces.filter((nonce) => {
      if (spent.get(nonce) !== true) return false;
      const key = `${payer} ${nonce}`;
      const first = seen.get(key) ?? { head, since: now };
      seen.set(key, first);
      return first.head <= height;
    });
  };
  return async (payer, nonces, height) => {
    if (nonces.length === 0) return [];
    const said = await orNothing(() => spentAt(payer, nonces, height));
    const unsaid = nonces.filter((nonce) => !said.has(nonce));
    return [
      ...nonces.filter((nonce) => said.get(nonce) === true),
      ...(unsaid.length > 0 ? await atHead(payer, unsaid, height) : []),
    ];
  };
}

/** Every chain is final within an hour or two; what was seen for longer is seen anew. */
const seenForMs = 24 * logsForgetMs;

async function orNothing(
  ask: () => Promise<ReadonlyMap<Hex, boolean>>,
): Promise<ReadonlyMap<Hex, boolean>> {
  try {
    return await ask();
  } catch (error) {
    if (isShut(error)) throw error;
    return new Map();
  }
}
