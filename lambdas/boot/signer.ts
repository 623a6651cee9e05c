/** Builds the signer of payouts from the keys that this function may use. */
import { secretAt } from '../adapters/aws/secrets.ts';
import { evmEtherSigner } from '../adapters/evm/ether-signer.ts';
import { type DigestSigner, evmSigner } from '../adapters/evm/signer.ts';
import { kmsClient, kmsSigner } from '../adapters/evm/signer-kms.ts';
import { localSigner } from '../adapters/evm/signer-local.ts';
import { all } from '../core/kernel/all.ts';
import type { EtherSigner } from '../core/rails/ether/chain.ts';
import type { Signer } from '../core/rails/evm/chain.ts';
import { listed, needed, optional, required, told } from './environment.ts';
import { once } from './once.ts';
import { privateKey } from './setting-checks.ts';
import { evmFormerTreasuryKeys, evmGasKeys, evmTreasuryKey } from './settings-evm.ts';

type Keys = {
  treasury: DigestSigner;
  gas: readonly DigestSigner[];
  former: readonly DigestSigner[];
};

/**
 * Private keys on one machine, and deployed keys in KMS, but for gas keys that are secrets (`EVM_GAS_SIGNER`). The treasury's key never
 * leaves KMS.
 */
const keys = once(async (_: 'all'): Promise<Keys> => {
  const treasuryKey = told(evmTreasuryKey);
  if (treasuryKey !== null)
    return {
      treasury: localSigner(treasuryKey),
      gas: needed(evmGasKeys).map(localSigner),
      former: (told(evmFormerTreasuryKeys) ?? []).map(localSigner),
    };
  const kms = kmsClient();
  const inKms = (ids: readonly string[]) => all(ids.map((id) => kmsSigner(kms, id)));
  const secrets = optional('GAS_KEY_SECRET_ARNS')?.split(',') ?? null;
  const [treasuries, gas, former] = await all([
    inKms([required('TREASURY_KEY_ID')]),
    secrets === null ? inKms(listed('GAS_KEY_IDS')) : all(secrets.map(secretSigner)),
    inKms(optional('FORMER_KEY_IDS')?.split(',') ?? []),
  ]);
  const treasury = treasuries?.[0];
  if (treasury === undefined || gas === undefined) throw new Error('There is no treasury key.');
  return { treasury, gas, former: former ?? [] };
});

/** The signer of payouts of a token. */
export async function bootSigner(): Promise<Signer> {
  const { treasury, gas, former } = await keys('all');
  return evmSigner(treasury, gas, former);
}

/** The signer of payouts of ether. */
export async function bootEtherSigner(): Promise<EtherSigner> {
  const { treasury, former } = await keys('all');
  return evmEtherSigner(treasury, former);
}

/** A secret that the stack has made holds the 64 digits alone. What it holds is never in an error. */
async function secretSigner(arn: string): Promise<DigestSigner> {
  const digits = (await secretAt(arn, 'a gas key')).trim();
  const key = privateKey.read(digits.startsWith('0x') ? digits : `0x${digits}`);
  const signer = key === undefined ? null : signerOf(key);
  if (signer === null) throw new Error(`The secret ${arn} holds no private key of a gas lane.`);
  return signer;
}

/** Most numbers of 256 bits are keys, and some are not (SEC 2, section 2.4.1). */
function signerOf(key: Parameters<typeof localSigner>[0]): DigestSigner | null {
  try {
    return localSigner(key);
  } catch {
    return null;
  }
}
