/** Runs a DynamoDB for a test: dynoxide in memory, with the tables of lib/tables.ts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Tables } from '../../lambdas/adapters/dynamo/client.ts';
import { awsAt } from './aws.ts';

export type TestDatabase = {
  client: DynamoDBDocumentClient;
  tables: Tables;
  endpoint: string;
  stop(): void;
};

const binary = path.join(import.meta.dirname, '../../node_modules/@dynoxide/linux-x64/dynoxide');
/** The indexes, all of keys only. test/lib/tables.part.ts compares them with lib/tables.ts. */
export const indexes: Record<
  keyof Tables,
  readonly (readonly [name: string, pk: string, sk: string, kind: 'S' | 'N'])[]
> = {
  money: [
    ['inbox', 'inbox', 'inboxOrder', 'S'],
    ['byWallet', 'list', 'order', 'S'],
    ['byTenant', 'tenantList', 'order', 'S'],
    ['byReference', 'referenceList', 'order', 'S'],
    ['due', 'dueShard', 'dueAt', 'N'],
    ['open', 'openShard', 'order', 'S'],
  ],
  webhooks: [
    ['due', 'dueShard', 'dueAt', 'N'],
    ['byEndpoint', 'list', 'order', 'S'],
    ['byState', 'state', 'order', 'S'],
  ],
  control: [],
};

export async function startDatabase(): Promise<TestDatabase> {
  const port = await freePort();
  const engine = spawn(binary, ['serve', '--port', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const raw = new DynamoDBClient(awsAt(endpoint));
  await untilUp(raw, engine);
  for (const [name, list] of Object.entries(indexes)) {
    const attributes = new Map([
      ['pk', 'S'],
      ['sk', 'S'],
    ] as [string, 'S' | 'N'][]);
    for (const [, pk, sk, kind] of list) attributes.set(pk, 'S').set(sk, kind);
    await raw.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({
          AttributeName,
          AttributeType,
        })),
        KeySchema: keySchema('pk', 'sk'),
        ...(list.length === 0
          ? {}
          : {
              GlobalSecondaryIndexes: list.map(([IndexName, pk, sk]) => ({
                IndexName,
                KeySchema: keySchema(pk, sk),
                Projection: { ProjectionType: 'KEYS_ONLY' as const },
              })),
            }),
      }),
    );
  }
  raw.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const isBounded = !/Query|Scan/.test(String(commandName)) || 'Limit' in args.input;
        // An index of millions is one partition, and an engine may read all of it for a page (adapters/dynamo/page.ts).
        if (!isBounded) throw new Error(`${commandName} says nothing of how much it reads`);
        return await next(args);
      },
    { step: 'initialize' },
  );
  const client = DynamoDBDocumentClient.from(raw, {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: (text) => BigInt(text) },
  });
  const tables = { money: 'money', webhooks: 'webhooks', control: 'control' };
  return { client, tables, endpoint, stop: () => engine.kill('SIGKILL') };
}

const keySchema = (pk: string, sk: string) => [
  { AttributeName: pk, KeyType: 'HASH' as const },
  { AttributeName: sk, KeyType: 'RANGE' as const },
];

async function untilUp(client: DynamoDBClient, engine: ChildProcess): Promise<void> {
  for (;;) {
    if (engine.exitCode !== null) throw new Error(`dynoxide ended with ${engine.exitCode}`);
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch {
      await sleep(20); // It is not listening yet.
    }
  }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
