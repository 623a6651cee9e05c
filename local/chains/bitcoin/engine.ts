/**
 * A chain of regtest with one node: blocks with real headers and proofs of work, a pool with the rules of Bitcoin Core, replacement,
 * eviction, and reorganisations after which transactions come back to the pool. It is kept by whoever is told of each change.
 */
import { fromHex, toHex } from '../../../lambdas/core/rails/bitcoin/address.ts';
import {
  hash256,
  idOf,
  type Outpoint,
  outpointOf,
  readTransaction,
  type Transaction,
} from '../../../lambdas/core/rails/bitcoin/wire.ts';
import type { LocalCoin } from './coins.ts';
import { descendantsOf, judge, type Policy, type Pooled, type Verdict } from './policy.ts';

export type Block = {
  hash: string;
  previous: string;
  height: number;
  time: number;
  /** The header and all transactions, in hexadecimal digits. */
  raw: string;
  transactions: readonly { transaction: Transaction; raw: string }[];
};
type Stored = Block & { spent: readonly [Outpoint, LocalCoin][] };
export type Payee = { script: Uint8Array; amount: bigint };

/** Regtest's own first block (src/kernel/chainparams.cpp, CRegTestParams). */
export const genesis = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
/** 50 bitcoin for each of the first 150 blocks of regtest, and half of that for the next ones. */
const subsidyAt = (height: number): bigint => 5_000_000_000n >> BigInt(Math.floor(height / 150));
/** The easiest proof of work: every second hash has it. */
const bits = 0x207fffff;

export type Engine = ReturnType<typeof makeEngine>;
/** Hears of each change of the chain and of the pool, to keep it. */
export type Keep = { chain(blocks: readonly Block[]): void; pool(raws: readonly string[]): void };

export function makeEngine(now: () => number, keep: Keep = { chain: () => {}, pool: () => {} }) {
  const chain: Stored[] = [];
  const coins = new Map<Outpoint, LocalCoin>();
  const entries = new Map<string, Pooled>();
  const spenders = new Map<Outpoint, string>();
  const undone = new Map<string, Block>();
  const pool = { entries, spenders };
  const policy: Policy = { relayFee: 1_000n, poolFee: 1_000n, step: 1_000n };
  const head = () => ({ height: chain.length, hash: chain.at(-1)?.hash ?? genesis });

  const remove = (id: string): void => {
    const entry = entries.get(id);
    if (entry === undefined) return;
    for (const { outpoint } of entry.transaction.inputs) spenders.delete(outpoint);
    entries.delete(id);
  };
  const offer = (raw: string): Verdict => {
    const transaction = readTransaction(fromHex(raw));
    const verdict = judge(transaction, raw, coins, pool, chain.length + 1, policy);
    if ('refused' in verdict) return verdict;
    for (const id of verdict.replaces) remove(id);
    entries.set(transaction.txId, verdict.taken);
    for (const { outpoint } of transaction.inputs) spenders.set(outpoint, transaction.txId);
    return verdict;
  };
  const keepPool = (): void => keep.pool([...entries.values()].map(({ raw }) => raw));

  const connect = (block: Block): void => {
    const spent: [Outpoint, LocalCoin][] = [];
    for (const [place, { transaction }] of block.transactions.entries()) {
      for (const { outpoint } of place === 0 ? [] : transaction.inputs) {
        const coin = coins.get(outpoint);
        if (coin === undefined) throw new Error(`a block spends ${outpoint}, which there is not`);
        spent.push([outpoint, coin]);
        coins.delete(outpoint);
        // Whoever else in the pool spends it never will.
        const rival = spenders.get(outpoint);
        if (rival !== undefined && rival !== transaction.txId)
          for (const id of descendantsOf(pool, [rival])) remove(id);
      }
      for (const [index, { amount, script }] of transaction.outputs.entries()) {
        const coin = { amount, script, height: block.height, isMined: place === 0 };
        coins.set(outpointOf(transaction.txId, index), coin);
      }
      remove(transaction.txId);
    }
    chain.push({ ...block, spent });
  };
  const disconnect = (): Stored => {
    const block = chain.pop();
    if (block === undefined) throw new Error('there is no block to undo');
    for (const { transaction } of block.transactions.toReversed())
      for (const index of transaction.outputs.keys())
        coins.delete(outpointOf(transaction.txId, index));
    for (const [outpoint, coin] of block.spent) coins.set(outpoint, coin);
    undone.set(block.hash, block);
    return block;
  };

  /** Mines these, which are in no conflict with each other, or all that the pool has. */
  const mine = (payees: readonly Payee[], raws?: readonly string[]): Block => {
    const height = chain.length + 1;
    const chosen =
      raws?.map((raw) => ({ raw, transaction: readTransaction(fromHex(raw)) })) ??
      [...entries.values()].map(({ raw, transaction }) => ({ raw, transaction }));
    const raw = coinbaseOf(height, chain.length, payees);
    const coinbase = { raw, transaction: readTransaction(fromHex(raw)) };
    const time = Math.max(Math.floor(now() / 1_000), (chain.at(-1)?.time ?? 0) + 1);
    const block = blockOf(height, head().hash, time, [coinbase, ...chosen], undone);
    connect(block);
    keep.chain(chain);
    keepPool();
    return block;
  };
  return {
    coins: coins as ReadonlyMap<Outpoint, LocalCoin>,
    pool,
    policy,
    head,
    subsidy: () => subsidyAt(chain.length + 1),
    blockAt: (height: number): Block | undefined => chain[height - 1],
    blockBy: (hash: string): { block: Block; isActive: boolean } | null => {
      const active = chain.find((one) => one.hash === hash);
      const block = active ?? undone.get(hash);
      return block === undefined ? null : { block, isActive: active !== undefined };
    },
    mine,
    offer: (raw: string): Verdict => {
      const verdict = offer(raw);
      keepPool();
      return verdict;
    },
    /** The pool drops it with all that spend its outputs, as for lack of room. */
    evict: (id: string): void => {
      for (const one of descendantsOf(pool, [id])) remove(one);
      keepPool();
    },
    /** Undoes this block and all above it. What was in them comes back to the pool, as far as it may. */
    undo: (hash: string): boolean => {
      const height = chain.findIndex((one) => one.hash === hash);
      if (height === -1) return false;
      const blocks: Stored[] = [];
      while (chain.length > height) blocks.unshift(disconnect());
      const waiting = [...entries.values()].map(({ raw }) => raw);
      for (const id of [...entries.keys()]) remove(id);
      const back = blocks.flatMap(({ transactions }) =>
        transactions.slice(1).map(({ raw }) => raw),
      );
      for (const raw of [...back, ...waiting]) offer(raw);
      keep.chain(chain);
      keepPool();
      return true;
    },
    load: (blocks: readonly Block[], raws: readonly string[]): void => {
      for (const block of blocks) connect(block);
      for (const raw of raws) offer(raw);
    },
  };
}

