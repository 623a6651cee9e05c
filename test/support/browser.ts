/**
 * A Chromium for the tests of the console. It comes by npm, packed (@sparticuz/chromium), with the libraries that a small machine
 * lacks; unpacking takes some seconds, once for each version. A machine without it fails: no test is skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const root = path.join(import.meta.dirname, '../..');
const modules = path.join(root, 'node_modules');

/** Unpacked by its own package, which writes to the folder for temporary files: a program of its own has that elsewhere. */
const unpacking = `
  import chromium, { inflate } from '@sparticuz/chromium';
  await chromium.executablePath();
  await inflate(process.argv[1]);
`;

/** The folder with the browser and its libraries. It is there whole or not at all, whoever was killed while unpacking. */
function unpacked(): string {
  const own = path.join(modules, '@sparticuz/chromium');
  const { version } = JSON.parse(readFileSync(path.join(own, 'package.json'), 'utf8')) as {
    version: string;
  };
  const kept = path.join(modules, '.cache', `chromium-${version}`);
  if (existsSync(kept)) return kept;
  const half = `${kept}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', unpacking, path.join(own, 'bin', 'al2023.tar.br')],
    { cwd: root, env: { ...process.env, TMPDIR: half }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`Chromium could not be unpacked:\n${stderr}`);
  try {
    renameSync(half, kept);
  } catch (error) {
    // Another process was faster, with the same.
    if (!existsSync(kept)) throw error;
    rmSync(half, { recursive: true });
  }
  return kept;
}

/** Tests run as root in containers, where Chromium's sandbox cannot; the pages are our own. It asks nobody else for anything. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--font-render-hinting=none',
];

/** The package's own file looks for its fonts in /tmp, where nobody has put them: text without a font has no height, and nobody can press it. */
function fontsOf(folder: string): string {
  const file = path.join(folder, 'own-fonts.conf');
  const cache = path.join(folder, 'fonts-cache');
  writeFileSync(
    file,
    `<fontconfig><dir>${path.join(folder, 'fonts')}</dir><cachedir>${cache}</cachedir></fontconfig>\n`,
  );
  return file;
}

export function startBrowser(): Promise<Browser> {
  const folder = unpacked();
  const libraries = [process.env['LD_LIBRARY_PATH'], path.join(folder, 'al2023', 'lib')];
  return chromium.launch({
    executablePath: path.join(folder, 'chromium'),
    args,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: libraries.filter(Boolean).join(':'),
      FONTCONFIG_FILE: fontsOf(folder),
    },
  });
}
