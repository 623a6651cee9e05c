/** Which transactions of an account are in the chain, and what became of them. */
import { BaseError, type Client, numberToHex, RpcRequestError } from 'viem';
import { getTransactionCount } from 'viem/actions';
import * as z from 'zod';
import { all } from '../../core/kernel/all.ts';
import type { Mined, Receipt } from '../../core/rails/ether/chain.ts';
import type { Address, Hex } from '../../core/rails/evm/hex.ts';

const digits = (length: string) =>
  z
    .string()
    .regex(new RegExp(`^0x[\\da-f]${length}$`, 'i'))
    .transform((text) => text.toLowerCase() as Hex);
const word = digits('{64}');
const quantity = digits('{1,13}').transform(Number);
const receipt = z.object({
  transactionHash: word,
  status: z.enum(['0x0', '0x1']),
  blockNumber: quantity,
  blockHash: word,
  transactionIndex: quantity,
});
const header = z.object({ hash: word });
const transaction = z.object({
  hash: word,
  from: digits('{40}'),
  to: digits('{40}').nullable(),
  nonce: quantity,
  value: digits('{1,64}').transform(BigInt),
  transactionIndex: quantity,
});
/** What every row of a block says. */
const sender = z.object({ from: z.string() });
/** Rows of other types, which some chains have besides, need not be readable. */
const block = z.object({ number: quantity, hash: word, transactions: z.array(z.unknown()) });

const ask = (client: Client, method: string, ...params: unknown[]): Promise<unknown> =>
  client.request({ method, params } as never);

/** How many nonces of the account the chain has used up to this block. */
export const countAt = (client: Client, address: Address, height: number): Promise<number> =>
  getTransactionCount(client, { address, blockNumber: BigInt(height) });

/** Where the transaction stands in the node's own chain; `null`: nowhere. A receipt of another fork than the block's is none. */
export async function receiptOf(client: Client, hash: Hex): Promise<Receipt | null> {
  const said = receipt.nullable().parse(await ask(client, 'eth_getTransactionReceipt', hash));
  if (said === null) return null;
  if (said.transactionHash !== hash.toLowerCase()) throw new Error('a receipt of something else');
  const { blockNumber: height, blockHash } = said;
  const now = header
    .nullable()
    .parse(await ask(client, 'eth_getBlockByNumber', numberToHex(height), false));
  if (now?.hash !== blockHash) return null;
  return {
    ...{ hash, height, block: blockHash, index: said.transactionIndex },
    succeeded: said.status === '0x1',
  };
}

/** A transaction of this account in a block. */
export type Own = Mined & { nonce: number; to: Address | null; value: bigint };

/** The transactions of this account in this block. Throws when one of them cannot be read. */
export async function ownIn(client: Client, address: Address, height: number): Promise<Own[]> {
  const said = block.parse(await ask(client, 'eth_getBlockByNumber', numberToHex(height), true));
  if (said.number !== height) throw new Error('another block than was asked for');
  return said.transactions.flatMap((row) => {
    const from = sender.parse(row).from.toLowerCase();
    if (from !== address.toLowerCase()) return [];
    const { hash, nonce, to, value, transactionIndex: index } = transaction.parse(row);
    return [{ hash, height, block: said.hash, index, nonce, to, value }];
  });
}

/**
 * The transaction that used this nonce up in (from, to]; before that if it was used up by then. Many nodes have the state of the
 * newest blocks only, and cannot count at older ones: then the blocks themselves are looked through.
 */
export async function spenderOf(
  client: Client,
  address: Address,
  nonce: number,
  from: number,
  to: number,
): Promise<Mined | null> {
  const height = await heightOf(client, address, nonce, from, to).catch((error: unknown) => {
    if (!isSaid(error)) throw error;
    return null;
  });
  if (height !== null) return minedIn(await ownIn(client, address, height), nonce);
  for (let next = from + 1; next <= Math.min(to, from + spenderBlocksMax); next += blocksAtOnce) {
    const many = Math.min(blocksAtOnce, to - next + 1);
    const own = await all(
      Array.from({ length: many }, (_, place) => ownIn(client, address, next + place)),
    );
    const found = minedIn(own.flat(), nonce);
    if (found !== null) return found;
  }
  return null;
}

/** So many blocks are looked through for one nonce, and for a record, with so many asked for at one time. */
const spenderBlocksMax = 2_000;
const blocksReadMax = 10_000;
const blocksAtOnce = 20;

/** Whether it is a node's word, and not that none came. */
const isSaid = (error: unknown): boolean =>
  error instanceof BaseError && Boolean(error.walk((one) => one instanceof RpcRequestError));

async function heightOf(
  client: Client,
  address: Address,
  nonce: number,
  from: number,
  to: number,
): Promise<number> {
  const isUsed = async (height: number): Promise<boolean> =>
    nonce < (await countAt(client, address, height));
  let [before, since] = (await isUsed(from)) ? [-1, from] : [from, to];
  while (since - before > 1) {
    const middle = Math.floor((before + since) / 2);
    if (await isUsed(middle)) since = middle;
    else before = middle;
  }
  return since;
}

function minedIn(own: readonly Own[], nonce: number): Mined | null {
  const found = own.find((one) => one.nonce === nonce);
  if (found === undefined) return null;
  const { hash, height, block: blockHash, index } = found;
  return { hash, height, block: blockHash, index };
}

/** How many transactions the account had made at a height; `null`: the node has no state of it any more. */
type Known = { height: number; count: number | null };

/**
 * The transactions of this account in (from, to]. Where the node can count them at a height, few blocks have to be read; the others are
 * looked through one by one. Throws when those are too many.
 */
export async function ownBetween(
  client: Client,
  address: Address,
  from: number,
  to: number,
): Promise<Own[]> {
  const known = async (height: number): Promise<Known> => {
    if (height < 0) return { height, count: 0 };
    const count = await countAt(client, address, height).catch((error: unknown) => {
      if (!isSaid(error)) throw error;
      return null;
    });
    return { height, count };
  };
  const through = async (low: Known, high: Known): Promise<Own[]> => {
    if (high.height - low.height > blocksReadMax)
      throw new Error('the node has no states of so old blocks, and they are too many to be read');
    const own: Own[] = [];
    for (let next = low.height + 1; next <= high.height; next += blocksAtOnce) {
      const many = Math.min(blocksAtOnce, high.height - next + 1);
      const some = Array.from({ length: many }, (_, place) => ownIn(client, address, next + place));
      own.push(...(await all(some)).flat());
    }
    return own;
  };
  const within = async (low: Known, high: Known): Promise<Own[]> => {
    if (high.count === null) return through(low, high);
    if (low.count !== null && high.count <= low.count) return [];
    if (high.height - low.height <= 1) return through(low, high);
    const middle = await known(Math.floor((low.height + high.height) / 2));
    const [first, second] = await Promise.all([within(low, middle), within(middle, high)]);
    return [...first, ...second];
  };
  const [low, high] = await Promise.all([known(from), known(to)]);
  return within(low, high);
}
