/** Builds the brokerage, with the circuit breakers in front of it. Without `ALPACA_BASE_URL` there is none. */
import { alpacaAccount } from '../adapters/alpaca/account.ts';
import { alpacaBrokerage } from '../adapters/alpaca/brokerage.ts';
import type { AlpacaConfig } from '../adapters/alpaca/calls.ts';
import { type CallJson, isWell } from '../adapters/net/http.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { journaling, readingBrokerage } from '../core/breakers/names.ts';
import type { Brokerage } from '../core/brokerage/brokerage.ts';

import { bootSecret, needed, told } from './environment.ts';
import { gatesWith, isAnAnswer, type Probes, throughBreakers } from './gates.ts';
import {
  alpacaBaseUrl,
  alpacaFirmAccountId,
  alpacaKeyId,
  alpacaSecretKey,
} from './settings-table.ts';

/** Calls through two circuit breakers, so that questions and journals fail independently. */
export const brokerageCalls = (gates: Pick<Gates, 'pass'>): CallJson =>
  throughBreakers(gates, (method) => (method === 'GET' ? readingBrokerage : journaling), isWell);

export async function brokerageProbes(): Promise<Probes> {
  const config = await brokerageConfig();
  if (config === null) return {};
  const { account } = alpacaAccount(config);
  const probe = async () => isAnAnswer(await account(config.firmAccountId));
  return { [journaling]: probe, [readingBrokerage]: probe };
}

export const bootBrokerageGates = async (): Promise<Gates> => gatesWith(await brokerageProbes());

export const hasBrokerage = (): boolean => told(alpacaBaseUrl) !== null;

/** The address and credentials of the brokerage; `null` when there is none, and all wallets are funded from the ledger. */
export async function brokerageConfig(): Promise<AlpacaConfig | null> {
  if (!hasBrokerage()) return null;
  return {
    baseUrl: needed(alpacaBaseUrl).replace(/\/$/, ''),
    keyId: needed(alpacaKeyId),
    secretKey: await bootSecret(alpacaSecretKey.name),
    firmAccountId: needed(alpacaFirmAccountId),
  };
}

export async function bootBrokerage(call?: CallJson): Promise<Brokerage | null> {
  const config = await brokerageConfig();
  return config === null ? null : alpacaBrokerage(config, call);
}
