import { secret } from '../adapters/aws/secrets.ts';
import { isDueWell } from '../adapters/due/answers.ts';
import { type DueConfig, dueOnRamp } from '../adapters/due/on-ramp.ts';
import type { CallJson } from '../adapters/net/http.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { quoting, reading, transferring } from '../core/breakers/names.ts';
import { brokerageProbes } from './brokerage.ts';
import { address, environment, optional, required } from './environment.ts';
import { answered, gatesWith, type Probes, through } from './gates.ts';
import { parsed } from './setting-checks.ts';
import { payInFrom } from './setting-values.ts';
import { clock } from './world.ts';

/** Quotes (with our wallet and accounts), transfers, and questions about transfers have a circuit breaker each. */
export const onRampCalls = (gates: Pick<Gates, 'pass'>): CallJson =>
  through(
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
    return answered(await onRamp.transfersBetween(now, now));
  };
  return { [quoting]: probe, [transferring]: probe, [reading]: probe };
}

/** The gates of 3-on-ramp, which may also have the brokerage wire what it pays in. */
export const bootOnRampGates = async (): Promise<Gates> =>
  gatesWith({ ...(await onRampProbes()), ...(await brokerageProbes()) });

/** Where the on-ramp's API is, and as whom we use it. */
export async function onRampConfig(): Promise<DueConfig> {
  return {
    baseUrl: required('DUE_BASE_URL').replace(/\/$/, ''),
    apiKey: await secret(environment, 'DUE_API_KEY'),
    accountId: required('DUE_ACCOUNT_ID'),
    treasury: address('EVM_TREASURY_ADDRESS'),
  };
}

/** The mode in which our dollars reach the on-ramp (core/on-ramp/pay-in.ts). */
export const payIn = () => parsed('ON_RAMP_PAY_IN', optional('ON_RAMP_PAY_IN') ?? 'ach', payInFrom);
