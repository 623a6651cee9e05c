/** A provider that answers over HTTP as the test says, or not at all. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Asked = { method: string; path: string; query: URLSearchParams; body: string };
export type Said = { status: number; body: unknown; headers?: Record<string, string> } | 'hang-up';

export const json = (status: number, body: unknown, headers?: Record<string, string>): Said =>
  headers === undefined ? { status, body } : { status, body, headers };

export const textOf = (body: unknown): string =>
  typeof body === 'string' ? body : JSON.stringify(body);

export async function startProvider() {
  const asked: Asked[] = [];
  let says: (one: Asked) => Said = () => 'hang-up';
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://here');
    const one = { method: request.method ?? '', path: pathname, query: searchParams, body };
    asked.push(one);
    const said = says(one);
    if (said === 'hang-up') request.socket.destroy();
    else {
      response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers });
      response.end(textOf(said.body));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: (next: (one: Asked) => Said) => {
      says = next;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
