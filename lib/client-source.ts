/** Generates the source of the typed client, with a function for each operation of the OpenAPI document. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateSource } from 'oazapfts';
import { openApiDocument } from '../lambdas/api/openapi/document.ts';

/** The generated code breaks `exactOptionalPropertyTypes`, so it is not checked itself. Code that uses it is checked. */
const unchecked = '// @ts-nocheck\n';

/** The source of client/. It depends on nothing but the table of operations and its schemas. */
export async function clientSource(): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'drawbridge-client-'));
  const file = path.join(directory, 'openapi.json');
  try {
    writeFileSync(file, JSON.stringify(openApiDocument()));
    return unchecked + (await generateSource(file));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
