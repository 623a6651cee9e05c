/** Keeps connections to chains for as long as the function lives. */
import type { Network } from '../core/kernel/networks.ts';

/** Connects to each network once. After a failure the next call connects again. */
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
