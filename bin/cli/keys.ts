/** `drawbridge keys create|list|revoke`: manages API keys. lambdas/api/access/keys.ts makes and revokes them. */
import { randomBytes } from 'node:crypto';
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { usagePlanKeys } from '../../lambdas/adapters/aws/usage-plan-keys.ts';
import { keyRegister, type RegisteredKey } from '../../lambdas/adapters/dynamo/key-register.ts';
import { isScope, isTenantName } from '../../lambdas/api/access/access.ts';
import {
  createKey,
  isBrokenOff,
  type KeysWorld,
  revokeKey,
} from '../../lambdas/api/access/keys.ts';
import { scopes as allScopes } from '../../lambdas/api/operations.ts';
import { authorizerCacheSeconds, principalLengthMax } from '../../lambdas/core/kernel/limits.ts';
import { principalOf } from '../../lambdas/core/operations/principal.ts';
import { localStack, printTable, usageError } from '../command.ts';
import { type Command, note, optionsIn, say, sayJson } from './command-line.ts';

const usage = `usage: drawbridge keys create --tenant <name> --scopes <a,b> [--name <label>] [--principal <person>]
       drawbridge keys list [--tenant <name>]
       drawbridge keys revoke --key-id <id>

Without --table: the keys of the local system (its outputs.json in DATA_DIR, which must be running).
With --table <control table>, the stack's output ControlTable: those of the stack that it belongs to, in the AWS account
and region that the environment points at.`;

const nameLengthMax = 100;

const options = {
  tenant: { type: 'string' },
  scopes: { type: 'string' },
  name: { type: 'string' },
  principal: { type: 'string' },
  'key-id': { type: 'string' },
  table: { type: 'string' },
} as const;
type Values = { [name in keyof typeof options]?: string } & { json?: boolean };

/** The options that each command takes besides --table. */
const commands: Record<
  string,
  { takes: (keyof Values)[]; run: (values: Values) => Promise<void> }
> = {
  create: { takes: ['tenant', 'scopes', 'name', 'principal'], run: create },
  list: { takes: ['tenant'], run: list },
  revoke: { takes: ['key-id'], run: revoke },
};

async function create({ scopes = '', name, ...values }: Values): Promise<void> {
  const tenant = tenantIn(values) ?? usageError('create needs --tenant.');
  const wanted = [...new Set(scopes.split(',').flatMap((scope) => scope.trim() || []))];
  const unknown = wanted.filter((scope) => !isScope(scope));
  if (wanted.length === 0 || unknown.length > 0)
    usageError(
      `--scopes takes any of: ${allScopes.join(', ')}.${unknown.length > 0 ? ` Not: ${unknown.join(', ')}.` : ''}`,
    );
  if (name !== undefined && !/^[^\p{Cc}]+$/u.test(name.slice(0, nameLengthMax + 1)))
    usageError('--name is a text in one line.');
  if (name !== undefined && name.length > nameLengthMax)
    usageError(`--name has at most ${nameLengthMax} characters.`);
  const principal = values.principal === undefined ? null : principalOf(values.principal);
  if (values.principal !== undefined && principal === null)
    usageError(
      `--principal names a person, in one line of at most ${principalLengthMax} characters.`,
    );
  const request = { tenant, scopes: wanted, name: name ?? null, principal };
  const { key, keyId } = await createKey(world(values), request);
  if (values.json) sayJson({ key, keyId, tenant, scopes: wanted, name: request.name, principal });
  else say(key);
  note(
    `Key ${keyId} of ${principal === null ? '' : `${principal}, `}tenant ${tenant} with ${wanted.join(', ')}. It is shown this once; only its hash is stored.`,
  );
  if (principal === null && wanted.includes('operations'))
    note(
      'It has no --principal, so where two people have to agree it counts as a person of its own.',
    );
}

async function list(values: Values): Promise<void> {
  const tenant = tenantIn(values);
  const keys = await world(values).register.list();
  const wanted = keys.filter((one) => tenant === undefined || one.tenant === tenant);
  if (values.json) return sayJson(wanted.map(shown));
  const rows = wanted.map(cells);
  printTable([['KEY ID', 'TENANT', 'SCOPES', 'PRINCIPAL', 'NAME', 'CREATED', 'REVOKED'], ...rows]);
}

const cells = (key: RegisteredKey): string[] => [
  key.keyId,
  key.tenant,
  key.scopes.join(','),
  key.principal ?? '-',
  key.name ?? '-',
  time(key.createdAt),
  key.revokedAt === undefined
    ? isBrokenOff(key)
      ? 'never finished: revoke it'
      : '-'
    : time(key.revokedAt),
];
const shown = (key: RegisteredKey): object => ({
  ...{ keyId: key.keyId, tenant: key.tenant, scopes: key.scopes },
  ...{ principal: key.principal ?? null, name: key.name ?? null, createdAt: time(key.createdAt) },
  revokedAt: key.revokedAt === undefined ? null : time(key.revokedAt),
  finished: !isBrokenOff(key),
});
const time = (epochMs: number): string => new Date(epochMs).toISOString();

async function revoke(values: Values): Promise<void> {
  const keyId = values['key-id'] ?? usageError('revoke needs --key-id; list shows the ids.');
  const found = await revokeKey(world(values), keyId);
  if (found === null)
    return usageError(`There is no key ${keyId}; list shows those that there are.`);
  if (values.json) return sayJson({ keyId, revoked: true });
  say(
    found.revokedAt === undefined
      ? `Key ${keyId} of tenant ${found.tenant} is revoked. It stops working within ${authorizerCacheSeconds} seconds.`
      : `Key ${keyId} of tenant ${found.tenant} was revoked on ${time(found.revokedAt)} already.`,
  );
}

function tenantIn({ tenant }: Values): string | undefined {
  if (tenant !== undefined && !isTenantName(tenant))
    usageError('--tenant is a name of up to 64 letters, digits, - and _.');
  return tenant;
}

/** The places where keys are kept, of a deployment or of the local system. */
function world({ table }: Values): KeysWorld {
  const { control, client } = table === undefined ? local() : { control: table, client: {} };
  return {
    register: keyRegister(DynamoDBDocumentClient.from(new DynamoDBClient(client)), control),
    usagePlan: usagePlanKeys(new APIGatewayClient(client), control),
    now: Date.now,
    random: randomBytes,
  };
}

function local() {
  const { tables, client } = localStack();
  return { control: tables['control'] ?? '', client };
}

async function run(argv: readonly string[]): Promise<undefined> {
  const { positionals, values } = optionsIn(argv, options);
  const [name = '', ...others] = positionals;
  if (others.length > 0) usageError(`"${others.join(' ')}" is too much.`);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return usageError(`There is no command "${name}".`);
  const [odd] = (Object.keys(values) as (keyof Values)[]).filter(
    (one) => one !== 'table' && one !== 'json' && !command.takes.includes(one),
  );
  if (odd !== undefined) usageError(`${name} takes no --${odd}.`);
  await command.run(values);
}

export const keys: Command = { usage, run };
