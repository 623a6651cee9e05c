/**
 * What nodes say when they do not take bytes, and what it means to us. Before a node passes a transaction on, it carries it out for
 * itself ("preflight"); code -32002 says that this failed, and that the node has not passed it on. Every other code is `unknown`:
 * the bytes may have been taken.
 *
 * The errors are those of the crate solana-transaction-error (anza-xyz/solana-sdk, transaction-error/src/lib.rs), which Agave names in
 * `data.err` and says in words in `message` (rpc/src/rpc.rs, `send_transaction`); the codes are those of
 * rpc-client-api/src/custom_error.rs. test/support/solana-words.ts has them line by line.
 */

import type { NodeReply } from '../../core/rails/solana/chain.ts';
import type { RpcError } from '../net/json-rpc.ts';

const preflightFailed = -32_002;

const replies: readonly [RegExp, NodeReply][] = [
  [/AlreadyProcessed|already been processed/i, 'already-known'],
  // Of a transaction on a nonce this says that the account has another value, here and now.
  [/BlockhashNotFound|Blockhash not found/i, 'nonce-used'],
  [
    /\bAccountNotFound|InsufficientFundsForFee|InvalidAccountForFee|no record of a prior credit|Insufficient funds for fee|may not be used to pay transaction fees/i,
    'unfunded',
  ],
  [
    /InstructionError|InsufficientFundsForRent|Error processing Instruction|insufficient funds for rent/i,
    'would-fail',
  ],
];

export function replyFor({ code, message, data }: RpcError): NodeReply {
  if (code !== preflightFailed) return 'unknown';
  const err = typeof data === 'object' && data !== null && 'err' in data ? data.err : undefined;
  const named = err === undefined || err === null ? message : JSON.stringify(err);
  return replies.find(([pattern]) => pattern.test(named))?.[1] ?? 'unknown';
}
