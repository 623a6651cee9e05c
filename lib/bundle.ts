/** Bundles each function's TypeScript into one ES module that contains everything, the AWS SDK too. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { writeApiDocs } from './api-docs.ts';
import { withoutFacades } from './builtin-imports.ts';
import { writeConsole } from './console-page.ts';
import { functionNames, functions } from './functions.ts';

const root = path.dirname(import.meta.dirname);

/** Packages in CommonJS call `require`, which an ES module does not have. */
const banner =
  "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);";

/**
 * What the SDK would load when it needed it, and never does here: other sources of credentials, because a function finds its
 * keys in its environment, where the SDK looks first, and streams of events, which no operation of ours has. Without them a
 * bundle is 135 KB smaller; if one were needed, the import would fail, which is as clear an error.
 */
const neverLoaded = [
  ...['ini', 'login', 'process', 'sso', 'web-identity', 'http'].map(
    (source) => `@aws-sdk/credential-provider-${source}`,
  ),
  '@smithy/credential-provider-imds',
  '@smithy/core/event-streams',
];

/** A program to bundle: the file it begins in, and the name of its bundle, without `.mjs`. */
export type Entry = { in: string; out: string };

/**
 * Builds all functions in one run, which parses shared files once, into `<directory>/<function>/index.mjs`. Equal sources
 * give equal bytes wherever `directory` is. Throws when an entry file is missing or does not compile.
 */
export function bundleFunctions(directory: string, lambdas = path.join(root, 'lambdas')): void {
  const entries = functionNames.map((name) => ({
    out: `${name}/index`,
    in: path.join(lambdas, `${functions[name].entry}.ts`),
  }));
  const missing = entries.filter((entry) => !existsSync(entry.in));
  if (missing.length > 0) {
    const lines = missing.map((entry) => `  ${entry.out.split('/')[0]}: ${entry.in}`);
    throw new Error(
      `These functions have no entry file. Write it, or correct lib/functions.ts:\n${lines.join('\n')}`,
    );
  }
  bundle(entries, directory);
  writeApiDocs(path.join(directory, 'docs'));
  writeConsole(path.join(directory, 'docs'));
}

/** Bundles each program into `directory`. Throws when one does not compile. */
export function bundle(entryPoints: Entry[], directory: string): void {
  const { outputFiles } = buildSync({
    write: false,
    absWorkingDir: root,
    entryPoints,
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: neverLoaded,
    alias: {
      semver: path.join(root, 'lib', 'semver.ts'),
      'node:assert/strict': path.join(root, 'lib', 'assert.ts'),
    },
    mainFields: ['module', 'main'],
    banner: { js: banner },
    minify: true,
    treeShaking: true,
    legalComments: 'none',
    logLevel: 'error',
  });
  for (const { path: file, text } of outputFiles) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, withoutFacades(text));
  }
}
