/** What a gas lane's transaction calls, and the least that any transaction costs. */
import { encodeFunctionData, parseSignature } from 'viem';
import type { Hex } from '../../core/kernel/networks.ts';
import type { Authorization } from '../../core/rails/evm/attempt.ts';
import { cancellationAbi, usdcAbi } from './abi.ts';

/** What a plain transfer of ether costs (Ethereum Yellow Paper, appendix G, "transaction"). */
export const transferGas = 21_000n;

/** The call of the token that submits what the treasury has signed. */
export function callOf(authorization: Authorization, signature: Hex): Hex {
  const { from, to, value, validBefore, nonce, ends } = authorization;
  const { r, s, yParity } = parseSignature(signature);
  if (ends)
    return encodeFunctionData({
      abi: cancellationAbi,
      functionName: 'cancelAuthorization',
      args: [from, nonce, 27 + yParity, r, s],
    });
  return encodeFunctionData({
    abi: usdcAbi,
    functionName: 'transferWithAuthorization',
    args: [from, to, value, 0n, BigInt(validBefore), nonce, 27 + yParity, r, s],
  });
}
