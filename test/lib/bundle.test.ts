import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { withoutFacades } from '../../lib/builtin-imports.ts';
import { bundle, bundleFunctions } from '../../lib/bundle.ts';
import { functionNames } from '../../lib/functions.ts';

/** KiB, minified, where it is not the usual limit. Chains and GraphQL need large libraries; reconciliation reads everything. */
const limits: Partial<Record<(typeof functionNames)[number], number>> = {
  'create-withdrawal': 621, // It asks the brokerage and the switches, and counts.
  broadcast: 1_116, // It signs on every chain: what signs bitcoin is 190 KiB of it, and runs when bitcoin is paid.
  'on-ramp': 672, // It reads long lists in slices, and journals in parts.
  confirm: 713, // It reads chains, and the secrets of their URLs.
  graphql: 799,
  reconcile: 750,
  reconciliation: 785,
  quotes: 717, // It asks the on-ramp and the nodes.
  'withdrawal-batches': 635, // As create-withdrawal, and it keeps batches.
  gauge: 845, // As treasury.
  treasury: 875, // It reads chains, and KMS for the addresses of the gas lanes.
  connect: 790,
  'connect-processor': 700,
  'webhook-endpoints': 630, // Powertools' idempotency.
};

const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-bundle-'));
afterAll(() => rmSync(directory, { recursive: true }));
bundleFunctions(directory);
const fileOf = (name: string) => path.join(directory, name, 'index.mjs');

test('no function is larger than its cold start allows', () => {
  const kib = (name: string) => statSync(fileOf(name)).size / 1_024;
  expect(functionNames.filter((name) => kib(name) > (limits[name] ?? 600))).toEqual([]);
});

test('no function imports a module of Node, which would load all that the module offers', () => {
  const importing = functionNames.filter((name) =>
    /(from|import|import\()"(node:)?[a-z_/]+"/.test(readFileSync(fileOf(name), 'utf8')),
  );
  expect(importing).toEqual([]);
});

test('a function that starts loads no client for WebSockets, no HTTP/2 and no comparison of values', () => {
  const program = path.join(directory, 'start.mjs');
  writeFileSync(
    program,
    `await import(${JSON.stringify(fileOf('debit'))});
     process.stdout.write(process.moduleLoadList.join('\\n'), () => process.exit(0));`,
  );
  const env = {
    AWS_REGION: 'eu-central-1',
    MONEY_TABLE: 'money',
    WEBHOOKS_TABLE: 'webhooks',
    CONTROL_TABLE: 'control',
  };
  const { stdout, stderr } = spawnSync(process.execPath, [program], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  const loaded = stdout.split('\n').map((line) => line.replace('NativeModule ', ''));
  expect(loaded).toContain('https');
  const heavy = ['internal/deps/undici/undici', 'http2', 'internal/assert/utils'];
  expect(heavy.filter((one) => loaded.includes(one))).toEqual([]);
});

test('in a bundle, where classes have other names, the SDK makes no more than the first request of a kind', () => {
  const program = path.resolve(import.meta.dirname, '../support/bundled-clients.ts');
  bundle([{ in: program, out: 'clients' }], directory);
  const env = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const bundled = path.join(directory, 'clients.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [bundled], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  const makers = ['SDK', 'thin', 'thin'];
  expect(JSON.parse(stdout)).toEqual({ dynamodb: makers, sqs: makers, eventbridge: makers });
});

const ask = (module: string) => `process.getBuiltinModule("node:${module}")`;

test.each([
  ['import{a as b,c}from"node:fs";x', `const {a:b,c}=${ask('fs')};x`],
  ['import * as fs from "node:fs";\nx', `const fs=${ask('fs')};\nx`],
  ['import*as $f from"node:fs/promises";x', `const $f=${ask('fs/promises')};x`],
  ['import path from"node:path";x', `const path=${ask('path')};x`],
  ['import p,{a as b}from"node:path";x', `const p=${ask('path')},{a:b}=${ask('path')};x`],
  ['import p,*as q from"node:path";x', `const p=${ask('path')},q=${ask('path')};x`],
  ['import"node:fs";x', 'x'],
  ['y();import{a}from"node:fs";x', `const {a}=${ask('fs')};y();x`],
  ['import{a}from"node:fs";import{b}from"node:os";', `const {a}=${ask('fs')},{b}=${ask('os')};`],
  ['await import("node:http")', `await Promise.resolve(${ask('http')})`],
  ['import{a}from"@aws-sdk/x";', 'import{a}from"@aws-sdk/x";'],
  ['important("node:fs")', 'important("node:fs")'],
])('%s', (code, rewritten) => {
  expect(withoutFacades(code)).toBe(rewritten);
});
