/**
 * Whether a call reverted. Only the data that the contract gave back proves it: the codes and words that come with it differ
 * from client to client (3, -32000, -32003, -32015, -32603 …), and each of them is also used for what is the node's own fault.
 */

import type { Hex } from '../../core/rails/evm/hex.ts';
import type { RpcError } from '../net/json-rpc.ts';

/** `Error(string)` and `Panic(uint256)` (Solidity documentation, "Error handling"). */
export const wellKnown = /0x(?:08c379a0|4e487b71)(?:[\da-f]{64})+/i;
/**
 * Four bytes and whole words: what any contract gives back when it reverts with a reason. It is not the call itself, which
 * an error may repeat: `transfer` and `transferWithAuthorization` begin with these.
 */
const anyRevert = /^(?:reverted )?(0x(?!a9059cbb|e3ee160e)[\da-f]{8}(?:[\da-f]{64})*)$/i;

/**
 * The data of a revert in a node's error; `null`: nothing proves one. The data is a text (geth, erigon, reth, besu,
 * nethermind), a text behind the word "Reverted" (OpenEthereum), or in an object (hardhat, ganache, some providers).
 */
export function revertDataIn({ message, data }: Pick<RpcError, 'message' | 'data'>): Hex | null {
  for (const value of [data, inside(data, 'data')]) {
    const [, found] = typeof value === 'string' ? (anyRevert.exec(value.trim()) ?? []) : [];
    if (found !== undefined) return found as Hex;
  }
  // Elsewhere only what can be nothing else: an error may also repeat the call that it is about.
  const [hidden] = wellKnown.exec(`${textOf(data)} ${message}`) ?? [];
  return hidden === undefined ? null : (hidden as Hex);
}

const inside = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return JSON.stringify(value) ?? '';
}
