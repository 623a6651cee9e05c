/** Each bug that is planted in the Solana rail is found by its worlds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { type SolanaMutant, solanaMutants } from './solana/mutants.ts';

const root = path.join(import.meta.dirname, '../..');
const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-solana-'));
afterAll(() => rmSync(directory, { recursive: true }));

test.each(solanaMutants)('$bug: the line that it changes is there once', ({ file, from }) => {
  expect(readFileSync(path.join(root, file), 'utf8').split(from)).toHaveLength(2);
});

/** The first thing that the worlds find wrong, when this line is changed. */
async function foundWith(planted: Pick<SolanaMutant, 'file' | 'from' | 'to'> | null) {
  built += 1;
  const outfile = path.join(directory, `${built}.mjs`);
  await build({
    ...{ entryPoints: [path.join(root, 'test/sim/solana/entry.ts')], outfile, bundle: true },
    ...{ format: 'esm', platform: 'node', target: 'node24', logLevel: 'error' },
    banner: {
      js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
    plugins: [
      {
        name: 'planted',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path: loaded }) =>
            path.relative(root, loaded) === planted?.file
              ? {
                  contents: readFileSync(loaded, 'utf8').replace(planted.from, () => planted.to),
                  loader: 'ts',
                }
              : null,
          );
        },
      },
    ],
  });
  const { firstViolation } = (await import(outfile)) as {
    firstViolation(): Promise<string | null>;
  };
  return firstViolation();
}
let built = 0;

test('without a bug nothing is found in the scripts and the worlds', async () => {
  expect(await foundWith(null)).toBeNull();
});

test.each(solanaMutants)('$bug: it is found', async (planted) => {
  expect(await foundWith(planted)).not.toBeNull();
});
