/** A receiver's name is looked up without keeping anybody else's from being looked up, and only public addresses are good. */
import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { publicLookup } from '../../lambdas/adapters/net/public-lookup.ts';

const ofA = 1;
const ofAaaa = 28;
/** What the name server says; names that are not here are never answered. */
const names: Readonly<Record<string, { a: string[]; aaaa: string[] }>> = {
  'good.example': { a: ['93.184.215.14'], aaaa: [] },
  'both.example': { a: ['93.184.215.14'], aaaa: ['2606:2800:21f:cb07:6820:80da:af6b:8b2c'] },
  'six.example': { a: [], aaaa: ['2606:2800:21f:cb07:6820:80da:af6b:8b2c'] },
  'inside.example': { a: ['93.184.215.14', '10.0.0.1'], aaaa: [] },
  'mapped.example': { a: ['93.184.215.14'], aaaa: ['::ffff:10.0.0.1'] },
  'nothing.example': { a: [], aaaa: [] },
};

let server: Socket;
beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (message, { port, address }) => {
    const answer = answerTo(message);
    if (answer !== null) server.send(answer, port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

/** RFC 1035, section 4: the question again, and its records. */
function answerTo(question: Buffer): Buffer | null {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = question.readUInt16BE(at + 1);
  const known = names[labels.join('.').toLowerCase()];
  if (known === undefined) return null;
  const texts = type === ofA ? known.a : type === ofAaaa ? known.aaaa : [];
  const records = texts.map((text) => {
    const data = type === ofA ? Buffer.from(text.split('.').map(Number)) : bytesOf(text);
    const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
    return Buffer.concat([head, data]);
  });
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, question.subarray(12, at + 5), ...records]);
}

function bytesOf(text: string): Buffer {
  if (text.startsWith('::ffff:'))
    return Buffer.from([
      ...Array<number>(10).fill(0),
      255,
      255,
      ...text.slice(7).split('.').map(Number),
    ]);
  return Buffer.concat(text.split(':').map((part) => Buffer.from(part.padStart(4, '0'), 'hex')));
}

const ask = (name: string, withinMs = 30_000): Promise<unknown> =>
  new Promise((resolve) => {
    const makeResolver = () => {
      const resolver = new Resolver();
      resolver.setServers([`127.0.0.1:${(server.address() as AddressInfo).port}`]);
      return resolver;
    };
    publicLookup(withinMs, makeResolver)(name, { all: true }, (error, addresses) =>
      resolve(error === null ? addresses : (error.code ?? error.message)),
    );
  });

test.each([
  ['one address', 'good.example', [{ address: '93.184.215.14', family: 4 }]],
  [
    'addresses of both kinds',
    'both.example',
    [{ family: 4 }, { address: '2606:2800:21f:cb07:6820:80da:af6b:8b2c', family: 6 }],
  ],
  ['an address of IPv6 alone', 'six.example', [{ family: 6 }]],
  ['an address inside among them', 'inside.example', 'WEBHOOK_URL_NOT_ALLOWED'],
  ['an address inside in the clothes of IPv6', 'mapped.example', 'WEBHOOK_URL_NOT_ALLOWED'],
  ['none', 'nothing.example', 'ENODATA'],
])('a name that has %s', async (_, name, then) => {
  const found = await ask(name);
  if (typeof then === 'string') expect(found).toBe(then);
  else expect(found).toMatchObject(then);
});

test('names whose servers are silent hold up no other name, and end when their time is over', async () => {
  const silent = Array.from({ length: 30 }, (_, n) => ask(`silent-${n}.example`, 1_500));
  let ended = 0;
  for (const one of silent) void one.then(() => (ended += 1));
  const healthy = await Promise.all(Array.from({ length: 5 }, () => ask('good.example')));
  expect(healthy).toEqual(Array(5).fill([{ address: '93.184.215.14', family: 4 }]));
  expect(ended).toBe(0);
  expect(new Set(await Promise.all(silent))).toEqual(new Set(['ECANCELLED']));
});
