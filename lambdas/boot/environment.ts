/**
 * Builds what a function needs from its environment, once per cold start. The only file that reads the environment;
 * each function imports only what it uses, so that its bundle holds nothing else.
 */
import { getAddress } from 'viem';
import { secret } from '../adapters/aws/secrets.ts';
import { SettingError } from '../core/kernel/errors.ts';
import { type Redact, redactWith } from '../core/kernel/redact.ts';
import type { Address } from '../core/rails/evm/hex.ts';
import { list, read, type Setting } from './setting-checks.ts';

export const environment = process.env;

export function required(name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`Set the environment variable ${name}.`);
  return value;
}

export const optional = (name: string): string | null => environment[name] || null;

export const listed = (name: string): string[] => list(required(name));

/** What a setting holds: `null` when it is not set and has no default. Throws on what cannot be right. */
export function told<T>(setting: Setting<T> & { default: string | number }): T;
export function told<T>(setting: Setting<T>): T | null;
export function told<T>(setting: Setting<T>): T | null {
  const text = environment[setting.name] || setting.default;
  return text === undefined ? null : read(setting, String(text));
}

/** The same of a setting that must be there. */
export function needed<T>(setting: Setting<T>): T {
  const text = optional(setting.name);
  if (text === null) throw new SettingError(`${setting.name} is not set.`);
  return read(setting, text);
}

export const address = (setting: Setting<string>): Address =>
  getAddress(needed(setting).toLowerCase());

const learned = new Set<string>();
/** Has a URL of a node taken out of logs and errors that does not stand in the environment. */
export const learnUrl = (url: string): void => {
  learned.add(url);
};

const learnedSecrets = new Set<string>();
/** A secret of Secrets Manager, or of the environment; it is taken out of logs and errors from now on. */
export async function bootSecret(name: string): Promise<string> {
  const value = await secret(environment, name);
  learnedSecrets.add(value);
  return value;
}

/** What the environment holds of secrets: our own, and the credentials that Lambda's role has. */
const ownSecrets = (): string[] =>
  Object.entries(environment).flatMap(([name, value = '']) =>
    /(?<!PUBLIC)_(KEY|KEYS|SECRET|TOKEN|PASSWORD)$/.test(name) ? value.split(',') : [],
  );

/** The URLs of nodes and providers, which may hold keys. */
const outsideUrls = (): string[] =>
  Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && /(RPC|BASE|JWKS)_URL(?!.*_SECRET_ARN$)/.test(name) ? [value] : [],
  );

/** Takes out of a text what nobody should read of the URLs that are known by then. */
export const redact: Redact = (text) => {
  const knows = learned.size + learnedSecrets.size;
  if (redaction?.knows !== knows) {
    const urls = [...outsideUrls(), ...learned];
    redaction = { knows, redact: redactWith(urls, [...ownSecrets(), ...learnedSecrets]) };
  }
  return redaction.redact(text);
};
let redaction: { knows: number; redact: Redact } | null = null;

/** Whether traces go anywhere: AWS_XRAY_DAEMON_ADDRESS is set by Lambda when tracing is on. */
export const isTraced = (): boolean =>
  optional('AWS_XRAY_DAEMON_ADDRESS') !== null && optional('POWERTOOLS_TRACE_ENABLED') !== 'false';
