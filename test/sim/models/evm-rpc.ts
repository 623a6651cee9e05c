/** The JSON-RPC methods that the product and its simulators use, in the wire's own shapes. Nothing else is answered. */
import { type Hex, numberToHex, pad } from 'viem';
import type { Block, Chain, Log, Receipt } from './evm-chain.ts';
import type { Flavour, PoolError } from './evm-mempool.ts';
import { lower } from './evm-recover.ts';
import { intrinsicGas, type Transaction } from './evm-transactions.ts';
import type { EvmNature } from './evm-ways.ts';

export type RpcRequest = {
  jsonrpc: string;
  id: unknown;
  method: string;
  params?: readonly unknown[];
};
export type RpcError = { code: number; message: string; data?: Hex };
export type RpcResponse = { jsonrpc: '2.0'; id: unknown } & (
  | { result: unknown }
  | { error: RpcError }
);

/** The chain as one node sees it while it answers. */
export type NodeView = {
  flavour: Flavour;
  chainId: number;
  token: string;
  chain: Chain;
  /** How far this node has come. */
  height: number;
  blockGasLimit: bigint;
  tip: bigint;
  /** What the next block will ask for. */
  nextBaseFee: bigint;
  pendingCount(address: string): number;
  codeAt(address: string): Hex;
  send(raw: Hex): Hex | PoolError;
  /** Whether a log is kept from who asks: nodes do not lie unless they are told to. */
  hides(): boolean;
  /** What it is like: what it knows, and what it gives at once. */
  nature: Pick<EvmNature, 'pending' | 'logBlocks' | 'logResults' | 'estimates' | 'feeHistory'>;
  suggestedTip(): bigint;
  /** What it reckons that a transaction needs beside its intrinsic gas. */
  extraGas(): bigint;
  /** Its words for a range of logs that it does not give at once. */
  tooWide(): PoolError;
};

/** A question that the model has no answer to: it must grow, or the product asks something new. */
export class NotModelled extends Error {}

const emptyBloom = `0x${'0'.repeat(512)}` as const;
const zero32 = `0x${'0'.repeat(64)}` as const;

/** Answers one request. Throws NotModelled. */
export function answer(view: NodeView, request: RpcRequest): RpcResponse {
  const { id, method, params = [] } = request;
  const given = outcomeOf(view, method, params);
  return { jsonrpc: '2.0', id, ...given };
}

type Given = { result: unknown } | { error: RpcError };

function outcomeOf(view: NodeView, method: string, params: readonly unknown[]): Given {
  const { chain, height } = view;
  switch (method) {
    case 'eth_chainId':
      return { result: numberToHex(view.chainId) };
    case 'eth_blockNumber':
      return { result: numberToHex(height) };
    case 'eth_getBlockByNumber': {
      const [tag, full] = params;
      const number = blockNumber(view, tag);
      const block = number > height ? undefined : chain.block(number);
      return {
        result: block === undefined ? null : blockJson(block, view.blockGasLimit, full === true),
      };
    }
    case 'eth_getTransactionCount': {
      const [address, tag] = params;
      const who = lower(String(address));
      if (tag === 'pending' && view.nature.pending === 'pool')
        return { result: numberToHex(view.pendingCount(who)) };
      if (tag === 'pending' && view.nature.pending === 'refused')
        return { error: { code: -32_602, message: 'pending block is not available' } };
      return { result: numberToHex(chain.account(who, readable(view, tag)).nonce) };
    }
    case 'eth_getBalance': {
      const [address, tag] = params;
      return {
        result: numberToHex(chain.account(lower(String(address)), readable(view, tag)).wei),
      };
    }
    case 'eth_maxPriorityFeePerGas':
      return { result: numberToHex(view.suggestedTip()) };
    case 'eth_feeHistory':
      return view.nature.feeHistory ? feeHistory(view, params) : unknown(method);
    case 'eth_estimateGas':
      return view.nature.estimates ? estimate(view, params) : unknown(method);
    case 'eth_gasPrice':
      return { result: numberToHex((chain.block(height)?.baseFee ?? 0n) + view.tip) };
    case 'eth_call':
      return call(view, params);
    case 'eth_getCode': {
      const [address, tag] = params;
      if (tag !== 'latest') throw new NotModelled(`eth_getCode at ${JSON.stringify(tag)}`);
      return { result: view.codeAt(lower(String(address))) };
    }
    case 'eth_getLogs':
      return logs(view, params[0]);
    case 'eth_getTransactionReceipt': {
      const receipt = chain.receipt(String(params[0]));
      const seen = receipt !== undefined && receipt.blockNumber <= height;
      return { result: seen ? receiptJson(receipt, view.token) : null };
    }
    case 'eth_sendRawTransaction': {
      const given = view.send(String(params[0]) as Hex);
      return typeof given === 'string' ? { result: given } : { error: given };
    }
    default:
      throw new NotModelled(`${method} ${JSON.stringify(params)}`);
  }
}

