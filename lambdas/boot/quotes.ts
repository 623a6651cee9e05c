/** Builds what quotes ask: the on-ramp, which is connected only when dollars are to be converted, and the nodes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { dueOnRamp } from '../adapters/due/on-ramp.ts';
import { verdictOn } from '../adapters/due/refusals.ts';
import { errorName, SettingError, UnavailableError } from '../core/kernel/errors.ts';
import { type Network, networkSettings, type Route } from '../core/kernel/networks.ts';
import type { OnRamp } from '../core/on-ramp/provider.ts';
import type { Finality, NodeSays } from '../core/requests/networks.ts';
import { chainIdPatienceMs } from '../core/requests/quote-limits.ts';
import { bootFees } from './fees.ts';
import { finalityMs } from './finality.ts';
import { gatesWith } from './gates.ts';
import { bootIdentities } from './identities.ts';
import { bootNodeGates } from './nodes.ts';
import { bitcoinFinality } from './nodes-bitcoin.ts';
import { logger } from './observe.ts';
import { onRampCalls, onRampConfig, onRampProbes } from './on-ramp.ts';
import { once } from './once.ts';
import { bootStore } from './store.ts';

/** How long a payout usually takes to be final on this network, and after how many blocks, where these are counted. */
export function usualFinality(network: Network): Finality {
  if (network !== 'bitcoin')
    return { blocks: null, ms: finalityMs() ?? networkSettings[network].finalityMs };
  try {
    const { finalityBlocks, finalityMs: ms } = bitcoinFinality();
    return { blocks: finalityBlocks, ms };
  } catch (error) {
    // What is set wrongly puts Bitcoin out of service; the other networks are listed all the same.
    if (!(error instanceof SettingError)) throw error;
    return { blocks: null, ms: networkSettings.bitcoin.finalityMs };
  }
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
  const identify = bootIdentities(gates, store);
  const fees = bootFees(gates, store);
  const node = async (network: Network): Promise<NodeSays> => {
    try {
      return { isOurs: true, chainId: await identify(network) };
    } catch (error) {
      if (error instanceof UnavailableError) return { isOurs: true, chainId: null };
      const why = error instanceof SettingError ? error.said : errorName(error);
      logger.warn('network not ours', { network, why });
      return { isOurs: false, chainId: null };
    }
  };
  return {
    gates,
    node: (network: Network) =>
      Promise.race([
        node(network),
        sleep(chainIdPatienceMs, { isOurs: true, chainId: null }, { ref: false }),
      ]),
    fees: async (route: Route) => {
      const [fee] = await Promise.all([fees(route), identify(route.network)]);
      return fee;
    },
  };
}