const little = (value: number | bigint, bytes: 4 | 8): string => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value));
  else buffer.writeUInt32LE(Number(value));
  return buffer.toString('hex');
};
const byte = (value: number): string => value.toString(16).padStart(2, '0');
const varint = (value: number): string =>
  value < 0xfd ? byte(value) : `fd${little(value, 4).slice(0, 4)}`;

/** BIP-34: the script of what is mined begins with the height, so no two have one id. */
function coinbaseOf(height: number, nonce: number, payees: readonly Payee[]): string {
  const outputs = payees.map(
    ({ amount, script }) => little(amount, 8) + byte(script.length) + toHex(script),
  );
  const script = `04${little(height, 4)}04${little(nonce, 4)}`;
  return `0200000001${'00'.repeat(32)}ffffffff${byte(script.length / 2)}${script}ffffffff${byte(outputs.length)}${outputs.join('')}00000000`;
}

function rootOf(ids: readonly string[]): Buffer {
  let level = ids.map((id) => Buffer.from(id, 'hex').reverse());
  while (level.length > 1)
    level = level.flatMap((left, index) =>
      index % 2 === 1
        ? []
        : [Buffer.from(hash256(Buffer.concat([left, level[index + 1] ?? left])))],
    );
  return level[0] ?? Buffer.alloc(32);
}

/** A block that was undone is never made again. */
function blockOf(
  height: number,
  previous: string,
  time: number,
  transactions: Block['transactions'],
  undone: ReadonlyMap<string, unknown>,
): Block {
  const ids = transactions.map(({ transaction }) => transaction.txId);
  const before = Buffer.from(previous, 'hex').reverse();
  for (let nonce = 0; ; nonce += 1) {
    const header = Buffer.concat([
      Buffer.from('00000020', 'hex'),
      before,
      rootOf(ids),
      Buffer.from(little(time, 4) + little(bits, 4) + little(nonce, 4), 'hex'),
    ]);
    const hash = idOf(hash256(header));
    if (Number.parseInt(hash.slice(0, 2), 16) > 0x7f || undone.has(hash)) continue;
    const raw =
      header.toString('hex') +
      varint(transactions.length) +
      transactions.map((one) => one.raw).join('');
    return { hash, previous, height, time, raw, transactions };
  }
}
