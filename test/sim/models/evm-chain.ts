/** The canonical chain: blocks, what their transactions did, and taking blocks back. */
import { createHash } from 'node:crypto';
import type { Address, Hex } from 'viem';
import { historyOf } from './evm-history.ts';
import { costOf, type Entry, type Mempool, type SenderState } from './evm-mempool.ts';
import { callPayouts } from './evm-payouts.ts';
import { lower } from './evm-recover.ts';
import type { Outcome, Token, TokenLog } from './evm-token.ts';
import { intrinsicGas, type Transaction } from './evm-transactions.ts';

export type Log = TokenLog & {
  blockNumber: number;
  blockHash: Hex;
  timestamp: number;
  txHash: Hex;
  txIndex: number;
  logIndex: number;
};
export type Receipt = {
  transaction: Transaction;
  ok: boolean;
  blockNumber: number;
  blockHash: Hex;
  txIndex: number;
  gasUsed: bigint;
  cumulativeGas: bigint;
  gasPrice: bigint;
  logs: Log[];
};
/** What somebody else does on chain; it needs no bytes here. */
export type Act = {
  transaction: Transaction;
  run(height: number, timestamp: bigint): Outcome;
  /** Ether that it brings to an account. */
  endow?: { to: string; wei: bigint };
};
export type Block = {
  number: number;
  hash: Hex;
  parentHash: Hex;
  /** Virtual ms. */
  at: number;
  /** Seconds. */
  timestamp: number;
  baseFee: bigint;
  gasUsed: bigint;
  /** The newest final block when this one was the head. */
  final: number;
  receipts: Receipt[];
  acts: readonly Act[];
};
export type Plan = {
  at: number;
  baseFee: bigint;
  final: number;
  acts: readonly Act[];
  actsFirst: boolean;
  /** Where the rest of the block is taken from; null: it has only the acts. */
  pool: Mempool | null;
};

export type Chain = {
  head(): Block;
  block(number: number): Block | undefined;
  seal(plan: Plan): Block;
  /** Takes back all blocks above `height`, and gives them. */
  rewind(height: number): Block[];
  account(address: string, height: number): SenderState;
  receipt(hash: string): Receipt | undefined;
  /** All transactions of the chain that were signed, in its order. */
  signed(): readonly Receipt[];
  /** Logs of the blocks from..to, in order. */
  logs(from: number, to: number): readonly Log[];
  call(transaction: Pick<Transaction, 'from' | 'to' | 'data' | 'value'>, height: number): Outcome;
};

const plain: Outcome = { ok: true, data: '0x', logs: [], gas: 0n, apply: () => {} };

