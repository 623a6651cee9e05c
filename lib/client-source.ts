/** The source of the typed client: one function for each operation of the OpenAPI document. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateSource } from 'oazapfts';
import { openApiDocument } from '../lambdas/api/openapi/document.ts';

/** The generator's runtime does not know `exactOptionalPropertyTypes`; whoever uses the client is checked against its types. */
const unchecked = '// @ts-nocheck\n';

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
