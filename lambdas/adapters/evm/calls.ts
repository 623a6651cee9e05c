/** What a gas lane's transaction calls. */
import { encodeFunctionData, prepareEncodeFunctionData } from 'viem';
import type { Authorization, Authorized } from '../../core/rails/evm/attempt.ts';
import type { Address, Hex } from '../../core/rails/evm/hex.ts';
import { cancellationAbi, payoutsAbi, usdcAbi } from './abi.ts';

// What follows from the ABI alone is reckoned once, and not for each payout.
const transfer = prepareEncodeFunctionData({
  abi: usdcAbi,
  functionName: 'transferWithAuthorization',
});
const pay = prepareEncodeFunctionData({ abi: payoutsAbi, functionName: 'pay' });

/** The call of the token that submits what the treasury has signed. */
export function callOf(authorization: Authorization, signature: Hex): Hex {
  const { from, to, value, validBefore, nonce, ends } = authorization;
  const { r, s, v } = partsOf(signature);
  if (ends)
    return encodeFunctionData({
      abi: cancellationAbi,
      functionName: 'cancelAuthorization',
      args: [from, nonce, v, r, s],
    });
  return encodeFunctionData({
    ...transfer,
    args: [from, to, value, 0n, BigInt(validBefore), nonce, v, r, s],
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
    const { r, s, v } = partsOf(signature);
    return { to, value, validBefore: BigInt(validBefore), nonce, v, r, s };
  });
  return encodeFunctionData({ ...pay, args: [token, from, all] });
}

/** The parts of a signature as it is saved, which is as `serializeSignature` of viem writes it. */
function partsOf(signature: Hex): { r: Hex; s: Hex; v: number } {
  const [, r, s, v] = /^0x([\da-f]{64})([\da-f]{64})(1b|1c)$/.exec(signature) ?? [];
  if (v === undefined) throw new Error('what is signed has no signature');
  return { r: `0x${r}`, s: `0x${s}`, v: Number.parseInt(v, 16) };
}
