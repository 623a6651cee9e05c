/**
 * The product's own functions, bundled as for Lambda but for the packages from npm, which all of them share here, and
 * made into functions that run a whole module: as many execution environments as are wanted, each with module state of
 * its own, from code that is compiled once.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from '@swc/core';
import { build } from 'esbuild';
import { type FunctionName, functions } from '../../lib/functions.ts';

const root = path.join(import.meta.dirname, '../..');

/** One change of a source file: how a planted bug is put in. Throws when the text is not there exactly once. */
export type Mutation = { file: string; from: string; to: string };
export type Handler = (event: unknown, context: object) => Promise<unknown>;
/** What stands for modules of Node in the product's own code. */
export type StandIns = Readonly<Record<string, object>>;
type Require = (specifier: string) => object;
type Process = { env: Readonly<Record<string, string>> };
type Module = (require: Require, exports: { handler?: Handler }, process: Process) => Promise<void>;
export type Code = { modules: ReadonlyMap<FunctionName, Module>; packages: Packages };
/** Shared by all environments of all runs: they keep nothing that could carry from one run to the next. */
type Packages = ReadonlyMap<string, object>;

export async function bundle(
  names: readonly FunctionName[],
  mutation: Mutation | null = null,
): Promise<Code> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ out: name, in: `lambdas/${functions[name].entry}.ts` })),
    outdir: 'bundles',
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    metafile: true,
    logLevel: 'error',
    plugins: mutation === null ? [] : [{ name: 'mutation', setup: (at) => mutate(at, mutation) }],
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ kind }) => kind === 'import-statement').map((one) => one.path),
  );
  const packages = await Promise.all(
    [...new Set(imported)].map(async (specifier) => [specifier, await import(specifier)] as const),
  );
  const modules = outputFiles.map(
    ({ path: file, text }) => [path.basename(file, '.js') as FunctionName, moduleOf(text)] as const,
  );
  return { modules: new Map(modules), packages: new Map(packages) };
}

const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => Module;

function moduleOf(text: string): Module {
  const { code } = transformSync(text, {
    module: { type: 'commonjs', noInterop: true },
    jsc: { target: 'es2024', parser: { syntax: 'ecmascript' } },
    isModule: true,
  });
  return new AsyncFunction('require', 'exports', 'process', code);
}

function mutate(
  { onLoad, onEnd }: import('esbuild').PluginBuild,
  { file, from, to }: Mutation,
): void {
  let loaded = false;
  onLoad({ filter: /\/lambdas\/.*\.ts$/ }, ({ path: found }) => {
    if (path.relative(root, found) !== file) return null;
    const parts = readFileSync(found, 'utf8').split(from);
    if (parts.length !== 2)
      throw new Error(`${file} has ${parts.length - 1} times, not once: ${from}`);
    loaded = true;
    return { contents: parts.join(to), loader: 'ts' };
  });
  onEnd(() => {
    if (!loaded) throw new Error(`no function has ${file} in it`);
  });
}

/** A cold start, with environment variables of its own. */
export async function instantiate(
  name: FunctionName,
  { modules, packages }: Code,
  standIns: StandIns,
  env: Readonly<Record<string, string>>,
): Promise<Handler> {
  const module = modules.get(name);
  if (module === undefined) throw new Error(`${name} was not bundled`);
  const exports: { handler?: Handler } = {};
  const require: Require = (specifier) => {
    const found = standIns[specifier] ?? packages.get(specifier);
    if (found === undefined) throw new Error(`${name} asks for ${specifier}`);
    return found;
  };
  await module(require, exports, { env });
  if (exports.handler === undefined) throw new Error(`${name} exports no handler`);
  return exports.handler;
}
