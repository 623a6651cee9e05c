/** A program for tests to kill: it starts a chain in the given folder, prints where it is, and keeps running. */
import { startChain } from '../../local/chains/chain.ts';

const [, , dataDir = ''] = process.argv;
const { rpcUrl } = await startChain({
  network: 'ethereum',
  chainId: 31_337,
  dataDir,
  blockSeconds: 0,
});
console.log(rpcUrl);
setInterval(() => {}, 60_000);
