import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { bundleFunctions } from '../../lib/bundle.ts';
import { functionNames } from '../../lib/functions.ts';

/**
 * KiB, minified (design, section 6). Signing needs a chain's library, and GraphQL is a language (decision 12);
 * reconciliation reads from everywhere, and only an operator waits for it.
 */
const limits: Partial<Record<(typeof functionNames)[number], number>> = {
  broadcast: 800,
  graphql: 800,
  reconcile: 650,
  reconciliation: 650,
};

test('no function is larger than its cold start allows', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-bundle-'));
  bundleFunctions(directory);
  const kib = (name: string) => statSync(path.join(directory, name, 'index.mjs')).size / 1_024;
  const tooLarge = functionNames.filter((name) => kib(name) > (limits[name] ?? 600));
  rmSync(directory, { recursive: true });
  expect(tooLarge).toEqual([]);
});
