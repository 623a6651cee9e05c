/** The networks that can be paid on, what is fixed about each of them, and what can be paid there. */
import type { Asset } from './money.ts';

export const evmNetworks = ['ethereum', 'base', 'polygon', 'arbitrum'] as const;
export type EvmNetwork = (typeof evmNetworks)[number];
export const networks = [...evmNetworks, 'solana', 'bitcoin'] as const;
export type Network = (typeof networks)[number];
export const isNetwork = (text: string): text is Network =>
  networks.some((network) => network === text);
export const isEvmNetwork = (network: Network): network is EvmNetwork =>
  evmNetworks.some((one) => one === network);

/** An asset on a network: each of them has a rail of its own (core/payout/rail.ts). */
export type Route = { network: Network; asset: Asset };
export const routeKey = ({ network, asset }: Route): string => `${network}:${asset}`;

/**
 * An address in the one form in which its network's rail keeps it (EVM: with its EIP-55 checksum, or in small letters where a
 * comment says so). Outside of the rails nobody knows more of it than that two addresses are equal or not.
 */
export type Address = string;

/**
 * An address, or the id of a transaction, to be compared with another: hexadecimal digits are the same in either case (EIP-55
 * makes a checksum of it), those of other alphabets are not.
 */
export const comparable = (text: string): string =>
  text.startsWith('0x') ? text.toLowerCase() : text;

/** What all networks have. */
type Common = {
  /** The assets that can be paid here, if they are configured. */
  assets: readonly Asset[];
  /** The page of a public block explorer, to which a transaction's id is added. */
  explorer: string;
  /** How long a payout usually takes to be final: 5-confirm looks for the first time after it. */
  finalityMs: number;
};

export type EvmSettings = Common & {
  kind: 'evm';
  /** Circle's own USDC on the main network (https://developers.circle.com/stablecoins/usdc-contract-addresses). */
  usdc: `0x${string}`;
  /** The block tag that counts as final (https://docs.chain.link/ccip/concepts/execution-latency/finality-by-chain). */
  finality: 'finalized';
  /** In wei: a price of gas up to this is never too dear, even when recent blocks were empty and paid nothing. */
  gasPriceUsual: bigint;
  /** In wei: more is offered by setting only (`EVM_MAX_FEE_GWEI_<NETWORK>`), whatever a node says that blocks have paid. */
  gasPriceMax: bigint;
};
export type SolanaSettings = Common & {
  kind: 'solana';
  /** The mint of Circle's own USDC on mainnet-beta. */
  usdc: string;
  /** The commitment that counts as final (https://solana.com/docs/rpc#configuring-state-commitment). */
  finality: 'finalized';
};
export type BitcoinSettings = Common & {
  kind: 'bitcoin';
  /** So many blocks, with the one that it is in, make a transaction final. */
  finalityBlocks: number;
};
export type NetworkSettings = EvmSettings | SolanaSettings | BitcoinSettings;
export type ChainKind = NetworkSettings['kind'];

const minutes = 60_000;
const gwei = 10n ** 9n;

export const networkSettings: Record<EvmNetwork, EvmSettings> & {
  solana: SolanaSettings;
  bitcoin: BitcoinSettings;
} = {
  ethereum: {
    kind: 'evm',
    assets: ['USDC', 'ETH'],
    usdc: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
    explorer: 'https://etherscan.io/tx/',
    finality: 'finalized',
    finalityMs: 13 * minutes,
    gasPriceUsual: 10n * gwei,
    gasPriceMax: 500n * gwei,
  },
  base: {
    kind: 'evm',
    assets: ['USDC', 'ETH'],
    usdc: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
    explorer: 'https://basescan.org/tx/',
    finality: 'finalized',
    finalityMs: 15 * minutes,
    gasPriceUsual: 5n * gwei,
    gasPriceMax: 50n * gwei,
  },
  polygon: {
    kind: 'evm',
    // Its coin is POL.
    assets: ['USDC'],
    usdc: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
    explorer: 'https://polygonscan.com/tx/',
    finality: 'finalized',
    finalityMs: 10_000,
    gasPriceUsual: 500n * gwei,
    gasPriceMax: 10_000n * gwei,
  },
  arbitrum: {
    kind: 'evm',
    assets: ['USDC', 'ETH'],
    usdc: '0xaf88d065e77c8cC2239327C5EDb3A432268e5831',
    explorer: 'https://arbiscan.io/tx/',
    finality: 'finalized',
    finalityMs: 15 * minutes,
    gasPriceUsual: 5n * gwei,
    gasPriceMax: 50n * gwei,
  },
  solana: {
    kind: 'solana',
    assets: ['USDC', 'SOL'],
    usdc: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
    explorer: 'https://explorer.solana.com/tx/',
    finality: 'finalized',
    finalityMs: 13_000,
  },
  bitcoin: {
    kind: 'bitcoin',
    assets: ['BTC'],
    explorer: 'https://mempool.space/tx/',
    finalityBlocks: 6,
    finalityMs: 60 * minutes,
  },
};

export const kindOf = (network: Network): ChainKind => networkSettings[network].kind;

/** USDC has 6 decimals on each of these networks: a token with others is refused at the start. */
export const usdcDecimals = 6;

/** An address in the form in which it is kept, or why nothing can be paid to it. */
export type CheckedAddress = { address: Address } | { wrong: string };

/** What can be paid now: the networks that are configured, each with its assets, and our own addresses, which are no destinations. */
export type PayableNetworks = ReadonlyMap<Network, Payable>;

export type Payable = {
  assets: readonly Asset[];
  ours: readonly Address[];
  /** Its settings are wrong: nothing is accepted there until somebody has mended them, for our addresses may be other ones. */
  outOfService?: boolean;
};

/** The block explorer of each network that has one; a private chain has none. */
export type Explorers = ReadonlyMap<Network, string>;

/** Where something stands in a chain: its block, by height and hash, and its index in that block. */
export type Place = { height: number; block: string; index: number };
