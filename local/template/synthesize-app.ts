/** The program that local/template/synthesize.ts runs: the context as JSON on stdin, the output directory as its argument. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { bundlesFolder, makeApp } from '../../lib/app.ts';
import { bundleFunctions } from '../../lib/bundle.ts';
import { keptFolders, wordFor } from './kept-folders.ts';

const root = path.join(import.meta.dirname, '../..');
const kept = keptFolders(path.join(root, 'node_modules/.cache/drawbridge/bundles'));

/** No setting is in them, and they take most of the time of a synthesis. */
function bundle(directory: string): void {
  const word = wordFor(root);
  if (kept.take(word, directory)) return;
  bundleFunctions(directory);
  if (wordFor(root) === word) kept.keep(word, directory);
}

const [outdir] = process.argv.slice(2);
if (outdir === undefined)
  throw new Error('usage: local/template/synthesize-app.ts <output directory> < context.json');
const context = JSON.parse(await text(process.stdin)) as Record<string, unknown>;
// `cdk synth` and the tests check the rules of cdk-nag, which take longer than the rest of it.
makeApp({ outdir, context, bundle, check: false }).synth();
rmSync(path.join(outdir, bundlesFolder), { recursive: true });
