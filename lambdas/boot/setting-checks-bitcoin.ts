/** What the texts of Bitcoin's settings may be. */

import { perVirtualByte } from '../core/rails/bitcoin/limits.ts';
import { isNet, type Net, nets } from '../core/rails/bitcoin/nets.ts';
import { type Check, each } from './setting-checks.ts';

export const bitcoinNet: Check<Net> = {
  wanted: `one of ${Object.keys(nets).join(', ')}`,
  read: (text) => (isNet(text) ? text : undefined),
};
/** In satoshi for 1,000 virtual bytes. */
export const satoshiPerByte: Check<bigint> = {
  wanted: 'satoshi for a virtual byte: a whole number from 1 to 10000',
  read: (text) => (/^[1-9]\d{0,3}$|^10000$/.test(text) ? BigInt(text) * perVirtualByte : undefined),
};
export const blocks: Check<number> = {
  wanted: 'blocks: a whole number from 1 to 100',
  read: (text) => (/^[1-9]\d?$|^100$/.test(text) ? Number(text) : undefined),
};
export const segwitAddress: Check<string> = {
  wanted: 'a P2WPKH address (bc1q, tb1q or bcrt1q and 38 characters)',
  read: (text) => (/^(bc|tb|bcrt)1q[02-9ac-hj-np-z]{38}$/.test(text) ? text : undefined),
};
/** Whether it is a key is said by who signs (adapters/bitcoin/signer-local.ts). */
export const bitcoinKey: Check<string> = {
  wanted: 'a private key (64 hex digits, or the wallet import format)',
  read: (text) =>
    /^(0x)?[\da-fA-F]{64}$|^[5KLc9][1-9A-HJ-NP-Za-km-z]{50,51}$/.test(text.trim())
      ? text.trim()
      : undefined,
};
export const bitcoinKeys: Check<string[]> = {
  wanted: 'private keys (64 hex digits, or the wallet import format), separated by commas',
  read: (text) => each(text.split(','), bitcoinKey.read),
};
