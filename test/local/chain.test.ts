import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type Hex, numberToHex, pad } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { stopAnvils } from '../../local/chains/anvil.ts';
import { type Chain, startChain } from '../../local/chains/chain.ts';
import {
  gasPayers,
  onRampLiquidity,
  payoutsDeployer,
  tokenDeployer,
  treasury,
} from '../../local/chains/dev-accounts.ts';
import { rpc } from '../../local/chains/json-rpc.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'chain-'));
});
afterEach(async () => {
  await stopAnvils(dataDir);
  rmSync(dataDir, { recursive: true });
});

const chainId = 31_337;
const start = (blockSeconds = 0, id = chainId): Promise<Chain> =>
  startChain({ network: 'ethereum', chainId: id, dataDir, blockSeconds });
const file = (name: string): string => path.join(dataDir, 'chains', `ethereum.${name}.json`);
const processId = (): number =>
  (JSON.parse(readFileSync(file('process'), 'utf8')) as { pid: number }).pid;
/** A process that has ended may stay listed, without a command line, until somebody reaps it. */
const isAlive = (pid: number): boolean => {
  if (existsSync('/proc/self'))
    return existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

type Block = { number: Hex; hash: Hex; timestamp: Hex };
const block = (chain: Chain, which: string): Promise<Block> =>
  rpc(chain.rpcUrl, 'eth_getBlockByNumber', which, false);
const heightOf = async (chain: Chain, which: string): Promise<number> =>
  Number((await block(chain, which)).number);
const floatAt = (chain: Chain, which: string): Promise<Hex> => {
  const data = `0x70a08231${pad(treasury.address).slice(2)}`;
  return rpc(chain.rpcUrl, 'eth_call', { to: chain.token, data }, which);
};
/** Pays one USDC from the treasury to its own address, which makes a receipt and a log. */
const pay = (chain: Chain): Promise<Hex> => {
  const data = `0xa9059cbb${pad(treasury.address).slice(2)}${pad('0xf4240').slice(2)}`;
  return rpc(chain.rpcUrl, 'eth_sendTransaction', {
    from: treasury.address,
    to: chain.token,
    data,
  });
};
const receiptOf = (chain: Chain, hash: Hex): Promise<{ blockNumber: Hex } | null> =>
  rpc(chain.rpcUrl, 'eth_getTransactionReceipt', hash);
async function until(fact: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await fact())) {
    if (Date.now() > deadline) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('the well-known accounts are those of the well-known mnemonic', () => {
  const mnemonic = `${'test '.repeat(11)}junk`;
  const addresses = Array.from(
    { length: 10 },
    (_, addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }).address,
  );
  const [zero, one, two, three, four, , , seven, eight, nine] = addresses;
  expect([treasury, ...gasPayers].map(({ address }) => address)).toEqual([
    zero,
    one,
    two,
    three,
    four,
  ]);
  expect([payoutsDeployer, onRampLiquidity, tokenDeployer].map(({ address }) => address)).toEqual([
    seven,
    eight,
    nine,
  ]);
});

test('a block is final when there are two more', async () => {
  const chain = await start();
  await rpc(chain.rpcUrl, 'anvil_mine', '0x5');
  const latest = await heightOf(chain, 'latest');
  expect(await heightOf(chain, 'finalized')).toBe(latest - 2);
  expect(await heightOf(chain, 'safe')).toBe(latest - 1);
});

test('a transaction gets its block, and the blocks that make it final, by itself', async () => {
  const chain = await start(0.02);
  const hash = await pay(chain);
  await until(async () => (await receiptOf(chain, hash)) !== null);
  const mined = Number((await receiptOf(chain, hash))?.blockNumber);
  await until(async () => (await heightOf(chain, 'finalized')) >= mined);
  await chain.stop();
});

