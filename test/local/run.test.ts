/** The first command on a fresh clone installs, once, and leaves the clone as it was, whatever npm does. */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

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
