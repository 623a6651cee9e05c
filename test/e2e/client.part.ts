/** The examples beside the client's functions, and those of docs/getting-started.md, each run against the system. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { examples, gettingStarted, programOf } from '../client/examples.ts';
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

test('every way of docs/getting-started.md that says that it is run asks for the same withdrawal', async () => {
  const WALLET = await alice.wallet('USDC', '50.00');
  const { apiUrl } = system.outputs;
  const here = (text: string) => text.replaceAll('http://127.0.0.1:8080', apiUrl);
  const env = { ...process.env, WALLET, DATA_DIR: dataDir };
  const run = (program: string, ...words: string[]) =>
    promisify(execFile)(program, words, { env, cwd: root });
  const [typescript = '', curl = '', cli = ''] = gettingStarted();

  const file = path.join(dataDir, 'getting-started.ts');
  const client = pathToFileURL(path.join(root, 'client/src/index.ts')).href;
  writeFileSync(file, here(typescript).replace('@drawbridge/client', client));
  const { stdout } = await run(process.execPath, '--disable-warning=ExperimentalWarning', file);
  expect(stdout).toMatch(/^COMPLETED 0x[0-9a-f]{64}\n$/);
  const [first] = (
    await alice.get<{ data: { id: string; txHash: string }[] }>(
      `/v1/withdrawals?walletId=${WALLET}`,
    )
  ).data;
  const asked = await run('bash', '-euc', here(curl));
  expect(JSON.parse(asked.stdout)).toMatchObject({ id: first?.id, status: 'COMPLETED' });
  const command = cli.replace('npx drawbridge', `${process.execPath} bin/drawbridge.mjs`);
  expect((await run('bash', '-euc', command)).stdout).toContain(`, ${first?.txHash}`);
  const all = await alice.get<{ data: unknown[] }>(`/v1/withdrawals?walletId=${WALLET}`);
  expect(all.data).toHaveLength(1);
});
