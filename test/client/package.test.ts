/** The package as it is published: packed, installed elsewhere, and used there by others' settings and with nothing of Node. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { Webhook } from 'standardwebhooks';
import { examples, gettingStarted, needExamples, programOf } from './examples.ts';

const root = path.join(import.meta.dirname, '../..');
const place = mkdtempSync(path.join(tmpdir(), 'drawbridge-package-'));
const at = (...names: string[]) => path.join(place, ...names);
const run = promisify(execFile);
afterAll(() => rmSync(place, { recursive: true }));

beforeAll(async () => {
  const client = path.join(root, 'client');
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', place], {
    cwd: client,
  });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }];
  writeFileSync(at('package.json'), '{ "private": true, "type": "module" }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', at(filename)], {
    cwd: place,
  });
});

const installed = (...names: string[]) => at('node_modules/@drawbridge/client', ...names);

test('it needs nothing else, and has code, types and words', async () => {
  const { stdout } = await run('find', [at('node_modules'), '-type', 'f'], {});
  const files = stdout.split('\n').map((file) => path.relative(installed(), file));
  expect(files).toEqual(
    expect.arrayContaining(['package.json', 'README.md', 'dist/index.js', 'dist/index.d.ts']),
  );
  const odd = files.filter(
    (file) => !/^(dist\/.*\.(js|d\.ts)|package\.json|README\.md)$/.test(file),
  );
  expect(odd.filter((file) => !/^\.\.(\/|$)/.test(file) && file !== '')).toEqual([]);
  const { dependencies = {} } = createRequire(at('x.js'))('@drawbridge/client/package.json');
  expect(dependencies).toEqual({});
});

test('examples compile with it, and wrong calls do not, by settings of others', async () => {
  writeFileSync(at('examples.ts'), programOf('@drawbridge/client'));
  const declared = 'declare const process: { env: Record<string, string | undefined> };\n';
  writeFileSync(at('getting-started.ts'), declared + gettingStarted()[0]);
  copyFileSync(path.join(root, 'test/client/wrong-calls.ts'), at('wrong-calls.ts'));
  const compilerOptions = {
    ...{ target: 'es2022', module: 'nodenext', lib: ['es2022', 'dom', 'dom.iterable'] },
    ...{ strict: true, noEmit: true, types: [], skipLibCheck: false },
  };
  writeFileSync(at('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '--project', place]);
  // What is expected to fail there is seen to fail: without the comments these are errors.
  const wrong = readFileSync(at('wrong-calls.ts'), 'utf8');
  const expected = wrong.match(/@ts-expect-error/g) ?? [];
  writeFileSync(at('wrong-calls.ts'), wrong.replaceAll('@ts-expect-error', ''));
  const failed = await run(process.execPath, [tsc, '--project', place]).catch((error) => error);
  expect(failed.stdout.match(/error TS/g)).toHaveLength(expected.length);
  expect(expected.length).toBeGreaterThan(15);
});

test('every public function has an example', () => {
  const have = new Set(examples.map(({ of }) => of));
  expect(needExamples.filter((one) => !have.has(one))).toEqual([]);
  expect(needExamples.length).toBeGreaterThan(20);
});

test('it runs where there is nothing but web standards', async () => {
  // A bundler for no platform finds nothing of Node in it.
  const bundled = await build({
    ...{ entryPoints: [installed('dist/index.js')], bundle: true, write: false },
    ...{ platform: 'neutral', format: 'iife', globalName: 'client' },
  });
  const code = bundled.outputFiles[0]?.text ?? '';
  const asked: string[] = [];
  const answer = async (url: string) => {
    asked.push(url);
    return Response.json({ id: 'wd_1', status: 'COMPLETED', stage: 'settled' });
  };
  const standard = {
    AbortSignal,
    AbortController,
    Headers,
    Response,
    URL,
    URLSearchParams,
    crypto,
  };
  const globals = { ...standard, TextEncoder, TextDecoder, atob, setTimeout, clearTimeout, Error };
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const sentAt = new Date();
  const body = JSON.stringify({ id: 'evt_1', type: 'withdrawal.completed' });
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', sentAt, body),
  };
  const program = `${code}
    const api = new client.Drawbridge({ baseUrl: 'https://api.example', apiKey: 'k' });
    return api.withdrawals.waitFor('wd_1').then((one) =>
      client.verifyWebhook(secret, { headers, body }).then((event) => [one.status, event.type]));`;
  const hidden = ['process', 'Buffer', 'require', 'global', 'setImmediate', 'module'];
  const names = [...Object.keys(globals), 'globalThis', 'secret', 'headers', 'body', ...hidden];
  const values = [...Object.values(globals), { ...globals, fetch: answer }, secret, headers, body];
  expect(await new Function(...names, program)(...values)).toEqual([
    'COMPLETED',
    'withdrawal.completed',
  ]);
  expect(asked).toEqual(['https://api.example/v1/withdrawals/wd_1']);
});
