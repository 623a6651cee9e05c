/** What operators see of the money on Solana: what the treasury pays with, and pays its fees and rents with. */
import { all } from '../../kernel/all.ts';
import type { RailMoney } from '../../payout/rail-money.ts';
import type { Store } from '../../store/store.ts';
import type { SolanaChain } from './chain.ts';
import { microLamports, signatureFee, unitLimits } from './limits.ts';
import type { Asset } from './sign.ts';
import { isBound } from './slots.ts';

type MoneyChain = Pick<
  SolanaChain,
  'treasury' | 'finalTokens' | 'finalLamports' | 'tokenAccountRent' | 'price' | 'slots'
>;

export const lamportDecimals = 9;

/** `treasury` is known whatever the node does, which is asked for the rest. */
export const solanaMoney = (
  connected: () => Promise<MoneyChain>,
  treasury: string,
  store: Pick<Store, 'nextNumber'>,
  asset: Asset,
): RailMoney => ({
  asset,
  treasury,
  balance: async () => {
    const chain = await connected();
    return (await (asset === 'SOL' ? chain.finalLamports() : chain.finalTokens())).balance;
  },
  feeDecimals: lamportDecimals,
  // Of SOL the fees are paid with what is paid out.
  feePayers: async () => (asset === 'SOL' ? [] : [treasury]),
  feePayer: async () => ({
    balance: (await (await connected()).finalLamports()).balance,
    used: null,
  }),
  feeOfPayout: async () => {
    const chain = await connected();
    const [price, rent] = await Promise.all([chain.price(), chain.tokenAccountRent()]);
    const units = BigInt(asset === 'SOL' ? unitLimits.coin : unitLimits.token);
    const fee = signatureFee + (price * units) / microLamports;
    return asset === 'SOL' ? fee : fee + rent;
  },
  carrierOf: () => null,
  payoutContract: null,
  together: async () => null,
  slots: async () => {
    const { slots } = await (await connected()).slots();
    const bound = await all(slots.map((slot) => isBound(store, slot)));
    return { total: slots.length, free: bound.filter((one) => !one).length };
  },
});
