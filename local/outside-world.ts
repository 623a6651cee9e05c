/** Starts what Drawbridge does not own (chains, brokerage, on-ramp), as far as the user has not named others. */
import { type EvmNetwork, evmNetworks } from '../lambdas/core/kernel/networks.ts';
import type { Address } from '../lambdas/core/rails/evm/hex.ts';
import { startBitcoin } from './chains/bitcoin/bitcoin.ts';
import { startChain } from './chains/chain.ts';
import { startLocalSolana } from './chains/solana/solana.ts';
import { makeLifetime } from './host/lifetime.ts';
import type { Up } from './host/progress.ts';
import type { AlpacaSettings, DueSettings, LocalSettings } from './settings.ts';
import { startAlpacaSimulator } from './simulators/alpaca/alpaca.ts';
import { startDueSimulator } from './simulators/due/due.ts';
import { startNodes } from './simulators/nodes/nodes.ts';

/** `payouts`: where the contract that carries payouts together was deployed here. */
type OneChain = { rpcUrl: string; token: Address; payouts?: Address };

export type OutsideWorld = {
  /** `rpcUrl` is the chain itself. Drawbridge asks `nodeUrl`: the same, or a node that can be made to fail. */
  chains: Record<EvmNetwork, { nodeUrl: string } & OneChain>;
  /** The node of Bitcoin. */
  bitcoin: { rpcUrl: string };
  /** The node of Solana. */
  solana: { rpcUrl: string; mint: string };
  due: DueSettings;
  alpaca: AlpacaSettings;
  /** The URLs of the simulators. */
  simulators: Record<string, string>;
  stop(): Promise<void>;
};

/** Each chain has its own id, so that a signature for one is worth nothing on another (EIP-155). */
const chainIds: Record<EvmNetwork, number> = {
  ethereum: 31337,
  base: 31338,
  polygon: 31339,
  arbitrum: 31340,
};
/** The path of the API that takes the on-ramp's events. */
const eventsPath = '/v1/providers/due/events';

/** Starts what the user has not named. When one start fails, it stops the others. */
export async function startOutsideWorld(
  settings: LocalSettings,
  dataDir: string,
  apiUrl: string,
  up: Up,
): Promise<OutsideWorld> {
  const lifetime = makeLifetime();
  const chainOf = async (network: EvmNetwork): Promise<OneChain> => {
    const chainId = chainIds[network];
    const treasury = settings.treasury.address;
    return (
      settings.chains.get(network) ??
      up(`the chain ${network} is up`, startChain({ network, chainId, dataDir, treasury }))
    );
  };
  try {
    const alpacaSimulator = () =>
      up(
        'the brokerage is up',
        startAlpacaSimulator({ dataDir, accounts: settings.alpacaAccounts }),
      );
    const [alpaca, ...started] = await lifetime.together(
      settings.alpaca === null ? alpacaSimulator() : Promise.resolve(settings.alpaca),
      ...evmNetworks.map(chainOf),
    );
    const solanaAt = settings.solana.rpcUrl;
    const { rpcUrl, treasury } = settings.bitcoin;
    const [bitcoin, { url }] = await lifetime.together(
      rpcUrl === null ? startBitcoin({ dataDir, treasury }) : Promise.resolve({ rpcUrl }),
      solanaAt === null
        ? startLocalSolana(dataDir, settings.solana.treasury)
        : Promise.resolve({ url: solanaAt }),
    );
    const solana = { rpcUrl: url, mint: settings.solana.mint };
    const here = evmNetworks.flatMap((network, index) => {
      const chain = started[index];
      if (chain === undefined) return [];
      const { rpcUrl, token, payouts } = chain;
      return [{ network, rpcUrl, token, ...(payouts === undefined ? {} : { payouts }) }];
    });
    const played = here.filter(({ network }) => !settings.chains.has(network));
    const [nodes] = await lifetime.together(
      startNodes(Object.fromEntries(played.map(({ network, rpcUrl }) => [network, rpcUrl]))),
    );
    const chains = Object.fromEntries(
      here.map(({ network, ...chain }) => [
        network,
        { ...chain, nodeUrl: nodes.urls[network] ?? chain.rpcUrl },
      ]),
    ) as OutsideWorld['chains'];
    const simulator = () =>
      up(
        'the on-ramp is up',
        startDueSimulator({
          dataDir,
          chains: { ...chains, solana: { rpcUrl: url, token: settings.solana.mint } },
          eventsUrl: apiUrl + eventsPath,
          ...(settings.alpaca === null && { brokerageUrl: alpaca.baseUrl }),
        }),
      );
    // It pays on the chains, so it is registered last and stopped first.
    const due = settings.due ?? (await lifetime.together(simulator()))[0];
    const simulators = {
      ...(settings.alpaca === null && { alpaca: alpaca.baseUrl }),
      ...(settings.due === null && { due: due.baseUrl }),
      ...nodes.urls,
      ...(rpcUrl === null && { bitcoin: bitcoin.rpcUrl }),
      ...(solanaAt === null && { solana: url }),
    };
    return { chains, bitcoin, solana, due, alpaca, simulators, stop: lifetime.end };
  } catch (error) {
    await lifetime.end();
    throw error;
  }
}
