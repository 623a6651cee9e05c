/** Opens HTTP servers on the loopback interface before their listeners are ready. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;
export type EarlyServer = {
  port: number;
  /** The server's URL, `http://127.0.0.1:<port>`. */
  url: string;
  /** Lets `listener` answer from now on. Before, every request is answered 503 with `Retry-After`. */
  serve(listener: Listener): void;
  /** Takes no new requests, waits up to `graceMs` for answers to the others, and closes every connection. */
  close(graceMs: number): Promise<void>;
};

/** It is longer than clients keep an idle connection, so that the client closes it and no request is lost. */
const keepAliveMs = 75_000;

/** Opens a server. Throws, with the name of the environment variable, when the port is taken. Port 0 takes a free one. */
export async function listenEarly(port: number, variable: string): Promise<EarlyServer> {
  let listener: Listener = notReady;
  const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) =>
    listener(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} is taken. Stop what uses it, or set ${variable} to another port (0: any free one).`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    serve: (next) => {
      listener = next;
    },
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

const notReady: Listener = (_, response) => {
  response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
  response.end(
    JSON.stringify({
      type: 'about:blank',
      title: 'Starting',
      status: 503,
      code: 'TEMPORARILY_UNAVAILABLE',
    }),
  );
};
