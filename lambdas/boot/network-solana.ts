/** What the settings say of Solana: it is on when its mint and its treasury are set. */
import { networkSettings } from '../core/kernel/networks.ts';
import { nonceAccountsOf } from '../core/rails/solana/programs.ts';
import type { Configured } from './configured.ts';
import { told } from './environment.ts';
import { solanaTreasuryAddress, solanaUsdcMint } from './settings-solana.ts';

/** `null`: it is not configured. */
export function solanaConfigured(): Configured | null {
  const [mint, treasury] = [told(solanaUsdcMint), told(solanaTreasuryAddress)];
  if (mint === null || treasury === null) return null;
  return {
    assets: networkSettings.solana.assets,
    isMain: mint === networkSettings.solana.usdc,
    ours: () => [mint, treasury, ...nonceAccountsOf(treasury)],
  };
}

/** Where the on-ramp pays us there; nothing where it is not configured. */
export function treasuryOnSolana(): { treasuryOnSolana?: string } {
  const treasury = told(solanaTreasuryAddress);
  return treasury === null || solanaConfigured() === null ? {} : { treasuryOnSolana: treasury };
}
