/** Plants bugs: bundles the worlds of a rail with one line of the product changed, and looks what they find. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** One change of a line of the product. The text stands in its file exactly once. */
export type Bug = { bug: string; file: string; from: string; to: string };

/** Writes the bugs of files in one folder of the product. */
export const bugsIn =
  (folder: string) =>
  (bug: string, file: string, from: string, to: string): Bug => ({
    ...{ bug, from, to },
    file: `${folder}/${file}`,
  });

const root = path.join(import.meta.dirname, '../../..');

/** How often the text of this bug stands in its file. */
export const placesOf = ({ file, from }: Bug): number =>
  readFileSync(path.join(root, file), 'utf8').split(from).length - 1;

/** `entry`: the file that exports `firstViolation`. */
export function planting(entry: string) {
  const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-planted-'));
  // What is loaded by its name, as a native module, is looked for from here.
  const here = JSON.stringify(pathToFileURL(path.join(root, entry)).href);
  const require = `process.getBuiltinModule('node:module').createRequire(${here})`;
  let built = 0;
  return {
    /** The first thing that the worlds find wrong; `null`: nothing. */
    foundWith: async (planted: Bug | null): Promise<string | null> => {
      built += 1;
      const outfile = path.join(directory, `${built}.mjs`);
      await build({
        ...{ entryPoints: [path.join(root, entry)], outfile, bundle: true },
        ...{ format: 'esm', platform: 'node', target: 'node24', logLevel: 'error' },
        define: { 'import.meta.url': here },
        banner: { js: `const require=${require};` },
        plugins: [
          {
            name: 'planted',
            setup: ({ onLoad }) => {
              onLoad({ filter: /\.ts$/ }, ({ path: loaded }) =>
                path.relative(root, loaded) === planted?.file
                  ? {
                      contents: readFileSync(loaded, 'utf8').replace(
                        planted.from,
                        () => planted.to,
                      ),
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
    },
    stop: (): void => rmSync(directory, { recursive: true }),
  };
}
