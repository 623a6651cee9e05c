/** The settings of Bitcoin: how its node is reached, who pays, and what it may cost. A part of settings-table.ts. */
import { feeCap, finalityBlocks, perVirtualByte } from '../core/rails/bitcoin/limits.ts';
import { setting } from './setting.ts';
import * as check from './setting-checks.ts';
import * as own from './setting-checks-bitcoin.ts';

export const bitcoinFinalityBlocks = setting('BITCOIN_FINALITY_BLOCKS', own.blocks, 'chain', {
  meaning: 'How deep a payment of bitcoin must be buried to be final.',
  default: finalityBlocks,
});
export const bitcoinFormerTreasuryKeys = setting(
  'BITCOIN_FORMER_TREASURY_KEYS',
  own.bitcoinKeys,
  'signer',
  {
    meaning: 'Treasuries that paid before: they only sign in the place of what they have signed.',
    only: 'local',
    secret: true,
  },
);
export const bitcoinFormerTreasuryKeyArns = setting(
  'BITCOIN_FORMER_TREASURY_KEYS',
  check.kmsKeyArns,
  'CDK',
  {
    meaning:
      'The keys in KMS of treasuries that paid before: they only sign in the place of what they have signed.',
    only: 'deployed',
  },
);
export const bitcoinMaxFee = setting('BITCOIN_MAX_FEE_SAT_VB', own.satoshiPerByte, 'chain', {
  meaning: 'The most satoshi that are paid for a virtual byte. Above it payouts wait.',
  default: String(feeCap / perVirtualByte),
});
export const bitcoinNetwork = setting('BITCOIN_NETWORK', own.bitcoinNet, 'all', {
  meaning: 'The network that bitcoin is paid on; the node must be of it.',
  local: 'regtest',
  default: 'main',
});
export const bitcoinRpcUrl = setting('BITCOIN_RPC_URL', check.url, 'chain', {
  meaning:
    'The node, which speaks Bitcoin Core’s JSON-RPC, with `user:password@` and the path of its watch-only wallet.',
  only: 'local',
  otherwise: 'a local chain',
  secret: true,
});
export const bitcoinRpcUrlArn = setting('BITCOIN_RPC_URL_SECRET_ARN', check.secretArn, 'chain', {
  meaning: 'The secret in Secrets Manager that holds the URL of the node of Bitcoin.',
  only: 'deployed',
  otherwise: 'no bitcoin is paid',
});
export const bitcoinTreasuryAddress = setting(
  'BITCOIN_TREASURY_ADDRESS',
  own.segwitAddress,
  'all',
  {
    meaning:
      'The P2WPKH address of the key in KMS that pays the bitcoin. Until it is set none is paid.',
    only: 'deployed',
    needs: ['BITCOIN_RPC_URL_SECRET_ARN'],
  },
);
export const bitcoinTreasuryKey = setting('BITCOIN_TREASURY_KEY', own.bitcoinKey, 'signer', {
  meaning:
    'Who pays the bitcoin: 64 hex digits, or the wallet import format. Deployed, this is a key in KMS.',
  only: 'local',
  otherwise: 'a well-known key',
  secret: true,
});
export const bitcoinTreasuryKeyArn = setting('BITCOIN_TREASURY_KEY_ARN', check.kmsKeyArn, 'CDK', {
  meaning: 'The existing key in KMS that pays the bitcoin, when it is not the stack’s own.',
  only: 'deployed',
  otherwise: 'the stack makes a key',
  needs: ['BITCOIN_RPC_URL_SECRET_ARN', 'BITCOIN_TREASURY_ADDRESS'],
});
