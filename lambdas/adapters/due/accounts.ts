/**
 * Makes our virtual accounts at Due, where paid-in dollars become USDC in our treasury (due.readme.io/docs/virtual-accounts).
 * Each network has an account of its own, because the destination and rail of an account can never be changed.
 */
import type { Network } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { VirtualAccount, VirtualAccounts } from '../../core/on-ramp/provider.ts';
import { callJson } from '../net/http.ts';
import { type DueConfig, dueCalls, linkedTreasury } from './on-ramp.ts';
import { VirtualAccountShape, VirtualAccountsShape } from './shapes.ts';

/** The VirtualAccounts port. `request` passes circuit breakers, where there are any. */
export function dueVirtualAccounts(config: DueConfig, request = callJson): VirtualAccounts {
  const { ask } = dueCalls(config, request);
  const treasuryWallet = linkedTreasury(config, request);

  /** The account with our reference among those that pay to our wallet on this network; `null` without one. */
  const find = async (
    wallet: string,
    network: Network,
    reference: string,
  ): Promise<Answer<VirtualAccount | null>> => {
    const query = new URLSearchParams({ destination: wallet, ...accountOn(network) });
    const listed = await ask(VirtualAccountsShape, 'GET', `/v1/virtual_accounts/list?${query}`);
    if (!listed.ok) return listed;
    const ours = listed.value.find((one) => one.references.includes(reference));
    return { ok: true, value: ours?.account ?? null };
  };

  const ensure = async (network: Network): Promise<Answer<VirtualAccount>> => {
    const wallet = await treasuryWallet();
    if (!wallet.ok) return wallet;
    const reference = referenceOf(config, network);
    const known = await find(wallet.value, network, reference);
    if (!known.ok) return known;
    if (known.value !== null) return { ok: true, value: known.value };
    const body = { destination: wallet.value, ...accountOn(network), reference };
    const made = await ask(VirtualAccountShape, 'POST', '/v1/virtual_accounts', body);
    if (made.ok) return { ok: true, value: made.value.account };
    // Somebody else made it in between, or ours was made and the answer was lost. Due does not document what a second
    // POST with the same reference does, so the account is looked up and never simply made again.
    const after = await find(wallet.value, network, reference);
    return after.ok && after.value !== null ? { ok: true, value: after.value } : made;
  };

  const known = new Map<Network, Promise<Answer<VirtualAccount>>>();
  return {
    ensure: async (network) => {
      const asked = known.get(network) ?? ensure(network);
      known.set(network, asked);
      const answer = await asked;
      // Due adds the bank details later, sometimes after days: until then each call asks again.
      if (!answer.ok || !answer.value.active || answer.value.payIn === null) known.delete(network);
      return answer;
    },
  };
}

const accountOn = (network: Network) => ({
  schemaIn: 'bank_us',
  currencyIn: 'USD',
  railOut: network,
  currencyOut: 'USDC',
});

/** The reference is made of what the account is for, so that the same treasury finds the same account for ever. */
const referenceOf = ({ treasury }: DueConfig, network: Network): string =>
  `drawbridge-${network}-${treasury.toLowerCase()}`;