/** JSON-RPC 2.0, section 5.1, in geth's words (rpc/errors.go). */
const unknown = (method: string): Given => ({
  error: { code: -32_601, message: `the method ${method} does not exist/is not available` },
});

function blockNumber({ chain, height }: NodeView, tag: unknown): number {
  const final = chain.block(height)?.final ?? 0;
  switch (tag) {
    case 'latest':
    case 'pending':
      return height;
    case 'finalized':
      return final;
    case 'safe':
      return Math.ceil((final + height) / 2);
    case 'earliest':
      return 0;
    default:
      if (typeof tag === 'string' && /^0x[0-9a-f]+$/i.test(tag)) return Number(tag);
      throw new NotModelled(`the block ${JSON.stringify(tag)}`);
  }
}

/** A block whose state is asked for: a node does not know that of the future. */
function readable(view: NodeView, tag: unknown): number {
  const number = blockNumber(view, tag ?? 'latest');
  return Math.min(number, view.height);
}

function call(view: NodeView, params: readonly unknown[]): Given {
  const [asked, tag, ...more] = params as [Partial<Record<string, string>>, unknown];
  if (more.length > 0) throw new NotModelled('eth_call with overrides');
  const { from = `0x${'0'.repeat(40)}`, to, data, value = '0x0', ...rest } = asked;
  if (to === undefined || Object.keys(rest).length > 0)
    throw new NotModelled(`eth_call ${JSON.stringify(asked)}`);
  const transaction: Pick<Transaction, 'from' | 'to' | 'data' | 'value'> = {
    from: lower(from),
    to: lower(to),
    data: (data ?? '0x') as Hex,
    value: BigInt(value),
  };
  const outcome = view.chain.call(transaction, readable(view, tag));
  if (outcome.ok) return { result: outcome.data };
  const message = ['execution reverted', ...(outcome.reason === null ? [] : [outcome.reason])];
  return { error: { code: 3, message: message.join(': '), data: outcome.data } };
}

/** The base fees of the last blocks and of the next one; the tip that was paid in each is what nodes recommend. */
function feeHistory(view: NodeView, [count, tag, percentiles]: readonly unknown[]): Given {
  const newest = blockNumber(view, tag);
  const oldest = Math.max(0, newest - Number(count) + 1);
  const numbers = Array.from({ length: newest - oldest + 1 }, (_, index) => oldest + index);
  const fees = numbers.map((number) => numberToHex(view.chain.block(number)?.baseFee ?? 0n));
  const tips = (percentiles as readonly unknown[]).map(() => numberToHex(view.tip));
  return {
    result: {
      oldestBlock: numberToHex(oldest),
      baseFeePerGas: [...fees, numberToHex(view.nextBaseFee)],
      gasUsedRatio: numbers.map(() => 0.5),
      reward: numbers.map(() => tips),
    },
  };
}

/** About what a call costs; a revert is an error, as in a call. */
function estimate(view: NodeView, params: readonly unknown[]): Given {
  const [{ from, to, data = '0x', value = '0x0', ...rest }] = params as [
    Partial<Record<string, string>>,
  ];
  if (from === undefined || to === undefined || Object.keys(rest).length > 0)
    throw new NotModelled(`eth_estimateGas ${JSON.stringify(params)}`);
  const transaction = {
    ...{ from: lower(from), to: lower(to), data: data as Hex },
    value: BigInt(value),
  };
  if (view.chain.account(transaction.from, view.height).wei < transaction.value)
    return { error: { code: -32_000, message: 'insufficient funds for transfer' } };
  const outcome = view.chain.call(transaction, view.height);
  if (outcome.ok)
    return { result: numberToHex(intrinsicGas(transaction) + view.extraGas() + outcome.gas) };
  return call(view, params);
}

