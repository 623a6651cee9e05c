/** Destination addresses by the rules of their chain, which core/rails knows. */
import type { CheckedAddress, Network } from '../kernel/networks.ts';
import { bitcoinAddress } from '../rails/bitcoin/address.ts';
import { denied, evmAddress } from '../rails/evm/address.ts';
import { solanaAddress } from '../rails/solana/address.ts';

const rules: Record<Network | 'solana' | 'bitcoin', (text: string) => CheckedAddress> = {
  ethereum: evmCustomer,
  base: evmCustomer,
  polygon: evmCustomer,
  arbitrum: evmCustomer,
  solana: solanaAddress,
  bitcoin: bitcoinAddress,
};
const ruleOf = new Map(Object.entries(rules));

const visibleAscii = /^[\x21-\x7e]+$/;

/**
 * An address by the rules of its network, in the form in which it is kept; `null` when the network is not known. Nothing is
 * trimmed or normalised: letters that only look alike make another address. `denied` says which addresses are our own.
 */
export function checkAddress(network: string, text: string): CheckedAddress | null {
  const rule = ruleOf.get(network);
  if (rule === undefined) return null;
  return visibleAscii.test(text)
    ? rule(text)
    : { wrong: 'An address is written in ASCII letters and digits, without spaces.' };
}

function evmCustomer(text: string): CheckedAddress {
  const checked = evmAddress(text);
  if ('wrong' in checked) return checked;
  const why = denied(checked.address, []);
  return why === null ? checked : { wrong: why };
}
