/** The program that local/template/synthesize.ts runs: the context as JSON on stdin, the output directory as its argument. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { bundlesFolder, makeApp } from '../../lib/app.ts';

const [outdir] = process.argv.slice(2);
if (outdir === undefined)
  throw new Error('usage: local/template/synthesize-app.ts <output directory> < context.json');
const context = JSON.parse(await text(process.stdin)) as Record<string, unknown>;
// `cdk synth` and the tests check the rules of cdk-nag, which take most of the time of a synthesis.
makeApp({ outdir, context, check: false }).synth();
rmSync(path.join(outdir, bundlesFolder), { recursive: true });
