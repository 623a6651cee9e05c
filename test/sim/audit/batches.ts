/** A batch's row: one submission that counts as an attempt of each of its members, read from the bytes that were signed. */
import {
  BaseError,
  decodeFunctionData,
  encodeAbiParameters,
  keccak256,
  parseAbi,
  parseTransaction,
} from 'viem';
import type { Row } from '../truth.ts';
import { type Attempt, hex, map, number, text, Unreadable } from './rows.ts';

export const payoutsAbi = parseAbi([
  'struct Authorization { address to; uint256 value; uint256 validBefore; bytes32 nonce; uint8 v; bytes32 r; bytes32 s; }',
  'function pay(address token, address from, Authorization[] all)',
]);

function bytesOf(raw: string) {
  try {
    const { data = '0x', to, gas = 0n } = parseTransaction(raw as `0x02${string}`);
    const { args } = decodeFunctionData({ abi: payoutsAbi, data });
    const [token, from, all] = args;
    return { to: to ?? '', gas, token: token.toLowerCase(), from: from.toLowerCase(), all };
  } catch (error) {
    if (error instanceof BaseError)
      throw new Unreadable(`bytes that are no batch: ${error.message}`);
    throw error;
  }
}

/** All of its members' attempts. Unreadable when the row names others than the bytes pay, or one twice. */
export function batchIn(row: Row): Attempt[] {
  const [, batch = ''] = text(row, 'pk').split('#');
  const carrier = map(row, 'carrier');
  const raw = hex(row, 'raw');
  const chainId = number(row, 'chainId');
  const token = text(row, 'token').toLowerCase();
  const bytes = bytesOf(raw);
  if (bytes.token !== token) throw new Unreadable(`the bytes of ${batch} are of another token`);
  if (bytes.to.toLowerCase() !== text(row, 'contract').toLowerCase())
    throw new Unreadable(`the bytes of ${batch} go to another contract`);
  const members = map(row, 'members');
  const ids = Object.keys(members);
  const nonces = new Set(bytes.all.map(({ nonce }) => nonce));
  if (nonces.size !== bytes.all.length || ids.length !== bytes.all.length)
    throw new Unreadable(`${batch} names ${ids.length} and carries ${nonces.size}`);
  return ids.map((withdrawalId): Attempt => {
    const parts = [{ type: 'uint256' }, { type: 'address' }, { type: 'string' }] as const;
    const values = [BigInt(chainId), token as `0x${string}`, withdrawalId] as const;
    const authorization = keccak256(encodeAbiParameters(parts, values));
    const own = bytes.all.find(({ nonce }) => nonce === authorization);
    if (own === undefined)
      throw new Unreadable(`${batch} names ${withdrawalId} and does not pay it`);
    return {
      withdrawalId,
      number: number(members, withdrawalId),
      ...{ chainId, token, to: own.to.toLowerCase(), value: own.value, authorization },
      ...{ payer: bytes.from, validBefore: Number(own.validBefore) },
      ...{ from: text(carrier, 'from').toLowerCase(), nonce: number(carrier, 'nonce') },
      ...{ raw, hash: hex(row, 'hash'), ends: false },
      batch: { id: batch, members: ids.length, gas: bytes.gas },
    };
  });
}
