/**
 * An EVM chain with one EIP-3009 token, as its nodes show it over JSON-RPC. It follows geth's rules for pools and
 * TestUSDC for the token; test/sim/conformance/evm.test.ts holds it against Anvil. Addresses inside and in the truth
 * are in lower case.
 *
 * evm-ways.ts has what its nodes may be like besides: other clients' words, no pool, limits, more gas, absurd suggestions.
 *
 * A treasury that sends ether of its own pays under a nonce as well: the truth has it as it has a token's (`<address>#<nonce>`).
 *
 * Left out: transactions other than EIP-1559 calls, contracts besides ours (evm-payouts.ts), the exact gas of a call, two forks that are alive
 * at once (a node is behind, or has what all have), pools that are full.
 */
import { secp256k1 } from '@noble/curves/secp256k1';
import {
  type Address,
  type Hex,
  keccak256,
  numberToHex,
  serializeTransaction,
  type TransactionSerializableEIP1559,
} from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import type { ChainTruth } from '../truth.ts';
import type { WireRequest, WireResponse, World } from '../world.ts';
import { type Act, type Block, type Chain, chainOf, type Receipt } from './evm-chain.ts';
import {
  type Entry,
  type Flavour,
  type Mempool,
  mempool,
  type PoolError,
  type PoolRules,
} from './evm-mempool.ts';
import { batchIn, callOf, callPayouts, payoutsCode } from './evm-payouts.ts';
import { expectSigner, lower } from './evm-recover.ts';
import { answer, type NodeView, type RpcRequest, type RpcResponse } from './evm-rpc.ts';
import {
  cancelledBy,
  encodeTokenCall,
  type Outcome,
  paymentOf,
  tokenModel,
  tokenTopics,
} from './evm-token.ts';
import { decodeTransaction, type Transaction } from './evm-transactions.ts';
import { absurdTip, calm, type EvmOptions } from './evm-ways.ts';
import { inWordsOf, tooManyAtOnce, tooWide } from './evm-words.ts';

export type EvmConfig = {
  network: string;
  chainId: number;
  token: Address;
  /** Where the contract that carries payouts together stands; without it, there is none. */
  payouts?: Address;
  /** Our payers, whose authorizations and payments the truth has. */
  treasuries: readonly Address[];
  /** What accounts have in the first block: ether in wei, tokens in micros. */
  wei: Readonly<Record<Address, bigint>>;
  micros: Readonly<Record<Address, bigint>>;
  /** Virtual ms between blocks; 0: a block is made only by `mine`. */
  blockMs: number;
  /** The `finalized` block is so many behind the head. */
  finalityBlocks: number;
  /** Nodes behind the one endpoint, each with its own pool. */
  nodes: number;
  /** Whose words and rules for its pool. Default geth. */
  flavour?: Flavour;
  /** What the base fee moves around. Default 10 gwei. */
  baseFee?: bigint;
  /** What nodes recommend. Default 1 gwei. */
  tip?: bigint;
  /** Default 60 million. */
  blockGasLimit?: bigint;
  /** Private keys that will sign: what they signed is recognised faster than it is recovered. */
  keys?: readonly Hex[];
};

/** Where the token's own log of an act stands. Its status is in `ok`. */
export type Done = { ok: boolean; txHash: Hex; blockNumber: number; logIndex: number };

