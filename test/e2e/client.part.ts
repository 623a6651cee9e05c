/** The examples beside the client's functions, each run against the system. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { examples, programOf } from '../client/examples.ts';
import { newAddress } from './client.ts';
import { testSystem } from './system.ts';

const { system, alice, dataDir } = testSystem();
const root = path.join(import.meta.dirname, '../..');

test('every example of the client does what it says', async () => {
  const walletId = await alice.wallet('USD', '500.00');
  const { body } = await alice.withdraw(walletId);
  const hook = { url: 'http://127.0.0.1:9/hooks', events: ['*'] as ['*'] };
  const endpoint = await alice.api.createWebhookEndpoint(hook, alice.options);
  if (endpoint.status !== 201) throw new Error(`${endpoint.status}`);
  const file = path.join(dataDir, 'examples.ts');
  const client = pathToFileURL(path.join(root, 'client/src/index.ts')).href;
  writeFileSync(file, programOf(client));
  const { runAll } = await import(file);
  const ran: string[] = [];
  const given = { walletId, withdrawalId: body.id, endpointId: endpoint.data.id };
  const others = { destinationAddress: newAddress(), secret: endpoint.data.secret };
  await runAll(system.outputs.apiUrl, { ...given, ...others }, (of: string) => ran.push(of));
  expect(ran).toEqual(examples.map(({ of }) => of));
});
