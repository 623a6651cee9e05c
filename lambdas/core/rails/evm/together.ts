/** Signs the transaction that carries many payouts together, as many as one may carry. */
import type { WithdrawalId } from '../../kernel/ids.ts';
import type { Clock } from '../../kernel/world.ts';
import type { PayoutBatch } from '../../store/attempt.ts';
import type { Authorized, Carrier } from './attempt.ts';
import { batchDetailsOf, batchIdOf } from './batch.ts';
import type { Chain, Signer } from './chain.ts';
import type { Address, Hex } from './hex.ts';
import { payoutBatchFeeMax, payoutBatchGasMax, payoutBatchMembersMax } from './limits.ts';

/** How many payouts of so much gas each one transaction may carry at this price. */
export function membersMax(gasEach: bigint, maxFeePerGas: bigint): number {
  const byGas = payoutBatchGasMax / gasEach;
  const byFee = payoutBatchFeeMax / (gasEach * maxFeePerGas);
  return Math.min(payoutBatchMembersMax, Number(byGas), Number(byFee));
}

export type Member = Authorized & { withdrawalId: WithdrawalId; number: number };

/**
 * The members' payouts in one transaction. Its gas is reckoned, for an estimate takes what is skipped now for what it costs:
 * each member brings what one alone is given, which is more than the contract's floor for it, so that the last one has no
 * less than the first.
 */
export async function carriedTogether(
  { signer, clock }: { signer: Signer; clock: Clock },
  chain: Chain,
  contract: Address,
  { gas: gasEach, ...carrier }: Carrier & { gas: bigint },
  members: readonly Member[],
): Promise<{ batch: PayoutBatch; txId: Hex }> {
  const gas = gasEach * BigInt(members.length);
  const { raw, hash } = await signer.carryAll(chain, { ...carrier, gas }, contract, members);
  const { chainId, token } = chain;
  const batch: PayoutBatch = {
    id: batchIdOf(hash),
    createdAt: clock.now(),
    members: new Map(members.map(({ withdrawalId, number }) => [withdrawalId, number])),
    details: batchDetailsOf({ chainId, token, contract, carrier, raw, hash }),
  };
  return { batch, txId: hash };
}
