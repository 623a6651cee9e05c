/** Serves the OpenAPI document and a page to read and try it. Both are made when the function is bundled (lib/api-docs.ts). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { observed } from '../../boot/observe.ts';

const read = (file: string): string => readFileSync(path.join(import.meta.dirname, file), 'utf8');
const openApi = read('openapi.json');
const page = read('docs.html');
const { policy } = JSON.parse(read('docs.json')) as { policy: string };

/** The path of the API: API Gateway's own host names need the stage in it, custom names lead straight to the stage. */
const basePath = ({ domainName = '', stage }: APIGatewayProxyEvent['requestContext']): string =>
  domainName.endsWith('.amazonaws.com') ? `/${stage}` : '/';

export const handler = observed(
  async ({ resource, requestContext }: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const headers = { 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' };
    if (resource === '/docs')
      return {
        statusCode: 200,
        headers: {
          ...headers,
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': policy,
        },
        body: page,
      };
    const servers = [{ url: basePath(requestContext) }];
    return {
      statusCode: 200,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ ...JSON.parse(openApi), servers }),
    };
  },
);
