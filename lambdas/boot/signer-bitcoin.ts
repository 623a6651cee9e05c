/** Builds the signer of bitcoin from the key that this function may use: in KMS when deployed, a private one on one machine. */
import type { BitcoinPayoutConfig } from '../adapters/bitcoin/payouts.ts';
import { bitcoinSigner } from '../adapters/bitcoin/signer.ts';
import { kmsKey } from '../adapters/bitcoin/signer-kms.ts';
import { localKey, privateKeyIn } from '../adapters/bitcoin/signer-local.ts';
import { kmsClient } from '../adapters/evm/signer-kms.ts';
import type { Signer } from '../core/rails/bitcoin/chain.ts';
import { feeCap } from '../core/rails/bitcoin/limits.ts';
import { required, told } from './environment.ts';
import { SettingError } from './setting-checks.ts';
import { bitcoinTreasuryKey } from './settings-bitcoin.ts';

/** Throws when the key is not that of the treasury's address: what it signed would be worth nothing. */
export async function bootBitcoinSigner(config: BitcoinPayoutConfig): Promise<Signer> {
  const signer = bitcoinSigner(await keyOf(), config.net, config.feeCap ?? feeCap);
  const found = await signer.treasury();
  if (found !== config.treasury)
    throw new SettingError(
      `BITCOIN_TREASURY_ADDRESS is ${config.treasury}, and the address of the key is ${found}.`,
    );
  return signer;
}

async function keyOf() {
  const text = told(bitcoinTreasuryKey);
  if (text === null) return kmsKey(kmsClient(), required('BITCOIN_TREASURY_KEY_ID'));
  const key = privateKeyIn(text);
  if (key === null) throw new SettingError('BITCOIN_TREASURY_KEY is no private key.');
  return localKey(key);
}
