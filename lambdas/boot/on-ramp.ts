/** Builds the on-ramp, with the circuit breakers in front of it. */
import { secret } from '../adapters/aws/secrets.ts';
import { isDueWell } from '../adapters/due/answers.ts';
import { type DueConfig, dueOnRamp } from '../adapters/due/on-ramp.ts';
import type { CallJson } from '../adapters/net/http.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { quoting, reading, transferring } from '../core/breakers/names.ts';
import { brokerageProbes } from './brokerage.ts';
import { address, environment, optional, required } from './environment.ts';
import { gatesWith, isAnAnswer, type Probes, throughBreakers } from './gates.ts';
import { parsed } from './setting-checks.ts';
import { payInFrom } from './setting-values.ts';
import { clock } from './world.ts';

/** Calls through three breakers: for transfers, for questions about them, and for the rest, which is all before a transfer. */
export const onRampCalls = (gates: Pick<Gates, 'pass'>): CallJson =>
  throughBreakers(
    gates,
    (method, url) => {
      if (!/\/v1\/transfers(?!\/quote)/.test(url)) return quoting;
      return method === 'GET' ? reading : transferring;
    },
    isDueWell,
  );

export async function onRampProbes(): Promise<Probes> {
  const onRamp = dueOnRamp(await onRampConfig());
  const probe = async () => {
    const now = clock.now();
    return isAnAnswer(await onRamp.transfersBetween(now, now));
  };
  return { [quoting]: probe, [transferring]: probe, [reading]: probe };
}

/** The breakers of 3-on-ramp, which may pay for a conversion by a wire from the brokerage. */
export const bootOnRampGates = async (): Promise<Gates> =>
  gatesWith({ ...(await onRampProbes()), ...(await brokerageProbes()) });

/** The address and credentials of the on-ramp. */
export async function onRampConfig(): Promise<DueConfig> {
  return {
    baseUrl: required('DUE_BASE_URL').replace(/\/$/, ''),
    apiKey: await secret(environment, 'DUE_API_KEY'),
    accountId: required('DUE_ACCOUNT_ID'),
    treasury: address('EVM_TREASURY_ADDRESS'),
  };
}

/** How our dollars reach the on-ramp: `ON_RAMP_PAY_IN`, or by ACH. */
export const payIn = () => parsed('ON_RAMP_PAY_IN', optional('ON_RAMP_PAY_IN') ?? 'ach', payInFrom);
