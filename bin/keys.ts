/** API keys: `npm run keys -- create --tenant acme --scopes withdrawals:read,withdrawals:write`. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { keyItemKey } from '../lambdas/adapters/dynamo-keys.ts';

const usage = `usage: npm run keys -- create --tenant <name> --scopes <a,b> [--table <control table>]

Without --table the key is made in the local system (its outputs.json in DATA_DIR, which must be running).
With it, in that table of the AWS account and region that the environment points at.`;

const allScopes = [
  'withdrawals:read',
  'withdrawals:write',
  'wallets:read',
  'wallets:write',
  'webhooks:read',
  'webhooks:write',
  'operations',
];

function fail(message: string): never {
  console.error(`${message}\n\n${usage}`);
  process.exit(1);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { tenant: { type: 'string' }, scopes: { type: 'string' }, table: { type: 'string' } },
});
if (positionals[0] !== 'create') fail(`There is no command "${positionals[0] ?? ''}".`);
const { tenant, scopes } = values;
if (tenant === undefined || !/^[A-Za-z0-9_-]{1,64}$/.test(tenant))
  fail('--tenant is a name of letters, digits, - and _.');
const wanted = (scopes ?? '').split(',').flatMap((scope) => scope.trim() || []);
const unknown = wanted.filter((scope) => !allScopes.includes(scope));
if (wanted.length === 0 || unknown.length > 0)
  fail(
    `--scopes takes any of: ${allScopes.join(', ')}.${unknown.length > 0 ? ` Not: ${unknown.join(', ')}.` : ''}`,
  );

const { client, table } = target(values.table);
const key = `dk_${randomBytes(24).toString('base64url')}`;
const item = {
  keyId: `key_${randomBytes(8).toString('hex')}`,
  tenant,
  scopes: wanted,
  createdAt: Date.now(),
};
await client.send(new PutCommand({ TableName: table, Item: { ...keyItemKey(key), ...item } }));
console.log(key);
console.error(
  `Key ${item.keyId} of tenant ${tenant} with ${wanted.join(', ')}. It is shown this once; only its hash is stored.`,
);

/** The table that keys are kept in, deployed or local. */
function target(table: string | undefined): { client: DynamoDBDocumentClient; table: string } {
  if (table !== undefined)
    return { client: DynamoDBDocumentClient.from(new DynamoDBClient({})), table };
  const file = path.resolve(process.env['DATA_DIR'] ?? '.local', 'outputs.json');
  if (!existsSync(file))
    fail(`There is no ${file}. Start the local system (npm start), or name a --table.`);
  const outputs = JSON.parse(readFileSync(file, 'utf8')) as {
    awsEndpoint: string;
    tables: { control: string };
  };
  const local = new DynamoDBClient({
    endpoint: outputs.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return { client: DynamoDBDocumentClient.from(local), table: outputs.tables.control };
}
