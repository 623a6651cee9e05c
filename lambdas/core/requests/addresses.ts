/** Destination addresses by the rules of their chain, which core/rails knows. */
import {
  type Address,
  type ChainKind,
  type CheckedAddress,
  isNetwork,
  kindOf,
} from '../kernel/networks.ts';
import { bitcoinDestination } from '../rails/bitcoin/address.ts';
import { evmDestination } from '../rails/evm/address.ts';
import { solanaAddress } from '../rails/solana/address.ts';

/** Each answers the form in which the address is kept, or why nothing is paid to it. A new kind of chain joins here. */
const rules: Record<ChainKind, (text: string, ours: readonly Address[]) => CheckedAddress> = {
  evm: evmDestination,
  solana: (text, ours) => notOurs(solanaAddress(text), ours),
  bitcoin: bitcoinDestination,
};

const visibleAscii = /^[\x21-\x7e]+$/;

/**
 * An address by the rules of its network, in the form in which it is kept; `null` when the network is not known. Nothing is
 * trimmed or normalised: letters that only look alike make another address. `ours` are our own addresses on that network, and
 * those of the assets themselves.
 */
export function checkAddress(
  network: string,
  text: string,
  ours: readonly Address[] = [],
): CheckedAddress | null {
  if (!isNetwork(network)) return null;
  return visibleAscii.test(text)
    ? rules[kindOf(network)](text, ours)
    : { wrong: 'An address is written in ASCII letters and digits, without spaces.' };
}

const notOurs = (checked: CheckedAddress, ours: readonly Address[]): CheckedAddress =>
  'address' in checked && ours.includes(checked.address)
    ? { wrong: 'This is an address of ours or of the asset itself, not of a customer.' }
    : checked;
