/** Connections to chains that live as long as the function. */
import type { Network } from '../core/kernel/networks.ts';

/** Connects once to each network. A failed connection is tried again the next time. */
export function once<T>(
  connect: (network: Network) => Promise<T>,
): (network: Network) => Promise<T> {
  const connected = new Map<Network, Promise<T>>();
  return async (network) => {
    const connecting = connected.get(network) ?? connect(network);
    connected.set(network, connecting);
    try {
      return await connecting;
    } catch (error) {
      connected.delete(network);
      throw error;
    }
  };
}
