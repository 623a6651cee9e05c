/** Whether the payout contract stands where a setting says (contracts/Payouts.sol): the very code, and nothing that is like it. */
import { type Client, type Hex, keccak256 } from 'viem';
import type { PayoutContract } from '../../core/rails/evm/chain.ts';
import type { Address } from '../../core/rails/evm/hex.ts';
import { payoutsCodeHash } from './abi.ts';

/** What was found right is not asked for again: a contract that cannot destroy itself keeps its code. */
export function payoutContractAt(
  client: Client,
  address: Address | undefined,
): () => Promise<PayoutContract> {
  let isKnown = false;
  return async () => {
    if (address === undefined) return { is: 'not-set' };
    if (isKnown) return { is: 'ready', address };
    const code: Hex = await client.request({ method: 'eth_getCode', params: [address, 'latest'] });
    if (code === '0x') return { is: 'absent', address };
    isKnown = keccak256(code) === payoutsCodeHash;
    return { is: isKnown ? 'ready' : 'other-code', address };
  };
}
