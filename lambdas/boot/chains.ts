import { connectEvm } from '../adapters/evm/payouts.ts';
import { evmSigner } from '../adapters/evm/signer.ts';
import { kmsClient, kmsSigner } from '../adapters/evm/signer-kms.ts';
import { localSigner } from '../adapters/evm/signer-local.ts';
import { viewEvm } from '../adapters/evm/view.ts';
import type { Gates, Pass } from '../core/breakers/gates.ts';
import type { Network } from '../core/kernel/networks.ts';
import type { Chain, ChainView, Signer } from '../core/rails/evm/chain.ts';
import { brokerageProbes } from './brokerage.ts';
import { listed, needed, optional, required, told } from './environment.ts';
import { gatesWith } from './gates.ts';
import { evmConfig, nodeProbes } from './networks.ts';
import { once } from './once.ts';
import { evmGasKeys, evmTreasuryKey } from './settings-table.ts';

/** Those of 4-broadcast, which asks whether the cash is still there. */
export const bootPayoutGates = async (): Promise<Gates> =>
  gatesWith({ ...(await brokerageProbes()), ...nodeProbes() });

/** What 5-confirm reads verdicts from. */
export const bootViews = (pass: Pass): ((network: Network) => Promise<ChainView>) =>
  once((network) => viewEvm({ ...evmConfig(network), pass }));

/** What 4-broadcast pays on. `FINALITY_MS` says how long a chain other than the public ones takes to be final. */
export const bootChains = (pass: Pass): ((network: Network) => Promise<Chain>) =>
  once((network) => {
    const given = optional('FINALITY_MS');
    const finalityMs = given === null ? undefined : Number(given);
    return connectEvm({ ...evmConfig(network), pass }, finalityMs);
  });

/** Private keys on one machine, KMS keys when deployed. */
export async function bootSigner(): Promise<Signer> {
  const treasuryKey = told(evmTreasuryKey);
  if (treasuryKey !== null)
    return evmSigner(localSigner(treasuryKey), needed(evmGasKeys).map(localSigner));
  const kms = kmsClient();
  const [treasury, ...gas] = await Promise.all(
    [required('TREASURY_KEY_ID'), ...listed('GAS_KEY_IDS')].map((id) => kmsSigner(kms, id)),
  );
  if (treasury === undefined) throw new Error('Set TREASURY_KEY_ID.');
  return evmSigner(treasury, gas);
}
