/** `npm run payout-contract`: deploys the contract that carries payouts together, or says whether it stands somewhere. */
import { parseArgs } from 'node:util';
import { createPublicClient, createWalletClient, type Hex, http, keccak256 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { readPayouts } from '../contracts/compile.ts';
import { payoutsCodeHash } from '../lambdas/adapters/evm/abi.ts';
import { address as addressText, privateKey } from '../lambdas/boot/setting-checks.ts';
import { type EvmNetwork, evmNetworks } from '../lambdas/core/kernel/networks.ts';
import type { Address } from '../lambdas/core/rails/evm/hex.ts';
import { runCommand, usageError } from './command.ts';

const usage = `usage: npm run payout-contract -- --network <network> --rpc-url <url>                      deploys it
       npm run payout-contract -- --network <network> --rpc-url <url> --address <address>  only looks

Who deploys it pays the gas, and has nothing to say about it afterwards: DEPLOYER_KEY in the environment is the private
key of an account with some ether on that network. It says at the end what to set.`;

/** Deploys the contract and waits until it is there. Throws when what stands there then is not what we know. */
export async function deployPayouts(rpcUrl: string, deployer: Hex): Promise<Address> {
  const transport = http(rpcUrl);
  const { abi, bytecode } = readPayouts();
  const wallet = createWalletClient({ account: privateKeyToAccount(deployer), transport });
  const hash = await wallet.deployContract({ abi, bytecode, chain: null });
  const receipt = await createPublicClient({ transport }).waitForTransactionReceipt({ hash });
  const { contractAddress } = receipt;
  if (receipt.status !== 'success' || contractAddress == null)
    throw new Error(`The transaction ${hash} has deployed nothing.`);
  if (!(await isPayouts(rpcUrl, contractAddress)))
    throw new Error(`At ${contractAddress} stands other code than ours (${hash}).`);
  return contractAddress;
}

/** Whether the very code that payouts are handed to stands at this address. */
export async function isPayouts(rpcUrl: string, address: Address): Promise<boolean> {
  const code = await createPublicClient({ transport: http(rpcUrl) }).getCode({ address });
  return code !== undefined && keccak256(code) === payoutsCodeHash;
}

function wantedOf(): { network: EvmNetwork; rpcUrl: string; address: Address | null } {
  const { values } = parseArgs({
    options: {
      network: { type: 'string' },
      'rpc-url': { type: 'string' },
      address: { type: 'string' },
    },
  });
  const { network: name, address } = values;
  const network = evmNetworks.find((one) => one === name);
  if (network === undefined) return usageError(`--network takes one of ${evmNetworks.join(', ')}.`);
  const rpcUrl = values['rpc-url'] ?? usageError('It needs --rpc-url, the URL of a node.');
  if (address === undefined) return { network, rpcUrl, address: null };
  const read = addressText.read(address) ?? usageError(`--address takes ${addressText.wanted}.`);
  return { network, rpcUrl, address: read as Address };
}

async function run(): Promise<void> {
  const { network, rpcUrl, address } = wantedOf();
  if (address !== null) {
    const isOurs = await isPayouts(rpcUrl, address);
    if (!isOurs) throw new Error(`At ${address} stands no payout contract that we know.`);
    console.log(`EVM_PAYOUT_CONTRACT_${network.toUpperCase()}=${address}`);
    return;
  }
  const key = privateKey.read(process.env['DEPLOYER_KEY'] ?? '');
  if (key === undefined) usageError('Set DEPLOYER_KEY to the private key that pays the gas.');
  else
    console.log(`EVM_PAYOUT_CONTRACT_${network.toUpperCase()}=${await deployPayouts(rpcUrl, key)}`);
}

if (import.meta.main) await runCommand(usage, run);
