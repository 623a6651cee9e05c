/** The settings of EVM networks: how their nodes are reached, who pays, and what it may cost. A part of settings-table.ts. */
import { setting } from './setting.ts';
import * as check from './setting-checks.ts';

export const evmGasKeyArns = setting('EVM_GAS_KEY_ARNS', check.gasKeyArns, 'CDK', {
  meaning:
    'Existing keys that pay the gas, one for each lane, when a stack is built again: of the kind that `EVM_GAS_SIGNER` says.',
  only: 'deployed',
  otherwise: 'the stack makes `gasKeys` keys',
});
export const evmBatch = setting('EVM_BATCH_<NETWORK>', check.batch, 'chain', {
  meaning: 'The most calls in one JSON-RPC request.',
  otherwise: '50, and fewer once the node has refused so many',
});
export const evmChainId = setting('EVM_CHAIN_ID_<NETWORK>', check.chainId, 'chain', {
  meaning: 'The only chain that may answer; any other is an error.',
  otherwise: 'the one that answered when the first payout was made',
});
export const evmEther = setting('EVM_ETHER', check.etherNetworks, 'all', {
  meaning:
    'The networks on which the treasury pays ether, too: of ethereum, base and arbitrum. It pays the gas of these payouts itself.',
  local: 'ethereum,base,arbitrum',
  otherwise: 'local: all three; deployed: none',
});
export const evmFormerTreasuryKeys = setting(
  'EVM_FORMER_TREASURY_KEYS',
  check.privateKeys,
  'signer',
  {
    meaning: 'Treasuries that paid before: they only cancel what they have signed.',
    only: 'local',
    otherwise: 'none',
    secret: true,
  },
);
export const evmFormerTreasuryKeyArns = setting(
  'EVM_FORMER_TREASURY_KEYS',
  check.kmsKeyArns,
  'CDK',
  {
    meaning:
      'The keys in KMS of treasuries that paid before: they only cancel what they have signed.',
    only: 'deployed',
    otherwise: 'none',
  },
);
export const evmGasSigner = setting('EVM_GAS_SIGNER', check.gasSigner, 'CDK', {
  meaning: 'Where the gas keys live: in KMS, or as secrets, which is cheaper and weaker.',
  only: 'deployed',
  default: 'kms',
});
export const evmLocalGasSigner = setting('EVM_GAS_SIGNER', check.localGasSigner, 'start', {
  meaning: 'Where the gas keys live: in the process.',
  only: 'local',
  default: 'local',
});
export const evmGasKeys = setting('EVM_GAS_KEYS', check.privateKeys, 'signer', {
  meaning: 'Who pays the gas. Deployed, these are keys in KMS, or secrets.',
  only: 'local',
  otherwise: 'Anvil’s accounts 1–4',
  secret: true,
});
export const evmLogRange = setting('EVM_LOG_RANGE_<NETWORK>', check.logRange, 'chain', {
  meaning: 'The most blocks in one `eth_getLogs`.',
  otherwise: '5,000, and fewer once the node has refused so many',
});
export const evmMaxFee = setting('EVM_MAX_FEE_GWEI_<NETWORK>', check.gwei, 'chain', {
  meaning: 'The most that is offered for a unit of gas. Above it payouts wait.',
  otherwise: 'ten times what recent blocks paid',
});
export const evmPayoutContract = setting('EVM_PAYOUT_CONTRACT_<NETWORK>', check.address, 'all', {
  meaning:
    'The contract that carries many payouts in one transaction, and is no destination. Other code at this address is not used.',
  otherwise: 'local: deployed on the Anvil; else payouts go one by one',
});
export const evmRpcUrl = setting('EVM_RPC_URL_<NETWORK>', check.url, 'chain', {
  meaning: 'The node of a network, which may hold a key; with it nothing is mined for you.',
  only: 'local',
  otherwise: 'an Anvil',
  secret: true,
});
export const evmRpcUrlArn = setting('EVM_RPC_URL_<NETWORK>_SECRET_ARN', check.secretArn, 'chain', {
  meaning: 'The secret in Secrets Manager that holds the URL of a network’s node.',
  only: 'deployed',
  otherwise: 'the network is off',
});
export const evmToken = setting('EVM_TOKEN_<NETWORK>', check.address, 'all', {
  meaning: 'The token; its decimals and EIP-712 domain are read from the chain and checked.',
  otherwise: 'local: a test USDC; deployed: Circle’s USDC',
});
export const evmTreasuryAddress = setting('EVM_TREASURY_ADDRESS', check.address, 'all', {
  meaning: 'The address of the treasury’s key in KMS.',
  only: 'deployed',
});
export const evmTreasuryKeyArn = setting('EVM_TREASURY_KEY_ARN', check.kmsKeyArn, 'CDK', {
  meaning: 'The existing key in KMS that pays the USDC, when a stack is built again.',
  only: 'deployed',
  otherwise: 'the stack makes a key',
});
export const evmTreasuryKey = setting('EVM_TREASURY_KEY', check.privateKey, 'signer', {
  meaning: 'Who pays the USDC. Deployed, this is a key in KMS.',
  only: 'local',
  otherwise: 'Anvil’s account 0',
  secret: true,
});
export const gasKeys = setting('gasKeys', check.upToTwenty, 'CDK', {
  meaning: 'How many gas lanes there are, each with a key.',
  only: 'deployed',
  default: 2,
});
