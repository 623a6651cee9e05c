/** The system for the tests of one file: started before the first of them and stopped after the last, which ends its data too. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from '@jest/globals';
import { reconcileFreshMs } from '../../lambdas/core/kernel/limits.ts';
import { type System, startSystem } from '../../local/child.ts';
import { awsAt } from '../support/aws.ts';
import { type Client, clientOf } from './client.ts';

/**
 * A directory that is there until the tests of this file have run, and what was told to stop before has stopped (Jest ends
 * things in the order in which it was told of them). `KEEP=1` leaves it to be looked at.
 */
export function testDataDir(): string {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'drawbridge-e2e-'));
  afterAll(() => {
    if (!process.env['KEEP']) rmSync(dataDir, { recursive: true });
  });
  return dataDir;
}

type TestSystem = { dataDir: string; system: System; alice: Client };
let shared: TestSystem | undefined;

/** One for all parts of a suite. What `system` and `alice` have is there when the tests run, and not before. */
export function testSystem(): TestSystem {
  shared ??= startedForAll();
  return shared;
}

function startedForAll(): TestSystem {
  const system: Partial<System> = {};
  const alice: Partial<Client> = {};
  afterAll(() => system.stop?.());
  const dataDir = testDataDir();
  beforeAll(async () => {
    const started = Object.assign(system, await startSystem({ dataDir }));
    Object.assign(alice, await clientOf(started.outputs));
  });
  return { dataDir, system: system as System, alice: alice as Client };
}

/** Makes the last report of reconciliation older than those that are given to whoever asks: the next question compares anew. */
export async function ageReport({ awsEndpoint, tables }: System['outputs']): Promise<void> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(awsAt(awsEndpoint)));
  const item = { TableName: tables['control'], Key: { pk: 'RECONCILIATION', sk: 'LAST' } };
  const { Item } = await client.send(new GetCommand(item));
  const last = JSON.parse(Item?.['report']) as { checkedAt: number };
  const report = JSON.stringify({ ...last, checkedAt: last.checkedAt - reconcileFreshMs });
  await client.send(new PutCommand({ TableName: item.TableName, Item: { ...Item, report } }));
}
