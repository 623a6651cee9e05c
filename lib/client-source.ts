/** Generates what the typed client stands on: the types of the OpenAPI document, and the table of its operations. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { openApiDocument } from '../lambdas/api/openapi/document.ts';
import { type OperationName, operationNames, operations } from '../lambdas/api/operations.ts';
import { problemCodes } from '../lambdas/core/requests/problem.ts';
import { errorReference } from './error-reference.ts';

const run = promisify(execFile);
const generated =
  '// Generated from the OpenAPI document by `npm run client`. Do not change it by hand.\n';
const folder = 'client/src/generated';
const errorsPage = 'docs/errors.md';
const root = path.join(import.meta.dirname, '..');

/** Pages for people, and what only a provider may call. */
const left = new Set<OperationName>(['getDocs', 'getConsole', 'getStart', 'receiveDueEvent']);

/** The generated files of the client, by their paths. They depend on nothing but the table of operations and its schemas. */
export async function clientSources(): Promise<Record<string, string>> {
  return {
    [`${folder}/types.ts`]: generated + (await typesSource()),
    [`${folder}/operations.ts`]: generated + operationsSource(),
    ...(await messageSources()),
    [errorsPage]: errorReference(readFileSync(path.join(root, errorsPage), 'utf8')),
  };
}

async function typesSource(): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-client-'));
  try {
    const [input, output] = [path.join(directory, 'openapi.json'), path.join(directory, 'out')];
    writeFileSync(input, JSON.stringify(openApiDocument()));
    const program = path.join(import.meta.dirname, 'client-types.ts');
    const quiet = '--disable-warning=ExperimentalWarning';
    await run(process.execPath, [quiet, program, input, output]);
    return readFileSync(path.join(output, 'types.gen.ts'), 'utf8').trimStart();
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Where the code of each package of proto/ is. */
const packages = {
  'drawbridge/v1': 'lambdas/api/connect/generated',
  'grpc/reflection/v1': 'local/grpc/generated',
};

/** What the Protobuf compiler makes of proto/: the messages and services of Connect and gRPC. */
async function messageSources(): Promise<Record<string, string>> {
  const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-proto-'));
  try {
    const buf = path.join(root, 'node_modules/@bufbuild/buf/bin/buf');
    const words = ['generate', 'proto', '--template', 'proto/buf.gen.yaml', '-o', directory];
    await run(process.execPath, [buf, ...words], { cwd: root });
    const files = Object.entries(packages).flatMap(([name, place]) =>
      readdirSync(path.join(directory, name))
        .sort()
        .map((file): [string, string] => [
          `${place}/${name}/${file}`,
          readFileSync(path.join(directory, name, file), 'utf8'),
        ]),
    );
    return Object.fromEntries(files);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function operationsSource(): string {
  const names = operationNames.filter((name) => !left.has(name));
  const typed = (name: string) => name.replace(/^./, (first) => first.toUpperCase());
  const rows = names.map(
    (name) =>
      `  ${name}: { method: '${operations[name].method}', path: '${operations[name].path}' },`,
  );
  const types = names.map((name) => {
    const of = `t.${typed(name)}`;
    return `  ${name}: { data: ${of}Data; answers: ${of}Responses; problems: ${of}Errors };`;
  });
  return `import type * as t from './types.ts';

export const operations = {
${rows.join('\n')}
} as const;

export type Operations = {
${types.join('\n')}
};

export const problemCodes = [
${problemCodes.map((code) => `  '${code}',`).join('\n')}
] as const satisfies readonly t.Problem['code'][];
`;
}
