/** Reads a synthesized CloudFormation template and the files that it refers to. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export type Resource = {
  Type: string;
  Properties?: Record<string, unknown>;
  Condition?: string;
};
export type Parameter = { Type: string; Default?: unknown };
export type Template = {
  Parameters?: Record<string, Parameter>;
  Conditions?: Record<string, unknown>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown }>;
};
export type Assembly = {
  stackName: string;
  template: Template;
  /** The folder of a zip asset, by the S3 key that the template names. Throws when there is none. */
  assetFolder(key: string): string;
};

type Manifest = {
  artifacts: Record<string, { type: string; properties?: { templateFile?: string } }>;
};
type AssetManifest = {
  files: Record<
    string,
    { source: { path: string }; destinations: Record<string, { objectKey: string }> }
  >;
};

/** Reads the one stack of a cloud assembly. Throws when `directory` is no assembly or has several stacks. */
export function readAssembly(directory: string): Assembly {
  const file = (name: string) => path.join(directory, name);
  if (!existsSync(file('manifest.json')))
    throw new Error(
      `${directory} is no cloud assembly (no manifest.json). Synthesize the CDK app.`,
    );
  const { artifacts } = readJson<Manifest>(file('manifest.json'));
  const stacks = Object.entries(artifacts).filter(
    ([, { type }]) => type === 'aws:cloudformation:stack',
  );
  const [stack, another] = stacks;
  if (stack === undefined || another !== undefined)
    throw new Error(`${directory} holds ${stacks.length} stacks; one machine runs exactly one.`);
  const [stackName, { properties }] = stack;
  const folders = assetFolders(directory, file(`${stackName}.assets.json`));
  return {
    stackName,
    template: readJson<Template>(file(properties?.templateFile ?? `${stackName}.template.json`)),
    assetFolder: (key) => {
      const folder = folders.get(key);
      if (folder === undefined) throw new Error(`${directory} has no asset ${key}.`);
      if (!statSync(folder).isDirectory())
        throw new Error(`The asset ${folder} is a file. Functions run from folders here.`);
      return folder;
    },
  };
}

function assetFolders(directory: string, manifest: string): Map<string, string> {
  if (!existsSync(manifest)) return new Map();
  const { files } = readJson<AssetManifest>(manifest);
  return new Map(
    Object.values(files).flatMap(({ source, destinations }) =>
      Object.values(destinations).map(
        ({ objectKey }) => [objectKey, path.resolve(directory, source.path)] as const,
      ),
    ),
  );
}

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;
