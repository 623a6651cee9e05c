/** Writes the files that the function `docs` serves: the OpenAPI document, and Swagger UI as a page that loads nothing else. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { openApiDocument } from '../lambdas/api/openapi/document.ts';

const swaggerUi = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist'));
const read = (file: string): string => readFileSync(path.join(swaggerUi, file), 'utf8');

/** HTML ends a script at the first `</script`, even in a string. In JavaScript `<\/` is the same text. */
const inline = (script: string): string => script.replaceAll('</script', '<\\/script');
const hashOf = (script: string): string =>
  `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

const start = `SwaggerUIBundle({
  url: location.pathname.replace(/docs\\/?$/, 'openapi.json'),
  dom_id: '#swagger-ui',
  deepLinking: true,
});`;

/** Writes `openapi.json`, `docs.html` and `docs.json` (its content security policy) into the directory. */
export function writeApiDocs(directory: string): void {
  const scripts = [inline(read('swagger-ui-bundle.js')), start];
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drawbridge API</title>
<style>${read('swagger-ui.css')}</style>
</head>
<body>
<div id="swagger-ui"></div>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
  // Swagger UI sets styles by itself, so all are allowed. Only these two scripts may run.
  const policy = `default-src 'none'; script-src ${scripts.map(hashOf).join(' ')}; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'`;
  writeFileSync(path.join(directory, 'openapi.json'), JSON.stringify(openApiDocument()));
  writeFileSync(path.join(directory, 'docs.html'), page);
  writeFileSync(path.join(directory, 'docs.json'), JSON.stringify({ policy }));
}
