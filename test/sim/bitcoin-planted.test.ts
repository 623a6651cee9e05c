/** Each bug that is planted in the Bitcoin rail is found by its worlds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { type BitcoinMutant, bitcoinMutants } from './bitcoin/mutants.ts';

const root = path.join(import.meta.dirname, '../..');
const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-bitcoin-'));
afterAll(() => rmSync(directory, { recursive: true }));

test.each(bitcoinMutants)('$bug: the line that it changes is there once', ({ file, from }) => {
  expect(readFileSync(path.join(root, file), 'utf8').split(from)).toHaveLength(2);
});

/** The first thing that the worlds find wrong, when this line is changed. */
async function foundWith(planted: Pick<BitcoinMutant, 'file' | 'from' | 'to'> | null) {
  built += 1;
  const outfile = path.join(directory, `${built}.mjs`);
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

/** Every second one, and all with `BITCOIN_FAULTS=all`. */
const every = process.env['BITCOIN_FAULTS'] === 'all' ? 1 : 2;
test.each(bitcoinMutants.filter((_, index) => index % every === 0))(
  '$bug: it is found',
  async (planted) => {
    expect(await foundWith(planted)).not.toBeNull();
  },
);
