/** Builds the signer of payouts on Solana: over a private key on one machine, over a key in KMS when deployed. */
import { type MessageSigner, solanaSigner } from '../adapters/solana/signer.ts';
import { all } from '../core/kernel/all.ts';
import { SettingError } from '../core/kernel/errors.ts';
import type { SolanaSigner } from '../core/rails/solana/chain.ts';
import { optional, required, told } from './environment.ts';
import type { Setting } from './setting-checks.ts';
import { solanaFormerTreasuryKeys, solanaTreasuryKey } from './settings-solana.ts';

export async function bootSolanaSigner(mint: string): Promise<SolanaSigner> {
  const text = told(solanaTreasuryKey);
  if (text !== null) {
    const { keyIn, localMessageSigner } = await import('../adapters/solana/signer-local.ts');
    const signerIn = ({ name, check }: Setting, one: string): MessageSigner => {
      const key = keyIn(one);
      if (key === null) throw new SettingError(`${name} must be ${check.wanted}.`);
      return localMessageSigner(key);
    };
    const former = told(solanaFormerTreasuryKeys) ?? [];
    return solanaSigner(
      signerIn(solanaTreasuryKey, text),
      [mint],
      former.map((one) => signerIn(solanaFormerTreasuryKeys, one)),
    );
  }
  const { kmsMessageSigner } = await import('../adapters/solana/signer-kms.ts');
  const { kmsClient } = await import('../adapters/evm/signer-kms.ts');
  const kms = kmsClient();
  const former = optional('SOLANA_FORMER_KEY_IDS')?.split(',') ?? [];
  const [key, ...others] = await all(
    [required('SOLANA_TREASURY_KEY_ID'), ...former].map((id) => kmsMessageSigner(kms, id)),
  );
  if (key === undefined) throw new Error('There is no treasury key.');
  return solanaSigner(key, [mint], others);
}
