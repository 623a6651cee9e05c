/** The destination of a withdrawal: an address by the rules of its network, on a network that pays the asset. */
import { type Asset, assets, isAsset } from '../kernel/money.ts';
import { type Address, isNetwork, type PayableNetworks, type Route } from '../kernel/networks.ts';
import { checkAddress } from './addresses.ts';
import { type Problem, refuseField } from './problem.ts';
import type { CreateWithdrawalRequest } from './schemas.ts';

type Place = Route & { destination: Address };

/** The checked destination, or INVALID_ADDRESS, which is found first, or NETWORK_NOT_SUPPORTED. */
export function payable(
  networks: PayableNetworks,
  { asset, network, destinationAddress }: CreateWithdrawalRequest,
): Place | Problem {
  const payable = isNetwork(network) ? networks.get(network) : undefined;
  const checked = checkAddress(network, destinationAddress, payable?.ours);
  if (checked !== null && 'wrong' in checked)
    return refuseField('INVALID_ADDRESS', '#/destinationAddress', checked.wrong);
  if (
    !isAsset(asset) ||
    !isNetwork(network) ||
    checked === null ||
    !payable?.assets.includes(asset)
  )
    return refuseField(
      'NETWORK_NOT_SUPPORTED',
      !isAsset(asset) || payable !== undefined ? '#/asset' : '#/network',
      whatCanBePaid(networks, isAsset(asset) ? [asset] : assets),
    );
  return { asset, network, destination: checked.address };
}

function whatCanBePaid(networks: PayableNetworks, wanted: readonly Asset[]): string {
  const lines = wanted.flatMap((asset) => {
    const on = [...networks].filter((one) => one[1].assets.includes(asset));
    return on.length === 0
      ? []
      : `${asset} can be paid on: ${on.map(([network]) => network).join(', ')}.`;
  });
  return lines.length > 0 ? lines.join(' ') : `${wanted.join(', ')} cannot be paid here.`;
}
