/** `npm run client`: writes the typed client from the OpenAPI document. test/lib/openapi.test.ts verifies that it did. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { clientSource } from '../lib/client-source.ts';
import { commandLine } from './command.ts';

const usage = 'usage: npm run client';

commandLine(usage, () => parseArgs({ options: {} }));
const file = path.join(import.meta.dirname, '..', 'client', 'drawbridge.ts');
writeFileSync(file, await clientSource());
console.log(`wrote ${file}`);
