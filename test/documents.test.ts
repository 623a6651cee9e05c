/** What README.md and docs/ name is there: links, files, and folders of the repository. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { gitFiles } from './support/source-files.ts';

const root = path.join(import.meta.dirname, '..');
const files = gitFiles('*');
const names = new Set(files.map((file) => path.basename(file)));
/** Folders of the first two levels: documents leave out `lambdas/`. */
const folders = new Set(
  files
    .flatMap((file) => file.split('/').slice(0, -1).slice(0, 2))
    // With this word the names of alarms begin, too.
    .filter((name) => name !== '' && name !== 'drawbridge'),
);

const isThere = (where: string): boolean => existsSync(path.join(root, where));

function missingIn(document: string, text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/https?:\/\/[^\s)]+/g, '');
  const beside = path.dirname(document);
  const links = [...prose.matchAll(/\]\(([^)#]+)[^)]*\)/g)]
    .map(([, to = '']) => path.join(beside, to))
    .filter((to) => !isThere(to));
  const quoted = [...prose.matchAll(/`([\w@.-]+(?:\/[\w@.-]+)*\/?)`/g)].map(([, one = '']) => one);
  const inFolders = quoted.filter(
    (one) => one.includes('/') && folders.has(one.split('/')[0] ?? ''),
  );
  const byName = [...prose.matchAll(/(?<![\w./<-])[\w./-]+\.(?:ts|md|mjs)\b/g)].map(([one]) => one);
  const named = [...inFolders, ...byName].filter(
    (one) =>
      ![one, `lambdas/${one}`, path.join(beside, one)].some(isThere) &&
      (one.includes('/') || !names.has(one)),
  );
  return [...new Set([...links, ...named])].map(
    (one) => `${document} names ${one}, which is not there`,
  );
}

/** Links to a decision record whose words give it another number. */
const misnumberedIn = (document: string, text: string): string[] =>
  [...text.matchAll(/\[decision (\d+)\]\((?:[\w./-]*\/)?(\d{4})-[^)]*\)/gi)]
    .filter(([, said, linked]) => Number(said) !== Number(linked))
    .map(([link]) => `${document} links to another decision than it says: ${link}`);

test('every path that a document names is there', () => {
  const documents = gitFiles('*.md');
  expect(documents.length).toBeGreaterThan(10);
  expect(
    documents.flatMap((one) => missingIn(one, readFileSync(path.join(root, one), 'utf8'))),
  ).toEqual([]);
});

test('a link to a decision says its number', () => {
  const faults = gitFiles('*.md').flatMap((one) =>
    misnumberedIn(one, readFileSync(path.join(root, one), 'utf8')),
  );
  expect(faults).toEqual([]);
  expect(misnumberedIn('x.md', '[Decision 44](docs/decisions/0047-laps.md)')).toHaveLength(1);
});

test.each([
  ['[a](docs/gone.md#here)', 'docs/gone.md'],
  ['`lambdas/core/gone.ts`', 'lambdas/core/gone.ts'],
  ['`core/gone`', 'core/gone'],
  ['`wallet/debit.ts`', 'wallet/debit.ts'],
  ['as gone.md §4 says', 'gone.md'],
])('the test finds %s', (text, gone) => {
  expect(missingIn('README.md', text)).toEqual([`README.md names ${gone}, which is not there`]);
});
