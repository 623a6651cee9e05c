/** Builds the signer of bitcoin from the key that this function may use: in KMS when deployed, a private one on one machine. */
import type { BitcoinPayoutConfig } from '../adapters/bitcoin/payouts.ts';
import { bitcoinSigner, type DigestKey } from '../adapters/bitcoin/signer.ts';
import { kmsKey } from '../adapters/bitcoin/signer-kms.ts';
import { localKey, privateKeyIn } from '../adapters/bitcoin/signer-local.ts';
import { kmsClient } from '../adapters/evm/signer-kms.ts';
import { all } from '../core/kernel/all.ts';
import { SettingError } from '../core/kernel/errors.ts';
import type { Signer } from '../core/rails/bitcoin/chain.ts';
import { feeCap } from '../core/rails/bitcoin/limits.ts';
import { optional, required, told } from './environment.ts';
import { bitcoinFormerTreasuryKeys, bitcoinTreasuryKey } from './settings-bitcoin.ts';

/** Throws when the key is not that of the treasury's address: what it signed would be worth nothing. */
export async function bootBitcoinSigner(config: BitcoinPayoutConfig): Promise<Signer> {
  const { treasury, former } = await keysOf();
  const signer = bitcoinSigner(treasury, config.net, config.feeCap ?? feeCap, former);
  const found = await signer.treasury();
  if (found !== config.treasury)
    throw new SettingError(
      `BITCOIN_TREASURY_ADDRESS is ${config.treasury}, and the address of the key is ${found}.`,
    );
  return signer;
}

async function keysOf(): Promise<{ treasury: DigestKey; former: readonly DigestKey[] }> {
  const text = told(bitcoinTreasuryKey);
  if (text !== null) {
    const former = told(bitcoinFormerTreasuryKeys) ?? [];
    return {
      treasury: localKeyIn(bitcoinTreasuryKey.name, text),
      former: former.map((one) => localKeyIn(bitcoinFormerTreasuryKeys.name, one)),
    };
  }
  const kms = kmsClient();
  const [treasury, former] = await Promise.all([
    kmsKey(kms, required('BITCOIN_TREASURY_KEY_ID')),
    all((optional('BITCOIN_FORMER_KEY_IDS')?.split(',') ?? []).map((id) => kmsKey(kms, id))),
  ]);
  return { treasury, former };
}

function localKeyIn(name: string, text: string): DigestKey {
  const key = privateKeyIn(text);
  if (key === null) throw new SettingError(`${name} is no private key.`);
  return localKey(key);
}
