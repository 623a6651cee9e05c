/** Verifies rules about the code itself, each with its reason in the message. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { gitFiles, sourceFiles } from './support/source-files.ts';

const root = path.join(import.meta.dirname, '..');
const linesMax = 250;

type Rule = { applies: (file: string) => boolean; forbids: RegExp; because: string };

const inCore = (file: string): boolean => file.startsWith('lambdas/core/');
/** Whether people have written the file. */
const isSource = (file: string): boolean =>
  !file.startsWith('test/') && !file.includes('/generated/');
const lambdasBut =
  (...files: string[]) =>
  (file: string): boolean =>
    file.startsWith('lambdas/') && !files.includes(file);

const rules: readonly Rule[] = [
  {
    applies: inCore,
    forbids: /from '(@aws|aws-|@smithy|@middy|node:(?!crypto'|assert\/strict'))/,
    because: 'core is pure: ask a port',
  },
  {
    applies: lambdasBut('lambdas/adapters/net/clock.ts', 'lambdas/adapters/dynamo/write.ts'),
    forbids: /Date\.now\(|new Date\(\)|Math\.random\(/,
    because: 'only adapters/net/clock.ts reads the clock or the dice',
  },
  {
    applies: lambdasBut('lambdas/boot/environment.ts'),
    forbids: /process\.env/,
    because: 'only boot/environment.ts reads the environment',
  },
  {
    applies: (file) =>
      file.startsWith('lambdas/') &&
      file !== 'lambdas/core/kernel/money.ts' &&
      !file.startsWith('lambdas/adapters/'),
    forbids: / as Minor\b/,
    because: 'an amount is made in core/kernel/money.ts',
  },
  {
    applies: isSource,
    forbids: /: any(?=\s*([,;)=|&>{\]]|$))|\bany\[\]|<any>|as any\b/m,
    because: 'no any',
  },
  {
    applies: isSource,
    forbids: /@ts-(ignore|expect-error|nocheck)/,
    because: 'types are not switched off',
  },
  { applies: isSource, forbids: /\b(TODO|FIXME|XXX)\b/, because: 'finish it, or write an issue' },
  {
    applies: () => true,
    forbids: /\b(test|describe|it)\.(skip|only|todo)\(/,
    because: 'every test runs',
  },
  {
    applies: (file) => file.startsWith('lambdas/') && !file.startsWith('lambdas/boot/'),
    forbids: /\bz(?:\s*\.\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+\s*\.(?:safeParse|parse)\(/,
    because:
      'a schema is made once, beside the function that reads with it: making one costs more than reading with it',
  },
  { applies: isSource, forbids: /^export \* from/m, because: 'no barrels' },
  { applies: isSource, forbids: /^export default/m, because: 'exports have names' },
];

/** Each file by every end of its path: a comment may name it from the root, from lambdas/, or by its name alone. */
const pathEnds = new Set(
  [...sourceFiles(), ...gitFiles('*.md')].flatMap((file) =>
    file.split('/').map((_, index, parts) => parts.slice(index).join('/')),
  ),
);
const comment = /^\s*\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;
const fileName = /(?<![\w@*./-])\w[\w./-]*\.(?:md|ts)\b/g;

/** The files that the comments name and the repository does not have. Addresses of the web are no such names. */
const unknownFilesIn = (text: string): string[] =>
  (text.match(comment) ?? [])
    .flatMap((one) => one.replace(/https?:\/\/\S+/g, '').match(fileName) ?? [])
    .filter((name) => !pathEnds.has(name));

function faultsIn(file: string, text: string): string[] {
  const broken = rules.filter((rule) => rule.applies(file) && rule.forbids.test(text));
  const faults = broken.map(({ because, forbids }) => `${file}: ${because} (${forbids})`);
  for (const name of unknownFilesIn(text))
    faults.push(`${file}: a comment names ${name}, which is not in the repository: say the fact`);
  const lines = text.split('\n').length;
  if (isSource(file) && lines > linesMax)
    faults.push(`${file}: ${lines} lines, at most ${linesMax}`);
  return faults;
}

const files = sourceFiles().filter((file) => file !== 'test/tidy.test.ts');

test('the code keeps its own rules', () => {
  const faults = files.flatMap((file) =>
    faultsIn(file, readFileSync(path.join(root, file), 'utf8')),
  );
  expect(faults).toEqual([]);
});

test('each part of a suite is imported by one, for Jest runs no other', () => {
  const parts = files.filter((file) => file.endsWith('.part.ts'));
  const imported = files
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) =>
      [
        ...readFileSync(path.join(root, file), 'utf8').matchAll(/^import '(\..*\.part\.ts)';$/gm),
      ].map(([, name = '']) => path.join(path.dirname(file), name)),
    );
  expect(parts.length).toBeGreaterThan(0);
  expect(imported.sort()).toEqual(parts.sort());
});

test.each([
  ['lambdas/core/x.ts', "import { a } from '@aws-sdk/client-sqs';"],
  ['lambdas/core/x.ts', 'const now = Date.now();'],
  ['lambdas/steps/x.ts', "const table = process.env['TABLE'];"],
  ['lambdas/api/x.ts', 'const amount = 5n as Minor;'],
  ['lib/x.ts', 'const x: any = 1;'],
  ['lib/x.ts', 'x\n'.repeat(251)],
  ['lib/x.ts', '/** As notes.md says. */'],
  ['test/x.ts', '  call(); // See lib/nowhere.ts.'],
  ['test/x.test.ts', "test.skip('x', () => {});"],
])('the rules find what they forbid: %s %j', (file, text) => {
  expect(faultsIn(file, text)).not.toEqual([]);
});
