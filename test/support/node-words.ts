/**
 * What nodes say when signed bytes are offered to them, and what it means. Each line has its source: the client's own file,
 * where it has one, or a report of what was seen.
 */
import type { SendReply } from '../../lambdas/core/rails/evm/chain.ts';

const geth = 'ethereum/go-ethereum core/txpool/errors.go, core/error.go';
const gethPool = 'ethereum/go-ethereum core/txpool/validation.go';
const gethCap = 'ethereum/go-ethereum internal/ethapi/api.go, checkTxFee';
const erigon = 'erigontech/erigon txnprovider/txpool/txpoolcfg/txpoolcfg.go';
const erigonSeen = 'erigontech/erigon#5214, 0xPolygon/cdk-erigon#1514';
const nethermind = 'NethermindEth/nethermind Nethermind.TxPool/AcceptTxResult.cs';
const besu = 'hyperledger/besu RpcErrorType.java';
const besuSeen = 'hyperledger/besu, as permissioned networks report it';
const revm = 'bluealloy/revm crates/context/interface/src/result.rs';
const anvil = 'foundry-rs/foundry crates/anvil/src/eth/error.rs';
const open = 'openethereum/openethereum crates/rpc/src/v1/helpers/errors.rs';
const ethers = 'ethers-io/ethers.js#1209';
const jsonRpc = 'JSON-RPC 2.0, section 5.1';

// biome-ignore format: columns are the point
export const words: readonly (readonly [says: string, means: SendReply, source: string])[] = [
  ['already known',                                                                             'already-known', geth],
  ['transaction already imported',                                                              'already-known', anvil],
  ['Tx: [0xabcd] already Imported',                                                             'already-known', anvil],
  ['ALREADY_EXISTS: already known',                                                             'already-known', erigon],
  ['INTERNAL_ERROR: existing tx with same hash',                                                'already-known', erigon],
  ['existing txn with same hash',                                                               'already-known', erigon],
  ['AlreadyKnown',                                                                              'already-known', nethermind],
  ['Known transaction',                                                                         'already-known', besu],
  ['Transaction with the same hash was already imported.',                                      'already-known', open],
  ['unknown transaction type',                                                                  'unknown',       geth],
  ['nonce too low: next nonce 5, tx nonce 4',                                                   'nonce-used',    geth],
  ['nonce too low',                                                                             'nonce-used',    erigon],
  ['OldNonce',                                                                                  'nonce-used',    nethermind],
  ['OldNonce, Current nonce: 7, nonce of rejected tx: 4',                                       'nonce-used',    nethermind],
  ['Nonce too low',                                                                             'nonce-used',    besu],
  ['Transaction nonce is too low. Try incrementing the nonce.',                                 'nonce-used',    open],
  ['authority nonce too low',                                                                   'unknown',       geth],
  ['nonce too high',                                                                            'nonce-gap',     geth],
  ['nonce too high: address 0x70, tx: 9 state: 4',                                              'nonce-gap',     geth],
  ['Nonce too high',                                                                            'nonce-gap',     besu],
  ['NonceGap',                                                                                  'nonce-gap',     nethermind],
  ['NonceTooFarInFuture',                                                                       'nonce-gap',     nethermind],
  ['Transaction nonce is too distant from current sender nonce',                                'nonce-gap',     besu],
  ['Nonce too distant',                                                                         'nonce-gap',     besuSeen],
  ['gapped-nonce tx from delegated accounts',                                                   'nonce-gap',     geth],
  ['future transaction tries to replace pending',                                               'nonce-gap',     geth],
  ['replacement transaction underpriced',                                                       'underpriced',   geth],
  ['transaction underpriced',                                                                   'underpriced',   geth],
  ['transaction underpriced: tip needed 1, tip permitted 0',                                    'underpriced',   gethPool],
  ['transaction gas price below minimum: gas tip cap 0, minimum needed 1',                      'underpriced',   gethPool],
  ['max fee per gas less than block base fee: address 0x70, maxFeePerGas: 1, baseFee: 7',       'underpriced',   geth],
  ['txpool is full',                                                                            'underpriced',   geth],
  ['underpriced',                                                                               'underpriced',   erigon],
  ['FEE_TOO_LOW: fee too low',                                                                  'underpriced',   erigon],
  ['FEE_TOO_LOW: underpriced',                                                                  'underpriced',   erigon],
  ['RPC error response: INTERNAL_ERROR: could not replace existing tx',                         'underpriced',   erigonSeen],
  ['pending sub-pool is full',                                                                  'underpriced',   erigon],
  ['FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7',                              'underpriced',   nethermind],
  ['FeeTooLowToCompete',                                                                        'underpriced',   nethermind],
  ['ReplacementNotAllowed',                                                                     'underpriced',   nethermind],
  ['Replacement transaction underpriced',                                                       'underpriced',   besu],
  ['Gas price below configured minimum gas price',                                              'underpriced',   besu],
  ['Gas price below current base fee',                                                          'underpriced',   besu],
  ['Tx: [0xabcd] insufficient gas price to replace existing transaction',                       'underpriced',   anvil],
  ['Transaction gas price 1wei is too low. There is another transaction with same nonce in the queue with gas price: 2wei. Try increasing the gas price or incrementing the nonce.', 'underpriced', open],
  ['Transaction max gas price is lower then the required base fee (gas_price: 1, base_fee: 7). Try increasing the max gas price.', 'underpriced', open],
  ['There are too many transactions in the queue. Your transaction was dropped due to limit. Try increasing the fee.', 'underpriced', open],
  ['replacement fee too low',                                                                   'underpriced',   ethers],
  ['Gas fee too low for this transaction',                                                      'underpriced',   ethers],
  ['tx fee (1.20 ether) exceeds the configured cap (1.00 ether)',                               'too-dear',      gethCap],
  ['Transaction fee cap exceeded',                                                              'too-dear',      besu],
  ['intrinsic gas too low: gas 150000, minimum needed 420000',                                  'gas-too-low',   geth],
  ['IntrinsicGas',                                                                              'gas-too-low',   erigon],
  ['Intrinsic gas exceeds gas limit',                                                           'gas-too-low',   besu],
  ['Transaction gas is too low. There is not enough gas to cover minimal cost of the transaction (minimal: 420000, got: 150000). Try increasing supplied gas.', 'gas-too-low', open],
  ['call gas cost (21000) exceeds the gas limit (20000)',                                       'gas-too-low',   revm],
  ['gas floor (24000) exceeds the gas limit (21000)',                                           'gas-too-low',   revm],
  ['insufficient funds for gas * price + value: balance 1, tx cost 2, overshot 1',              'unfunded',      geth],
  ['Insufficient funds for gas * price + value',                                                'unfunded',      anvil],
  ['INTERNAL_ERROR: insufficient funds',                                                        'unfunded',      erigon],
  ['InsufficientFunds, Account balance: 0, cumulative cost: 9',                                 'unfunded',      nethermind],
  ['Upfront cost exceeds account balance',                                                      'unfunded',      besu],
  ['Insufficient funds. The account you tried to send transaction from does not have enough funds. Required 2 and got: 1.', 'unfunded', open],
  ['Insufficient balance for transaction',                                                      'unfunded',      ethers],
  ['exceeds block gas limit',                                                                   'unknown',       geth],
  ['invalid sender',                                                                            'unknown',       geth],
  ['account limit exceeded',                                                                    'unknown',       geth],
  ['Internal error',                                                                            'unknown',       jsonRpc],
  ['Initial sync is still in progress',                                                         'unknown',       besu],
  ['das Entgelt ist zu klein',                                                                  'unknown',       'nobody: any other words'],
];