export type EvmModel = {
  /** May be changed at any time. */
  options: EvmOptions;
  /** `node` null: whichever the endpoint picks. Throws NotModelled for what nobody asks a real node here. */
  rpc(node: number | null, body: unknown): RpcResponse | RpcResponse[];
  /** The same over HTTP. */
  http(request: WireRequest): WireResponse;
  /** What was asked that the model does not know: not empty means that the run proves nothing. */
  notModelled: readonly string[];
  /** What others do on chain. Each makes a block of its own at once. */
  mint(to: Address, micros: bigint): Done;
  blacklist(address: Address, on: boolean): Done;
  pause(on: boolean): Done;
  /** Whoever has an account cancels an authorization of it; the first treasury's owner if nobody is named. */
  cancelAuthorization(nonce: Hex, authorizer?: Address): Done;
  /** Somebody signs a payment of their own under that nonce, which counts for their account alone, and has it carried. */
  useAuthorization(nonce: Hex, from: Address, to: Address, micros: bigint): Done;
  /** The owner of an account moves its tokens. */
  transfer(from: Address, to: Address, micros: bigint): Done;
  /** A stranger carries the authorization that is in these bytes, the one at this place if there are many, and pays the gas. */
  relayAuthorization(raw: Hex, place?: number): Done;
  /** A stranger calls the contract that carries payouts together as these bytes do, with so much gas. */
  relayBatch(raw: Hex, gas: bigint): Done;
  /**
   * Whoever has the key of an account sends a transaction of their own, of so much to `to`, under its next nonce in the chain,
   * dearer than what pools have for that. It is taken as any other is.
   */
  useNonce(from: Address, to?: Address, wei?: bigint): void;
  /** Somebody sends ether to an account, in a block of its own. */
  fund(to: Address, wei: bigint): void;
  /** Somebody hands these bytes to every node. */
  replay(raw: Hex): void;
  /** Every node forgets what is in no block. */
  forgetPools(): void;
  /** The newest `depth` blocks are made anew, those that are not final. */
  reorg(depth: number): void;
  haltFinality(on: boolean): void;
  /** No more blocks by themselves. */
  haltBlocks(on: boolean): void;
  mine(blocks?: number): void;
  /** Micros, as of the newest block. */
  balanceOf(address: Address): bigint;
  /** What the next block will ask for. */
  nextBaseFee(): bigint;
  truth(): ChainTruth;
};

const gwei = 10n ** 9n;
const owner = `0x${'0a'.repeat(20)}` as const;
const minter = `0x${'0b'.repeat(20)}` as const;
const stranger = `0x${'0c'.repeat(20)}` as const;

