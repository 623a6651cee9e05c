/** The destination of a withdrawal: an address by the rules of its network, on a network that pays the asset. */
import { type Asset, assets, isAsset } from '../kernel/money.ts';
import {
  type Address,
  isNetwork,
  type Network,
  type PayableNetworks,
  type Route,
} from '../kernel/networks.ts';
import { checkAddress } from './addresses.ts';
import { isProblem, type Problem, refuse, refuseField } from './problem.ts';
import type { CreateWithdrawalRequest } from './schemas.ts';

type Place = Route & { destination: Address };

/** The checked destination, or INVALID_ADDRESS, which is found first, or NETWORK_NOT_SUPPORTED. */
export function payable(
  networks: PayableNetworks,
  { asset, network, destinationAddress }: CreateWithdrawalRequest,
): Place | Problem {
  const found = isNetwork(network) ? networks.get(network) : undefined;
  // Which chain it is stands in what is wrong: an address of it may look like one of another.
  if (isNetwork(network) && found?.outOfService) return outOfService(network);
  const checked = checkAddress(network, destinationAddress, found?.ours);
  if (checked !== null && 'wrong' in checked)
    return refuseField('INVALID_ADDRESS', '#/destinationAddress', checked.wrong);
  const route = routeOn(networks, { asset, network });
  if (isProblem(route)) return route;
  // No network that is payable is without rules for its addresses.
  if (checked === null) throw new Error(`no rules for addresses on ${network}`);
  return { ...route, destination: checked.address };
}

/** The pair of network and asset, or NETWORK_NOT_SUPPORTED; TEMPORARILY_UNAVAILABLE where the settings of the network are wrong. */
export function routeOn(
  networks: PayableNetworks,
  { asset, network }: { asset: string; network: string },
): Route | Problem {
  const payable = isNetwork(network) ? networks.get(network) : undefined;
  if (isAsset(asset) && isNetwork(network) && payable?.assets.includes(asset))
    return payable.outOfService ? outOfService(network) : { asset, network };
  return refuseField(
    'NETWORK_NOT_SUPPORTED',
    !isAsset(asset) || payable !== undefined ? '#/asset' : '#/network',
    whatCanBePaid(networks, isAsset(asset) ? [asset] : assets),
  );
}

/** Which addresses there are ours is not known, so none is taken. Whoever asks again later loses nothing. */
export const outOfService = (network: Network): Problem => ({
  ...refuse('TEMPORARILY_UNAVAILABLE', `Nothing is accepted for ${network} at the moment.`),
  headers: { 'retry-after': '60' },
});

function whatCanBePaid(networks: PayableNetworks, wanted: readonly Asset[]): string {
  const lines = wanted.flatMap((asset) => {
    const on = [...networks].filter((one) => one[1].assets.includes(asset));
    return on.length === 0
      ? []
      : `${asset} can be paid on: ${on.map(([network]) => network).join(', ')}.`;
  });
  return lines.length > 0 ? lines.join(' ') : `${wanted.join(', ')} cannot be paid here.`;
}
