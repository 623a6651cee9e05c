/**
 * What the treasury may still sign for: of the asset, and of the lamports that each payout may cost it. Both are promised in the
 * write that saves what is signed, and given back by the verdict. Fees and the rent of accounts that are opened are ours.
 */
import type { WithdrawalId } from '../../kernel/ids.ts';
import { sumOf } from '../../kernel/money.ts';
import type { Change } from '../../store/change.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import { type Funds, type FundsWorld, fundsOf } from '../evm/funds.ts';
import type { SolanaChain } from './chain.ts';
import { signatureFee } from './limits.ts';

export type Priced = { withdrawalId: WithdrawalId; value: bigint };
export type SolanaFunds = {
  /** Of the asset, in its smallest unit. */
  free(wanted: bigint): Promise<bigint>;
  /** Those that there is money for, the first of them first; and what the others wait for, if there are any. */
  fitting<P extends Priced>(payments: readonly P[]): Promise<{ paid: P[]; short: WaitReason }>;
  promise(payments: readonly Priced[]): Promise<Change[]>;
};

/** The token by which lamports are promised: SOL has no mint. */
export const lamports = 'SOL';

export function solanaFunds(
  world: FundsWorld,
  chain: SolanaChain,
  asset: 'USDC' | 'SOL',
): SolanaFunds {
  const fundsIn = (token: string, finalBalance: SolanaChain['finalLamports']): Funds =>
    fundsOf(world, { network: 'solana', token, finalBalance }, chain.treasury);
  const coins = fundsIn(lamports, chain.finalLamports);
  const tokens = asset === 'SOL' ? null : fundsIn(chain.mint, chain.finalTokens);
  /** The most that the payout may take of the lamports. A replacement offers no more than is promised here. */
  const costOf = async ({ value }: Priced): Promise<bigint> => {
    const fee = signatureFee + chain.priorityFeeMax;
    return fee + (tokens === null ? value : await chain.tokenAccountRent());
  };
  const pricedIn = async (payments: readonly Priced[]): Promise<Priced[]> =>
    Promise.all(
      payments.map(async (one) => ({ withdrawalId: one.withdrawalId, value: await costOf(one) })),
    );
  return {
    free: (wanted) => (tokens ?? coins).free(wanted),
    fitting: async (payments) => {
      const costs = await pricedIn(payments);
      let [tokensLeft, coinsLeft] = [
        await tokens?.free(sumOf(payments.map(({ value }) => value))),
        await coins.free(sumOf(costs.map(({ value }) => value))),
      ];
      let short: WaitReason = 'treasury-short';
      const paid = payments.filter(({ value }, index) => {
        const cost = costs[index]?.value ?? 0n;
        if (tokensLeft !== undefined && value > tokensLeft) return false;
        if (cost > coinsLeft) {
          if (tokens !== null) short = 'gas-short';
          return false;
        }
        if (tokensLeft !== undefined) tokensLeft -= value;
        coinsLeft -= cost;
        return true;
      });
      return { paid, short };
    },
    promise: async (payments) => [
      ...(tokens === null ? [] : await tokens.promise(payments)),
      ...(await coins.promise(await pricedIn(payments))),
    ],
  };
}
