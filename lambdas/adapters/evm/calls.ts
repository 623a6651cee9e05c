/** What a gas lane's transaction calls. */
import { encodeFunctionData, parseSignature } from 'viem';
import type { Authorization, Authorized } from '../../core/rails/evm/attempt.ts';
import type { Address, Hex } from '../../core/rails/evm/hex.ts';
import { cancellationAbi, payoutsAbi, usdcAbi } from './abi.ts';

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

/** The call of the payout contract that submits what one payer has signed of many payouts. Throws on another payer's, and on what ends one. */
export function callOfAll(token: Address, members: readonly Authorized[]): Hex {
  const from = members[0]?.authorization.from;
  if (from === undefined) throw new Error('a batch has no member');
  const all = members.map(({ authorization, signature }) => {
    const { to, value, validBefore, nonce, ends } = authorization;
    if (authorization.from !== from) throw new Error('a batch has one payer');
    if (ends) throw new Error('a cancellation goes alone');
    const { r, s, yParity } = parseSignature(signature);
    return { to, value, validBefore: BigInt(validBefore), nonce, v: 27 + yParity, r, s };
  });
  return encodeFunctionData({ abi: payoutsAbi, functionName: 'pay', args: [token, from, all] });
}
