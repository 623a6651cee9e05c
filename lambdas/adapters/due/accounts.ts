/**
 * Makes our virtual accounts at Due, where paid-in dollars become USDC in our treasury (due.readme.io/docs/virtual-accounts).
 * Each network has an account of its own, because the destination and rail of an account can never be changed.
 */
import type * as z from 'zod';
import { onRampListMs } from '../../core/kernel/limits.ts';
import { comparable, type Network } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { VirtualAccount, VirtualAccounts } from '../../core/on-ramp/provider.ts';
import { callJson } from '../net/http.ts';
import { readRows, saysOtherwise } from '../net/reading.ts';
import { type DueConfig, dueCalls, treasuryOn } from './calls.ts';
import { linkedTreasury } from './on-ramp.ts';
import { PageOrArray, VirtualAccountShape } from './shapes.ts';

/** The VirtualAccounts port. `request` passes circuit breakers, where there are any. */
export function dueVirtualAccounts(config: DueConfig, request = callJson): VirtualAccounts {
  const { ask, rows } = dueCalls(config, onRampListMs, request);
  const treasuryWallet = linkedTreasury(config, request);

  /** The account with our reference among those that pay to our wallet on this network; `null` without one. */
  const find = async (
    wallet: string,
    network: Network,
    reference: string,
  ): Promise<Answer<VirtualAccount | null>> => {
    const wanted = { destination: wallet, ...accountOn(network) };
    const listed = await rows('/v1/virtual_accounts/list', wanted, PageOrArray);
    if (!listed.ok) return listed;
    const read = readRows(listed.value, VirtualAccountShape, (row) => isOther(row, reference));
    if (!read.ok) return read;
    const ours = read.value.find(({ account }) => account.active) ?? read.value[0];
    return ours === undefined ? { ok: true, value: null } : paying(ours, wallet, network);
  };

  const ensure = async (network: Network): Promise<Answer<VirtualAccount>> => {
    const wallet = await treasuryWallet(network);
    if (!wallet.ok) return wallet;
    const reference = referenceOf(config, network);
    const known = await find(wallet.value, network, reference);
    if (!known.ok) return known;
    if (known.value !== null) return { ok: true, value: known.value };
    const body = { destination: wallet.value, ...accountOn(network), reference };
    const made = await ask(VirtualAccountShape, 'POST', '/v1/virtual_accounts', body);
    if (made.ok) return paying(made.value, wallet.value, network);
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

/**
 * Whether a listed account is another's. Due requires a reference of who makes an account, so one without any is not ours; one
 * whose reference cannot be read may be.
 */
const isOther = (row: unknown, reference: string): boolean =>
  typeof row === 'object' &&
  row !== null &&
  ['reference', 'nonce', 'key'].every(
    (name) => isAbsent(row, name) || saysOtherwise(row, [name], reference),
  );
const isAbsent = (row: object, name: string): boolean =>
  [undefined, null, ''].includes((row as Record<string, undefined | null | ''>)[name]);

/** The account, unless it says that it pays elsewhere: what is wired to that would not become USDC of ours. */
const paying = (
  { account, destination, rail }: z.infer<typeof VirtualAccountShape>,
  wallet: string,
  network: Network,
): Answer<VirtualAccount> =>
  (destination === null || destination === wallet) && (rail === null || rail === network)
    ? { ok: true, value: account }
    : { ok: false, refused: false, why: 'an account with our reference that pays elsewhere' };

const accountOn = (network: Network) => ({
  schemaIn: 'bank_us',
  currencyIn: 'USD',
  railOut: network,
  currencyOut: 'USDC',
});

/** The reference is made of what the account is for, so that the same treasury finds the same account for ever. */
const referenceOf = (config: DueConfig, network: Network): string =>
  `drawbridge-${network}-${comparable(treasuryOn(config, network).address)}`;
