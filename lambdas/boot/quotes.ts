/** Builds what quotes ask: the on-ramp, which is connected only when dollars are to be converted, and the nodes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { dueOnRamp } from '../adapters/due/on-ramp.ts';
import { verdictOn } from '../adapters/due/refusals.ts';
import { isEvmNetwork, type Network, networkSettings } from '../core/kernel/networks.ts';
import type { OnRamp } from '../core/on-ramp/provider.ts';
import type { Finality } from '../core/requests/networks.ts';
import { chainIdPatienceMs } from '../core/requests/quote-limits.ts';
import { bootFees } from './fees.ts';
import { evmChainIds } from './fees-evm.ts';
import { finalityMs } from './finality.ts';
import { gatesWith } from './gates.ts';
import { bootNodeGates } from './nodes.ts';
import { bitcoinFinality } from './nodes-bitcoin.ts';
import { onRampCalls, onRampConfig, onRampProbes } from './on-ramp.ts';
import { once } from './once.ts';
import { bootStore } from './store.ts';

/** How long a payout usually takes to be final on this network, and after how many blocks, where these are counted. */
export function usualFinality(network: Network): Finality {
  if (network !== 'bitcoin')
    return { blocks: null, ms: finalityMs() ?? networkSettings[network].finalityMs };
  const { finalityBlocks, finalityMs: ms } = bitcoinFinality();
  return { blocks: finalityBlocks, ms };
}

const quoter = once(async (_: null) => {
  const gates = gatesWith(await onRampProbes());
  const onRamp = dueOnRamp(await onRampConfig(), onRampCalls(gates));
  return { gates, onRamp };
});

/** Asks for quotes and nothing else, through the on-ramp's breaker. */
export const bootQuotes: Pick<OnRamp, 'quote' | 'verdictOn'> = {
  verdictOn,
  quote: async (...asked) => {
    const { gates, onRamp } = await quoter(null);
    return gates.during(() => onRamp.quote(...asked));
  },
};

/** What is asked of the nodes. */
export function bootNodeQuestions() {
  const gates = bootNodeGates();
  const store = bootStore();
  const chainIds = evmChainIds(gates, store);
  const idOf = async (network: Network): Promise<number | null> =>
    isEvmNetwork(network) ? chainIds(network).catch(() => null) : null;
  return {
    gates,
    fees: bootFees(gates, store),
    chainId: (network: Network) =>
      Promise.race([idOf(network), sleep(chainIdPatienceMs, null, { ref: false })]),
  };
}
