/** Who pays the gas on EVM networks, for who only looks at what they have. */
import { kmsAddress, kmsClient } from '../adapters/evm/signer-kms.ts';
import { all } from '../core/kernel/all.ts';
import type { Address } from '../core/rails/evm/hex.ts';
import { optional } from './environment.ts';
import { list } from './setting-checks.ts';

/** A lane is named by its KMS key when deployed, and by its address on one machine. */
let lanes: Promise<readonly Address[]> | null = null;
export const lanesOf = async (): Promise<readonly Address[] | null> => {
  const named = optional('GAS_LANES');
  if (named === null) return null;
  lanes ??= all(
    list(named).map(async (lane) =>
      lane.startsWith('0x') ? (lane as Address) : kmsAddress(kmsClient(), lane),
    ),
  ).catch((error: unknown) => {
    lanes = null;
    throw error;
  });
  return lanes;
};
