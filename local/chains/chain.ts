/**
 * Starts a local chain: Anvil with the test USDC, the contract that pays many at once, a float in the treasury, and fast blocks
 * while a transaction waits.
 */
import type { Address, Hex } from 'viem';
import { encodeFunctionData, getContractAddress } from 'viem/utils';
import { readArtifact, readPayouts } from '../../contracts/compile.ts';
import { every } from '../host/every.ts';
import { startAnvil } from './anvil.ts';
import { onRampLiquidity, payoutsDeployer, tokenDeployer, treasury } from './dev-accounts.ts';
import { rpc } from './json-rpc.ts';

export type ChainOptions = {
  network: string;
  chainId: number;
  /** The chain's state is kept in the folder `chains` in it. */
  dataDir: string;
  /** Seconds between blocks while a transaction waits or is not final, 1 by default. With 0, only `evm_mine` makes blocks. */
  blockSeconds?: number;
  /** Who gets the float. Only the run that deploys the token uses it. */
  treasury?: Address;
};

export type Chain = {
  network: string;
  rpcUrl: string;
  /** The token's address, which is the same on every network. */
  token: Address;
  /** The address of the contract that carries payouts together, the same as well. */
  payouts: Address;
  /** Ends Anvil and waits until its state is saved. */
  stop(): Promise<void>;
};

const usdc = 1_000_000n;
const treasuryFloat = 10_000_000n * usdc;
/** The on-ramp's USDC: more than anybody will ever convert here. */
const liquidityFloat = 1_000_000_000_000n * usdc;
/** Ethereum's own pace, for when nothing waits. Fast blocks all day would cost 300 MB of memory for each chain. */
const idleBlockSeconds = 12;
/** A transaction's own block and the two that make it final. */
const blocksToFinality = 3;

/** Starts the chain, or takes over a running one. Its blocks survive `stop` and the death of this process alike. */
export async function startChain(options: ChainOptions): Promise<Chain> {
  const { network, chainId, dataDir, blockSeconds = 1 } = options;
  const ownBlockSeconds = blockSeconds === 0 ? null : Math.max(blockSeconds, idleBlockSeconds);
  const { rpcUrl, stop } = await startAnvil({ network, chainId, dataDir, ownBlockSeconds });
  try {
    const contracts = await prepareContracts(rpcUrl, options.treasury ?? treasury.address);
    const miner = blockSeconds === 0 ? null : keepMining(rpcUrl, blockSeconds * 1_000);
    return {
      network,
      rpcUrl,
      ...contracts,
      stop: async () => {
        await miner?.stop();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Deploys the contracts, makes the on-ramp a minter and mints the two floats. Each step has a fixed nonce of its sender, so none
 * happens twice, wherever an earlier run was killed. A chain of before the payout contract gets it at its next start.
 */
async function prepareContracts(
  rpcUrl: string,
  treasuryAddress: Address,
): Promise<Pick<Chain, 'token' | 'payouts'>> {
  const { abi, bytecode } = readArtifact();
  const deployer = tokenDeployer.address;
  const liquidity = onRampLiquidity.address;
  const token = getContractAddress({ from: deployer, nonce: 0n });
  const payouts = getContractAddress({ from: payoutsDeployer.address, nonce: 0n });
  const call = (functionName: string, ...args: unknown[]) => ({
    to: token,
    data: encodeFunctionData({ abi, functionName, args }),
  });
  const steps = [
    { from: deployer, nonce: 0, data: bytecode },
    { from: deployer, nonce: 1, ...call('configureMinter', liquidity, 2n ** 256n - 1n) },
    { from: liquidity, nonce: 0, ...call('mint', treasuryAddress, treasuryFloat) },
    { from: liquidity, nonce: 1, ...call('mint', liquidity, liquidityFloat) },
    { from: payoutsDeployer.address, nonce: 0, data: readPayouts().bytecode },
  ];
  await rpc(rpcUrl, 'evm_mine'); // A killed run may have left a step in the pool.
  for (const { nonce, ...step } of steps) {
    const next = Number(await rpc<Hex>(rpcUrl, 'eth_getTransactionCount', step.from, 'latest'));
    if (next > nonce) continue;
    const hash = await rpc<Hex>(rpcUrl, 'eth_sendTransaction', { ...step, nonce: `0x${nonce}` });
    await rpc(rpcUrl, 'evm_mine');
    const receipt = await rpc<{ status: Hex } | null>(rpcUrl, 'eth_getTransactionReceipt', hash);
    if (receipt?.status !== '0x1') throw new Error(`preparing the local chain failed: ${hash}`);
  }
  return { token, payouts };
}

/** Mines every `everyMs` while a transaction waits or is not final. Otherwise Anvil's own slow blocks suffice. */
function keepMining(rpcUrl: string, everyMs: number): { stop(): Promise<void> } {
  let owed = blocksToFinality;
  let seen: Hex | null = null;
  return every(everyMs, async () => {
    try {
      const [pool, head] = await Promise.all([
        rpc<{ pending: Hex }>(rpcUrl, 'txpool_status'),
        rpc<{ number: Hex; transactions: Hex[] }>(rpcUrl, 'eth_getBlockByNumber', 'latest', false),
      ]);
      if (Number(pool.pending) > 0) owed = blocksToFinality;
      // Anvil may have mined the transaction by itself in between.
      else if (head.number !== seen && head.transactions.length > 0) owed = blocksToFinality - 1;
      seen = head.number;
      if (owed === 0) return;
      await rpc(rpcUrl, 'evm_mine');
      owed -= 1;
    } catch {
      // The chain does not answer, which its users notice. When it is back there may be something to mine.
      owed = blocksToFinality;
    }
  });
}
