/** The destination of a withdrawal: an address by the rules of its network, on a network that can be paid on. */
import { getAddress } from 'viem';
import { type Address, isNetwork, type Network } from '../kernel/networks.ts';
import { denied } from '../rails/evm/address.ts';
import { checkAddress } from './addresses.ts';
import { type Problem, refuseField } from './problem.ts';
import type { CreateWithdrawalRequest } from './schemas.ts';

type Place = { asset: 'USDC'; network: Network; destination: Address };

/** The checked destination, or INVALID_ADDRESS, which is found first, or NETWORK_NOT_SUPPORTED. */
export function payable(
  networks: ReadonlyMap<Network, readonly Address[]>,
  request: CreateWithdrawalRequest,
): Place | Problem {
  const { asset, network, destinationAddress } = request;
  const checked = checkAddress(network, destinationAddress);
  if (checked !== null && 'wrong' in checked)
    return refuseField('INVALID_ADDRESS', '#/destinationAddress', checked.wrong);
  const ours = isNetwork(network) ? networks.get(network) : undefined;
  if (asset !== 'USDC' || !isNetwork(network) || ours === undefined || checked === null)
    return refuseField(
      'NETWORK_NOT_SUPPORTED',
      asset === 'USDC' ? '#/network' : '#/asset',
      `USDC can be paid on: ${[...networks.keys()].join(', ')}.`,
    );
  const destination = getAddress(checked.address);
  const why = denied(destination, ours);
  if (why !== null) return refuseField('INVALID_ADDRESS', '#/destinationAddress', why);
  return { asset, network, destination };
}
