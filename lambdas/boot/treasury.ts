/** Builds what shows our money: the chains, the gas lanes, and the withdrawals that have not ended. Nothing here signs. */
import { connectEvm } from '../adapters/evm/payouts.ts';
import { kmsAddress, kmsClient } from '../adapters/evm/signer-kms.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { all } from '../core/kernel/all.ts';
import type { EvmNetwork } from '../core/kernel/networks.ts';
import type { Address } from '../core/rails/evm/hex.ts';
import type { Store } from '../core/store/store.ts';
import type { Withdrawal } from '../core/withdrawal/withdrawal.ts';
import { optional } from './environment.ts';
import { readEvmConfig } from './nodes-evm.ts';
import { once } from './once.ts';
import { bootLists } from './requests.ts';
import { list } from './setting-checks.ts';

/** What has not ended is read so far: beyond it the sums are of the oldest. So what this costs has an end. */
const openMax = 1_000;
const openPage = 200;

export const chainsThrough = (gates: Pick<Gates, 'pass'>, store: Pick<Store, 'nextNumber'>) =>
  once(async (network: EvmNetwork) => connectEvm(await readEvmConfig(network, gates, store)));

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

/** The oldest withdrawals that have not ended; `complete`: they are all there is. */
export async function oldestOpen(): Promise<{ withdrawals: Withdrawal[]; complete: boolean }> {
  const source = bootLists().oldestWithdrawals('open', null);
  const withdrawals: Withdrawal[] = [];
  let place: string | null = null;
  while (withdrawals.length < openMax) {
    const page: Awaited<ReturnType<typeof source>> = await source(place, openPage);
    const last = page.at(-1);
    if (last === undefined) return { withdrawals, complete: true };
    withdrawals.push(...page.flatMap(({ item }) => item ?? []));
    place = last.place;
  }
  return { withdrawals, complete: false };
}
