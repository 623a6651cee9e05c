/** What nodes are like, and what may happen to a chain: all is calm unless it is said otherwise. */

/**
 * Probabilities are of one request, one transaction or one block; all are 0 unless they are given. They end when a world is
 * healed (`troubles`).
 */
export type EvmTroubles = {
  /** A transaction is taken by its node, goes no further, and is forgotten after up to `forgetMsMax`. */
  dropped: number;
  forgetMsMax: number;
  /** A transaction is in no block before up to `slowMsMax` have passed. */
  slow: number;
  slowMsMax: number;
  /** A request is answered as things stood up to `behindBlocksMax` blocks ago, never before the final block. */
  behind: number;
  behindBlocksMax: number;
  /** At a block: up to `reorgDepthMax` blocks that are not final are made anew. */
  reorg: number;
  reorgDepthMax: number;
  /** A transaction of a block that was taken back is forgotten by all. */
  reorgDrops: number;
  /** At a block: full blocks for the next `congestedBlocks`, each 12.5 % dearer. */
  congested: number;
  congestedBlocks: number;
  /** At a block: the next `spikeBlocks` ask `spikeTimes` as much, and then it is over. */
  spikes: number;
  spikeBlocks: number;
  spikeTimes: number;
  /** A suggestion of a tip is `absurdTip`. */
  absurdTips: number;
  /** An estimate of gas that forgets `extraGas`. */
  shortEstimates: number;
  /** A request is refused with -32005, or with HTTP 429. */
  limited: number;
  tooMany: number;
  /** A lying node: one of the logs that were asked for is left out. */
  lies: number;
};

/** What the nodes of a world are like for good: it is no fault of theirs, and nothing heals it. */
export type EvmNature = {
  /** Whose words refusals of bytes come in (evm-words.ts). */
  words: Client;
  /** `false`: only the next nonce of an account is taken, as by Arbitrum's sequencer. */
  mempool: boolean;
  /** What is said of the count of pending transactions: that of the node's pool, of the newest block, or nothing. */
  pending: 'pool' | 'latest' | 'refused';
  /** The most blocks and the most logs of one `eth_getLogs`. Logs of one block are given however many they are. */
  logBlocks: number;
  logResults: number;
  /** The most calls of one request. */
  batchMax: number;
  /** What each transaction needs beside what geth counts, such as the gas for its data on Ethereum. */
  extraGas: bigint;
  /** Whether gas is estimated, and what was paid for it is told. */
  estimates: boolean;
  feeHistory: boolean;
  /** Other code stands where the contract that carries payouts together should. */
  otherCode: boolean;
  /** Whoever is sent ether is a contract that takes none. */
  refusesEther: boolean;
  /** And what it does when it is sent some costs so much gas. */
  receiverGas: bigint;
};
export type EvmOptions = EvmTroubles & EvmNature;

export const clients = [
  'geth',
  'erigon',
  'nethermind',
  'besu',
  'anvil',
  'openethereum',
  /** Any of them, and each time another: a provider with many nodes. */
  'all',
  /** Words that stand in no client and mean nothing to anybody. */
  'nobody',
] as const;
export type Client = (typeof clients)[number];

export const noTroubles: EvmTroubles = {
  ...{ dropped: 0, forgetMsMax: 600_000, slow: 0, slowMsMax: 120_000 },
  ...{ behind: 0, behindBlocksMax: 3, reorg: 0, reorgDepthMax: 3, reorgDrops: 0 },
  ...{ congested: 0, congestedBlocks: 20, spikes: 0, spikeBlocks: 5, spikeTimes: 50 },
  ...{ absurdTips: 0, shortEstimates: 0, limited: 0, tooMany: 0, lies: 0 },
};
const unlimited = Number.POSITIVE_INFINITY;
const asGeth: EvmNature = {
  ...{ words: 'geth', mempool: true, pending: 'pool', extraGas: 0n },
  ...{ logBlocks: unlimited, logResults: unlimited, batchMax: unlimited },
  ...{ estimates: true, feeHistory: true, otherCode: false, refusesEther: false, receiverGas: 0n },
};
export const calm: EvmOptions = { ...noTroubles, ...asGeth };

/** 100,000 gwei. */
export const absurdTip = 100_000n * 10n ** 9n;
