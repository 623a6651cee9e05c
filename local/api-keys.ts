/** The API keys that exist locally (contract, section 2). Everybody knows them: they open nothing but this machine. */
import { sha256 } from '../lambdas/core/ids.ts';
import type { DynamoCall } from './dynamo-client.ts';

const read = ['withdrawals:read', 'wallets:read', 'webhooks:read'];
const write = ['withdrawals:write', 'wallets:write', 'webhooks:write'];

export const demoKey = 'dk_local_alice';
const keys = [
  { key: demoKey, keyId: 'key_local_alice', tenant: 'alice', scopes: [...read, ...write] },
  { key: 'dk_local_bob', keyId: 'key_local_bob', tenant: 'bob', scopes: [...read, ...write] },
  {
    key: 'dk_local_alice_readonly',
    keyId: 'key_local_alice_readonly',
    tenant: 'alice',
    scopes: read,
  },
  {
    key: 'dk_local_operator',
    keyId: 'key_local_operator',
    tenant: 'operator',
    scopes: ['operations'],
  },
];

/** Writes them into the control table. Only their hashes are stored. */
export async function seedApiKeys(call: DynamoCall, controlTable: string): Promise<void> {
  const createdAt = Date.now();
  await Promise.all(
    keys.map(({ key, keyId, tenant, scopes }) => {
      // keyItemKey of lambdas/adapters/dynamo-keys.ts, without the SDK that comes with it.
      const [pk, sk] = [`KEY#${sha256(key)}`, 'KEY'];
      return call('PutItem', {
        TableName: controlTable,
        Item: {
          pk: { S: pk },
          sk: { S: sk },
          keyId: { S: keyId },
          tenant: { S: tenant },
          scopes: { L: scopes.map((scope) => ({ S: scope })) },
          createdAt: { N: String(createdAt) },
        },
      });
    }),
  );
}
