import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { bundleFunctions } from '../../lib/bundle.ts';
import { functionNames } from '../../lib/functions.ts';

/** KiB, minified, where it is not the usual limit. Chains and GraphQL need large libraries; reconciliation reads everything. */
const limits: Partial<Record<(typeof functionNames)[number], number>> = {
  'create-withdrawal': 610, // It asks the brokerage and the switches, and counts.
  broadcast: 820,
  'on-ramp': 620,
  confirm: 650, // It reads chains, and the secrets of their URLs.
  graphql: 800,
  reconcile: 650,
  reconciliation: 670,
  treasury: 760, // It reads chains, and KMS for the addresses of the gas lanes.
};

test('no function is larger than its cold start allows', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-bundle-'));
  bundleFunctions(directory);
  const kib = (name: string) => statSync(path.join(directory, name, 'index.mjs')).size / 1_024;
  const tooLarge = functionNames.filter((name) => kib(name) > (limits[name] ?? 600));
  rmSync(directory, { recursive: true });
  expect(tooLarge).toEqual([]);
});
