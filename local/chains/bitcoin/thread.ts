/** What local/chains/bitcoin/bitcoin.ts runs in the thread of the simulators. */
export { runBitcoin as run } from './service.ts';
