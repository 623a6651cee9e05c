/** Builds what accepts withdrawals, one by one or many at once. */
import { alpacaAccount } from '../adapters/alpaca/account.ts';
import type { Gates } from '../core/breakers/gates.ts';
import type { Clock } from '../core/kernel/world.ts';
import type { AcceptWithdrawalWorld } from '../core/requests/accept.ts';
import { unlessShut } from '../core/requests/account-check.ts';
import { bootBrokerageGates, brokerageCalls, brokerageConfig } from './brokerage.ts';
import { bootAccept } from './requests.ts';
import { bootSwitches } from './switches.ts';
import { clock as worldClock } from './world.ts';

export async function bootNewWithdrawals(
  clock: Clock = worldClock,
): Promise<{ world: AcceptWithdrawalWorld; gates: Gates }> {
  const config = await brokerageConfig();
  const gates = await bootBrokerageGates();
  const world = {
    ...(await bootAccept()),
    clock,
    switches: bootSwitches(),
    brokerage: config && unlessShut(alpacaAccount(config, brokerageCalls(gates)), gates),
  };
  return { world, gates };
}
