/** Builds the circuit breakers in front of the brokerage and of the nodes of the chains, with what probes them. */
import { type CallJson, callJson, isWell } from './adapters/http.ts';
import { bootBreakers, bootBrokerage, clock, evmConfig, payableNetworks } from './boot.ts';
import { journaling, readingBrokerage, readingFrom, sendingTo } from './core/breaker-names.ts';
import type { Brokerage } from './core/brokerage.ts';
import { ShutError } from './core/errors.ts';
import { type Gates, makeGates } from './core/gates.ts';

/** Each question moves nothing. */
type Probes = Record<string, () => Promise<boolean>>;

/** The brokerage's calls through its breakers: what it is only asked, and what moves cash, fail apart. */
export const brokerageCalls =
  ({ pass }: Gates): CallJson =>
  async (method, ...call) => {
    const operation = method === 'GET' ? readingBrokerage : journaling;
    try {
      return await pass(operation, () => callJson(method, ...call), isWell);
    } catch (error) {
      if (error instanceof ShutError)
        return { reply: 'not-asked', why: error.message, until: error.until };
      throw error;
    }
  };

const brokerageProbes = (brokerage: Brokerage | null): Probes => {
  if (brokerage === null) return {};
  const probe = async () => {
    const answer = await brokerage.account(brokerage.firm);
    return answer.ok || answer.refused;
  };
  return { [journaling]: probe, [readingBrokerage]: probe };
};

const nodeProbes = (): Probes =>
  Object.fromEntries(
    payableNetworks().flatMap((network) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] });
      const type = { 'content-type': 'application/json' };
      const probe = async () =>
        isWell(await callJson('POST', evmConfig(network).rpcUrl, type, body));
      return [
        [readingFrom(network), probe],
        [sendingTo(network), probe],
      ];
    }),
  );

export const bootBrokerageGates = async (): Promise<Gates> =>
  makeGates(bootBreakers(), clock, brokerageProbes(await bootBrokerage()));

export const bootNodeGates = (): Gates => makeGates(bootBreakers(), clock, nodeProbes());

/** Those of 4-broadcast, which asks both. */
export const bootPayoutGates = async (): Promise<Gates> =>
  makeGates(bootBreakers(), clock, { ...brokerageProbes(await bootBrokerage()), ...nodeProbes() });