/** The chain, from its first block at this moment on. */
export function evmModel(
  world: World,
  config: EvmConfig,
  given: Partial<EvmOptions> = {},
): EvmModel {
  const { network, chainId, finalityBlocks, flavour = 'geth' } = config;
  const usualFee = config.baseFee ?? 10n * gwei;
  const tip = config.tip ?? gwei;
  const blockGasLimit = config.blockGasLimit ?? 60_000_000n;
  const tokenAddress = lower(config.token);
  const payouts = config.payouts === undefined ? null : lower(config.payouts);
  const treasuries = config.treasuries.map(lower);
  const options: EvmOptions = { ...calm, ...given };
  for (const key of config.keys ?? []) expectSigner(key);
  const { random } = world;
  const tell = (what: string): void => world.tell(`chain ${network}`, what);

  const extraGas = (): bigint => options.extraGas;
  const token = tokenModel(chainId, tokenAddress, { owner, minter });
  for (const [address, micros] of Object.entries(config.micros)) token.endow(address, micros);
  const wei = new Map(Object.entries(config.wei));
  const chain: Chain = chainOf(
    ...([
      token,
      tokenAddress,
      chainId,
      world.now(),
      wei,
      usualFee,
      blockGasLimit,
      extraGas,
      () => (options.otherCode ? null : payouts),
      () => options.refusesEther,
      () => options.receiverGas,
    ] as const),
  );

  const rules: PoolRules = {
    ...{ flavour, chainId, blockGasLimit },
    isStrict: () => !options.mempool,
    extraGas: () => options.extraGas,
  };
  /** The pool of whoever makes the next block: what was gossiped. */
  const builder = mempool(rules);
  const nodes = Array.from({ length: config.nodes }, () => mempool(rules));
  const pools = [builder, ...nodes];
  const notModelled: string[] = [];
  const received: ChainTruth['received'][number][] = [];
  const foreign: NonNullable<ChainTruth['foreign']>[number][] = [];
  let baseFee = usualFee;
  let congestedBlocks = 0;
  /** How many blocks a spike still lasts, and what was asked for before it. */
  let spike: { blocks: number; before: bigint } | null = null;
  /** The most that a block has asked for so far, with the usual tip. */
  let dearest = usualFee + tip;
  let finalityHalted = false;
  let blocksHalted = false;
  let arrivals = 0;
  let acts = 0;
  /** Counts everything that the truth depends on. */
  let version = 0;

  // Blocks

  function moveBaseFee(): void {
    if (spike !== null) {
      spike.blocks -= 1;
      if (spike.blocks > 0) return;
      baseFee = spike.before;
      spike = null;
    } else if (random.chance(options.spikes)) {
      spike = { blocks: options.spikeBlocks, before: baseFee };
      baseFee *= BigInt(options.spikeTimes);
      tell(`gas costs ${options.spikeTimes} times as much`);
      return;
    }
    if (random.chance(options.congested)) congestedBlocks = options.congestedBlocks;
    const perMille =
      congestedBlocks > 0 ? 125 : baseFee > 2n * usualFee ? -125 : random.between(-125, 125);
    congestedBlocks = Math.max(0, congestedBlocks - 1);
    const moved = (baseFee * BigInt(1_000 + perMille)) / 1_000n;
    baseFee = moved < usualFee / 4n ? usualFee / 4n : moved;
  }

  const finalAt = (number: number): number => {
    const before = chain.head().final;
    return finalityHalted ? before : Math.max(before, number - finalityBlocks);
  };

  function pruned(block: Block): void {
    version += 1;
    const senders = new Set(block.receipts.map(({ transaction }) => transaction.from));
    for (const sender of senders)
      for (const pool of pools) pool.prune(sender, chain.account(sender, block.number).nonce);
  }

  function makeBlock(made: readonly Act[], pool: Mempool | null): Block {
    const final = finalAt(chain.head().number + 1);
    const plan = { at: world.now(), baseFee, final, acts: made, actsFirst: true, pool };
    const block = chain.seal(plan);
    moveBaseFee();
    if (baseFee + tip > dearest) dearest = baseFee + tip;
    pruned(block);
    return block;
  }

  function reorg(depth: number): void {
    const head = chain.head();
    const height = Math.max(head.final, head.number - depth);
    if (height === head.number) return;
    const gone = chain.rewind(height);
    tell(`blocks ${height + 1} to ${head.number} are made anew`);
    for (const { transaction } of gone.flatMap(({ receipts }) => receipts)) {
      if (transaction.raw === null) continue; // An act: it stays in its block.
      if (random.chance(options.reorgDrops)) tell(`${transaction.hash} is forgotten`);
      else {
        const again = gone[random.between(0, gone.length)];
        offerToAll(transaction, again?.at ?? world.now() + 1);
      }
    }
    for (const { at, baseFee: fee, final, acts: made } of gone) {
      const actsFirst = random.chance(0.5);
      const plan = { at, baseFee: fee, final, acts: made, actsFirst, pool: builder };
      pruned(chain.seal(plan));
    }
  }

  function tick(): void {
    if (!blocksHalted) {
      makeBlock([], builder);
      if (random.chance(options.reorg)) reorg(random.between(1, options.reorgDepthMax));
    }
    world.after(config.blockMs, tick);
  }
  if (config.blockMs > 0) world.after(config.blockMs, tick);

  // Transactions

  const stateOf = (address: string) => chain.account(address, chain.head().number);
  function offer(pool: Mempool, transaction: Transaction, notBefore: number): PoolError | null {
    arrivals += 1;
    const entry: Entry = { transaction, notBefore, order: arrivals };
    return pool.offer(entry, stateOf(transaction.from), baseFee);
  }
  /** What a node refuses it keeps to itself: the others need not. */
  function offerToAll(transaction: Transaction, notBefore: number): void {
    for (const pool of pools) offer(pool, transaction, notBefore);
  }
  const inBlockAfter = (): number =>
    world.now() + (random.chance(options.slow) ? random.between(1, options.slowMsMax) : 0);

  function note(raw: Hex): Transaction | null {
    const transaction = decodeTransaction(raw);
    version += 1;
    received.push({
      ...{ at: world.now(), raw, hash: transaction?.hash ?? keccak256(raw) },
      ...{ from: transaction?.from ?? '', nonce: transaction?.nonce ?? -1 },
      payment:
        transaction === null
          ? null
          : transaction.to === tokenAddress
            ? paymentIn(transaction)
            : etherIn(transaction),
      // Other code does whatever it likes with them, and that is nothing.
      batch:
        transaction?.to === payouts && !options.otherCode && transaction !== null
          ? paymentsIn(transaction)
          : [],
      gas: transaction?.gas ?? 0n,
      cancels:
        transaction?.to === tokenAddress
          ? cancelledBy(transaction.data)
          : transaction !== null && isOurs(transaction) && transaction.value === 0n
            ? nonceOf(transaction)
            : null,
      ...{ maxFeePerGas: transaction?.maxFeePerGas ?? 0n, dearest },
    });
    return transaction;
  }
  const paymentIn = ({ data }: Transaction): ChainTruth['received'][number]['payment'] => {
    const payment = paymentOf(data);
    if (payment === null) return null;
    const { to, micros, authorization } = payment;
    return { to, micros, authorization };
  };

  /** A treasury's own nonce is to ether what an authorization's is to the token: one payment, or none, comes of it. */
  const isOurs = ({ from }: Transaction): boolean => treasuries.includes(from);
  const nonceOf = ({ from, nonce }: Transaction): string => `${from}#${nonce}`;
  const etherIn = (one: Transaction): ChainTruth['received'][number]['payment'] =>
    isOurs(one) && one.value > 0n
      ? { to: one.to, micros: one.value, authorization: nonceOf(one) }
      : null;

  const paymentsIn = ({
    data,
  }: Transaction): NonNullable<ChainTruth['received'][number]['batch']> =>
    (batchIn(data)?.all ?? []).map(({ to, value, nonce }) => ({
      ...{ to: lower(to), micros: value, authorization: nonce },
    }));

  function send(node: Mempool, height: number, transaction: Transaction | null): Hex | PoolError {
    if (transaction === null) {
      const [code, message] =
        flavour === 'geth'
          ? [-32_000, 'rlp: expected List']
          : [-32_602, 'Failed to decode transaction'];
      return { code, message };
    }
    const { hash } = transaction;
    // A node that is behind still has in its pool what the newer blocks have.
    if ((chain.receipt(hash)?.blockNumber ?? -1) > height)
      return flavour === 'geth'
        ? { code: -32_000, message: 'already known' }
        : { code: -32_003, message: 'transaction already imported' };
    const error = offer(node, transaction, world.now());
    if (error !== null) return error;
    version += 1;
    if (random.chance(options.dropped)) {
      tell(`${hash} goes no further than its node`);
      // Whoever has no pool has nowhere to keep it.
      if (!options.mempool) node.forget(transaction);
      else world.after(random.between(1, options.forgetMsMax), () => node.forget(transaction));
      return hash;
    }
    const notBefore = inBlockAfter();
    for (const pool of pools) if (pool !== node) offer(pool, transaction, notBefore);
    return hash;
  }

  // What others do

  function act(from: Address, run: Act['run'], endow?: NonNullable<Act['endow']>): Done {
    acts += 1;
    const hash = keccak256(numberToHex((BigInt(chainId) << 64n) + BigInt(acts), { size: 32 }));
    const transaction: Transaction = {
      ...{ hash, raw: null, from, nonce: acts, to: tokenAddress, value: 0n, data: '0x' },
      ...{ gas: blockGasLimit, maxFeePerGas: baseFee, maxPriorityFeePerGas: 0n, chainId },
    };
    const made = endow === undefined ? { transaction, run } : { transaction, run, endow };
    const block = makeBlock([made], null);
    const receipt = chain.receipt(hash);
    if (receipt === undefined) throw new Error('an act is in its block');
    return { ok: receipt.ok, txHash: hash, blockNumber: block.number, logIndex: lastLog(receipt) };
  }
  /** Bytes that the account's key has signed, and that are not ours. */
  function foreignBytes(from: Address, to: Address, value: bigint): Transaction {
    const key = config.keys?.find((one) => lower(privateKeyToAddress(one)) === from);
    if (key === undefined) throw new Error(`nobody here has the key of ${from}`);
    const { nonce } = stateOf(from);
    const other = builder.entry(from, nonce)?.transaction;
    const more = (fee: bigint, usual: bigint): bigint => (fee > usual ? fee : usual) * 2n;
    const unsigned: TransactionSerializableEIP1559 = {
      ...{ type: 'eip1559', chainId, nonce, to, value, gas: 100_000n },
      maxFeePerGas: more(other?.maxFeePerGas ?? 0n, baseFee + tip),
      maxPriorityFeePerGas: more(other?.maxPriorityFeePerGas ?? 0n, tip),
    };
    const digest = keccak256(serializeTransaction(unsigned)).slice(2);
    const { r, s, recovery } = secp256k1.sign(digest, key.slice(2));
    const signature = { r: numberToHex(r, { size: 32 }), s: numberToHex(s, { size: 32 }) };
    const raw = serializeTransaction(unsigned, { ...signature, yParity: recovery });
    const made = decodeTransaction(raw);
    if (made?.from !== from) throw new Error(`${raw} is not of ${from}`);
    return made;
  }
  const calls = (from: Address, data: Hex): Done =>
    act(lower(from), (height, timestamp) =>
      token.call(data, { from: lower(from), height, timestamp }),
    );

  // What nodes answer

  function viewOf(index: number): NodeView {
    const node = nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    const head = chain.head();
    const behind = random.chance(options.behind) ? random.between(1, options.behindBlocksMax) : 0;
    const height = Math.max(head.final, head.number - behind);
    return {
      ...{
        flavour,
        chainId,
        token: tokenAddress,
        chain,
        height,
        blockGasLimit,
        tip,
        nextBaseFee: baseFee,
        nature: options,
      },
      codeAt: (address) => {
        // Of the token's code nothing is asked but whether there is any.
        if (address === tokenAddress.toLowerCase()) return '0x60';
        return address !== payouts ? '0x' : options.otherCode ? `${payoutsCode}00` : payoutsCode;
      },
      pendingCount: (address) => node.nextNonce(address, stateOf(address).nonce),
      send: (raw) => {
        const said = send(node, height, decodeTransaction(raw));
        return typeof said === 'string' ? said : inWordsOf(options.words, said, world);
      },
      hides: () => random.chance(options.lies),
      suggestedTip: () => (random.chance(options.absurdTips) ? absurdTip : tip),
      extraGas: () => (random.chance(options.shortEstimates) ? 0n : options.extraGas),
      tooWide: () => tooWide(world),
    };
  }

  const requestsIn = (body: unknown): RpcRequest[] =>
    (Array.isArray(body) ? body : [body]) as RpcRequest[];
  const noteAll = (requests: readonly RpcRequest[]): void => {
    for (const { method, params } of requests)
      if (method === 'eth_sendRawTransaction') note(String(params?.[0]) as Hex);
  };

  function rpc(node: number | null, body: unknown): RpcResponse | RpcResponse[] {
    const requests = requestsIn(body);
    noteAll(requests);
    if (random.chance(options.limited)) {
      const error = { code: -32_005, message: 'limit exceeded' };
      const refused = requests.map(({ id }): RpcResponse => ({ jsonrpc: '2.0', id, error }));
      return Array.isArray(body) ? refused : (refused[0] as RpcResponse);
    }
    const view = viewOf(node ?? random.between(0, nodes.length - 1));
    try {
      const answers = requests.map((request) => answer(view, request));
      return Array.isArray(body) ? answers : (answers[0] as RpcResponse);
    } catch (error) {
      notModelled.push(String(error));
      throw error;
    }
  }

  function http({ method, body }: WireRequest): WireResponse {
    if (method !== 'POST') return { status: 405, body: '' };
    const asked: unknown = JSON.parse(body);
    const headers = { 'content-type': 'application/json' };
    if (random.chance(options.tooMany)) {
      noteAll(requestsIn(asked));
      return { status: 429, headers, body: '{"error":"Too Many Requests"}' };
    }
    if (Array.isArray(asked) && asked.length > options.batchMax) {
      noteAll(requestsIn(asked));
      return tooManyAtOnce(
        requestsIn(asked).map(({ id }) => id),
        world,
      );
    }
    return { status: 200, headers, body: JSON.stringify(rpc(null, asked)) };
  }

  // The truth

  function tellTruth(): ChainTruth {
    const { number, final } = chain.head();
    const logs = chain.logs(0, number);
    const transfers: ChainTruth['transfers'][number][] = [];
    const canceled: ChainTruth['canceled'][number][] = [];
    for (const [index, log] of logs.entries()) {
      const { topics, data, blockNumber, logIndex, txHash } = log;
      if (log.address !== undefined) continue; // Another contract's.
      const isFinal = blockNumber <= final;
      if (topics[0] === tokenTopics.canceled)
        canceled.push({
          ...{ by: addressIn(topics[1]), authorization: topics[2] ?? '' },
          ...{ blockNumber, final: isFinal },
        });
      if (topics[0] !== tokenTopics.transfer) continue;
      const before = logs[index - 1];
      const used = before?.txHash === txHash && before.topics[0] === tokenTopics.used;
      transfers.push({
        ...{ from: addressIn(topics[1]), to: addressIn(topics[2]), micros: BigInt(data) },
        ...{ txHash, blockNumber, logIndex, final: isFinal },
        authorization: used ? (before.topics[2] ?? null) : null,
      });
    }
    for (const { transaction, ok, txIndex: logIndex, blockNumber } of chain.signed()) {
      if (!isOurs(transaction)) continue;
      const { from, to, hash: txHash, value: micros } = transaction;
      const [authorization, isFinal] = [nonceOf(transaction), blockNumber <= final];
      const isForeign = foreign.some(({ hash }) => hash === txHash);
      if (ok && micros > 0n && !isForeign)
        transfers.push({
          ...{ from, to, micros, txHash, blockNumber, logIndex, authorization },
          final: isFinal,
        });
      else canceled.push({ by: from, authorization, blockNumber, final: isFinal, txHash });
    }
    return {
      ...{ network, token: tokenAddress, treasuries, transfers },
      ...{ received: [...received], canceled, foreign: [...foreign] },
    };
  }
  let told: { version: number; truth: ChainTruth } | null = null;

  return {
    options,
    rpc,
    http,
    notModelled,
    mint: (to, micros) => calls(minter, encodeTokenCall('mint', to, micros)),
    blacklist: (address, on) =>
      calls(owner, encodeTokenCall(on ? 'blacklist' : 'unBlacklist', address)),
    pause: (on) => calls(owner, encodeTokenCall(on ? 'pause' : 'unpause')),
    cancelAuthorization: (nonce, authorizer = treasuries[0] ?? owner) =>
      act(lower(authorizer), (height) => token.cancel(lower(authorizer), nonce, height)),
    useAuthorization: (nonce, from, to, micros) =>
      act(lower(from), (height) => token.use(lower(from), to, micros, nonce, height)),
    transfer: (from, to, micros) => calls(from, encodeTokenCall('transfer', to, micros)),
    relayAuthorization: (raw, place = 0) => {
      const data = decodeTransaction(raw)?.data ?? '0x';
      const batch = batchIn(data);
      const member = batch?.all[place];
      if (batch !== null && member !== undefined)
        return calls(stranger, callOf(batch.from, member));
      if (paymentOf(data) === null) throw new Error('these bytes carry no authorization');
      return calls(stranger, data);
    },
    relayBatch: (raw, gas) => {
      const data = decodeTransaction(raw)?.data ?? '0x';
      if (payouts === null || batchIn(data) === null) throw new Error('these bytes are no batch');
      const stand = { token, tokenAddress, address: payouts };
      return act(stranger, (height, timestamp) =>
        callPayouts(stand, data, { from: stranger, height, timestamp }, gas),
      );
    },
    useNonce: (from, to = from, wei = 0n) => {
      const transaction = foreignBytes(lower(from), lower(to), wei);
      const { hash, nonce } = transaction;
      version += 1;
      foreign.push({ hash, from: lower(from), nonce });
      tell(`somebody uses nonce ${nonce} of ${from}`);
      offerToAll(transaction, world.now());
    },
    fund: (to, amount) => {
      const nothing = (): Outcome => ({ ok: true, data: '0x', logs: [], gas: 0n, apply: () => {} });
      act(stranger, nothing, { to: lower(to), wei: amount });
    },
    replay: (raw) => {
      const transaction = note(raw);
      if (transaction !== null) offerToAll(transaction, world.now());
    },
    forgetPools: () => {
      for (const pool of pools) pool.clear();
    },
    reorg,
    haltFinality: (on) => {
      finalityHalted = on;
    },
    haltBlocks: (on) => {
      blocksHalted = on;
    },
    mine: (blocks = 1) => {
      for (let made = 0; made < blocks; made += 1) makeBlock([], builder);
    },
    balanceOf: (address) => token.balanceOf(address, chain.head().number),
    nextBaseFee: () => baseFee,
    truth: () => {
      if (told?.version !== version) told = { version, truth: tellTruth() };
      return told.truth;
    },
  };
}

const addressIn = (topic: Hex | undefined): string => `0x${(topic ?? '').slice(26)}`;
const lastLog = ({ logs }: Receipt): number => logs.at(-1)?.logIndex ?? -1;
