/** The receivers of the benchmark of webhooks: healthy ones, which note what arrives, and others. */
import { createServer, type Server } from 'node:http';
import { createServer as createSocketServer } from 'node:net';

/** When each event arrived first at a healthy receiver, by the URL and the event's name or the id of its transaction. */
export const arrived = new Map<string, number>();
let requests = 0;
export const requestsSeen = (): number => requests;

const listening = (server: { listen(port: number, host: string, then: () => void): unknown }) =>
  new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
export const urlOf = (server: Pick<Server, 'address'>): string => {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
};

export async function healthy(): Promise<Server> {
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    incoming.on('end', () => {
      requests += 1;
      const { data } = JSON.parse(text) as { data: { name?: string; id?: string } };
      const name = `${urlOf(server)} ${data.name ?? data.id}`;
      if (!arrived.has(name)) arrived.set(name, performance.now());
      response.writeHead(204).end();
    });
  });
  await listening(server);
  return server;
}

/** Receivers that take all and say nothing, drip headers, drip a body, fail, or are not there. */
export const odd = ['silent', 'headers', 'body', 'fails', 'dead'] as const;
export async function oddOne(kind: (typeof odd)[number]): Promise<{ url: string; close(): void }> {
  if (kind === 'dead') return { url: 'http://127.0.0.1:1/', close: () => {} };
  const timers = new Set<NodeJS.Timeout>();
  const server = createSocketServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      if (kind === 'fails') socket.end('HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n');
      if (kind === 'headers' || kind === 'body') {
        socket.write(kind === 'body' ? 'HTTP/1.1 200 OK\r\n\r\n' : 'HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => socket.write(kind === 'body' ? '.' : 'a: b\r\n'), 500);
        timers.add(timer);
        socket.once('close', () => clearInterval(timer));
      }
    });
  });
  await listening(server);
  return {
    url: urlOf(server),
    close: () => {
      for (const timer of timers) clearInterval(timer);
      server.close();
    },
  };
}
