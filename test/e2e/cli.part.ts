/** `drawbridge` as people and programs call it: what it prints, how it ends, and a payroll that is killed half-way. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { exits } from '../../bin/cli/exits.ts';
import { newAddress } from './client.ts';
import { testSystem } from './system.ts';

const { system, alice, dataDir } = testSystem();
const program = path.join(import.meta.dirname, '../../bin/cli/drawbridge.ts');

type Ended = { code: number; stdout: string; stderr: string };
const command = (words: readonly string[]): string[] => [
  '--disable-warning=ExperimentalWarning',
  program,
  ...words,
];
const environment = (more: Record<string, string> = {}) => ({
  ...{ ...process.env, DATA_DIR: dataDir, DRAWBRIDGE_CWD: dataDir, XDG_STATE_HOME: dataDir },
  // As bin/run.mjs has it: most of what a command takes is to load its code.
  NODE_COMPILE_CACHE: path.join(import.meta.dirname, '../../node_modules/.cache/node'),
  ...more,
});

const run = (words: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, command(words), { env: environment(env) }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
const jsonOf = ({ stdout }: Ended) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const at = (name: string): string => path.join(dataDir, name);
const pay = (wallet: string, ...more: string[]) => [
  ...['withdraw', '--wallet', wallet, '--amount', '10.00', '--network', 'base'],
  ...['--to', newAddress(), ...more],
];

test('a withdrawal is asked for once, followed to its end, found and shown', async () => {
  const wallet = await alice.wallet('USDC', '50.00');
  const words = pay(wallet, '--idempotency-key', 'cli-1', '--metadata', 'team=red', '--json');
  const [first, again] = [await run(words), await run(words)];
  const [made] = jsonOf(first);
  expect(jsonOf(again)).toMatchObject([{ id: made.id }]);
  expect(made).toMatchObject({ idempotencyKey: 'cli-1', metadata: { team: 'red' } });
  const followed = await run(['follow', made.id, '--json']);
  expect(followed.code).toBe(exits.done);
  expect(jsonOf(followed).at(-1)).toMatchObject({ id: made.id, status: 'COMPLETED' });
  const sequences = jsonOf(followed)
    .slice(0, -1)
    .map((one) => one.sequence);
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  const [got, listed, cancelled] = await Promise.all([
    run(['get', made.id]),
    run(['list', '--wallet', wallet, '--status', 'COMPLETED', '--json']),
    run(['cancel', made.id, '--json']),
  ]);
  expect(got.stdout).toMatch(/^id +wd_/);
  expect(jsonOf(listed).map(({ id }) => id)).toEqual([made.id]);
  expect(cancelled.code).toBe(exits.refused);
});

const nowhere = { DRAWBRIDGE_API_URL: 'http://127.0.0.1:9', DRAWBRIDGE_API_KEY: 'dk_secret_1' };

test('each way to end has its own code, and none of them prints the key', async () => {
  const unknown = `wd_${'0'.repeat(26)}`;
  const emptyFilter = ['list', '--json', '--idempotency-key', ''];
  const cases: [number, string[], Record<string, string>?][] = [
    [exits.done, ['status']],
    [exits.failed, ['status'], nowhere],
    [exits.wrongCall, []],
    [exits.wrongCall, ['pay']],
    [exits.wrongCall, ['get']],
    [exits.wrongCall, ['get', 'x_1']],
    [exits.wrongCall, ['withdraw', '--colour', 'red']],
    [exits.wrongCall, ['batch', 'gone.csv']],
    [exits.wrongCall, ['get', unknown], { DRAWBRIDGE_API_URL: 'http://127.0.0.1:9' }],
    [exits.wrongCall, ['listen', '--port', '65536']],
    // A filter that is empty is one, and not none.
    [exits.wrongCall, ['list', '--limit', '']],
    [exits.done, emptyFilter],
    [exits.unknown, ['trigger', 'clear'], { DATA_DIR: at('dead') }],
    [exits.failed, ['status'], { DATA_DIR: at('none') }],
    [exits.refused, ['get', unknown]],
    [exits.unknown, ['cancel', unknown], nowhere],
  ];
  mkdirSync(at('dead'));
  const outputs = readFileSync(at('outputs.json'), 'utf8');
  writeFileSync(at('dead/outputs.json'), outputs.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:9'));
  const ends = await Promise.all(cases.map(([, words, env]) => run(words, env)));
  expect(ends.map(({ code }, index) => [code, cases[index]?.[1]])).toEqual(
    cases.map(([code, words]) => [code, words]),
  );
  expect(ends[cases.findIndex(([, words]) => words === emptyFilter)]?.stdout).toBe('');
  for (const { stdout, stderr } of ends) expect(stdout + stderr).not.toContain('dk_secret_1');
  const [told] = jsonOf(await run(['get', unknown, '--json']));
  expect(told).toMatchObject({ error: { code: 'NOT_FOUND', mayBeDone: false, status: 404 } });
});

test('what is triggered happens to the next withdrawal, whose end is told by the code', async () => {
  const wallet = await alice.wallet('USD', '50.00');
  expect((await run(['trigger', 'on-ramp-refuses'])).code).toBe(exits.done);
  const { code, stdout } = await run(pay(wallet, '--max-retries', '0', '--wait'));
  expect(stdout).toMatch(/FAILED: ON_RAMP_REJECTED/);
  expect(code).toBe(exits.notCompleted);
  await run(['trigger', 'nodes-down', '--network', 'base', '--times', 'always']);
  expect((await run(['trigger', 'list'])).stdout).toMatch(/^base +\* +error/m);
  expect((await run(['trigger', 'clear', '--json'])).stdout).toBe('{"cleared":true}\n');
  expect((await run(['trigger', 'list', '--json'])).stdout).toBe('');
});

test('listen receives, verifies and forwards, and leaves no endpoint behind', async () => {
  const wallet = await alice.wallet('USDC', '50.00');
  const handed: string[] = [];
  const receiver = createServer((request, response) => {
    handed.push(String(request.headers['webhook-id']));
    response.writeHead(200).end();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const to = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
  const words = [
    'listen',
    '--events',
    'withdrawal.*',
    '--forward-to',
    to,
    '--count',
    '2',
    '--json',
  ];
  const child = spawn(process.execPath, command(words), { env: environment() });
  const lines = createInterface({ input: child.stderr });
  const [ready] = await once(lines, 'line');
  expect(ready).toMatch(/^we_\w+ receives withdrawal\.\* at http:\/\/127/);
  let said = '';
  child.stdout.on('data', (part) => {
    said += part;
  });
  await alice.withdraw(wallet);
  const [code] = await once(child, 'exit');
  receiver.close();
  expect(code).toBe(exits.done);
  const events = said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ event }) => event.id)).toEqual(handed);
  expect(events[0]).toMatchObject({ forwarded: 200, event: { type: 'withdrawal.requested' } });
  const [id = ''] = String(ready).split(' ');
  expect((await alice.api.getWebhookEndpoint(id, alice.options)).status).toBe(404);
});

test('what a killed listener has left the next one deletes; a Ctrl-C that comes twice is one', async () => {
  const listening = async () => {
    const child = spawn(process.execPath, command(['listen']), { env: environment() });
    const told = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
    return { child, said: async () => String((await told.next()).value) };
  };
  const idIn = (line: string) => line.split(' ')[0] ?? '';
  const stays = async (id: string) =>
    (await alice.api.getWebhookEndpoint(id, alice.options)).status === 200;
  const first = await listening();
  const left = idIn(await first.said());
  const beside = await listening();
  const other = idIn(await beside.said());
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  expect(await stays(left)).toBe(true);
  const next = await listening();
  expect(await next.said()).toBe(`${left} is deleted: its listener is gone.`);
  const own = idIn(await next.said());
  expect([await stays(left), await stays(other), await stays(own)]).toEqual([false, true, true]);
  for (const { child } of [beside, next]) {
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGINT'), 5);
  }
  const codes = await Promise.all([beside, next].map(async ({ child }) => once(child, 'exit')));
  // One that comes when the process is as good as gone ends it as a signal does, which a shell calls 130, too.
  const exited = codes.map(([code, signal]) => (signal === 'SIGINT' ? exits.interrupted : code));
  expect(exited).toEqual([exits.interrupted, exits.interrupted]);
  expect([await beside.said(), await next.said()]).toEqual([
    `${other} is deleted.`,
    `${own} is deleted.`,
  ]);
  expect([await stays(other), await stays(own)]).toEqual([false, false]);
});

test('a payroll with a wrong line sends nothing; mended, killed half-way and called again it pays each line once', async () => {
  const wallet = await alice.wallet('USDC', '500.00');
  const file = at('payroll.csv');
  const rows = Array.from({ length: 30 }, (_, n) => `${newAddress()},1.${10 + n},p-${n}`);
  const write = () => writeFileSync(file, `to,amount,reference\n${rows.join('\n')}\n`);
  const [good = ''] = rows.splice(16, 1, '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD,1.26,p-16');
  write();
  const words = ['batch', 'payroll.csv', '--wallet', wallet, '--network', 'base'];
  const wrong = await run([...words, '--yes']);
  expect(wrong).toMatchObject({
    code: exits.wrongCall,
    stderr: expect.stringContaining('Nothing was sent'),
  });
  expect(wrong.stdout).toMatch(/^line 18: destinationAddress is refused: .*EIP-55 checksum\.\n$/);
  // One that only the API can refuse: its own treasury.
  const { treasury } = system.outputs.chains['base'] ?? {};
  rows[16] = `${treasury},1.26,p-16`;
  write();
  const plan = await run([...words, '--dry-run']);
  expect(plan.stdout).toMatch(
    /^30 payments, 0 of them accepted before\.\n {2}30 from wal_\w+: 37\.35 USDC of 500\.00/,
  );
  const listed = async () => {
    const { data } = await alice.get<{ data: { reference: string; status: string }[] }>(
      `/v1/withdrawals?walletId=${wallet}&limit=100`,
    );
    return data;
  };
  expect(await listed()).toEqual([]);

  const child = spawn(process.execPath, command([...words, '--yes']), { env: environment() });
  for await (const line of createInterface({ input: child.stdout }))
    if (/^12\/30/.test(line)) break;
  child.kill('SIGKILL');
  await once(child, 'exit');
  const before = await listed();
  expect(before.length).toBeGreaterThanOrEqual(12);
  expect(before.length).toBeLessThan(30);

  // Whoever kills the command itself by SIGKILL has killed what it runs, too.
  const wrapper = path.join(import.meta.dirname, '../../bin/drawbridge.mjs');
  const outer = spawn(process.execPath, [wrapper, ...words, '--yes'], {
    env: environment(),
    cwd: dataDir,
  });
  const inner = once(outer.stderr, 'close');
  for await (const line of createInterface({ input: outer.stdout }))
    if (/^18\/30/.test(line)) break;
  outer.kill('SIGKILL');
  await inner;
  expect((await listed()).length).toBeLessThan(25);

  const second = await run([...words, '--yes']);
  expect(second.stdout).toMatch(/^30 payments, (1[89]|2\d) of them accepted before\./);
  expect(second.stdout).toMatch(/line 18: 1\.26 to 0x\w+ is REFUSED\. INVALID_ADDRESS/);
  expect(second.stdout).toMatch(/29 COMPLETED, 1 REFUSED\n$/);
  expect(second.code).toBe(exits.notCompleted);

  rows[16] = good;
  write();
  const third = await run([...words, '--yes', '--json']);
  expect(third.code).toBe(exits.done);
  expect(jsonOf(third).at(-1)).toEqual({ lines: 30, COMPLETED: 30 });
  const paid = await listed();
  expect(new Set(paid.map(({ reference }) => reference)).size).toBe(30);
  expect(paid).toHaveLength(30);

  // A line that is changed after it was paid would be paid again.
  rows[3] = rows[3]?.replace(',p-3', ',p-3b') ?? '';
  write();
  const changed = await run([...words, '--yes']);
  expect(changed).toMatchObject({
    code: exits.wrongCall,
    stderr: expect.stringContaining('line 5 (wd_'),
  });
  expect(await listed()).toHaveLength(30);
  expect(existsSync(`${file}.drawbridge.jsonl`)).toBe(true);
});

test('docs/cli.md has each exit code', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs/cli.md'), 'utf8');
  const codes = [...text.matchAll(/^\| `(\d+)` \|/gm)].map(([, code]) => Number(code));
  expect(codes).toEqual(Object.values(exits));
});
