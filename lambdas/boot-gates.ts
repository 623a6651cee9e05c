/** Builds the circuit breakers in front of the providers, with what probes them. */
import { alpacaAccount } from './adapters/alpaca-account.ts';
import { dueOnRamp } from './adapters/due.ts';
import { isDueWell } from './adapters/due-answers.ts';
import { type CallJson, callJson, type HttpReply, isWell } from './adapters/http.ts';
import {
  bootBreakers,
  brokerageConfig,
  clock,
  evmConfig,
  onRampConfig,
  payableNetworks,
} from './boot.ts';
import {
  journaling,
  quoting,
  reading,
  readingBrokerage,
  readingFrom,
  sendingTo,
  transferring,
} from './core/breaker-names.ts';
import { ShutError } from './core/errors.ts';
import { type Gates, makeGates } from './core/gates.ts';
import type { Answer } from './core/ports.ts';

/** Each question moves nothing. */
type Probes = Record<string, () => Promise<boolean>>;
type Method = Parameters<CallJson>[0];

/** Calls through the breakers of their operations. What they keep back is answered as not asked. */
const through =
  (
    { pass }: Pick<Gates, 'pass'>,
    operationOf: (method: Method, url: string) => string,
    isWellIn: (reply: HttpReply) => boolean,
  ): CallJson =>
  async (method, url, ...call) => {
    const request = () => callJson(method, url, ...call);
    try {
      return await pass(operationOf(method, url), request, isWellIn);
    } catch (error) {
      if (error instanceof ShutError)
        return { reply: 'not-asked', why: error.message, until: error.until };
      throw error;
    }
  };

/** What the brokerage is only asked, and what moves cash, fail apart. */
export const brokerageCalls = (gates: Pick<Gates, 'pass'>): CallJson =>
  through(gates, (method) => (method === 'GET' ? readingBrokerage : journaling), isWell);

/** Quotes, with our wallet and accounts there, transfers and questions about them fail apart. */
export const onRampCalls = (gates: Pick<Gates, 'pass'>): CallJson =>
  through(
    gates,
    (method, url) => {
      if (!/\/v1\/transfers(?!\/quote)/.test(url)) return quoting;
      return method === 'GET' ? reading : transferring;
    },
    isDueWell,
  );

/** A refusal is an answer: the provider is well. */
const answered = (answer: Answer<unknown>): boolean => answer.ok || answer.refused;

async function brokerageProbes(): Promise<Probes> {
  const config = await brokerageConfig();
  if (config === null) return {};
  const { account } = alpacaAccount(config);
  const probe = async () => answered(await account(config.firmAccountId));
  return { [journaling]: probe, [readingBrokerage]: probe };
}

async function onRampProbes(): Promise<Probes> {
  const onRamp = dueOnRamp(await onRampConfig());
  const probe = async () => {
    const now = clock.now();
    return answered(await onRamp.transfersBetween(now, now));
  };
  return { [quoting]: probe, [transferring]: probe, [reading]: probe };
}

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

const gatesWith = (probes: Probes): Gates => makeGates(bootBreakers(), clock, probes);

export const bootBrokerageGates = async (): Promise<Gates> => gatesWith(await brokerageProbes());

export const bootNodeGates = (): Gates => gatesWith(nodeProbes());

/** Those of 4-broadcast, which asks whether the cash is still there. */
export const bootPayoutGates = async (): Promise<Gates> =>
  gatesWith({ ...(await brokerageProbes()), ...nodeProbes() });

/** Those of 3-on-ramp, which may pay for what it asks for by a wire of the brokerage's. */
export const bootOnRampGates = async (): Promise<Gates> =>
  gatesWith({ ...(await onRampProbes()), ...(await brokerageProbes()) });

/** Those of reconciliation, which asks everybody. */
export const bootAllGates = async (): Promise<Gates> =>
  gatesWith({ ...(await onRampProbes()), ...(await brokerageProbes()), ...nodeProbes() });
