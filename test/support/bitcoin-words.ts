/** What nodes say when a transaction is offered to them, and what it means. Each line has its source. */
import type { NodeReply } from '../../lambdas/core/rails/bitcoin/chain.ts';

const pool = 'bitcoin/bitcoin src/validation.cpp, MemPoolAccept';
const rbf = 'bitcoin/bitcoin src/policy/rbf.cpp';
const messages = 'bitcoin/bitcoin src/common/messages.cpp, TransactionErrorString';
const older = 'bitcoin/bitcoin src/util/error.cpp of before version 28';
const standard = 'bitcoin/bitcoin src/policy/policy.cpp, IsStandardTx';
const check = 'bitcoin/bitcoin src/consensus/tx_check.cpp, tx_verify.cpp';
const raw = 'bitcoin/bitcoin src/rpc/mempool.cpp, sendrawtransaction';
const protocol = 'bitcoin/bitcoin src/rpc/protocol.h, src/init.cpp';
const btcd = 'btcsuite/btcd mempool/mempool.go';

// biome-ignore format: columns are the point
export const bitcoinWords: readonly (readonly [code: number, says: string, means: NodeReply, source: string])[] = [
  [-27, 'Transaction outputs already in utxo set',                                            'in-chain',       messages],
  [-27, 'Transaction already in block chain',                                                 'in-chain',       older],
  [-27, 'transaction already in block chain',                                                 'in-chain',       older],
  [-26, 'txn-already-known',                                                                  'in-chain',       pool],
  [-27, 'transaction already exists in blockchain',                                           'in-chain',       btcd],
  [-26, 'txn-already-in-mempool',                                                             'accepted',       pool],
  [-26, 'txn-same-nonwitness-data-in-mempool',                                                'accepted',       pool],
  [-26, 'already have transaction 4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b', 'accepted', btcd],
  [-25, 'bad-txns-inputs-missingorspent',                                                     'inputs-gone',    pool],
  [-25, 'Inputs missing or spent',                                                            'inputs-gone',    messages],
  [-25, 'Missing inputs',                                                                     'inputs-gone',    older],
  [-26, '16: orphan transaction aa references outputs of unknown or fully-spent transaction bb', 'inputs-gone', btcd],
  [-26, 'txn-mempool-conflict',                                                               'conflict',       pool],
  [-26, 'bad-txns-spends-conflicting-tx, aa spends conflicting transaction bb',               'conflict',       pool],
  [-26, 'replacement-adds-unconfirmed, replacement aa adds unconfirmed input, idx 0',         'conflict',       rbf],
  [-26, 'output aa:0 already spent by transaction bb in the memory pool',                     'conflict',       btcd],
  [-26, 'insufficient fee, rejecting replacement aa; new feerate 0.00001 BTC/kvB <= old feerate 0.00002 BTC/kvB', 'underpriced', rbf],
  [-26, 'insufficient fee, rejecting replacement aa, less fees than conflicting txs; 0.00000141 < 0.00000282', 'underpriced', rbf],
  [-26, 'insufficient fee, rejecting replacement aa, not enough additional fees to relay; 0.00 < 0.00000141', 'underpriced', rbf],
  [-26, 'min relay fee not met, 110 < 141',                                                   'underpriced',    pool],
  [-26, 'mempool min fee not met, 141 < 282',                                                 'underpriced',    pool],
  [-26, 'mempool full',                                                                       'underpriced',    pool],
  [-26, 'replacement transaction aa has an insufficient fee rate: needs more than 1, has 1',  'underpriced',    btcd],
  [-26, 'transaction aa has 100 fees which is under the required amount of 141',              'underpriced',    btcd],
  [-25, 'Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)',                'too-dear',       messages],
  [-26, 'max-fee-exceeded',                                                                   'too-dear',       raw],
  [-26, 'absurdly-high-fee, 300000000 > 10000000',                                            'too-dear',       older],
  [-26, 'too-long-mempool-chain, too many unconfirmed ancestors [limit: 25]',                 'chain-too-long', pool],
  [-26, 'too many potential replacements, rejecting replacement aa; too many potential replacements (101 > 100)', 'chain-too-long', rbf],
  [-26, 'dust, tx with dust output must be 0-fee',                                            'refused',        standard],
  [-26, 'dust',                                                                               'refused',        standard],
  [-26, 'scriptpubkey',                                                                       'refused',        standard],
  [-26, 'version',                                                                            'refused',        standard],
  [-26, 'tx-size',                                                                            'refused',        standard],
  [-26, 'non-final',                                                                          'refused',        pool],
  [-26, 'bad-txns-in-belowout, value in (0.00000546) < value out (0.001)',                    'refused',        check],
  [-26, 'bad-txns-premature-spend-of-coinbase, tried to spend coinbase at depth 1',           'refused',        check],
  [-26, 'mandatory-script-verify-flag-failed (Signature must be zero for failed CHECK(MULTI)SIG operation)', 'refused', pool],
  [-26, 'mempool-script-verify-flag-failed (Witness requires empty scriptSig)',               'refused',        pool],
  [-22, 'TX decode failed. Make sure the tx has at least one input.',                         'refused',        raw],
  [-28, 'Loading block index…',                                                               'unknown',        protocol],
  [-28, 'Verifying blocks…',                                                                  'unknown',        protocol],
  [-10, 'Bitcoin Core is in initial sync and waiting for blocks...',                          'unknown',        protocol],
  [-25, 'Mempool internal error',                                                             'unknown',        messages],
  [-25, 'Private broadcast queue is full',                                                    'unknown',        messages],
  [-32007, '50/second request limit reached - reduce calls per second or upgrade your account', 'unknown',       'QuickNode, error code references'],
  [-32005, 'daily request count exceeded, request rate limited',                              'unknown',        'EIP-1474, limit exceeded, as proxies of all chains use it'],
  [429,    'Too many requests',                                                               'unknown',        'RFC 6585, as proxies repeat it'],
  [-26, 'txn-spk-reused-twinoutputs',                                                         'unknown',        'bitcoinknots/bitcoin src/validation.cpp'],
  [-32603, 'Internal error',                                                                  'unknown',        protocol],
  [-32601, 'Method not found',                                                                'unknown',        protocol],
];
