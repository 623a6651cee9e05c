/**
 * What nodes say when they do not take a transaction, and what it means to us; the first match wins. What stands in no line is
 * `unknown`: the bytes may have been taken.
 *
 * The words are those of Bitcoin Core: src/validation.cpp and src/policy/rbf.cpp (what the pool refuses, with -26, or -25 where inputs are
 * missing), src/node/transaction.cpp and src/common/messages.cpp (what `sendrawtransaction` refuses before), src/rpc/protocol.h (the
 * codes); and of btcd: mempool/mempool.go, mempool/error.go and rpcserver.go. test/support/bitcoin-words.ts has them line by line.
 */
import type { NodeReply } from '../../core/rails/bitcoin/chain.ts';
import type { RpcError } from '../net/json-rpc.ts';
import { passingCodes } from './exchange.ts';

const replies: readonly [RegExp, NodeReply][] = [
  // -27, RPC_VERIFY_ALREADY_IN_UTXO_SET: an output of it stands in the chain.
  [
    /outputs already in utxo set|already in (the )?block ?chain|txn-already-known|transaction already exists in blockchain/i,
    'in-chain',
  ],
  // The same transaction, perhaps with other signatures: its id is the same.
  [
    /txn-already-in-mempool|txn-same-nonwitness-data-in-mempool|already have transaction|already in (the )?mempool/i,
    'accepted',
  ],
  [
    /missingorspent|missing or spent|missing inputs|missing-inputs|orphan transaction|references outputs of unknown or fully-spent|already spent by transaction .* in the (main|block) ?chain/i,
    'inputs-gone',
  ],
  [
    /fee exceeds maximum|max-fee-exceeded|absurdly-high-fee|exceeds maximum configured|fees? .{0,60}(greater|higher) than the maxi/i,
    'too-dear',
  ],
  // Before the fees: it names a replacement, too.
  [/too-long-mempool-chain|too many (unconfirmed|potential)|too-large-cluster/i, 'chain-too-long'],
  [
    /insufficient ?fee|rejecting replacement|replacement transaction .{0,80}insufficient|min(imum)? relay fee not met|mempool min fee not met|mempool full|under the required amount|fee rate is too low|insufficient priority/i,
    'underpriced',
  ],
  [
    /txn-mempool-conflict|already spent by transaction .* in the memory pool|bip125-replacement-disallowed|replacement-adds-unconfirmed|bad-txns-spends-conflicting-tx/i,
    'conflict',
  ],
  [
    /tx decode failed|^dust\b|scriptpubkey|script-verify-flag|bad-txns|bad-witness|non-?standard|tx-size|^version\b|non-final|non-BIP68-final|premature spend|scriptsig|datacarrier|too small/i,
    'refused',
  ],
];

export function replyFor({ code, message }: RpcError): NodeReply {
  if (passingCodes.has(code)) return 'unknown';
  return replies.find(([pattern]) => pattern.test(message))?.[1] ?? 'unknown';
}
