/**
 * What a node may say. viem reads an empty text as zero and an object without a number as block 0, so whatever is in no form that
 * JSON-RPC has for it (https://ethereum.github.io/execution-apis) is no answer. A quantity may also be a number: some gateways
 * write it so, and it says the same.
 */
import { blockAheadMaxMs } from '../../core/rails/evm/limits.ts';
import { systemClock } from '../net/clock.ts';

export const isQuantity = (said: unknown): said is string | number =>
  typeof said === 'number'
    ? Number.isSafeInteger(said) && said >= 0
    : typeof said === 'string' && /^0x[\da-f]{1,64}$/i.test(said);

export const isWord = (said: unknown): said is string =>
  typeof said === 'string' && /^0x[\da-f]{64}$/i.test(said);

/** `null`: the node has no such block. One of a time that is long to come is of no chain that is paid on. */
function isBlock(said: unknown): boolean {
  if (said === null) return true;
  const { number, timestamp }: { number?: unknown; timestamp?: unknown } = Object(said);
  if (!isQuantity(number) || !isQuantity(timestamp)) return false;
  return Number(timestamp) * 1_000 <= systemClock.now() + blockAheadMaxMs;
}

const forms: Readonly<Record<string, (said: unknown) => boolean>> = {
  eth_blockNumber: isQuantity,
  eth_chainId: isQuantity,
  eth_getBalance: isQuantity,
  eth_getBlockByNumber: isBlock,
  eth_getLogs: Array.isArray,
  eth_getTransactionCount: isQuantity,
};

/** What the node said to this method. Throws when nobody can read it. */
export function readable(method: string, said: unknown): unknown {
  if (forms[method]?.(said) === false)
    throw new Error(`the answer to ${method} cannot be read, or cannot be`);
  return said;
}
