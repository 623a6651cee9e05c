/** What one node holds of transactions that are in no block: nonces, gaps, replacement. */
import { intrinsicGas, type Transaction } from './evm-transactions.ts';

export type Flavour = 'geth' | 'anvil';
export type PoolError = { code: number; message: string };
/** `state` is the sender's account as the node sees it; `baseFee` the next block's. */
export type SenderState = { nonce: number; wei: bigint };
export type Entry = {
  transaction: Transaction;
  /** No block earlier than this takes it. Virtual ms. */
  notBefore: number;
  /** Earlier comes first among equal fees. */
  order: number;
};

export type Mempool = {
  /** null: taken. */
  offer(entry: Entry, state: SenderState, baseFee: bigint): PoolError | null;
  knows(transaction: Transaction): boolean;
  /** The sender's nonces from `nonce` on that are held without a gap: the first that is free. */
  nextNonce(from: string, nonce: number): number;
  senders(): Iterable<string>;
  entry(from: string, nonce: number): Entry | undefined;
  /** Takes out what is below the sender's nonce. */
  prune(from: string, nonce: number): void;
  forget(transaction: Transaction): void;
  clear(): void;
};

export type PoolRules = {
  flavour: Flavour;
  chainId: number;
  blockGasLimit: bigint;
  /** Whether only the next nonce is taken, at the price of now, and nothing replaces what was taken. */
  isStrict(): boolean;
  /** What a transaction needs beside its intrinsic gas. */
  extraGas(): bigint;
};

/** geth's rule for both fees (core/txpool/legacypool, `PriceBump`). */
const priceBumpPercent = 10n;

export function mempool(rules: PoolRules): Mempool {
  const held = new Map<string, Map<number, Entry>>();
  const at = (from: string, nonce: number): Entry | undefined => held.get(from)?.get(nonce);
  const knows = ({ from, nonce, hash }: Transaction): boolean =>
    at(from, nonce)?.transaction.hash === hash;
  const costs = (from: string): bigint =>
    [...(held.get(from)?.values() ?? [])].reduce((sum, one) => sum + costOf(one.transaction), 0n);
  const nextNonce = (from: string, nonce: number): number => {
    let next = nonce;
    while (at(from, next) !== undefined) next += 1;
    return next;
  };
  const drop = (from: string, nonce: number): void => {
    const slots = held.get(from);
    slots?.delete(nonce);
    if (slots?.size === 0) held.delete(from);
  };
  return {
    knows,
    offer: (entry, state, baseFee) => {
      const { transaction } = entry;
      const { from, nonce } = transaction;
      const known = knows(transaction);
      const old = at(from, nonce)?.transaction;
      const others = costs(from) - (old === undefined ? 0n : costOf(old));
      const error =
        rules.flavour === 'geth'
          ? gethSays(rules, transaction, state, known, others)
          : anvilSays(rules, transaction, state, known, baseFee);
      if (error !== null) return error;
      const strict = rules.isStrict()
        ? strictSays(entry, nextNonce(from, state.nonce), baseFee)
        : null;
      if (strict !== null) return refusal(rules.flavour, strict);
      if (old !== undefined && !replaces(rules.flavour, transaction, old))
        return refusal(rules.flavour, 'replacement transaction underpriced');
      const slots = held.get(from) ?? new Map<number, Entry>();
      held.set(from, slots.set(nonce, entry));
      return null;
    },
    nextNonce,
    senders: () => held.keys(),
    entry: at,
    prune: (from, nonce) => {
      for (const one of [...(held.get(from)?.keys() ?? [])]) if (one < nonce) drop(from, one);
    },
    forget: (transaction) => {
      if (knows(transaction)) drop(transaction.from, transaction.nonce);
    },
    clear: () => held.clear(),
  };
}

export const costOf = ({ gas, maxFeePerGas, value }: Transaction): bigint =>
  gas * maxFeePerGas + value;

const refusal = (flavour: Flavour, message: string): PoolError => ({
  code: flavour === 'geth' ? -32_000 : -32_003,
  message,
});

