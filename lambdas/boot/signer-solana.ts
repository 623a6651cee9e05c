/** Builds the signer of payouts on Solana: over a private key on one machine, over a key in KMS when deployed. */
import { solanaSigner } from '../adapters/solana/signer.ts';
import type { SolanaSigner } from '../core/rails/solana/chain.ts';
import { required, told } from './environment.ts';
import { SettingError } from './setting-checks.ts';
import { solanaTreasuryKey } from './settings-solana.ts';

export async function bootSolanaSigner(mint: string): Promise<SolanaSigner> {
  const text = told(solanaTreasuryKey);
  if (text !== null) {
    const { keyIn, localMessageSigner } = await import('../adapters/solana/signer-local.ts');
    const key = keyIn(text);
    if (key === null)
      throw new SettingError(
        `${solanaTreasuryKey.name} must be ${solanaTreasuryKey.check.wanted}.`,
      );
    return solanaSigner(localMessageSigner(key), [mint]);
  }
  const { kmsMessageSigner } = await import('../adapters/solana/signer-kms.ts');
  const { kmsClient } = await import('../adapters/evm/signer-kms.ts');
  const key = await kmsMessageSigner(kmsClient(), required('SOLANA_TREASURY_KEY_ID'));
  return solanaSigner(key, [mint]);
}
