/** What operators see of ether that is paid out: the treasury has it, and pays its own gas. */

import type { RailMoney } from '../../payout/rail-money.ts';
import { evmOnly } from '../evm/hex.ts';
import { transferGas } from '../evm/limits.ts';
import { weiDecimals } from '../evm/money.ts';
import { etherAttemptOf } from './attempt.ts';
import type { EtherChain } from './chain.ts';
import { nonceWindow } from './limits.ts';

type MoneyChain = Pick<EtherChain, 'finalBalance' | 'transactionCount' | 'fees'>;

/** `given` answers the next nonce of the treasury that nothing is signed for; `null`: none ever was. */
export const etherMoney = (
  treasury: EtherChain['treasury'],
  connected: () => Promise<MoneyChain>,
  given: () => Promise<number | null>,
): RailMoney => {
  const payer = evmOnly(treasury.toLowerCase());
  const used = async (of = payer): Promise<number> => (await connected()).transactionCount(of);
  return {
    asset: 'ETH',
    treasury,
    balance: async () => (await (await connected()).finalBalance(payer)).balance,
    feeDecimals: weiDecimals,
    feePayers: async () => [payer],
    shown: (address) => (address === payer ? treasury : address),
    feePayer: async (address) => {
      const chain = await connected();
      const of = evmOnly(address);
      const [{ balance }, count] = await Promise.all([chain.finalBalance(of), used(of)]);
      return { balance, used: count };
    },
    feeOfPayout: async () => (await (await connected()).fees()).maxFeePerGas * transferGas,
    carrierOf: (attempt) => etherAttemptOf(attempt).carrier,
    payoutContract: null,
    together: async () => null,
    slots: async () => {
      const [count, next] = await Promise.all([used(), given()]);
      const waiting = Math.max(0, (next ?? 0) - count);
      return { total: nonceWindow, free: Math.max(0, nonceWindow - waiting) };
    },
  };
};
