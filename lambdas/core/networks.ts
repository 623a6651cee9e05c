/** What is fixed about each network. The contract and the chain's own answers are checked against it at start. */
import type { Network } from './withdrawal.ts';

export type NetworkSettings = {
  /** Which block counts as final. For all four it is the node's `finalized` tag (providers.md §5.3, reliability.md §4.9). */
  finality: 'finalized';
  /** How long a payout usually takes to be final: when 5-confirm is first asked. */
  finalityMs: number;
};

const minutes = 60_000;

export const networkSettings: Record<Network, NetworkSettings> = {
  ethereum: { finality: 'finalized', finalityMs: 13 * minutes },
  base: { finality: 'finalized', finalityMs: 15 * minutes },
  polygon: { finality: 'finalized', finalityMs: 10_000 },
  arbitrum: { finality: 'finalized', finalityMs: 15 * minutes },
};

/** Decimals of USDC on every EVM network here (providers.md §5.1). A token with others is not USDC. */
export const usdcDecimals = 6;
