/** Builds what 4-broadcast and 5-confirm need of the chains: views, chains to pay on, and the keys. */
import { connectEvm } from '../adapters/evm/payouts.ts';
import { evmSigner } from '../adapters/evm/signer.ts';
import { kmsClient, kmsSigner } from '../adapters/evm/signer-kms.ts';
import { localSigner } from '../adapters/evm/signer-local.ts';
import { viewEvm } from '../adapters/evm/view.ts';
import type { Gates, Pass } from '../core/breakers/gates.ts';
import type { Network } from '../core/kernel/networks.ts';
import type { Chain, ChainView, Signer } from '../core/rails/evm/chain.ts';
import { brokerageProbes } from './brokerage.ts';
import { list, milliseconds, optional, required } from './environment.ts';
import { gatesWith } from './gates.ts';
import { evmConfig, nodeProbes } from './networks.ts';
import { once } from './once.ts';
import { privateKey } from './setting-checks.ts';

/** The breakers of 4-broadcast, which also asks the brokerage whether the cash is still there. */
export const bootPayoutGates = async (): Promise<Gates> =>
  gatesWith({ ...(await brokerageProbes()), ...nodeProbes() });

/** The chains from which 5-confirm reads verdicts. */
export const bootViews = (pass: Pass): ((network: Network) => Promise<ChainView>) =>
  once((network) => viewEvm({ ...evmConfig(network), pass }));

/** The chains on which 4-broadcast pays. `FINALITY_MS` replaces the time to finality of the public networks. */
export const bootChains = (pass: Pass): ((network: Network) => Promise<Chain>) =>
  once((network) => {
    const given = optional('FINALITY_MS') !== null;
    const finalityMs = given ? milliseconds('FINALITY_MS', 0) : undefined;
    return connectEvm({ ...evmConfig(network), pass }, finalityMs);
  });

/** The signer, over private keys on one machine and over KMS keys when deployed. */
export async function bootSigner(): Promise<Signer> {
  const treasuryKey = optional('EVM_TREASURY_KEY');
  if (treasuryKey !== null) {
    const gasKeys = list(required('EVM_GAS_KEYS'));
    return evmSigner(
      localSigner(privateKey('EVM_TREASURY_KEY', treasuryKey)),
      gasKeys.map((key) => localSigner(privateKey('EVM_GAS_KEYS', key))),
    );
  }
  const kms = kmsClient();
  const [treasury, ...gas] = await Promise.all(
    [required('TREASURY_KEY_ID'), ...list(required('GAS_KEY_IDS'))].map((id) => kmsSigner(kms, id)),
  );
  if (treasury === undefined) throw new Error('Set TREASURY_KEY_ID.');
  return evmSigner(treasury, gas);
}
