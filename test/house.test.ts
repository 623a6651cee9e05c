/** Verifies that each room imports only rooms below it, as docs/architecture.md shows them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { sourceFiles } from './support/source-files.ts';

const root = path.join(import.meta.dirname, '..');

/** The rooms from top to bottom. A room imports only itself and rooms that stand below it. */
const rooms = [
  'bin',
  'local',
  'lib',
  'lambdas/steps',
  'lambdas/api',
  'lambdas/boot',
  'lambdas/adapters',
  'lambdas/core/outbox',
  'lambdas/core/webhooks',
  'lambdas/core/requests',
  'lambdas/core/reconcile',
  'lambdas/core/operations',
  'lambdas/core/rails',
  'lambdas/core/payout',
  'lambdas/core/on-ramp',
  'lambdas/core/wallet',
  'lambdas/core/brokerage',
  'lambdas/core/effect',
  'lambdas/core/store',
  'lambdas/core/switches',
  'lambdas/core/breakers',
  'lambdas/core/ledger',
  'lambdas/core/withdrawal',
  'lambdas/core/kernel',
  // The page that a browser runs. It knows the API and nothing else of ours.
  'console',
] as const;

/** The files that each file imports. */
type Arrows = ReadonlyMap<string, readonly string[]>;

const floorOf = (file: string): number => rooms.findIndex((room) => file.startsWith(`${room}/`));

const importsIn = (file: string, text: string): string[] =>
  [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']+)'/g)].map(([, specifier = '']) =>
    path.join(path.dirname(file), specifier),
  );

function faultsOf(arrows: Arrows): string[] {
  const homeless = [...arrows.keys()].filter((file) => floorOf(file) === -1);
  const upward = [...arrows].flatMap(([from, imported]) =>
    imported
      .filter((to) => floorOf(to) !== -1 && floorOf(to) < floorOf(from))
      .map((to) => {
        const [room, above] = [rooms[floorOf(from)], rooms[floorOf(to)]];
        return `${from} imports ${to}: ${room} stands below ${above}. Move what both need to a room below them, or pass it in.`;
      }),
  );
  return [
    ...homeless.map((file) => `${file} stands in no room: name its room in this test.`),
    ...upward,
    ...circlesOf(arrows).map((circle) => `these files import each other: ${circle.join(' → ')}`),
    ...circlesOf(byFolder(arrows)).map(
      (circle) => `these folders import each other: ${circle.join(' → ')}`,
    ),
  ];
}

function byFolder(arrows: Arrows): Arrows {
  const folders = new Map<string, string[]>();
  for (const [from, imported] of arrows) {
    const folder = path.dirname(from);
    const others = imported.map((to) => path.dirname(to)).filter((to) => to !== folder);
    folders.set(folder, [...(folders.get(folder) ?? []), ...others]);
  }
  return folders;
}

/** One way round for each place from which a walk comes back to where it began. */
function circlesOf(arrows: Arrows): string[][] {
  const done = new Set<string>();
  const circles: string[][] = [];
  const walk = (place: string, way: readonly string[]): void => {
    const seenAt = way.indexOf(place);
    if (seenAt !== -1) circles.push([...way.slice(seenAt), place]);
    if (seenAt !== -1 || done.has(place)) return;
    for (const next of arrows.get(place) ?? []) walk(next, [...way, place]);
    done.add(place);
  };
  for (const place of arrows.keys()) walk(place, []);
  return circles;
}

test('every file stands in a room, imports only downwards, and in no circle', () => {
  const files = sourceFiles().filter((file) => /^(bin|lambdas|lib|local|console)\//.test(file));
  const arrows = new Map(
    files.map((file) => [file, importsIn(file, readFileSync(path.join(root, file), 'utf8'))]),
  );
  expect(arrows.size).toBeGreaterThan(100);
  expect(faultsOf(arrows)).toEqual([]);
});

const at = (room: string, name: string): string => `lambdas/core/${room}/${name}.ts`;

test.each<{ of: string; arrows: readonly (readonly [string, string])[]; says: string }>([
  {
    of: 'an import of a room above',
    arrows: [[at('ledger', 'a'), at('wallet', 'b')]],
    says: 'lambdas/core/ledger stands below lambdas/core/wallet',
  },
  {
    of: 'two files that import each other',
    arrows: [
      [at('ledger', 'a'), at('ledger', 'b')],
      [at('ledger', 'b'), at('ledger', 'a')],
    ],
    says: 'these files import each other',
  },
  {
    of: 'two folders of one room that import each other',
    arrows: [
      [at('rails/evm', 'a'), at('rails/solana', 'b')],
      [at('rails/solana', 'c'), at('rails/evm', 'd')],
    ],
    says: 'these folders import each other',
  },
  {
    of: 'a file in no room',
    arrows: [['lambdas/a.ts', at('ledger', 'b')]],
    says: 'stands in no room',
  },
])('the test finds $of', ({ arrows, says }) => {
  const sources = new Map<string, string[]>();
  for (const [from, to] of arrows) sources.set(from, [...(sources.get(from) ?? []), to]);
  expect(faultsOf(sources)).toContainEqual(expect.stringContaining(says));
});

test.each([
  ["import { a } from './b.ts';", 'lambdas/core/ledger/b.ts'],
  ["import type { A } from '../kernel/ids.ts';", 'lambdas/core/kernel/ids.ts'],
  ["export { a } from './b.ts';", 'lambdas/core/ledger/b.ts'],
  ["const a = await import('./b.ts');", 'lambdas/core/ledger/b.ts'],
  ["import {\n  a,\n  b,\n} from './b.ts';", 'lambdas/core/ledger/b.ts'],
])('an import is seen: %j', (text, file) => {
  expect(importsIn('lambdas/core/ledger/a.ts', text)).toEqual([file]);
});

test('the console knows the API’s types, its own files and libraries for browsers, and nothing else', () => {
  const files = sourceFiles().filter((file) => file.startsWith('console/'));
  const foreign = files.flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const own = importsIn(file, text).filter(
      (to) => !to.startsWith('console/') && to !== 'client/src/generated/types.ts',
    );
    const packages = [...text.matchAll(/from '([^.'][^']*)'/g)].map(([, name = '']) => name);
    const others = packages.filter(
      (name) => !/^(preact|preact\/hooks|@preact\/signals)$/.test(name),
    );
    // The typed client has code of its own, of which the page needs only the types.
    const code = /^import (?!type)[^;]*client\/src/m.test(text) ? ['client/src'] : [];
    return [...own, ...others, ...code].map((what) => `${file} imports ${what}`);
  });
  expect(files.length).toBeGreaterThan(20);
  expect(foreign).toEqual([]);
});