/**
 * Arbitrum's sequencer has no pool: what it takes is done, so there is no second for a nonce, and none after a gap (OffchainLabs/nitro
 * execution/gethexec/sequencer.go, with the words of geth's core/error.go).
 */
function strictSays({ transaction }: Entry, next: number, baseFee: bigint): string | null {
  const { from, nonce, maxFeePerGas } = transaction;
  const words = `address ${from}, tx: ${nonce} state: ${next}`;
  if (nonce < next) return `nonce too low: ${words}`;
  if (nonce > next) return `nonce too high: ${words}`;
  return maxFeePerGas < baseFee
    ? `max fee per gas less than block base fee: address ${from}, maxFeePerGas: ${maxFeePerGas}, baseFee: ${baseFee}`
    : null;
}

/** Anvil 1.7.1 asks for a higher maximum fee only (measured); geth for 10 % more of both. */
function replaces(flavour: Flavour, one: Transaction, old: Transaction): boolean {
  if (flavour === 'anvil') return one.maxFeePerGas > old.maxFeePerGas;
  const bumped = (fee: bigint): bigint => (fee * (100n + priceBumpPercent)) / 100n;
  return (
    one.maxFeePerGas > old.maxFeePerGas &&
    one.maxPriorityFeePerGas > old.maxPriorityFeePerGas &&
    one.maxFeePerGas >= bumped(old.maxFeePerGas) &&
    one.maxPriorityFeePerGas >= bumped(old.maxPriorityFeePerGas)
  );
}

/**
 * In geth's order and words (core/txpool/validation.go, errors.go; core/error.go): what is known comes first; a
 * maximum fee below the base fee is taken, and waits.
 */
function gethSays(
  { flavour, chainId, blockGasLimit, extraGas }: PoolRules,
  transaction: Transaction,
  state: SenderState,
  known: boolean,
  others: bigint,
): PoolError | null {
  const says = (message: string): PoolError => refusal(flavour, message);
  const { gas, maxFeePerGas, maxPriorityFeePerGas, nonce } = transaction;
  if (known) return says('already known');
  if (gas > blockGasLimit) return says('exceeds block gas limit');
  if (maxPriorityFeePerGas > maxFeePerGas)
    return says('max priority fee per gas higher than max fee per gas');
  if (transaction.chainId !== chainId)
    return says(
      `invalid sender: invalid chain id for signer: have ${transaction.chainId} want ${chainId}`,
    );
  const needed = intrinsicGas(transaction) + extraGas();
  if (gas < needed) return says(`intrinsic gas too low: gas ${gas}, minimum needed ${needed}`);
  if (maxPriorityFeePerGas < 1n)
    return says(
      `transaction gas price below minimum: gas tip cap ${maxPriorityFeePerGas}, minimum needed 1`,
    );
  if (nonce < state.nonce)
    return says(`nonce too low: next nonce ${state.nonce}, tx nonce ${nonce}`);
  const cost = costOf(transaction);
  if (state.wei < cost + others)
    return says(
      `insufficient funds for gas * price + value: balance ${state.wei}, queued cost ${others}, tx cost ${cost}, overshot ${cost + others - state.wei}`,
    );
  return null;
}

/** In the order and words that Anvil 1.7.1 was measured to have. */
function anvilSays(
  { flavour, chainId, blockGasLimit }: PoolRules,
  transaction: Transaction,
  state: SenderState,
  known: boolean,
  baseFee: bigint,
): PoolError | null {
  const says = (message: string): PoolError => refusal(flavour, message);
  const { gas, maxFeePerGas, nonce } = transaction;
  if (transaction.chainId !== chainId) return says('invalid chain id for signer');
  if (nonce < state.nonce) return says('nonce too low');
  if (gas < 21_000n) return { code: -32_000, message: 'intrinsic gas too low' };
  if (gas > blockGasLimit)
    return {
      code: -32_000,
      message: 'intrinsic gas too high -- tx.gas_limit > env.block.gas_limit',
    };
  if (maxFeePerGas < baseFee) return says('max fee per gas less than block base fee');
  if (state.wei < costOf(transaction)) return says('Insufficient funds for gas * price + value');
  if (known) return says('transaction already imported');
  return null;
}
