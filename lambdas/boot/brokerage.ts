import { alpacaAccount } from '../adapters/alpaca/account.ts';
import { alpacaBrokerage } from '../adapters/alpaca/brokerage.ts';
import type { AlpacaConfig } from '../adapters/alpaca/calls.ts';
import { secret } from '../adapters/aws/secrets.ts';
import { type CallJson, isWell } from '../adapters/net/http.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { journaling, readingBrokerage } from '../core/breakers/names.ts';
import type { Brokerage } from '../core/brokerage/brokerage.ts';
import { environment, optional, required } from './environment.ts';
import { answered, gatesWith, type Probes, through } from './gates.ts';

/** What the brokerage is only asked, and what moves cash, fail apart. */
export const brokerageCalls = (gates: Pick<Gates, 'pass'>): CallJson =>
  through(gates, (method) => (method === 'GET' ? readingBrokerage : journaling), isWell);

export async function brokerageProbes(): Promise<Probes> {
  const config = await brokerageConfig();
  if (config === null) return {};
  const { account } = alpacaAccount(config);
  const probe = async () => answered(await account(config.firmAccountId));
  return { [journaling]: probe, [readingBrokerage]: probe };
}

export const bootBrokerageGates = async (): Promise<Gates> => gatesWith(await brokerageProbes());

export const hasBrokerage = (): boolean => optional('ALPACA_BASE_URL') !== null;

/** How the brokerage is spoken to; `null` when there is none, and wallets are funded from the ledger only. */
export async function brokerageConfig(): Promise<AlpacaConfig | null> {
  if (!hasBrokerage()) return null;
  return {
    baseUrl: required('ALPACA_BASE_URL').replace(/\/$/, ''),
    keyId: required('ALPACA_KEY_ID'),
    secretKey: await secret(environment, 'ALPACA_SECRET_KEY'),
    firmAccountId: required('ALPACA_FIRM_ACCOUNT_ID'),
  };
}

export async function bootBrokerage(call?: CallJson): Promise<Brokerage | null> {
  const config = await brokerageConfig();
  return config === null ? null : alpacaBrokerage(config, call);
}
