/** A program for tests to kill: starts a chain in the given folder, says where it is, and stays. */
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
