/** The thread that local/simulators/nodes/nodes.ts starts: one node for each chain. */
import { runInThread } from '../thread.ts';
import type { Urls } from './nodes.ts';
import { runNode } from './service.ts';

await runInThread(async (chains: Urls) => {
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
});
