/** Each bug that is planted in the Bitcoin rail is found by its worlds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { bitcoinMutants } from './bitcoin/mutants.ts';

const root = path.join(import.meta.dirname, '../..');
const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-bitcoin-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Every one of them with `BITCOIN_FAULTS=all`. */
const every = process.env['BITCOIN_FAULTS'] === 'all' ? 1 : 2;
const chosen = bitcoinMutants.filter((_, index) => index % every === 0);

test.each(bitcoinMutants)('$bug: the line that it changes is there once', ({ file, from }) => {
  expect(readFileSync(path.join(root, file), 'utf8').split(from)).toHaveLength(2);
});

test.each(chosen)('$bug: it is found', async ({ bug, file, from, to }) => {
  const outfile = path.join(directory, `${bitcoinMutants.findIndex((one) => one.bug === bug)}.mjs`);
  await build({
    ...{ entryPoints: [path.join(root, 'test/sim/bitcoin/entry.ts')], outfile, bundle: true },
    ...{ format: 'esm', platform: 'node', target: 'node24', logLevel: 'error' },
    banner: {
      js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
    plugins: [
      {
        name: 'planted',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path: loaded }) =>
            path.relative(root, loaded) === file
              ? { contents: readFileSync(loaded, 'utf8').replace(from, () => to), loader: 'ts' }
              : null,
          );
        },
      },
    ],
  });
  const { firstViolation } = (await import(outfile)) as {
    firstViolation(): Promise<string | null>;
  };
  expect(await firstViolation()).not.toBeNull();
});
