/** What `npm start` is told of Bitcoin: a node of the user's own, or nothing, and then a chain is started here. */
import type { Setting } from '../../../lambdas/boot/setting-checks.ts';
import * as bitcoin from '../../../lambdas/boot/settings-bitcoin.ts';
import { SettingError } from '../../../lambdas/core/kernel/errors.ts';
import { addressOfKey, devKey } from './dev-key.ts';

/** `rpcUrl`: `null` where a chain is started here. `key` is never shown. */
export type BitcoinSettings = { rpcUrl: string | null; treasury: string; key: string };

/** Throws on what cannot be. A chain that is started here is regtest, whatever else would be asked of it. */
export function bitcoinSettings(given: <T>(setting: Setting<T>) => T | null): BitcoinSettings {
  const rpcUrl = given(bitcoin.bitcoinRpcUrl);
  const net = given(bitcoin.bitcoinNetwork) ?? bitcoin.bitcoinNetwork.local;
  if (rpcUrl === null && net !== bitcoin.bitcoinNetwork.local)
    throw new SettingError(
      `BITCOIN_NETWORK "${net}" needs a node: BITCOIN_RPC_URL. Without one a chain of ${bitcoin.bitcoinNetwork.local} is started.`,
      'BITCOIN_NETWORK needs a node: BITCOIN_RPC_URL.',
    );
  const key = given(bitcoin.bitcoinTreasuryKey) ?? devKey;
  const treasury = addressOfKey(key, net);
  if (treasury === null)
    throw new SettingError(
      `BITCOIN_TREASURY_KEY must be ${bitcoin.bitcoinTreasuryKey.check.wanted}.`,
    );
  return { rpcUrl, treasury, key };
}
