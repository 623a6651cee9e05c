/** The names of the circuit breakers: each is a provider and what is asked of it. */
import type { Network } from '../kernel/networks.ts';

export const quoting = 'on-ramp quote';
export const transferring = 'on-ramp transfer';
export const reading = 'on-ramp read';

export const journaling = 'brokerage journal';
export const readingBrokerage = 'brokerage read';

export const readingFrom = (network: Network): string => `${network} read`;
export const sendingTo = (network: Network): string => `${network} send`;

/** The breakers of a deployment. Without a brokerage, or on a network that is not enabled, there is nothing to ask. */
export const breakerNames = (
  hasBrokerage: boolean,
  networks: readonly Network[],
): readonly string[] => [
  ...(hasBrokerage ? [journaling, readingBrokerage] : []),
  ...[quoting, transferring, reading],
  ...networks.flatMap((network) => [readingFrom(network), sendingTo(network)]),
];
