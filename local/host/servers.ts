/** HTTP servers on the loopback interface that are there before what answers behind them is ready. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;
export type EarlyServer = {
  port: number;
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** From now on this answers; before, everybody is told 503 and to come back. */
  serve(listener: Listener): void;
  /** Takes no new requests, waits up to `graceMs` for the answers that are due, and closes every connection. */
  close(graceMs: number): Promise<void>;
};

/** Longer than clients keep an idle connection, so that they and not we close it. */
const keepAliveMs = 75_000;

/** Throws, naming the environment variable, when the port is taken. `port` 0: a free one. */
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