test('a transaction that Anvil mined by itself, unseen, is made final as fast', async () => {
  const chain = await start(1);
  const first = await heightOf(chain, 'latest');
  await until(async () => (await heightOf(chain, 'latest')) >= first + 2); // After that nobody mines any more.
  const hash = await pay(chain);
  await rpc(chain.rpcUrl, 'evm_mine'); // Anvil's own slow blocks do the same.
  const mined = Number((await receiptOf(chain, hash))?.blockNumber);
  await until(async () => (await heightOf(chain, 'finalized')) >= mined);
  await chain.stop(); // The miner would keep the test process alive.
}, 10_000); // Anvil by itself would take 24 s.

test('it goes on after a stop: blocks, receipts, logs, balances, the finalized block', async () => {
  const first = await start();
  const hash = await pay(first);
  await rpc(first.rpcUrl, 'evm_mine');
  const facts = async (chain: Chain, height: Hex) => ({
    receipt: await receiptOf(chain, hash),
    logs: await rpc(chain.rpcUrl, 'eth_getLogs', {
      address: chain.token,
      fromBlock: '0x0',
      toBlock: height,
    }),
    head: await block(chain, height),
    nonce: await rpc(chain.rpcUrl, 'eth_getTransactionCount', treasury.address, 'latest'),
    balance: await floatAt(chain, 'latest'),
    token: chain.token,
  });
  const head = (await block(first, 'latest')).number;
  const before = await facts(first, head);
  await first.stop();

  const second = await start();
  expect(await facts(second, head)).toEqual(before);
  expect(BigInt(await floatAt(second, 'finalized'))).toBe(10_000_000_000_000n);
  expect(await heightOf(second, 'latest')).toBe(Number(head) + 1);
});

/** Runs the program that holds a chain, until it has one. */
async function holdChain(): Promise<{ holder: ChildProcess; rpcUrl: string }> {
  const program = path.join(import.meta.dirname, 'hold-chain.ts');
  const holder = spawn(process.execPath, [program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(holder.stdout, 'data')) as [Buffer];
  return { holder, rpcUrl: said.toString().trim() };
}

test('killing the product neither ends the chain nor rolls it back', async () => {
  const { holder, rpcUrl } = await holdChain();
  const hash = await rpc<Hex>(rpcUrl, 'eth_sendTransaction', {
    from: treasury.address,
    to: treasury.address,
  });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const chain = await start();
  expect(chain.rpcUrl).toBe(rpcUrl);
  expect(await receiptOf(chain, hash)).not.toBeNull();
});

test('the record of a process that is not our Anvil is discarded', async () => {
  await (await start()).stop();
  writeFileSync(file('process'), JSON.stringify({ pid: process.pid, port: 1, chainId }));
  const chain = await start();
  expect(processId()).not.toBe(process.pid);
  expect(await heightOf(chain, 'latest')).toBeGreaterThan(0);
});

test('an Anvil with another chain id is ended', async () => {
  await start();
  const pid = processId();
  const other = await start(0, 31_338);
  expect(isAlive(pid)).toBe(false);
  expect(await rpc(other.rpcUrl, 'eth_chainId')).toBe(numberToHex(31_338));
});

test('what a killed run left behind can be ended', async () => {
  const { holder } = await holdChain();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const pid = processId();
  expect(isAlive(pid)).toBe(true);
  await stopAnvils(dataDir);
  expect(isAlive(pid)).toBe(false);
});

test('a state that was being written when the machine died is not the end of the chain', async () => {
  const first = await start();
  const { hash } = await block(first, 'latest');
  await first.stop();
  await (await start()).stop();
  writeFileSync(file('dump'), '{"block":{"numb');
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  const third = await start();
  expect(warn.mock.calls.flat().join()).toMatch(
    /ethereum was killed, or its last state is damaged/,
  );
  warn.mockRestore();
  expect(await rpc(third.rpcUrl, 'eth_getBlockByHash', hash, false)).not.toBeNull();
});

test('a state that cannot be loaded at all is not replaced by an empty chain', async () => {
  await (await start()).stop();
  writeFileSync(file('dump'), 'no state');
  await expect(start()).rejects.toThrow('Start with --fresh');
});
