/**
 * Serves the pages: the OpenAPI document, a page to read and try it, and the console. They are made when the function is bundled
 * (lib/api-docs.ts, lib/console-page.ts).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { observed } from '../../boot/observe.ts';

const bytes = (file: string): Buffer => readFileSync(path.join(import.meta.dirname, file));
const read = (file: string): string => bytes(file).toString('utf8');
const policyIn = (file: string): string => (JSON.parse(read(file)) as { policy: string }).policy;
const openApi = read('openapi.json');
const docs = read('docs.html');
const docsPolicy = policyIn('docs.json');
const zippedConsole = bytes('console.html.gz');
const consolePolicy = policyIn('console.json');

/** The path of the API: API Gateway's own host names need the stage in it, custom names lead straight to the stage. */
const basePath = ({ domainName = '', stage }: APIGatewayProxyEvent['requestContext']): string =>
  domainName.endsWith('.amazonaws.com') ? `/${stage}` : '/';

const common = { 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' };
const pageHeaders = (policy: string) => ({
  ...common,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
});

function consoleFor(event: APIGatewayProxyEvent): APIGatewayProxyResult {
  const headers = {
    ...pageHeaders(consolePolicy),
    'referrer-policy': 'no-referrer',
    vary: 'accept-encoding',
  };
  const [, accepted = ''] =
    Object.entries(event.headers ?? {}).find(
      ([name]) => name.toLowerCase() === 'accept-encoding',
    ) ?? [];
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0+)?\s*(,|$))/.test(accepted);
  if (!takesGzip) return { statusCode: 200, headers, body: gunzipSync(zippedConsole).toString() };
  return {
    statusCode: 200,
    headers: { ...headers, 'content-encoding': 'gzip' },
    isBase64Encoded: true,
    body: zippedConsole.toString('base64'),
  };
}

export const handler = observed(
  async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    switch (event.resource) {
      case '/docs':
        return { statusCode: 200, headers: pageHeaders(docsPolicy), body: docs };
      case '/console':
      case '/':
        return consoleFor(event);
      default:
        return {
          statusCode: 200,
          headers: { ...common, 'content-type': 'application/json' },
          body: JSON.stringify({
            ...JSON.parse(openApi),
            servers: [{ url: basePath(event.requestContext) }],
          }),
        };
    }
  },
);
