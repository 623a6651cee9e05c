#!/usr/bin/env node
/** The command `drawbridge`. It is plain JavaScript, because it must run on whatever Node there is (bin/run.mjs). */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cwd = process.cwd();
// Files are named from where the caller stands. npm goes to the root first, and tells where it came from.
process.env.DRAWBRIDGE_CWD = cwd === root ? (process.env.INIT_CWD ?? cwd) : cwd;
process.argv.splice(2, 0, 'bin/cli/drawbridge.ts');
await import('./run.mjs');
