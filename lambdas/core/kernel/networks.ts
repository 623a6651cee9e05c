/** What is fixed about each network that can be paid on. */
export type NetworkSettings = {
  /** Circle's own USDC on the main network (https://developers.circle.com/stablecoins/usdc-contract-addresses). */
  usdc: Address;
  /** The page of a public block explorer, to which a transaction's hash is added. */
  explorer: string;
  /** The block tag that counts as final (https://docs.chain.link/ccip/concepts/execution-latency/finality-by-chain). */
  finality: 'finalized';
  /** How long a payout usually takes to be final: 5-confirm looks for the first time after it. */
  finalityMs: number;
  /** In wei: a price of gas up to this is never too dear, even when recent blocks were empty and paid nothing. */
  gasPriceUsual: bigint;
  /** In wei: more is offered by setting only (`EVM_MAX_FEE_GWEI_<NETWORK>`), whatever a node says that blocks have paid. */
  gasPriceMax: bigint;
};

const minutes = 60_000;
const gwei = 10n ** 9n;

export const networkSettings: Record<Network, NetworkSettings> = {
  ethereum: {
    usdc: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
    explorer: 'https://etherscan.io/tx/',
    finality: 'finalized',
    finalityMs: 13 * minutes,
    gasPriceUsual: 10n * gwei,
    gasPriceMax: 500n * gwei,
  },
  base: {
    usdc: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
    explorer: 'https://basescan.org/tx/',
    finality: 'finalized',
    finalityMs: 15 * minutes,
    gasPriceUsual: 5n * gwei,
    gasPriceMax: 50n * gwei,
  },
  polygon: {
    usdc: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
    explorer: 'https://polygonscan.com/tx/',
    finality: 'finalized',
    finalityMs: 10_000,
    gasPriceUsual: 500n * gwei,
    gasPriceMax: 10_000n * gwei,
  },
  arbitrum: {
    usdc: '0xaf88d065e77c8cC2239327C5EDb3A432268e5831',
    explorer: 'https://arbiscan.io/tx/',
    finality: 'finalized',
    finalityMs: 15 * minutes,
    gasPriceUsual: 5n * gwei,
    gasPriceMax: 50n * gwei,
  },
};

/** USDC has 6 decimals on each of these networks: a token with others is refused at the start. */
export const usdcDecimals = 6;

/** An address in the form in which it is kept, or why nothing can be paid to it. */
export type CheckedAddress = { address: string } | { wrong: string };

/** The block explorer of each network that has one; a private chain has none. */
export type Explorers = ReadonlyMap<Network, string>;

export const networks = ['ethereum', 'base', 'polygon', 'arbitrum'] as const;
export type Network = (typeof networks)[number];
export const isNetwork = (text: string): text is Network =>
  networks.some((network) => network === text);

export type Hex = `0x${string}`;
/** An EVM address with its EIP-55 checksum. */
export type Address = Hex;

/** Where something stands in a chain: its block, by height and hash, and its index in that block. */
export type Place = { height: number; block: string; index: number };
