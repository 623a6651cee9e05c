/** What can be paid now, where, and whether it goes through: from what is configured, what is switched off and which breakers are open. */
import type { Breaker, Breakers } from '../breakers/breaker.ts';
import { quoting, readingFrom, sendingTo, transferring } from '../breakers/names.ts';
import type { Asset } from '../kernel/money.ts';
import { isNetwork, type Network, type PayableNetworks } from '../kernel/networks.ts';
import type { Guarded, Switches } from '../switches/switches.ts';
import { addressExampleOn } from './address-examples.ts';
import { checkAddress } from './addresses.ts';
import { outOfService } from './destination.ts';
import { type Problem, refuseField } from './problem.ts';

export const networkStatuses = ['UP', 'DEGRADED', 'DOWN'] as const;
export type NetworkStatus = (typeof networkStatuses)[number];

/** How long a payout usually takes to be final, and how many blocks make it so; `null`: the network itself says when. */
export type Finality = { blocks: number | null; ms: number };

/**
 * `isOurs`: it is of the chain that we pay on, and has what we pay with; also said while it is silent, for then the breakers say
 * what is the matter. `chainId`: `null` where the chain has none, or the node does not say.
 */
export type NodeSays = { isOurs: boolean; chainId: number | null };

export type NetworksWorld = {
  networks: PayableNetworks;
  switches: Switches;
  breakers: Pick<Breakers, 'read'>;
  finality(network: Network): Finality;
  /** What the node of a network says of itself at the moment. */
  node(network: Network): Promise<NodeSays>;
};

/** Without these no withdrawal gets to its payout, whatever it is made of. */
const needed: readonly Guarded[] = ['accept', 'debit', 'sign', 'broadcast'];

type Known = { held: ReadonlySet<Guarded>; breakers: ReadonlyMap<string, Breaker['state']['is']> };

/** Dollars need the on-ramp. A wallet in USDC does not, so that a network is not down when only the on-ramp is away. */
export function statusOf(
  { held, breakers }: Known,
  network: Network,
  assets: readonly Asset[],
): NetworkStatus {
  const ofNode = [readingFrom(network), sendingTo(network)].map((name) => breakers.get(name));
  if (needed.some((one) => held.has(one)) || ofNode.includes('OPEN')) return 'DOWN';
  const ofOnRamp = [quoting, transferring].map((name) => breakers.get(name) ?? 'CLOSED');
  const isOnRampAway = held.has('on-ramp') || ofOnRamp.some((state) => state !== 'CLOSED');
  if (ofNode.includes('HALF_OPEN') || (assets.includes('USDC') && isOnRampAway)) return 'DEGRADED';
  return 'UP';
}

/** The networks that are configured. One that is not is not there. */
export const makeListNetworks =
  ({ networks, switches, breakers, finality, node }: NetworksWorld) =>
  async () => {
    const guarded = [...needed, 'on-ramp'] as const;
    const names = [...networks.keys()].flatMap((one) => [readingFrom(one), sendingTo(one)]);
    const [holds, read] = await Promise.all([
      Promise.all(guarded.map((one) => switches.held(one))),
      breakers.read([...names, quoting, transferring]),
    ]);
    const held = new Set(guarded.filter((_, index) => holds[index] !== null));
    const known = { held, breakers: new Map(read.map(({ name, state }) => [name, state.is])) };
    return Promise.all(
      [...networks].map(async ([network, { assets, ours, outOfService: isWrong }]) => {
        const { isOurs, chainId: id } = await node(network);
        const { blocks, ms } = finality(network);
        return {
          network,
          assets,
          ...(id === null ? {} : { chainId: id }),
          finality: {
            ...(blocks === null ? {} : { blocks }),
            typicalSeconds: Math.ceil(ms / 1_000),
          },
          status: isOurs && !isWrong ? statusOf(known, network, assets) : 'DOWN',
          addressExample: addressExampleOn(network, ours),
        };
      }),
    );
  };

/** Whether an address would be accepted as a destination, by the very rules that accept it. */
export function validateAddress(
  networks: PayableNetworks,
  { network, address }: { network: string; address: string },
): { valid: true; canonical: string } | { valid: false; reason: string } | Problem {
  const payable = isNetwork(network) ? networks.get(network) : undefined;
  if (isNetwork(network) && payable?.outOfService) return outOfService(network);
  const checked = checkAddress(network, address, payable?.ours);
  if (payable === undefined || checked === null) {
    const all = [...networks.keys()].join(', ');
    return refuseField('NETWORK_NOT_SUPPORTED', '#/network', `Can be paid on: ${all}.`);
  }
  return 'wrong' in checked
    ? { valid: false, reason: checked.wrong }
    : { valid: true, canonical: checked.address };
}
