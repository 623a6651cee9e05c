/** Bundles each function's TypeScript into one ES module that contains everything, the AWS SDK too. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { writeApiDocs } from './api-docs.ts';
import { functionNames, functions } from './functions.ts';

const root = path.dirname(import.meta.dirname);

/** Packages in CommonJS call `require`, which an ES module does not have. */
const banner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/**
 * The SDK's other sources of credentials. A function finds its keys in its environment, where the SDK looks first. Without
 * the others a bundle is 110 KB smaller; if the keys were missing, the import would fail, which is as clear an error.
 */
const otherCredentials = ['ini', 'login', 'process', 'sso', 'web-identity'].map(
  (source) => `@aws-sdk/credential-provider-${source}`,
);

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
  buildSync({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: otherCredentials,
    alias: { semver: path.join(root, 'lib', 'semver.ts') },
    mainFields: ['module', 'main'],
    banner: { js: banner },
    minify: true,
    treeShaking: true,
    legalComments: 'none',
    logLevel: 'error',
  });
  writeApiDocs(path.join(directory, 'docs'));
}
