/**
 * What nodes say when they do not take bytes, and what it means to us; the first match wins. "Already known" and "nonce too
 * low" are opposite facts: the first says that the bytes are in the pool, the second that the nonce is spent. What stands in
 * no line is `unknown`: the bytes may have been taken.
 *
 * The words are those of core/txpool/errors.go and core/error.go (geth, bor, op-geth, nitro), txpoolcfg.go (erigon),
 * AcceptTxResult.cs (nethermind), TransactionInvalidReason and RpcErrorType.java (besu), rpc-eth-types (reth),
 * crates/anvil/src/eth/error.rs (anvil) and crates/rpc/src/v1/helpers/errors.rs (OpenEthereum). test/support/node-words.ts
 * has them line by line.
 */
import type { NodeReply } from '../../core/rails/evm/chain.ts';

const replies: readonly [RegExp, NodeReply][] = [
  [
    /already ?known|already ?imported|already exists|already in (the )?(mem)?pool|existing txn? with same hash|duplicate transaction|(?<!un)known transaction|same hash was already/i,
    'already-known',
  ],
  [
    /(?<!authority )nonce (is )?too low|nonce has already been used|old ?nonce|lower than the current nonce|already mined/i,
    'nonce-used',
  ],
  [
    /nonce (is )?too high|nonce ?gap|nonce ?too ?far|nonce (is )?too distant|gapped[- ]nonce|lower nonce|future transaction tries to replace/i,
    'nonce-gap',
  ],
  // Before "too low": a fee that a node thinks too high is never raised.
  [
    /exceeds the configured cap|fee ?cap exceeded|fee too high|exceeds (the )?max(imum)? fee/i,
    'too-dear',
  ],
  [
    /intrinsic ?gas|gas (limit )?is too low|not enough gas|out of gas|gas required exceeds|gas (cost|floor) \(\d+\) exceeds|gas limit (is )?too low|insufficient gas(?! ?price)/i,
    'gas-too-low',
  ],
  [
    /insufficient ?(funds|balance|eth\b)|upfront cost exceeds|not enough (funds|balance)|overdraft|doesn't have enough funds/i,
    'unfunded',
  ],
  [
    /underpriced|could not replace|replacement.*(too low|not allowed)|replacement ?not ?allowed|insufficient gas ?price|to replace existing|fee[ _]?too[ _]?low|fees? (per gas )?too low|gas ?price.{0,80}(too low|below|lower)|(max fee per gas|fee cap|maxFeePerGas|max gas price).{0,40}(less than|below|lower|too low)|gas tip cap \d+, minimum needed|sub-pool is full|txpool is full|dropped due to limit|pool is full/i,
    'underpriced',
  ],
];

/** What a node's words mean that it says when bytes are offered. */
export const replyFor = (message: string): NodeReply =>
  replies.find(([pattern]) => pattern.test(message))?.[1] ?? 'unknown';
