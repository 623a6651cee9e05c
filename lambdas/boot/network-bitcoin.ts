/** What the settings say of Bitcoin: it is on when the treasury's address is set. */
import { networkSettings } from '../core/kernel/networks.ts';
import type { Configured } from './configured.ts';
import { told } from './environment.ts';
import { bitcoinNetwork, bitcoinTreasuryAddress } from './settings-bitcoin.ts';

/** `null`: it is not configured. */
export function bitcoinConfigured(): Configured | null {
  const treasury = told(bitcoinTreasuryAddress);
  if (treasury === null) return null;
  return {
    assets: networkSettings.bitcoin.assets,
    isMain: told(bitcoinNetwork) === 'main',
    ours: () => [treasury],
  };
}
