/** The first command on a fresh clone installs, once, and leaves the clone as it was, whatever npm does; and each says what it takes. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { simOptionsIn } from '../sim/options.ts';

const run = promisify(execFile);
const lock = '{ "lockfileVersion": 3, "packages": {} }\n';
let clone: string;
const at = (...names: string[]) => path.join(clone, ...names);
const callsOf = () => readFileSync(at('calls'), 'utf8').trim().split('\n');

beforeEach(() => {
  clone = mkdtempSync(path.join(tmpdir(), 'drawbridge-clone-'));
  mkdirSync(at('bin'));
  copyFileSync(path.join(import.meta.dirname, '../../bin/run.mjs'), at('bin', 'run.mjs'));
  writeFileSync(at('package.json'), '{ "type": "module" }');
  writeFileSync(at('package-lock.json'), lock);
  writeFileSync(at('program.mjs'), "console.log('it ran', ...process.argv.slice(2));");
});
afterEach(() => rmSync(clone, { recursive: true }));

/** An npm that does this to the clone, besides what every npm does. */
async function command(npmDoes: string) {
  mkdirSync(at('tools'), { recursive: true });
  const npm = `#!/bin/sh\necho "$@" >> calls\nmkdir -p node_modules\n${npmDoes}\n`;
  writeFileSync(at('tools', 'npm'), npm);
  chmodSync(at('tools', 'npm'), 0o755);
  const { stdout } = await run(process.execPath, [at('bin', 'run.mjs'), 'program.mjs', 'a', 'b'], {
    env: { ...process.env, PATH: `${at('tools')}:${process.env['PATH']}` },
  });
  return stdout;
}

test.each([
  ['leaves the lock file alone', ''],
  [
    'writes the lock file in its own form',
    'echo "{ \\"lockfileVersion\\": 4 }" > package-lock.json',
  ],
])('an npm that %s', async (_what, npmDoes) => {
  expect(await command(npmDoes)).toBe('it ran a b\n');
  expect(readFileSync(at('package-lock.json'), 'utf8')).toBe(lock);
  expect(await command(npmDoes)).toBe('it ran a b\n');
  expect(callsOf()).toEqual([expect.stringContaining('install --no-save')]);
  // Another commit needs other packages.
  writeFileSync(at('package-lock.json'), lock.replace('3', '2'));
  await command(npmDoes);
  expect(callsOf()).toHaveLength(2);
});

test('an installation that fails is tried again by the next command', async () => {
  await expect(command('exit 1')).rejects.toMatchObject({ code: 1 });
  expect(await command('')).toBe('it ran a b\n');
  expect(callsOf()).toHaveLength(2);
});

const root = path.join(import.meta.dirname, '../..');

/** What one of the commands says, without a system or a region to talk to. */
async function said(program: string, ...args: string[]) {
  const { AWS_REGION: _region, AWS_PROFILE: _profile, ...environment } = process.env;
  const env = { ...environment, AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null' };
  const command = ['--disable-warning=ExperimentalWarning', path.join(root, program), ...args];
  return run(process.execPath, command, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test.each([
  ['bin/local.ts', 'npm start'],
  ['bin/bench.ts', 'npm run bench'],
  ['bin/cli/drawbridge.ts', 'drawbridge <command>'],
  ['bin/cli/drawbridge.ts keys', 'drawbridge keys'],
  ['bin/cli/drawbridge.ts review', 'drawbridge review'],
  ['bin/client.ts', 'npm run client'],
  ['test/sim/main.ts', 'npm run sim'],
])('%s --help is answered with its usage', async (program, name) => {
  const [file = '', ...words] = program.split(' ');
  const { code, stdout, stderr } = await said(file, ...words, '--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^usage: ${name}`));
});

const [region, usage] = [/^No AWS region is set: set AWS_REGION, or .*\n$/, '\\n\\nusage: npm '];
test.each<[string, string[], RegExp]>([
  ['bin/cli/drawbridge.ts', ['keys', 'list', '--table', 'x-control'], region],
  ['bin/cli/drawbridge.ts', ['review', '--stack', 'x'], region],
  ['bin/bench.ts', ['--colour'], new RegExp(`^Unknown option '--colour'.*${usage}run bench`)],
  ['bin/bench.ts', ['--count', 'x'], new RegExp(`^--count takes a whole number.*${usage}`)],
])('%s %j is refused in words', async (program, args, words) => {
  const { code, stderr } = await said(program, ...args);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(words) });
});

test.each([
  [['--seeds', 'x'], '--seeds takes a whole number'],
  [['--busy', '0'], '--busy takes a whole number'],
  [['--only', 'x'], '--only takes one of '],
  [['--scenario', 'x'], '--scenario takes one of '],
  [['--plant', '1,999'], '--plant takes numbers up to '],
])('npm run sim -- %j would be a run of nothing, which has no violations', (args, words) => {
  expect(() => simOptionsIn(args)).toThrow(words);
});

test('Ctrl-C while it starts stops what has started, and is no error', async () => {
  const child = spawn(process.execPath, [path.join(root, 'bin/local.ts'), '--no-demo'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // What has been synthesized with such a word before is not kept.
    env: { ...process.env, PORT: '0', AWS_PORT: '0', DATA_DIR: at('data'), CDK_WORD: clone },
  });
  const [printed, complained, ended] = [
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ];
  // The first thing is up. The synthesis, which takes longest, is broken off: a terminal tells the whole group.
  await once(child.stdout, 'data');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(await printed).toMatch(
    /^(the .* (up|synthesized) \(.*\n)+Stopping …\nIt had not started yet\.\n$/,
  );
  expect(await complained).toBe('');
});

test('Ctrl-C leaves nothing of a benchmark behind', async () => {
  mkdirSync(at('tmp'));
  const watcher = watch(at('tmp'));
  const begins = once(watcher, 'change').finally(() => watcher.close());
  const options = ['--count', '1', '--wallets', '1,2', '--currency', 'USDC'];
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(root, 'bin/bench.ts'), ...options],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: at('tmp') } },
  );
  const [printed, complained, ended] = [
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ];
  await begins;
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(await Promise.all([printed, complained])).toEqual(['', '']);
  expect(readdirSync(at('tmp')).filter((name) => name.startsWith('drawbridge-'))).toEqual([]);
});
