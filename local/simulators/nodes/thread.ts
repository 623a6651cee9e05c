/** What local/simulators/nodes/nodes.ts runs in the thread of the simulators: one node for each chain. */
import type { Run } from '../thread.ts';
import type { Urls } from './nodes.ts';
import { runNode } from './service.ts';

export const run: Run<Urls, { urls: Urls }> = async (chains) => {
  const running = await Promise.all(
    Object.entries(chains).map(async ([network, url]) => ({ network, node: await runNode(url) })),
  );
  const urls: Urls = Object.fromEntries(running.map(({ network, node }) => [network, node.url]));
  return {
    identity: { urls },
    stop: async () => {
      await Promise.all(running.map(({ node }) => node.stop()));
    },
  };
};
