/** A client's webhook receiver on this machine. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll } from '@jest/globals';

export type Told = { method: string; url: string; headers: IncomingHttpHeaders; body: string };
export type Answer = { status: number; headers?: Record<string, string>; body?: string };
export type Receiver = { url: string; told: Told[]; answers: Answer[] };

/** Starts receivers, which end with the tests of this file. Each answers so, and then 204. */
export function testReceivers(): (...answers: Answer[]) => Promise<Receiver> {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
  return async (...answers) => {
    const told: Told[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        told.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
        const { status, headers: more = {}, body = '' } = answers.shift() ?? { status: 204 };
        response.writeHead(status, more).end(body);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { url: `http://127.0.0.1:${port}/hook`, told, answers };
  };
}
