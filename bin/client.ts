/** Writes the typed client from the OpenAPI document: `npm run client`. A test holds the two together. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { clientSource } from '../lib/client-source.ts';

const file = path.join(import.meta.dirname, '..', 'client', 'drawbridge.ts');
writeFileSync(file, await clientSource());
console.log(`wrote ${file}`);
