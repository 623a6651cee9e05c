/** Makes the API keys of the local system. They are public (README.md) and open nothing but this machine. */
import { keyItem, type NewKey, registerItem } from '../lambdas/adapters/dynamo/key-rows.ts';
import type { DynamoCall } from './engines/dynamo-client.ts';
import type { UsagePlans } from './gateway/usage-plans.ts';

const read = ['withdrawals:read', 'wallets:read', 'webhooks:read'];
const write = ['withdrawals:write', 'wallets:write', 'transactions:write', 'webhooks:write'];

export const demoKey = 'dk_local_alice';
const keys: readonly (Pick<NewKey, 'keyId' | 'tenant' | 'scopes'> & {
  key: string;
  principal?: string;
})[] = [
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
    principal: 'operator',
  },
  // What one operator proposes another confirms.
  {
    key: 'dk_local_operator2',
    keyId: 'key_local_operator2',
    tenant: 'operator',
    scopes: ['operations'],
    principal: 'operator2',
  },
];

export const localKeyNames = keys.map(({ key }) => key);

/** Writes the keys into the control table and the usage plan. A key that was revoked here stays revoked. */
export async function seedApiKeys(
  call: DynamoCall,
  controlTable: string,
  usagePlans: UsagePlans,
): Promise<void> {
  await Promise.all(
    keys.map(async ({ key, principal = null, ...given }) => {
      const usageKey = `usage-of-${given.keyId}`;
      const made = { ...given, principal, name: 'local', usageKey, createdAt: Date.now() };
      if (await written(call, controlTable, key, made))
        usagePlans.ensure(given.keyId, usageKey, controlTable);
    }),
  );
}

async function written(
  call: DynamoCall,
  TableName: string,
  key: string,
  made: NewKey,
): Promise<boolean> {
  const register = attributes({ ...registerItem(key, made), readyAt: made.createdAt });
  const ConditionExpression = 'attribute_not_exists(revokedAt)';
  try {
    await call('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName, Item: register, ConditionExpression } },
        { Put: { TableName, Item: attributes(keyItem(key, made)) } },
      ],
    });
    return true;
  } catch (error) {
    const { name, message } = error as Error;
    const revoked =
      name === 'TransactionCanceledException' && message.includes('ConditionalCheckFailed');
    if (revoked) return false;
    throw error;
  }
}

/** An item in DynamoDB's JSON, for the few types that these have. */
const attributes = (item: Record<string, string | number | readonly string[] | null>) =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attribute(value)]));
const attribute = (value: string | number | readonly string[] | null): unknown => {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  return { L: value.map(attribute) };
};
