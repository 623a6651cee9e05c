/**
 * Writes the types of an OpenAPI document into a folder: `node lib/client-types.ts <document> <folder>`. It is a process of
 * its own because of the hook, which must be there before the generator is loaded.
 */
import { registerHooks } from 'node:module';

// The generator prints by TypeScript's own API, which TypeScript 7.0 does not have (TypeScript 7.0, release notes).
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'typescript' ? '@typescript/typescript6' : specifier, context),
});

const { createClient } = await import('@hey-api/openapi-ts');
const [input = '', output = ''] = process.argv.slice(2);
await createClient({
  input,
  output: { path: output, entryFile: false, header: null },
  plugins: ['@hey-api/typescript'],
  logs: { level: 'silent', file: false },
});
