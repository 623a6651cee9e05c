/** The EtherSigner port over the treasury's key, and the keys of treasuries before it. */
import type { EtherSigner, Transfer } from '../../core/rails/ether/chain.ts';
import type { Address } from '../../core/rails/evm/hex.ts';
import { type DigestSigner, envelope, signTransaction } from './signer.ts';

/** A former treasury's key signs nothing but a transfer of nothing to itself. */
export function evmEtherSigner(
  treasury: DigestSigner,
  former: readonly DigestSigner[] = [],
): EtherSigner {
  const keyOf = (payer: Address, { to, value }: Transfer): DigestSigner | undefined => {
    const usesUp = value === 0n && to.toLowerCase() === payer;
    return [treasury, ...(usesUp ? former : [])].find(
      ({ address }) => address.toLowerCase() === payer,
    );
  };
  return {
    signs: (payer, transfer) => keyOf(payer, transfer) !== undefined,
    sign: async (chain, carrier, transfer) => {
      const key = keyOf(carrier.from, transfer);
      if (key === undefined) throw new Error(`there is no key of payer ${carrier.from}`);
      const { to, value } = transfer;
      return signTransaction(key, { ...envelope(chain, carrier), to, value, gas: carrier.gas });
    },
  };
}
