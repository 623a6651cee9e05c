/** Whatever a receiver does on the wire, an attempt ends in time and says what came of it. */
import { createServer, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { webhookSender } from '../../lambdas/adapters/net/webhook-sender.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import type { WebhookEndpoint } from '../../lambdas/core/webhooks/endpoint.ts';
import { deliveryOf, endpointOf } from '../support/webhooks.ts';

const clock = { now: () => Date.now() as Instant, until: async () => {} };
const timeoutMs = 400;
const limits = { totalMs: timeoutMs, connectMs: 300, bodyMs: 200, slowMs: 100 };

const endpointAt = (url: string, given: Partial<WebhookEndpoint> = {}): WebhookEndpoint =>
  endpointOf({ url, ...given });
const delivery = deliveryOf({ status: 'PROCESSING' });

/** One attempt at a receiver that does this once the request has come. */
async function attemptAt(receiver: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}); // The sender closes when its time is over.
    socket.once('data', () => receiver(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const started = performance.now();
  let slow = false;
  const send = webhookSender(['127.0.0.1'], clock, limits);
  const result = await send(endpointAt(`http://127.0.0.1:${port}/`), delivery, () => {
    slow = true;
  });
  const tookMs = performance.now() - started;
  const closed = Promise.all(
    sockets.map((one) => one.destroyed || new Promise((resolve) => one.once('close', resolve))),
  );
  await closed;
  server.close();
  return { ...result, tookMs, slow };
}
/** Writes it again and again until the sender closes. */
const forEver = (socket: Socket, text: string, everyMs = 5) => {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.once('close', () => clearInterval(timer));
};

// biome-ignore format: columns are the point
const odd: [string, (socket: Socket) => void, { httpStatus: number | null; error: string | null }][] = [
  ['says nothing',                 () => {},                                                          { httpStatus: null, error: 'TIMEOUT' }],
  ['hangs up',                     (socket) => socket.end(),                                          { httpStatus: null, error: 'ECONNRESET' }],
  ['resets',                       (socket) => socket.resetAndDestroy(),                              { httpStatus: null, error: 'ECONNRESET' }],
  ['wants an upgrade',             (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'), { httpStatus: 101, error: null }],
  ['wants one without naming it',  (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'), { httpStatus: 101, error: null }],
  ['upgrades and talks',           (socket) => { socket.write('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'); forEver(socket, 'x'); }, { httpStatus: 101, error: null }],
  ['says "continue" for ever',     (socket) => forEver(socket, 'HTTP/1.1 100 Continue\r\n\r\n'),      { httpStatus: null, error: 'TIMEOUT' }],
  ['gives hints for ever',         (socket) => forEver(socket, 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'), { httpStatus: null, error: 'TIMEOUT' }],
  ['sends half a status line',     (socket) => socket.write('HTTP/1.1 20'),                           { httpStatus: null, error: 'TIMEOUT' }],
  ['sends half a header',          (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Le'),         { httpStatus: null, error: 'TIMEOUT' }],
  ['drips headers',                (socket) => { socket.write('HTTP/1.1 200 OK\r\n'); forEver(socket, 'a: b\r\n', 50); }, { httpStatus: null, error: 'TIMEOUT' }],
  ['sends headers for ever',       (socket) => { socket.write('HTTP/1.1 200 OK\r\n'); forEver(socket, `a: ${'b'.repeat(4_000)}\r\n`); }, { httpStatus: null, error: 'HPE_HEADER_OVERFLOW' }],
  ['speaks no HTTP',               (socket) => socket.write('220 mail.example ESMTP\r\n'),            { httpStatus: null, error: 'HPE_INVALID_CONSTANT' }],
  ['sends half a body',            (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'), { httpStatus: 200, error: null }],
  ['drips a body',                 (socket) => { socket.write('HTTP/1.1 500 X\r\n\r\n'); forEver(socket, '.'); }, { httpStatus: 500, error: null }],
  ['begins a chunk, for ever',     (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\nx'), { httpStatus: 200, error: null }],
  ['drips a chunk extension',      (socket) => { socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;'); forEver(socket, 'e'); }, { httpStatus: 200, error: null }],
  ['drips trailers',               (socket) => { socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n'); forEver(socket, 'a: b\r\n', 50); }, { httpStatus: 200, error: null }],
  ['sends a body without an end',  (socket) => { socket.write('HTTP/1.1 200 OK\r\n\r\n'); forEver(socket, 'x'.repeat(3_000)); }, { httpStatus: 200, error: null }],
  ['answers and stays open',       (socket) => socket.write('HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n'), { httpStatus: 204, error: null }],
];

test.each(odd)('a receiver that %s', async (_what, receiver, seen) => {
  const { tookMs, slow, ...result } = await attemptAt(receiver);
  expect(result).toMatchObject(seen);
  expect(tookMs).toBeLessThan(timeoutMs + 2_000);
  expect(slow).toBe(tookMs > limits.slowMs + 50 || (slow && tookMs > limits.slowMs - 20));
  expect(Buffer.byteLength(result.responseBody ?? '')).toBeLessThanOrEqual(4_096);
});

test('an address that is not public is not connected to, whatever its form', async () => {
  const send = webhookSender([], clock, limits);
  for (const host of ['127.0.0.1', '[::7f00:1]', '[::a9fe:a9fe]', '[fe00::1]', '[4000::1]'])
    expect(await send(endpointAt(`https://${host}/`), delivery, () => {})).toMatchObject({
      error: 'WEBHOOK_URL_NOT_ALLOWED',
    });
});