type Filter = { address?: string; topics?: unknown[]; fromBlock?: string; toBlock?: string };

function logs(view: NodeView, filter: unknown): Given {
  const { address, topics = [], fromBlock, toBlock, ...rest } = filter as Filter;
  if (typeof address !== 'string' || Object.keys(rest).length > 0)
    throw new NotModelled(`eth_getLogs ${JSON.stringify(filter)}`);
  const from = blockNumber(view, fromBlock ?? 'latest');
  if (from > view.height && view.flavour === 'anvil') {
    const message = `BlockOutOfRangeError: block height is ${view.height} but requested was ${from}`;
    return { error: { code: -32_602, message } };
  }
  const contract = lower(address);
  const asked = blockNumber(view, toBlock ?? 'latest') - from + 1;
  if (asked > view.nature.logBlocks) return { error: view.tooWide() };
  const to = Math.min(blockNumber(view, toBlock ?? 'latest'), view.height);
  const wanted = topics.map((topic) =>
    topic === null ? null : new Set((Array.isArray(topic) ? topic : [topic]).map(lower)),
  );
  const found = view.chain
    .logs(from, to)
    .filter((log) => (log.address ?? view.token) === contract)
    .filter((log) =>
      wanted.every((set, index) => set === null || set.has(log.topics[index] ?? '0x')),
    )
    .filter(() => !view.hides());
  if (asked > 1 && found.length > view.nature.logResults) return { error: view.tooWide() };
  return { result: found.map((log) => logJson(log, contract)) };
}

const logJson = (log: Log, address: string) => ({
  address,
  topics: log.topics,
  data: log.data,
  blockHash: log.blockHash,
  blockNumber: numberToHex(log.blockNumber),
  blockTimestamp: numberToHex(log.timestamp),
  transactionHash: log.txHash,
  transactionIndex: numberToHex(log.txIndex),
  logIndex: numberToHex(log.logIndex),
  removed: false,
});

const transactionJson = ({ transaction, txIndex, blockNumber, blockHash }: Receipt) => ({
  type: '0x2',
  hash: transaction.hash,
  from: transaction.from,
  to: transaction.to,
  nonce: numberToHex(transaction.nonce),
  value: numberToHex(transaction.value),
  input: transaction.data,
  gas: numberToHex(transaction.gas),
  maxFeePerGas: numberToHex(transaction.maxFeePerGas),
  maxPriorityFeePerGas: numberToHex(transaction.maxPriorityFeePerGas),
  chainId: numberToHex(transaction.chainId),
  blockNumber: numberToHex(blockNumber),
  blockHash,
  transactionIndex: numberToHex(txIndex),
});

const blockJson = (block: Block, gasLimit: bigint, isWhole: boolean) => ({
  hash: block.hash,
  parentHash: block.parentHash,
  sha3Uncles: zero32,
  miner: `0x${'0'.repeat(40)}`,
  stateRoot: zero32,
  transactionsRoot: zero32,
  receiptsRoot: zero32,
  logsBloom: emptyBloom,
  difficulty: '0x0',
  number: numberToHex(block.number),
  gasLimit: numberToHex(gasLimit),
  gasUsed: numberToHex(block.gasUsed),
  timestamp: numberToHex(block.timestamp),
  extraData: '0x',
  mixHash: zero32,
  nonce: pad('0x0', { size: 8 }),
  baseFeePerGas: numberToHex(block.baseFee),
  size: '0x400',
  uncles: [],
  transactions: block.receipts.map((one) =>
    isWhole ? transactionJson(one) : one.transaction.hash,
  ),
});

const receiptJson = (receipt: Receipt, token: string) => ({
  type: '0x2',
  status: receipt.ok ? '0x1' : '0x0',
  cumulativeGasUsed: numberToHex(receipt.cumulativeGas),
  logs: receipt.logs.map((log) => logJson(log, log.address ?? token)),
  logsBloom: emptyBloom,
  transactionHash: receipt.transaction.hash,
  transactionIndex: numberToHex(receipt.txIndex),
  blockHash: receipt.blockHash,
  blockNumber: numberToHex(receipt.blockNumber),
  gasUsed: numberToHex(receipt.gasUsed),
  effectiveGasPrice: numberToHex(receipt.gasPrice),
  from: receipt.transaction.from,
  to: receipt.transaction.to,
  contractAddress: null,
});
