/** The settings of Solana: how its node is reached, who pays, and what it may cost. A part of settings-table.ts. */
import { setting } from './setting.ts';
import type { Check } from './setting-checks.ts';
import * as check from './setting-checks.ts';

const address: Check<string> = {
  wanted: 'an address of Solana (32 bytes in base58)',
  read: (text) => (/^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(text) ? text : undefined),
};
/** What it is worth is seen where it is used (adapters/solana/signer-local.ts): not every function has to know. */
const key: Check<string> = {
  wanted: 'a key as solana-keygen writes it (64 bytes, in base58 or as a list of numbers)',
  read: (text) =>
    /^\s*([1-9A-HJ-NP-Za-km-z]{80,90}|\[[\d,\s]{127,}\])\s*$/.test(text) ? text.trim() : undefined,
};
/** Numbers in a list are separated by commas, too, so keys are not. */
const keys: Check<string[]> = {
  wanted: 'keys as solana-keygen writes them, in base58, separated by commas',
  read: (text) => check.each(text.split(','), key.read),
};
const lamports: Check<bigint> = {
  wanted: 'a whole number of lamports',
  read: (text) => (/^(0|[1-9]\d{0,11})$/.test(text) ? BigInt(text) : undefined),
};

export const solanaFormerTreasuryKeys = setting('SOLANA_FORMER_TREASURY_KEYS', keys, 'signer', {
  meaning: 'Treasuries that paid before: they only sign in the place of what they have signed.',
  only: 'local',
  secret: true,
});
export const solanaFormerTreasuryKeyArns = setting(
  'SOLANA_FORMER_TREASURY_KEYS',
  check.kmsKeyArns,
  'CDK',
  {
    meaning:
      'The keys in KMS of treasuries that paid before: they only sign in the place of what they have signed.',
    only: 'deployed',
  },
);
export const solanaMaxPriorityFee = setting('SOLANA_MAX_PRIORITY_FEE', lamports, 'chain', {
  meaning:
    'The most that is offered for the place of one transaction in a block, in lamports, besides the fee of 5,000.',
  otherwise: '1,000,000',
});
export const solanaRpcUrl = setting('SOLANA_RPC_URL', check.url, 'chain', {
  meaning: 'The node of Solana, which may hold a key.',
  only: 'local',
  otherwise: 'a chain on this machine',
  secret: true,
});
export const solanaRpcUrlArn = setting('SOLANA_RPC_URL_SECRET_ARN', check.secretArn, 'chain', {
  meaning: 'The secret in Secrets Manager that holds the URL of the node of Solana.',
  only: 'deployed',
  otherwise: 'Solana is off',
});
export const solanaTreasuryAddress = setting('SOLANA_TREASURY_ADDRESS', address, 'all', {
  meaning: 'The address of the treasury’s key in KMS. Until it is set nothing is paid on Solana.',
  only: 'deployed',
  needs: ['SOLANA_RPC_URL_SECRET_ARN'],
});
export const solanaTreasuryKey = setting('SOLANA_TREASURY_KEY', key, 'signer', {
  meaning: 'Who pays on Solana, and its fees. Deployed, this is a key in KMS.',
  only: 'local',
  otherwise: 'a key of tests',
  secret: true,
});
export const solanaTreasuryKeyArn = setting('SOLANA_TREASURY_KEY_ARN', check.kmsKeyArn, 'CDK', {
  meaning: 'The existing key in KMS that pays on Solana, when it is not the stack’s own.',
  only: 'deployed',
  otherwise: 'the stack makes a key',
  needs: ['SOLANA_RPC_URL_SECRET_ARN', 'SOLANA_TREASURY_ADDRESS'],
});
export const solanaUsdcMint = setting('SOLANA_USDC_MINT', address, 'all', {
  meaning: 'The mint of the token, which is read from the chain and checked.',
  otherwise: 'local: a test USDC; deployed: Circle’s USDC',
});
