/**
 * Our virtual accounts at Due (providers.md §2.9): dollars paid into one become USDC in our treasury. One for each
 * network, because an account's destination and rail can never be changed.
 */
import type { Network } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { VirtualAccount, VirtualAccounts } from '../../core/on-ramp/provider.ts';
import { callJson } from '../net/http.ts';
import { type DueConfig, dueCalls, linkedTreasury } from './on-ramp.ts';
import { VirtualAccountShape, VirtualAccountsShape } from './shapes.ts';

/** `request` passes circuit breakers, where there are any. */
export function dueVirtualAccounts(config: DueConfig, request = callJson): VirtualAccounts {
  const { ask } = dueCalls(config, request);
  const treasuryWallet = linkedTreasury(config, request);

  /** All that pay to our wallet on this network, searched by our reference; `null` when it is not among them. */
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
    // Somebody else made it in between, or ours was made and its answer lost: what a second one of the same
    // reference would be is not documented, so it is looked for and never simply made again.
    const after = await find(wallet.value, network, reference);
    return after.ok && after.value !== null ? { ok: true, value: after.value } : made;
  };

  const known = new Map<Network, Promise<Answer<VirtualAccount>>>();
  return {
    ensure: async (network) => {
      const asked = known.get(network) ?? ensure(network);
      known.set(network, asked);
      const answer = await asked;
      // Its bank details can take days: it is asked about until it has them.
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

/** Says what it is for, so that the same treasury finds the same account for ever. */
const referenceOf = ({ treasury }: DueConfig, network: Network): string =>
  `drawbridge-${network}-${treasury.toLowerCase()}`;
