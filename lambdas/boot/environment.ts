/**
 * Builds what a function needs from its environment, once per cold start. The only file that reads the environment;
 * each function imports only what it uses, so that its bundle holds nothing else.
 */
import { getAddress } from 'viem';
import type { Address, Network } from '../core/kernel/networks.ts';
import { parsed } from './setting-checks.ts';
import { amountsByCurrency } from './setting-values.ts';

export const environment = process.env;

export function required(name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`Set the environment variable ${name}.`);
  return value;
}

export const optional = (name: string): string | null => environment[name] || null;

export const list = (text: string | null): string[] =>
  (text ?? '').split(',').flatMap((part) => part.trim() || []);

export function milliseconds(name: string, otherwise: number): number {
  const text = optional(name);
  if (text === null) return otherwise;
  if (!/^\d+$/.test(text))
    throw new Error(`${name} is a whole number of milliseconds, not "${text}".`);
  return Number(text);
}

export function address(name: string): Address {
  const text = required(name);
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new Error(`${name} is no EVM address.`);
  return getAddress(text.toLowerCase());
}

/** Whether traces go anywhere: AWS_XRAY_DAEMON_ADDRESS is set by Lambda when tracing is on. */
export const isTraced = (): boolean =>
  optional('AWS_XRAY_DAEMON_ADDRESS') !== null && optional('POWERTOOLS_TRACE_ENABLED') !== 'false';

export const amounts = (name: string) => {
  const text = optional(name);
  return text === null ? {} : parsed(name, text, amountsByCurrency);
};

export const upper = (network: Network): string => network.toUpperCase();
