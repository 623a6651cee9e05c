/**
 * `npm run client`: writes everything that is generated for clients from what the API is made of. Tests verify that it did
 * (test/lib/openapi.test.ts).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { clientSources } from '../lib/client-source.ts';
import { commandLine } from './command.ts';

const usage = 'usage: npm run client';

commandLine(usage, () => parseArgs({ options: {} }));
const root = path.join(import.meta.dirname, '..');
for (const [file, text] of Object.entries(await clientSources())) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
  console.log(`wrote ${file}`);
}
