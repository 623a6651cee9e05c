/**
 * What nodes say of a transaction that they do not take, and what we conclude: the code, the words, and `data.err` as Agave sends
 * them (rpc/src/rpc.rs, `send_transaction`; transaction-error/src/lib.rs in anza-xyz/solana-sdk; rpc-client-api/src/custom_error.rs),
 * and what proxies before them say, which leave `data` out.
 */
import type { NodeReply } from '../../lambdas/core/rails/solana/chain.ts';

const failed = 'Transaction simulation failed: ';

// biome-ignore format: a table
export const solanaWords: readonly [NodeReply, number, string, unknown?][] = [
  ['already-known', -32_002, `${failed}This transaction has already been processed`, { err: 'AlreadyProcessed', logs: [] }],
  ['already-known', -32_002, `${failed}This transaction has already been processed`],
  ['nonce-used',    -32_002, `${failed}Blockhash not found`, { err: 'BlockhashNotFound', logs: [] }],
  ['nonce-used',    -32_002, `${failed}Blockhash not found`],
  ['unfunded',      -32_002, `${failed}Attempt to debit an account but found no record of a prior credit.`, { err: 'AccountNotFound' }],
  ['unfunded',      -32_002, `${failed}Attempt to debit an account but found no record of a prior credit.`],
  ['unfunded',      -32_002, `${failed}Insufficient funds for fee`, { err: 'InsufficientFundsForFee' }],
  ['unfunded',      -32_002, `${failed}This account may not be used to pay transaction fees`, { err: 'InvalidAccountForFee' }],
  ['would-fail',    -32_002, `${failed}Error processing Instruction 4: custom program error: 0x1`, { err: { InstructionError: [4, { Custom: 1 }] } }],
  ['would-fail',    -32_002, `${failed}Error processing Instruction 4: custom program error: 0x11`],
  ['would-fail',    -32_002, `${failed}Transaction results in an account (1) with insufficient funds for rent`, { err: { InsufficientFundsForRent: { account_index: 1 } } }],
  ['would-fail',    -32_002, `${failed}Transaction results in an account (1) with insufficient funds for rent`],
  ['unknown',       -32_002, `${failed}Account in use`, { err: 'AccountInUse' }],
  ['unknown',       -32_003, 'Transaction signature verification failure'],
  ['unknown',       -32_004, 'Block not available for slot 5'],
  ['unknown',       -32_005, 'Node is behind by 42 slots', { numSlotsBehind: 42 }],
  ['unknown',       -32_005, 'Node is unhealthy'],
  ['unknown',       -32_016, 'Minimum context slot has not been reached'],
  ['unknown',       -32_001, 'Block 5 cleaned up, does not exist on node. First available block: 9'],
  ['unknown',       -32_007, 'Slot 5 was skipped, or missing due to ledger jump to recent snapshot'],
  ['unknown',       -32_007, '50/second request limit reached - reduce calls per second or upgrade your account'],
  ['unknown',       -32_009, 'Slot 5 was skipped, or missing in long-term storage'],
  ['unknown',       -32_010, 'Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA excluded from account secondary indexes; this RPC method unavailable for key'],
  ['unknown',       -32_011, 'Transaction history is not available from this node'],
  ['unknown',       -32_015, 'Transaction version (0) is not supported by the requesting client'],
  ['unknown',       -32_002, `${failed}Transaction would exceed max Block Cost Limit`, { err: 'WouldExceedMaxBlockCostLimit' }],
  ['unknown',       -32_002, `${failed}Attempt to load a program that does not exist`, { err: 'ProgramAccountNotFound' }],
  ['unknown',       -32_002, 'Blockhash is not known here'],
  ['unknown',       -32_000, 'upstream is not available'],
  ['unknown',       -32_602, 'base64 encoded solana transaction too large: 1700 bytes (max: encoded/raw 1644/1232)'],
  ['unknown',       -32_603, 'Internal error'],
  ['unknown',           429, 'Too many requests for a specific RPC call'],
  ['unknown',       -32_429, 'rate limited'],
  // The words of another error say nothing of ours.
  ['unknown',             0, 'Blockhash not found'],
];
