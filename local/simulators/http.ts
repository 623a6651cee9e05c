/** Serves JSON over the loopback interface for the simulators, with connections kept open. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

export type SimulatorRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The body as it came, because a provider may compare it byte for byte. */
  text: string;
  /** The time as of which a question is answered (the fault `stale-list`); without it that is now. */
  asOfMs?: number;
};
export type SimulatorReply = {
  status: number;
  body: unknown;
  headers?: Readonly<Record<string, string>>;
};
/** What a client sees in place of an answer: nothing at all, an orderly end of the connection, or its reset. */
export type NoReply = { noReply: 'silence' | 'hang-up' | 'reset' };
export type Handle = (
  request: SimulatorRequest,
) => SimulatorReply | NoReply | Promise<SimulatorReply | NoReply>;

export type Route = {
  method: 'GET' | 'POST' | 'DELETE';
  /** A path in which `:name` stands for one segment. `handle` gets those segments in order. */
  path: string;
  handle: (request: SimulatorRequest, ...parameters: string[]) => SimulatorReply;
};

const bodyBytesMax = 1024 * 1024;
const keepAliveMs = 65_000;

/** Serves on 127.0.0.1; port 0 takes a free one. An error of `handle` is a bug: it goes to stderr, and the answer is 500. */
export async function serveJson(
  port: number,
  handle: Handle,
): Promise<{ baseUrl: string; stop(): Promise<void> }> {
  const server = createServer((incoming, response) => {
    answer(incoming, handle).then(
      (reply) => {
        if ('noReply' in reply) return withhold(incoming, reply);
        // A reply without a body, such as a 204, has an empty one, and not the JSON `null`.
        const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
        response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
        response.end(text);
      },
      (error: unknown) => {
        console.error(`${incoming.method} ${incoming.url}`, error);
        response.writeHead(500).end();
      },
    );
  });
  server.keepAliveTimeout = keepAliveMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function withhold({ socket }: IncomingMessage, { noReply }: NoReply): void {
  switch (noReply) {
    case 'silence':
      return; // The client waits for as long as it wants to.
    case 'hang-up':
      socket.end();
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    default:
      noReply satisfies never;
  }
}

async function answer(
  incoming: IncomingMessage,
  handle: Handle,
): Promise<SimulatorReply | NoReply> {
  const url = new URL(incoming.url ?? '/', 'http://simulator');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) return { status: 413, body: { message: 'body too large' } };
    chunks.push(chunk);
  }
  return await handle({
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    text: Buffer.concat(chunks).toString('utf8'),
  });
}

/** The reply of the first route that fits; null when none does. */
export function applyRoute(
  routes: readonly Route[],
  request: SimulatorRequest,
): SimulatorReply | null {
  for (const route of routes) {
    if (route.method !== request.method) continue;
    const parameters = parametersIn(request.path, route.path);
    if (parameters === null) continue;
    return route.handle(request, ...parameters.map(decodeURIComponent));
  }
  return null;
}

/** The segments for which the template has `:name`, in order; null when the path does not fit the template. */
export function parametersIn(path: string, template: string): string[] | null {
  const segments = path.split('/');
  const pattern = template.split('/');
  if (pattern.length !== segments.length) return null;
  const fits = pattern.every((part, index) => part.startsWith(':') || part === segments[index]);
  return fits ? segments.filter((_, index) => pattern[index]?.startsWith(':')) : null;
}

/** The object in a body; null when that is no JSON object. */
export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
