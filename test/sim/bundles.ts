/**
 * The product's own functions, bundled as for Lambda but for the packages from npm, which all of them share here, and
 * made into functions that run a whole module: as many execution environments as are wanted, each with module state of
 * its own, from code that is compiled once.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from '@swc/core';
import { build, type Plugin, type PluginBuild } from 'esbuild';
import type { wire } from '../../lambdas/adapters/net/exchange.ts';
import { type FunctionName, functions } from '../../lib/functions.ts';
import { askSdkConfiguration, sdkPackages } from './sdk.ts';

const root = path.join(import.meta.dirname, '../..');

/** One change of a source file: how a planted bug is put in. Throws when the text is not there exactly once. */
export type Mutation = { file: string; from: string; to: string };
export type Handler = (event: unknown, context: object) => Promise<unknown>;
/** What stands for modules of Node in the product's own code. */
export type StandIns = Readonly<Record<string, object>>;
type Require = (specifier: string) => object;
type Process = { env: Readonly<Record<string, string>> };
type Module = (require: Require, exports: object, process: Process) => Promise<void>;
export type Code = {
  functions: ReadonlyMap<FunctionName, Module>;
  /** core/ and adapters/, which hold no state of their own: one instance for all runs. */
  library: Readonly<Record<string, object>>;
  /** What the library finds in place of Node's modules: those of the run that is on. */
  onStage: { standIns: StandIns };
  packages: ReadonlyMap<string, object>;
};

/** The parts of the product that are the same in every environment: making their schemas anew is what a cold start costs. */
const folders = ['core', 'adapters'] as const;
const inLibrary = /\/lambdas\/((?:core|adapters)\/[\w/-]+)\.ts$/;
const libraryName = (file: string): string => {
  const [, name = ''] = inLibrary.exec(file) ?? [];
  return name.replaceAll('/', '__').replaceAll('-', '_');
};

export async function bundle(
  names: readonly FunctionName[],
  mutation: Mutation | null = null,
): Promise<Code> {
  let isMutated = mutation === null;
  const mutating: Plugin[] =
    mutation === null
      ? []
      : [
          {
            name: 'mutation',
            setup: (at) =>
              mutate(at, mutation, () => {
                isMutated = true;
              }),
          },
        ];
  const common = {
    absWorkingDir: root,
    outdir: 'bundles',
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    metafile: true,
    logLevel: 'error',
  } as const;
  const [library, functionsBuilt] = await Promise.all([
    build({
      ...common,
      stdin: { contents: libraryEntry(), resolveDir: root, loader: 'ts' },
      plugins: mutating,
    }),
    build({
      ...common,
      entryPoints: names.map((name) => ({ out: name, in: `lambdas/${functions[name].entry}.ts` })),
      plugins: [...mutating, { name: 'library', setup: leaveOut }],
    }),
  ]);
  if (!isMutated) throw new Error(`no function has ${mutation?.file} in it`);
  const imported = [library, functionsBuilt].flatMap(({ metafile }) =>
    Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports
        .filter(({ kind, path: one }) => kind === 'import-statement' && !one.startsWith(prefix))
        .map((one) => one.path),
    ),
  );
  const packages = await Promise.all(
    [...new Set(imported)].map(
      async (specifier) =>
        [specifier, sdkPackages[specifier] ?? (await import(specifier))] as const,
    ),
  );
  const modules = functionsBuilt.outputFiles.map(
    ({ path: file, text }) => [path.basename(file, '.js') as FunctionName, moduleOf(text)] as const,
  );
  await askSdkConfiguration();
  const onStage = { standIns: {} };
  return {
    functions: new Map(modules),
    library: await instantiateLibrary(
      moduleOf(library.outputFiles[0]?.text ?? ''),
      new Map(packages),
      onStage,
    ),
    onStage,
    packages: new Map(packages),
  };
}

const prefix = 'library:';

/** Nobody takes traces here, and the X-Ray SDK hooks into every promise of this process as soon as it is loaded. */
const unloaded = 'lambdas/adapters/trace/xray.ts';
const libraryEntry = (): string =>
  folders
    .flatMap((folder) =>
      globSync(`lambdas/${folder}/**/*.ts`, { cwd: root, exclude: [unloaded] }).map(
        (file) => `export * as ${libraryName(`/${file}`)} from './${file}';`,
      ),
    )
    .join('\n');

/** Functions ask for the library's modules instead of having them inside. */
function leaveOut({ onResolve }: PluginBuild): void {
  onResolve({ filter: /^\./ }, ({ path: asked, resolveDir }) => {
    const file = path.resolve(resolveDir, asked);
    return inLibrary.test(file) ? { path: `${prefix}${libraryName(file)}`, external: true } : null;
  });
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

function mutate({ onLoad }: PluginBuild, { file, from, to }: Mutation, done: () => void): void {
  onLoad({ filter: /\/lambdas\/.*\.ts$/ }, ({ path: found }) => {
    if (path.relative(root, found) !== file) return null;
    const parts = readFileSync(found, 'utf8').split(from);
    if (parts.length !== 2)
      throw new Error(`${file} has ${parts.length - 1} times, not once: ${from}`);
    done();
    return { contents: parts.join(to), loader: 'ts' };
  });
}

/** Where the library's requests leave it. */
export const wireOf = ({ library }: Code): typeof wire =>
  (library['adapters__net__exchange'] as { wire: typeof wire }).wire;

async function instantiateLibrary(
  library: Module,
  packages: Code['packages'],
  onStage: Code['onStage'],
): Promise<Code['library']> {
  const exports = {};
  const require = (specifier: string): object => {
    const real = found(packages.get(specifier), specifier);
    if (!specifier.startsWith('node:')) return real;
    return new Proxy(real, {
      get: (_, name): unknown => Reflect.get(onStage.standIns[specifier] ?? real, name),
    });
  };
  await library(require, exports, { env: {} });
  return exports;
}

/** A cold start, with environment variables of its own. */
export async function instantiate(
  name: FunctionName,
  { functions: modules, library, onStage: { standIns }, packages }: Code,
  env: Readonly<Record<string, string>>,
): Promise<Handler> {
  const module = modules.get(name);
  if (module === undefined) throw new Error(`${name} was not bundled`);
  const exports: { handler?: Handler } = {};
  const require: Require = (specifier) =>
    specifier.startsWith(prefix)
      ? found(library[specifier.slice(prefix.length)], specifier)
      : found(standIns[specifier] ?? packages.get(specifier), specifier);
  await module(require, exports, { env });
  if (exports.handler === undefined) throw new Error(`${name} exports no handler`);
  return exports.handler;
}

function found(module: object | undefined, specifier: string): object {
  if (module === undefined) throw new Error(`nothing stands for ${specifier}`);
  return module;
}
