/** What operators see of the money of a token on an EVM chain. */
import type { RailMoney, Together } from '../../payout/rail-money.ts';
import { evmAttemptOf } from './attempt.ts';
import type { Chain, PayoutContract } from './chain.ts';
import { type Address, evmOnly } from './hex.ts';
import { payoutGasLimit } from './limits.ts';

type MoneyChain = Pick<
  Chain,
  'finalBalance' | 'etherOf' | 'transactionCount' | 'payoutContract' | 'fees'
>;

/** The decimals of ether, and of the coins of all chains that follow it. */
export const weiDecimals = 18;

type Ours = { treasury: Address; payoutContract: Address | null };

/**
 * The gas lanes pay the fees: `null` where their keys are secrets. They, and what is `ours`, are known whatever the node does, which is
 * asked for the rest.
 */
export const evmMoney = (
  connected: () => Promise<MoneyChain>,
  { treasury, payoutContract }: Ours,
  lanes: () => Promise<readonly Address[] | null>,
): RailMoney => ({
  asset: 'USDC',
  treasury,
  balance: async () => (await (await connected()).finalBalance(treasury)).balance,
  feeDecimals: weiDecimals,
  feePayers: lanes,
  feePayer: async (address) => {
    const chain = await connected();
    const lane = evmOnly(address);
    const [balance, used] = await Promise.all([chain.etherOf(lane), chain.transactionCount(lane)]);
    return { balance, used };
  },
  feeOfPayout: async () => (await (await connected()).fees()).maxFeePerGas * payoutGasLimit,
  carrierOf: (attempt) => evmAttemptOf(attempt).carrier,
  payoutContract,
  together: async () => togetherBy(await (await connected()).payoutContract()),
  slots: async () => null,
});

function togetherBy(contract: PayoutContract): Together {
  const address = 'address' in contract ? contract.address : null;
  const setting = 'EVM_PAYOUT_CONTRACT_<NETWORK>';
  switch (contract.is) {
    case 'ready':
      return { address, inUse: true, why: null };
    case 'not-set':
      return { address, inUse: false, why: `Payouts go one by one: ${setting} names no contract.` };
    case 'absent':
      return { address, inUse: false, why: 'Payouts go one by one: no code stands there.' };
    case 'other-code':
      return { address, inUse: false, why: 'Payouts go one by one: other code stands there.' };
    default:
      return contract satisfies never;
  }
}
