/** Which chain a node is of, and whether that is the one on which our payouts are made. */
import type { EvmNetwork, Network } from '../../core/kernel/networks.ts';

export type Identity = {
  network: EvmNetwork;
  /** The only chain that may answer (`EVM_CHAIN_ID_<NETWORK>`). */
  chainId?: number;
  /** Says which chain was used here first, after the node has said which one it is of. Without it any chain may be the first. */
  pinned?: (found: number) => Promise<number>;
};

/** Another chain answers than the one on which our payouts are made. Nothing that it says is believed, and nothing is sent. */
export class WrongChainError extends Error {
  override readonly name = 'WrongChainError';
  constructor(network: Network, found: number, wanted: number) {
    const setting = `EVM_CHAIN_ID_${network.toUpperCase()}`;
    super(
      `${network}: the node is of chain ${found}, and payouts are made on ${wanted} (${setting})`,
    );
  }
}

/** Throws when the node is of another chain than was set, or than was used first. */
export async function checkChain(
  { network, chainId, pinned }: Identity,
  found: number,
): Promise<void> {
  const wanted = chainId ?? (await pinned?.(found)) ?? found;
  if (found !== wanted) throw new WrongChainError(network, found, wanted);
}
