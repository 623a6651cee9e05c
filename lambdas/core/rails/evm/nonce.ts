/** The exclusive resource of payouts on EVM chains. */
import { encodeAbiParameters, keccak256 } from 'viem';
import type { WithdrawalId } from '../../kernel/ids.ts';
import type { Address, Hex } from './hex.ts';

/** The one EIP-3009 nonce of the treasury that this withdrawal's payout uses on this chain. */
export const payoutNonce = (chainId: number, token: Address, id: WithdrawalId): Hex =>
  keccak256(
    encodeAbiParameters(
      [{ type: 'uint256' }, { type: 'address' }, { type: 'string' }],
      [BigInt(chainId), token, id],
    ),
  );
