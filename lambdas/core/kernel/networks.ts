/** What is fixed about each network. The contract and the chain's own answers are checked against it at start. */

export type NetworkSettings = {
  /** Circle's own USDC on the main network (https://developers.circle.com/stablecoins/usdc-contract-addresses, providers.md §5.1). */
  usdc: Address;
  /** Where the public looks a transaction of the main network up. */
  explorer: string;
  /** Which block counts as final. For all four it is the node's `finalized` tag (providers.md §5.3, reliability.md §4.9). */
  finality: 'finalized';
  /** How long a payout usually takes to be final: when 5-confirm is first asked. */
  finalityMs: number;
};

const minutes = 60_000;

export const networkSettings: Record<Network, NetworkSettings> = {
  ethereum: {
    usdc: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
    explorer: 'https://etherscan.io/tx/',
    finality: 'finalized',
    finalityMs: 13 * minutes,
  },
  base: {
    usdc: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
    explorer: 'https://basescan.org/tx/',
    finality: 'finalized',
    finalityMs: 15 * minutes,
  },
  polygon: {
    usdc: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
    explorer: 'https://polygonscan.com/tx/',
    finality: 'finalized',
    finalityMs: 10_000,
  },
  arbitrum: {
    usdc: '0xaf88d065e77c8cC2239327C5EDb3A432268e5831',
    explorer: 'https://arbiscan.io/tx/',
    finality: 'finalized',
    finalityMs: 15 * minutes,
  },
};

/** Decimals of USDC on every EVM network here (providers.md §5.1). A token with others is not USDC. */
export const usdcDecimals = 6;

/** The address as it is kept, or why it is none that can be paid to. */
export type CheckedAddress = { address: string } | { wrong: string };

/** Where the public looks transactions up, by network; a chain of one's own has no explorer. */
export type Explorers = ReadonlyMap<Network, string>;

export const networks = ['ethereum', 'base', 'polygon', 'arbitrum'] as const;
export type Network = (typeof networks)[number];
export const isNetwork = (text: string): text is Network =>
  networks.some((network) => network === text);

export type Hex = `0x${string}`;
/** Always written with its EIP-55 checksum. */
export type Address = Hex;

/** Where something stands in a chain: its block, by height and hash, and its index in that block. */
export type Place = { height: number; block: string; index: number };
