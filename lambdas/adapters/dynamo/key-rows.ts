/** The two items of an API key: the authorizer finds one by the key, the register keeps the other. Neither has the key. */
import { sha256 } from '../../core/kernel/ids.ts';

/** Hexadecimal digits of the hash in the item's key: 128 bits, enough that no two keys collide. */
const prefixDigits = 32;

/** The key that the authorizer looks up: half of the hash. adapters/dynamo/api-keys.ts says why it is not the whole. */
export const keyItemKey = (key: string) => ({
  pk: `KEY#${sha256(key).slice(0, prefixDigits)}`,
  sk: 'KEY',
});

/** One partition holds the whole register: only people list keys, requests never do. */
export const registerPartition = 'KEYS';
export const registerItemKey = (keyId: string) => ({ pk: registerPartition, sk: keyId });

export type NewKey = {
  keyId: string;
  tenant: string;
  scopes: readonly string[];
  /** A name for people. */
  name: string | null;
  /** Whose key it is, where what one person proposes another has to confirm; `null`: the key's id stands for that. */
  principal: string | null;
  /** The random value that API Gateway counts the key's requests by. It opens nothing. */
  usageKey: string;
  /** Epoch milliseconds. */
  createdAt: number;
};

export const keyItem = (key: string, { keyId, tenant, scopes, usageKey, principal }: NewKey) => ({
  ...keyItemKey(key),
  ...{ hash: sha256(key), keyId, tenant, scopes, usageKey },
  ...(principal === null ? {} : { principal }),
});

/** `lookup` leads to the other item, and tells whose a key was that somebody found. */
export const registerItem = (key: string, { principal, ...made }: NewKey) => ({
  ...registerItemKey(made.keyId),
  ...made,
  ...(principal === null ? {} : { principal }),
  lookup: keyItemKey(key).pk,
});
