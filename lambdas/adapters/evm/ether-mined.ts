/** Which transactions of an account are in the chain, and what became of them. */
import { type Client, numberToHex } from 'viem';
import { getTransactionCount } from 'viem/actions';
import * as z from 'zod';
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
    const from = z.object({ from: z.string() }).parse(row).from.toLowerCase();
    if (from !== address.toLowerCase()) return [];
    const { hash, nonce, to, value, transactionIndex: index } = transaction.parse(row);
    return [{ hash, height, block: said.hash, index, nonce, to, value }];
  });
}

/** The transaction that used this nonce up in (from, to]; before that if it was used up by then. */
export async function spenderOf(
  client: Client,
  address: Address,
  nonce: number,
  from: number,
  to: number,
): Promise<Mined | null> {
  const isUsed = async (height: number): Promise<boolean> =>
    nonce < (await countAt(client, address, height));
  let [before, since] = (await isUsed(from)) ? [-1, from] : [from, to];
  while (since - before > 1) {
    const middle = Math.floor((before + since) / 2);
    if (await isUsed(middle)) since = middle;
    else before = middle;
  }
  const own = await ownIn(client, address, since);
  const found = own.find((one) => one.nonce === nonce);
  if (found === undefined) return null;
  const { hash, height, block: blockHash, index } = found;
  return { hash, height, block: blockHash, index };
}

/** The heights in (from, to] at which this account has transactions. Only its number of them is read, so it needs few calls. */
export async function heightsOf(
  client: Client,
  address: Address,
  from: number,
  to: number,
): Promise<number[]> {
  const within = async (
    low: { height: number; count: number },
    high: { height: number; count: number },
  ): Promise<number[]> => {
    if (high.count <= low.count) return [];
    if (high.height - low.height <= 1) return [high.height];
    const height = Math.floor((low.height + high.height) / 2);
    const middle = { height, count: await countAt(client, address, height) };
    const [first, second] = await Promise.all([within(low, middle), within(middle, high)]);
    return [...first, ...second];
  };
  const [first, last] = await Promise.all([
    from < 0 ? 0 : countAt(client, address, from),
    countAt(client, address, to),
  ]);
  return within({ height: from, count: first }, { height: to, count: last });
}
