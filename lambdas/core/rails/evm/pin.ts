/**
 * The chain on which payouts of a token are made: the one that answered when the first was signed, for ever. A node's word is
 * not enough, for an address may lead to another chain tomorrow. It is kept as the token's own number, which never moves.
 */
import type { Address, Network } from '../../kernel/networks.ts';
import type { Store } from '../../store/store.ts';

/** The chain that was used first; before the first use, the one that was found. */
export const chainUsedFirst =
  (store: Pick<Store, 'nextNumber'>, network: Network, token: Address) =>
  async (found: number): Promise<number> =>
    (await store.nextNumber({ network, address: token })) ?? found;

/** The same, and what was found is kept if it is the first. */
export const pinnedChain =
  (store: Pick<Store, 'nextNumber' | 'commit'>, network: Network, token: Address) =>
  async (found: number): Promise<number> => {
    const sequence = { network, address: token };
    const known = await store.nextNumber(sequence);
    if (known !== null) return known;
    // Refused: another worker was faster, and its word is read.
    await store.commit([{ change: 'sequence', sequence, from: null, to: found }]);
    return (await store.nextNumber(sequence)) ?? found;
  };
