/** Whatever the other side does on the wire, a call to a provider has ended when its time is over. */
import { createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, jest, test } from '@jest/globals';
import type { HttpReply } from '../../lambdas/adapters/net/http.ts';
import { all } from '../../lambdas/core/kernel/all.ts';

const timeoutMs = 400;
/** Calls that have ended after so long: what is to be answered is not lost because this machine is busy. */
async function callEnding(callTimeoutMs: number) {
  jest.resetModules();
  jest.unstable_mockModule('../../lambdas/core/kernel/limits.ts', () => ({ callTimeoutMs }));
  return (await import('../../lambdas/adapters/net/http.ts')).callJson;
}
const callJson = await callEnding(timeoutMs);
const patientCall = await callEnding(60_000);

const sockets = new Set<Socket>();
let server: Server | null = null;
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
});

/** What a server that speaks no HTTP of its own writes to whoever asks. */
async function served(speak: (socket: Socket) => void): Promise<string> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => speak(socket));
  });
  return await addressOf(server);
}

async function addressOf(started: Server): Promise<string> {
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const address = started.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed || socket.readableEnded) resolve();
    else socket.once('close', () => resolve());
  });

const ok = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
/** Writes it again and again until the other side has had enough. */
const forEver = (socket: Socket, text: string | Buffer, everyMs: number): void => {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.on('close', () => clearInterval(timer));
};

