/** Where our money stands on each network, for operators. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectEvm } from '../../adapters/evm/payouts.ts';
import { kmsAddress, kmsClient } from '../../adapters/evm/signer-kms.ts';
import { optional } from '../../boot/environment.ts';
import { payableNetworks } from '../../boot/networks.ts';
import { bootNodeGates, readEvmConfig } from '../../boot/nodes.ts';
import { once } from '../../boot/once.ts';
import { bootLists } from '../../boot/requests.ts';
import { list } from '../../boot/setting-checks.ts';
import { bootStore } from '../../boot/store.ts';
import { clock } from '../../boot/world.ts';
import { all } from '../../core/kernel/all.ts';
import type { Address } from '../../core/kernel/networks.ts';
import { treasuryOf } from '../../core/operations/treasury.ts';
import type { Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import { apiHandler } from '../http.ts';

const gates = bootNodeGates();
const store = bootStore();
const lists = bootLists();

/** What has not ended is read so far: beyond it the sums are of the oldest. */
const openMax = 1_000;
const openPage = 200;
/** One that does not answer within this is unknown for now, and the others are told. */
const patienceMs = 2_500;

/** A lane is named by its KMS key when deployed, and by its address on one machine. */
let lanes: Promise<readonly Address[]> | null = null;
const lanesOf = async (): Promise<readonly Address[] | null> => {
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

async function open(): Promise<{ withdrawals: Withdrawal[]; complete: boolean }> {
  const source = lists.oldestWithdrawals('open', null);
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

const world = {
  ...{ store, clock, open, networks: payableNetworks(), lanes: lanesOf },
  chain: once(async (network) => connectEvm(await readEvmConfig(network, gates, store))),
  inTime: <T>(work: Promise<T>): Promise<T | 'late'> =>
    Promise.race([work, sleep(patienceMs, 'late' as const)]),
};

export const handler = apiHandler({
  getTreasury: async () => ({
    status: 200,
    body: await gates.during(() => treasuryOf(world)),
  }),
});