export function chainOf(
  token: Token,
  tokenAddress: Address,
  chainId: number,
  startedAt: number,
  wei: ReadonlyMap<string, bigint>,
  baseFee: bigint,
  blockGasLimit: bigint,
  /** What each transaction needs beside its intrinsic gas. */
  extraGas: () => bigint = () => 0n,
  /** The contract that carries payouts together; null: there is none. */
  payouts: () => Address | null = () => null,
  /** Whether a destination takes no ether. */
  refusesEther: () => boolean = () => false,
  /** What a destination of ether does with it, in gas. */
  receiverGas: () => bigint = () => 0n,
): Chain {
  const nonces = historyOf(0);
  const balances = historyOf(0n);
  for (const [address, amount] of wei) balances.set(lower(address), 0, amount);
  const blocks: Block[] = [];
  const allLogs: Log[] = [];
  const receipts = new Map<string, Receipt>();
  const signed: Receipt[] = [];
  let forks = 0;

  const head = (): Block => {
    const last = blocks.at(-1);
    if (last === undefined) throw new Error('the chain has no block');
    return last;
  };
  const account = (address: string, height: number): SenderState => ({
    nonce: nonces.get(address, height),
    wei: balances.get(address, height),
  });
  const pay = (address: string, height: number, amount: bigint): void =>
    balances.set(address, height, balances.get(address, height) + amount);

  function emptyBlock({ at, baseFee, final, acts }: Plan): Block {
    const parent = blocks.at(-1);
    const number = blocks.length;
    const timestamp = Math.max(Math.floor(at / 1_000), parent?.timestamp ?? 0);
    const parentHash = parent?.hash ?? `0x${'0'.repeat(64)}`;
    // Any hash will do: of a day's blocks each is made, and Keccak in JavaScript takes ten times as long.
    const text = `${chainId} ${parentHash} ${number} ${timestamp} ${forks}`;
    const hash: Hex = `0x${createHash('sha256').update(text).digest('hex')}`;
    return {
      ...{ number, hash, parentHash, at, timestamp, baseFee, final, acts },
      ...{ gasUsed: 0n, receipts: [] },
    };
  }

  function record(block: Block, transaction: Transaction, outcome: Outcome, gasUsed: bigint): void {
    const { number: blockNumber, hash: blockHash, timestamp } = block;
    const txIndex = block.receipts.length;
    const before = block.receipts.reduce((sum, { logs }) => sum + logs.length, 0);
    const logs = outcome.ok
      ? outcome.logs.map(
          (log, index): Log => ({
            ...log,
            ...{ blockNumber, blockHash, timestamp, txIndex },
            txHash: transaction.hash,
            logIndex: before + index,
          }),
        )
      : [];
    block.gasUsed += gasUsed;
    const gasPrice = block.baseFee + tipOf(transaction, block.baseFee);
    const receipt: Receipt = {
      ...{ transaction, ok: outcome.ok, blockNumber, blockHash, txIndex, gasUsed, gasPrice, logs },
      cumulativeGas: block.gasUsed,
    };
    block.receipts.push(receipt);
    receipts.set(transaction.hash, receipt);
    if (transaction.raw !== null) signed.push(receipt);
    allLogs.push(...logs);
  }

  function callOf(
    { from, to, data, value }: Pick<Transaction, 'from' | 'to' | 'data' | 'value'>,
    height: number,
    timestamp: number,
    gas: bigint,
  ): Outcome {
    const context = { from, height, timestamp: BigInt(timestamp) };
    const address = payouts();
    if (to === address) return callPayouts({ token, tokenAddress, address }, data, context, gas);
    // It gives no data back, as a contract without a function for it does.
    if (value > 0n && from !== to && refusesEther())
      return { ok: false, reason: null, data: '0x', gas: 100n };
    if (to !== tokenAddress)
      return value > 0n && from !== to ? { ...plain, gas: receiverGas() } : plain;
    return token.call(data, context);
  }

  function execute(block: Block, transaction: Transaction): void {
    const { number, timestamp, baseFee } = block;
    const { from, to, value, gas, nonce } = transaction;
    const needed = intrinsicGas(transaction) + extraGas();
    // What was too little when it came to its block runs out, and changes nothing.
    const isEnough = needed <= gas;
    const intrinsic = isEnough ? needed : gas;
    const payable = value === 0n || to !== tokenAddress;
    let outcome: Outcome = payable
      ? callOf(transaction, number, timestamp, gas - intrinsic)
      : { ok: false, reason: null, data: '0x', gas: 0n };
    let gasUsed = intrinsic + outcome.gas;
    if (gasUsed > gas) {
      outcome = { ok: false, reason: null, data: '0x', gas: gas - intrinsic };
      gasUsed = gas;
    }
    if (outcome.ok) {
      outcome.apply();
      pay(from, number, -value);
      pay(to, number, value);
    }
    pay(from, number, -gasUsed * (baseFee + tipOf(transaction, baseFee)));
    nonces.set(from, number, nonce + 1);
    record(block, transaction, outcome, gasUsed);
  }

  function act(block: Block, one: Act): void {
    const outcome = one.run(block.number, BigInt(block.timestamp));
    if (outcome.ok) outcome.apply();
    if (outcome.ok && one.endow !== undefined) pay(one.endow.to, block.number, one.endow.wei);
    record(block, one.transaction, outcome, intrinsicGas(one.transaction) + outcome.gas);
  }

  /** The dearest first, each sender's in the order of their nonces, as long as they fit. */
  function fill(block: Block, pool: Mempool): void {
    const senders = new Set(pool.senders());
    for (;;) {
      let best: Entry | undefined;
      for (const sender of senders) {
        const { nonce, wei } = account(sender, block.number);
        const entry = pool.entry(sender, nonce);
        if (entry === undefined || !fits(block, entry, wei)) senders.delete(sender);
        else if (best === undefined || isBefore(entry, best, block.baseFee)) best = entry;
      }
      if (best === undefined) return;
      execute(block, best.transaction);
    }
  }
  const fits = (block: Block, { transaction, notBefore }: Entry, wei: bigint): boolean =>
    notBefore <= block.at &&
    transaction.maxFeePerGas >= block.baseFee &&
    block.gasUsed + transaction.gas <= blockGasLimit &&
    costOf(transaction) <= wei;

  function seal(plan: Plan): Block {
    const block = emptyBlock(plan);
    blocks.push(block);
    if (plan.actsFirst) for (const one of plan.acts) act(block, one);
    if (plan.pool !== null) fill(block, plan.pool);
    if (!plan.actsFirst) for (const one of plan.acts) act(block, one);
    return block;
  }
  seal({ at: startedAt, baseFee, final: 0, acts: [], actsFirst: true, pool: null });

  return {
    head,
    block: (number) => blocks[number],
    seal,
    rewind: (height) => {
      forks += 1;
      const gone = blocks.splice(height + 1);
      for (const history of [nonces, balances, token]) history.rewind(height);
      while ((allLogs.at(-1)?.blockNumber ?? 0) > height) allLogs.pop();
      while ((signed.at(-1)?.blockNumber ?? 0) > height) signed.pop();
      for (const block of gone)
        for (const { transaction } of block.receipts) receipts.delete(transaction.hash);
      return gone;
    },
    account,
    receipt: (hash) => receipts.get(hash),
    signed: () => signed,
    logs: (from, to) => {
      const start = firstAt(allLogs, from);
      return allLogs.slice(start, firstAt(allLogs, to + 1));
    },
    call: (transaction, height) =>
      callOf(transaction, height, blocks[height]?.timestamp ?? head().timestamp, blockGasLimit),
  };
}

export const tipOf = (
  { maxFeePerGas, maxPriorityFeePerGas }: Transaction,
  baseFee: bigint,
): bigint => {
  const most = maxFeePerGas - baseFee;
  return most < maxPriorityFeePerGas ? most : maxPriorityFeePerGas;
};

function isBefore(one: Entry, other: Entry, baseFee: bigint): boolean {
  const [tip, otherTip] = [one, other].map(({ transaction }) => tipOf(transaction, baseFee));
  return tip === otherTip ? one.order < other.order : (tip ?? 0n) > (otherTip ?? 0n);
}

/** The index of the first log in a block not before `number`. */
function firstAt(logs: readonly Log[], number: number): number {
  let [low, high] = [0, logs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((logs[middle]?.blockNumber ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