const lost = { reply: 'lost' };
// biome-ignore format: a table
test.each<[does: string, speak: (socket: Socket) => void, conclude: object]>([
  ['answers',                              (s) => s.end(`${ok}content-length: 9\r\n\r\n{"a":"1"}`), { reply: 'answered', status: 200, body: { a: '1' } }],
  ['packs its answer',                     (s) => s.end(Buffer.concat([Buffer.from(`${ok}content-encoding: gzip\r\n\r\n`), gzipSync('{"a":"1"}')])), { reply: 'answered', body: { a: '1' } }],
  ['packs it and writes so in capitals',   (s) => s.end(Buffer.concat([Buffer.from(`${ok}content-encoding: X-GZIP\r\n\r\n`), gzipSync('{"a":"1"}')])), { reply: 'answered', body: { a: '1' } }],
  ['packs an empty answer',                (s) => s.end('HTTP/1.1 204 No Content\r\ncontent-encoding: x-gzip\r\n\r\n'), { reply: 'answered', status: 204, body: null }],
  ['sends half of what it packed',         (s) => s.end(Buffer.concat([Buffer.from(`${ok}content-encoding: gzip\r\n\r\n`), gzipSync('{"a":"1"}').subarray(0, 15)])), lost],
  ['hangs up in what it packed',           (s) => s.end(Buffer.concat([Buffer.from(`${ok}content-length: 99\r\ncontent-encoding: gzip\r\n\r\n`), gzipSync('{"a":"1"}')])), lost],
  ['never answers',                        () => {},                                                              lost],
  ['sends headers for ever',               (s) => { s.write(ok); forEver(s, 'x-more: 1\r\n', 20); },            lost],
  ['sends the status letter by letter',    (s) => forEver(s, 'H', 20),                                            lost],
  ['sends half of the headers',            (s) => s.write(ok),                                                    lost],
  ['says to go on, for ever',              (s) => forEver(s, 'HTTP/1.1 100 Continue\r\n\r\n', 20),            lost],
  ['gives hints for ever',                 (s) => forEver(s, 'HTTP/1.1 103 Early Hints\r\n\r\n', 20),         lost],
  ['upgrades to another protocol',         (s) => s.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'), { reply: 'lost', why: 'UPGRADE' }],
  ['promises a body that does not come',   (s) => s.write(`${ok}content-length: 100\r\n\r\n`),                lost],
  ['sends half of the body',               (s) => s.write(`${ok}content-length: 100\r\n\r\n{"id":`),          lost],
  ['sends half of the body and hangs up',  (s) => s.end(`${ok}content-length: 100\r\n\r\n{"id":`),            { reply: 'lost', why: 'ECONNRESET' }],
  ['sends a body for ever',                (s) => { s.write(`${ok}transfer-encoding: chunked\r\n\r\n`); forEver(s, '1\r\n \r\n', 20); }, lost],
  ['sends chunks that are none',           (s) => s.write(`${ok}transfer-encoding: chunked\r\n\r\nzz\r\n`), lost],
  ['sends more than anybody asked for',    (s) => { s.write(`${ok}\r\n`); forEver(s, Buffer.alloc(65_536, 32), 1); }, { reply: 'lost', why: 'TOO_LARGE' }],
  ['sends a small body that grows',        (s) => s.end(Buffer.concat([Buffer.from(`${ok}content-encoding: gzip\r\n\r\n`), gzipSync(Buffer.alloc(50_000_000, 32))])), { reply: 'lost', why: 'ERR_BUFFER_TOO_LARGE' }],
  ['sends what is no UTF-8',               (s) => s.end(Buffer.concat([Buffer.from(`${ok}content-length: 9\r\n\r\n{"a":"`), Buffer.from([0xff]), Buffer.from('"}')])), { reply: 'answered', body: null }],
  ['redirects',                            (s) => s.end('HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n'), { reply: 'answered', status: 302, body: null }],
  ['speaks another protocol',              (s) => s.write('SSH-2.0-OpenSSH_9.6\r\n'),                           lost],
  ['hangs up',                             (s) => s.destroy(),                                                    lost],
])('a provider that %s', async (_, speak, conclude) => {
  const url = await served(speak);
  const call = conclude === lost ? callJson : patientCall;
  const headers = { 'content-type': 'application/json' };
  const reply: HttpReply = await call('POST', url, headers, '{}');
  expect(reply).toMatchObject(conclude);
  // The socket is closed too: nobody reads on in secret.
  if (reply.reply === 'lost') await all([...sockets].map(closed));
});

test('an address that takes no connection ends as well', async () => {
  const url = await served(() => {});
  server?.close();
  expect(await callJson('GET', url, {})).toEqual({ reply: 'lost', why: 'ECONNREFUSED' });
});

test('the next call goes over the same connection, unless that was closed or slept on', async () => {
  const answer = (socket: Socket) => socket.write(`${ok}content-length: 2\r\n\r\n{}`);
  const url = await served((socket) => {
    answer(socket);
    socket.on('data', () => answer(socket));
  });
  const connections = async () => {
    const well = { reply: 'answered', body: {} };
    expect(await patientCall('POST', url, {}, '{}')).toMatchObject(well);
    return sockets.size;
  };
  expect([await connections(), await connections()]).toEqual([1, 1]);
  const [first] = sockets;
  if (first === undefined) throw new Error('nobody asked');
  const ended = closed(first);
  first.end();
  await ended;
  expect(await connections()).toBe(2);
  // What was frozen has not seen the time go by.
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now + 60_000);
  expect([await connections(), await connections()]).toEqual([3, 3]);
  clock.mockRestore();
});

test('a connection on which the other side did not take the whole request is closed', async () => {
  const bytes = 50_000_000;
  const url = await served((socket) => {
    socket.pause();
    socket.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\n{}');
  });
  const reply = await patientCall('POST', url, {}, ' '.repeat(bytes));
  expect(reply).toMatchObject({ reply: 'answered', status: 413 });
  const [socket] = sockets;
  if (socket === undefined) throw new Error('nobody asked');
  let taken = 0;
  socket.on('data', (chunk) => {
    taken += chunk.length;
  });
  socket.resume();
  await closed(socket);
  expect(taken).toBeLessThan(bytes);
});

test('the length of a body is told with every method', async () => {
  const asked: string[] = [];
  server = createServer((socket) => {
    sockets.add(socket);
    socket.once('data', (chunk) => {
      asked.push(chunk.toString());
      socket.end(`${ok}connection: close\r\ncontent-length: 2\r\n\r\n{}`);
    });
  });
  const url = await addressOf(server);
  for (const method of ['POST', 'DELETE', 'GET'] as const)
    await patientCall(method, url, {}, '"é"');
  expect(asked.map((text) => /content-length: (\d+)/i.exec(text)?.[1])).toEqual(['4', '4', '4']);
});
