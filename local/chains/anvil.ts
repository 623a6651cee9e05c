/**
 * Starts one Anvil process, which outlives the program that started it: the chain belongs to the outside world, so killing
 * Drawbridge must neither stop it nor roll it back. What follows was measured with Anvil 1.7.1.
 *
 * - `--slots-in-an-epoch 1`: the `safe` tag is one block behind the head and `finalized` two.
 * - `--prune-history 8`: without it every block's state is kept (in memory or in ~/.foundry: 8.8 GB after 14,400 blocks).
 *   Anvil ignores it when it mines every two seconds or faster by itself, and then keeps 1,500 states (3.3 GB). So it
 *   mines slowly by itself, and `keepMining` in local/chains/chain.ts mines faster while somebody waits.
 * - `--preserve-historical-states`: without it, nothing can be read at `finalized` after a restart until two blocks later.
 * - `--hardfork cancun`: since Prague every block writes its parent's hash into the state, ten times the work per block.
 * - It truncates the file that it dumps to, so a file that was being written when the machine died is worthless:
 *   it loads from one file and dumps to another.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../host/free-port.ts';
import {
  endProcess,
  type Files,
  filesOf,
  folderOf,
  type Running,
  readRecord,
  recordSuffix,
  writeRecord,
} from './anvil-process.ts';
import { rpc } from './json-rpc.ts';

export type Anvil = { rpcUrl: string; stop(): Promise<void> };
export type AnvilOptions = {
  network: string;
  chainId: number;
  dataDir: string;
  /** Seconds between the blocks that Anvil mines by itself, at least 3. With `null` it mines only when it is told to. */
  ownBlockSeconds: number | null;
};

/** A block has room for thousands of payouts of 90,000 gas each. */
const blockGasLimit = 1_000_000_000;
/** A dump is not free: it takes 0.7 s and 150 MB for a chain with 20,000 payouts. */
const dumpEverySeconds = 300;
const startTimeoutMs = 30_000;
const pollMs = 20;
const portAttempts = 5;

/**
 * The Anvil of this network and data directory: the running one, or a new one with the state that the last one left. Throws
 * when none of the dumps can be loaded, or Anvil is not installed.
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const files = filesOf(options.dataDir, options.network);
  mkdirSync(folderOf(options.dataDir), { recursive: true });
  const left = readRecord(files);
  if (left !== null) {
    if (left.chainId === options.chainId && (await answers(left))) return handle(left, files);
    await endProcess(left, files);
  }
  return handle(await launch(options, files), files);
}

/** Ends every Anvil that an earlier run left running in this data directory. Their chains are kept. */
export async function stopAnvils(dataDir: string): Promise<void> {
  if (!existsSync(folderOf(dataDir))) return;
  const names = readdirSync(folderOf(dataDir)).filter((name) => name.endsWith(recordSuffix));
  const networks = names.map((name) => name.slice(0, -recordSuffix.length));
  await Promise.all(
    networks.map(async (network) => {
      const files = filesOf(dataDir, network);
      const left = readRecord(files);
      if (left !== null) await endProcess(left, files);
    }),
  );
}

const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
const handle = (running: Running, files: Files): Anvil => ({
  rpcUrl: urlOf(running.port),
  stop: () => endProcess(running, files),
});

async function answers({ port, chainId }: Running): Promise<boolean> {
  try {
    return Number(await rpc<string>(urlOf(port), 'eth_chainId')) === chainId;
  } catch {
    return false;
  }
}

/** Starts an Anvil from the newest state that can be loaded. */
async function launch(options: AnvilOptions, files: Files): Promise<Running> {
  const binary = anvilBinary();
  const states = [files.dump, files.loaded].filter((file) => existsSync(file));
  if (states.length === 0) return await spawnAnvil(binary, options, files, null);
  const problems: unknown[] = [];
  for (const state of states) {
    try {
      const running = await spawnAnvil(binary, options, files, state);
      if (state === files.dump) renameSync(files.dump, files.loaded);
      else warnOfLostBlocks(options.network, state);
      return running;
    } catch (problem) {
      problems.push(problem);
    }
  }
  throw new AggregateError(
    problems,
    `The state of the local chain ${options.network} cannot be loaded (${files.log}). Start with --fresh to forget it.`,
  );
}

function warnOfLostBlocks(network: string, state: string): void {
  const since = statSync(state).mtime.toISOString();
  console.warn(
    `The local chain ${network} was killed, or its last state is damaged: it goes on from that of ${since}`,
  );
}

async function spawnAnvil(
  binary: string,
  options: AnvilOptions,
  files: Files,
  state: string | null,
): Promise<Running> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const log = openSync(files.log, 'w');
    const child = spawn(binary, argumentsFor(options, files, state, port), {
      detached: true, // With a process group of its own, it does not get the Ctrl-C that ends ours.
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    child.unref();
    let ended: string | null = null;
    child.on('error', (error) => {
      ended = error.message;
    });
    child.on('exit', (code, signal) => {
      ended = `exit ${code ?? signal}`;
    });
    if (child.pid !== undefined) {
      const running = { pid: child.pid, port, chainId: options.chainId };
      writeRecord(files, running);
      if (await untilAnswers(running, () => ended !== null)) return running;
      await endProcess(running, files);
    }
    const words = readFileSync(files.log, 'utf8').trim();
    const portTaken = /address already in use/i.test(words);
    if (!portTaken || attempt === portAttempts) {
      throw new Error(`Anvil does not start: ${ended ?? 'no answer'} ${words}`);
    }
  }
}

function argumentsFor(
  { chainId, ownBlockSeconds }: AnvilOptions,
  files: Files,
  state: string | null,
  port: number,
): string[] {
  return [
    ...['--port', port, '--chain-id', chainId, '--slots-in-an-epoch', 1, '--silent'],
    ...(ownBlockSeconds === null ? ['--no-mining'] : ['--block-time', ownBlockSeconds]),
    ...['--gas-limit', blockGasLimit, '--hardfork', 'cancun'],
    ...['--prune-history', 8, '--preserve-historical-states'],
    ...['--dump-state', files.dump, '--state-interval', dumpEverySeconds],
    ...(state === null ? [] : ['--load-state', state]),
  ].map(String);
}

async function untilAnswers(running: Running, ended: () => boolean): Promise<boolean> {
  const deadline = Date.now() + startTimeoutMs;
  while (!ended() && Date.now() < deadline) {
    if (await answers(running)) return true;
    await delay(pollMs);
  }
  return false;
}

/** The path of the program itself, because npm's wrapper would be one more Node process for each chain. */
function anvilBinary(): string {
  const cpu = process.arch === 'x64' ? 'amd64' : process.arch;
  const name = `anvil-${process.platform}-${cpu}`;
  const modules = path.join(import.meta.dirname, '../../node_modules/@foundry-rs');
  const binary = path.join(modules, name, 'bin', 'anvil');
  if (existsSync(binary)) return binary;
  throw new Error(
    `npm has installed no Anvil for this machine (@foundry-rs/${name}). Run npm install, or set EVM_RPC_URL_<NETWORK> and EVM_TOKEN_<NETWORK> to chains of your own.`,
  );
}
