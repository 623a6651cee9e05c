/** Builds the on-ramp, with the circuit breakers in front of it. */
import { isDueWell } from '../adapters/due/answers.ts';
import type { DueConfig } from '../adapters/due/calls.ts';
import { dueOnRamp } from '../adapters/due/on-ramp.ts';
import type { CallJson } from '../adapters/net/http.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { quoting, reading, transferring } from '../core/breakers/names.ts';
import { SettingError } from '../core/kernel/errors.ts';
import { brokerageProbes } from './brokerage.ts';

import { address, bootSecret, needed, told } from './environment.ts';
import { gatesWith, isAnAnswer, type Probes, throughBreakers } from './gates.ts';
import { treasuryOnSolana } from './network-solana.ts';
import { nodeProbes } from './nodes.ts';
import * as evm from './settings-evm.ts';
import * as settings from './settings-table.ts';

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

/** The breakers of 3-on-ramp, which may wire from the brokerage, and sees on the chain what was paid. */
export const bootOnRampGates = async (): Promise<Gates> =>
  gatesWith({ ...(await onRampProbes()), ...(await brokerageProbes()), ...nodeProbes() });

/** The address and credentials of the on-ramp. */
export async function onRampConfig(): Promise<DueConfig> {
  return {
    baseUrl: needed(settings.dueBaseUrl).replace(/\/$/, ''),
    apiKey: await bootSecret(settings.dueApiKey.name),
    accountId: needed(settings.dueAccountId),
    ...unlessWrong(() => ({ treasury: address(evm.evmTreasuryAddress) })),
    ...unlessWrong(treasuryOnSolana),
  };
}

/** A treasury that cannot be read is asked for nothing (nodes.ts), and holds up no conversion for another. */
function unlessWrong<T extends object>(read: () => T): T | Record<string, never> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    return {};
  }
}

/** How our dollars reach the on-ramp. */
export const payIn = () => told(settings.onRampPayIn);
