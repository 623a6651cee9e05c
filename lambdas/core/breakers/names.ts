/** The circuit breakers that there are, each by its provider and what is asked of it. */
import type { Network } from '../kernel/networks.ts';

export const quoting = 'on-ramp quote';
export const transferring = 'on-ramp transfer';
export const reading = 'on-ramp read';

export const journaling = 'brokerage journal';
export const readingBrokerage = 'brokerage read';

export const readingFrom = (network: Network): string => `${network} read`;
export const sendingTo = (network: Network): string => `${network} send`;

/** Those of a deployment: where there is no brokerage, or a network is not enabled, nothing is asked of it. */
export const breakerNames = (
  hasBrokerage: boolean,
  networks: readonly Network[],
): readonly string[] => [
  ...(hasBrokerage ? [journaling, readingBrokerage] : []),
  ...[quoting, transferring, reading],
  ...networks.flatMap((network) => [readingFrom(network), sendingTo(network)]),
];
