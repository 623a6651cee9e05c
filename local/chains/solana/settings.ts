/** What `npm start` is told of Solana: a node of the user's own, or nothing, and then a chain is started here. */
import type { Setting } from '../../../lambdas/boot/setting-checks.ts';
import * as solana from '../../../lambdas/boot/settings-solana.ts';
import { SettingError } from '../../../lambdas/core/kernel/errors.ts';
import { addressOfKey, devKey, keyText } from './dev-keys.ts';
import { testMint } from './mint.ts';

/** `rpcUrl`: `null` where a chain is started here. `key` is never shown. */
export type SolanaSettings = { rpcUrl: string | null; mint: string; treasury: string; key: string };

/** Throws on what cannot be. */
export function solanaSettings(given: <T>(setting: Setting<T>) => T | null): SolanaSettings {
  const rpcUrl = given(solana.solanaRpcUrl);
  const mint = given(solana.solanaUsdcMint);
  if ((rpcUrl === null) !== (mint === null)) {
    const missing = rpcUrl === null ? solana.solanaRpcUrl : solana.solanaUsdcMint;
    throw new SettingError(`Set ${missing.name} too, or neither of Solana's URL and mint.`);
  }
  const setting = solana.solanaTreasuryKey;
  const key = given(setting) ?? keyText(devKey('treasury'));
  const treasury = addressOfKey(key);
  if (treasury === null) throw new SettingError(`${setting.name} must be ${setting.check.wanted}.`);
  return { rpcUrl, mint: mint ?? testMint, treasury, key };
}
