/** What a payout costs on its chain, as far as that can be known before: each rail estimates its own (boot/fees.ts). */
import type { Currency } from '../kernel/money.ts';
import { type Network, networkSettings } from '../kernel/networks.ts';
import type { Rails } from './rail.ts';

/** What fees are paid in, each with the currency that has as many decimals. POL is no currency of ours: it is paid for gas alone. */
export const coins = { ETH: 'ETH', SOL: 'SOL', BTC: 'BTC', POL: 'ETH' } as const satisfies Record<
  string,
  Currency
>;
export type Coin = keyof typeof coins;

export function coinOf(network: Network): Coin {
  if (network === 'polygon') return 'POL';
  switch (networkSettings[network].kind) {
    case 'evm':
      return 'ETH';
    case 'solana':
      return 'SOL';
    case 'bitcoin':
      return 'BTC';
    default:
      return networkSettings[network] satisfies never;
  }
}

/**
 * In the smallest unit of the network's coin, with everything that we pay so that one payout is made, such as the rent of an
 * account that has to be made first. Throws UnavailableError when nobody says.
 */
export type FeeEstimates = Rails<bigint>;
