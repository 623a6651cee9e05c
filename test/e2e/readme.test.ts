import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import { clientOf } from './client.ts';
import { testSystem } from './system.ts';

jest.setTimeout(180_000);

const root = path.join(import.meta.dirname, '../..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const run = promisify(execFile);
const { dataDir, system } = testSystem();

const shell = async (script: string, env: Record<string, string> = {}) =>
  run('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: root,
    env: { ...process.env, DATA_DIR: dataDir, ...env },
    maxBuffer: 2 ** 24,
  });

/** The fenced blocks of the README with this info string. */
const blocks = (info: string): string[] =>
  [...readme.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text]) =>
    name === info ? (text ?? '') : [],
  );

/** Commands that the README names, and the test or the CI step that runs each. */
const elsewhere = ['npm start', 'npm test', 'npm run check', 'npm run synth'];

test('the walk works, line by line', async () => {
  const walk = blocks('sh walk').join('\n');
  const { stdout } = await shell(walk.replace('http://127.0.0.1:8080', system.outputs.apiUrl));
  expect(stdout).toMatch(/idempotent-replayed: true/i);
  expect(stdout).toContain('"stage":"settled"');
  expect(stdout).toContain('"available":"150.00"');
  expect(stdout).toContain('"status":"ok"');
  expect(stdout).toMatch(/"createWithdrawal":\{"id":"wd_\w+","status":"COMPLETED","txHash":"0x/);
  expect(stdout).toContain('"kind":"PAYOUT"');
  expect(stdout).toMatch(/"status":"(CANCELLED|PROCESSING)".*"code":"CANCELLED_BY_CLIENT"/);
});

test('npm start -- --once ends with 0, and a second run carries on from the same data', async () => {
  const own = mkdtempSync(path.join(tmpdir(), 'drawbridge-once-'));
  const env = { DATA_DIR: own, PORT: '0', AWS_PORT: '0' };
  const first = await shell('npm start -- --once', env);
  expect(first.stdout).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+$/m);
  expect(first.stdout).toContain('COMPLETED: 99.50 USDC');
  const second = await shell('npm start -- --once', env);
  expect(second.stdout).toContain('COMPLETED: 99.50 USDC');
  rmSync(own, { recursive: true });
});

test('a new key does what its scopes say, and no more', async () => {
  const command =
    'npm run --silent keys -- create --tenant acme --scopes wallets:read,withdrawals:read';
  expect(readme).toContain(command.replace(' --silent', ''));
  const { stdout } = await shell(command);
  const acme = await clientOf(system.outputs, stdout.trim());
  expect((await acme.call('GET', `/v1/wallets/wal_${'0'.repeat(26)}`)).status).toBe(404);
  expect((await acme.call('POST', '/v1/wallets', { currency: 'USD' })).status).toBe(403);
  await expect(shell('npm run keys -- create --tenant acme --scopes everything')).rejects.toThrow(
    '--scopes takes any of',
  );
});

test('npm run review says that nothing waits for a person, and refuses what it does not know', async () => {
  expect(readme).toContain('`npm run review`');
  expect((await shell('npm run --silent review')).stdout).toBe('Nothing is in REVIEW.\n');
  await expect(shell('npm run review -- resume wd_1 --reason x')).rejects.toThrow(
    'resume needs the id of a withdrawal.',
  );
});

test('npm run bench measures, and finds every withdrawal paid once', async () => {
  const { stdout } = await shell(
    'npm run bench -- --count 4 --clients 2 --wallets 1,2 --currency USD',
  );
  expect(stdout.match(/accepted\/s/g)).toHaveLength(2);
});

test('npm run sim tells the story of a scenario', async () => {
  const { stdout } = await shell('npm run --silent sim -- --scenario usdc');
  expect(stdout).toMatch(/: settled\n$/);
});

test('npm run status says that it works', async () => {
  expect((await shell('npm run --silent status')).stdout).toMatch(/^http\S+ {2}ok\n/);
  expect((await shell('npm run --silent drawbridge -- list --json')).stdout).toMatch(
    /^\{"id":"wd_/,
  );
});

test('npm run client writes the client that is committed', async () => {
  const file = path.join(root, 'client/src/generated/types.ts');
  const before = readFileSync(file, 'utf8');
  await shell('npm run client');
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test('npm run nonce-accounts adds to those of the running system, and adds none twice', async () => {
  const { stdout } = await shell('npm run --silent nonce-accounts -- --count 21');
  const [, address, total] = /^(\w+) has (\d+) nonce accounts/m.exec(stdout) ?? [];
  expect(address).toBe(system.outputs.chains['solana']?.treasury);
  expect(Number(total)).toBeGreaterThanOrEqual(21);
  const again = await shell('npm run --silent nonce-accounts -- --count 21');
  expect(again.stdout).toContain(`${address} has ${total} nonce accounts, 0 of them new`);
});

test('every other command of the README is one that CI runs', () => {
  const named = new Set(
    [...readme.matchAll(/`(npm (?:start|test|run [a-z-]+))[^`]*`|^(npm \w+)$/gm)].map(
      ([, inline, line]) => inline ?? line,
    ),
  );
  const tested = new Set([
    ...elsewhere,
    ...[
      'keys',
      'review',
      'status',
      'drawbridge',
      'follow',
      'bench',
      'capacity',
      'sim',
      'client',
      'nonce-accounts',
    ].map((name) => `npm run ${name}`),
  ]);
  expect([...named].filter((command) => !tested.has(command ?? ''))).toEqual([]);
  const ci = readFileSync(path.join(root, '.ci/run'), 'utf8');
  for (const command of ['npm test', 'npm run check', 'npm run synth'])
    expect(ci).toContain(command);
});
