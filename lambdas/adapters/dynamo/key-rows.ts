/**
 * How API keys are kept in the `control` table. Two items: one that the authorizer finds by the key, and one in the
 * register of all keys, which stays when the key is revoked. Neither holds the key.
 */
import { sha256 } from '../../core/kernel/ids.ts';

/** Hex digits of the hash in the item's key: 128 bits, enough that no two keys meet. */
const prefixDigits = 32;

/** Where the authorizer looks: the first half of the key's hash. adapters/dynamo/api-keys.ts says why not the whole. */
export const keyItemKey = (key: string) => ({
  pk: `KEY#${sha256(key).slice(0, prefixDigits)}`,
  sk: 'KEY',
});

/** One partition for all: people list keys, requests never do. */
export const registerPartition = 'KEYS';
export const registerItemKey = (keyId: string) => ({ pk: registerPartition, sk: keyId });

export type NewKey = {
  keyId: string;
  tenant: string;
  scopes: readonly string[];
  /** What people call it. */
  name: string | null;
  /** What API Gateway counts its requests by. Random, and good for nothing else. */
  usageKey: string;
  /** Epoch milliseconds. */
  createdAt: number;
};

export const keyItem = (key: string, { keyId, tenant, scopes, usageKey }: NewKey) => ({
  ...keyItemKey(key),
  ...{ hash: sha256(key), keyId, tenant, scopes, usageKey },
});

/** `lookup` leads from here to the other item, and from a key that was found somewhere to whose it was. */
export const registerItem = (key: string, made: NewKey) => ({
  ...registerItemKey(made.keyId),
  ...made,
  lookup: keyItemKey(key).pk,
});
