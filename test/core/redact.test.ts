/** No path, query or user part of a URL is told, whatever words it stands among. */
import { expect, test } from '@jest/globals';
import { redactedError, redactWith, withoutUrls } from '../../lambdas/core/kernel/redact.ts';
import { loggedAs } from '../../lambdas/core/operations/principal.ts';

const key = 'a1B2c3D4e5F6g7H8';

// biome-ignore format: columns are the point
test.each([
  ['a path',                 `POST https://eth.example/v2/${key} failed`,                  'POST https://eth.example/… failed'],
  ['a query',                `https://eth.example?apikey=${key}`,                          'https://eth.example/…'],
  ['a user',                 `http://rpc:${key}@10.0.0.5:8332/`,                           'http://10.0.0.5:8332/'],
  ['a user with an at',      `http://me@x:${key}@node.example/wallet/a`,                   'http://node.example/…'],
  ['a fragment',             `https://eth.example#${key}`,                                 'https://eth.example/…'],
  ['a port',                 `https://eth.example:8545/${key}: ECONNREFUSED`,              'https://eth.example:8545/… ECONNREFUSED'],
  ['a socket',               `wss://eth.example/ws/${key}`,                                'wss://eth.example/…'],
  ['IPv6',                   `http://[2a00::1]:8545/${key}`,                               'http://[2a00::1]:8545/…'],
  ['quotes',                 `"url":"https://eth.example/v2/${key}","x":1`,                '"url":"https://eth.example/…","x":1'],
  ['escaped slashes',        `https:\\/\\/eth.example\\/v2\\/${key}`,                      'https://eth.example/…'],
  ['another URL',            `https://log.example/?to=https%3A%2F%2Feth.example%2F${key}`, 'https://log.example/…'],
  ['an encoded URL',         `to=https%3A%2F%2Feth.example%2F${key} no`,                   'to=https://… no'],
  ['two of them',            `https://a.example/${key} https://b.example/${key}`,          'https://a.example/… https://b.example/…'],
  ['capital letters',        `HTTPS://ETH.EXAMPLE/${key}`,                                 'HTTPS://ETH.EXAMPLE/…'],
  ['a queue of AWS',         'https://sqs.us-east-1.amazonaws.com/123456789012/debit.fifo', 'https://sqs.us-east-1.amazonaws.com/…'],
  ['nothing to hide',        'https://eth.example answered 500',                           'https://eth.example answered 500'],
  ['no URL',                 'nonce too low: next nonce 7',                                'nonce too low: next nonce 7'],
])('of a text with %s the host is left', (_what, text, left) => {
  expect(withoutUrls(text)).toBe(left);
});

test.each([
  [`https://eth.example/v2/${key}`, `Cannot POST /v2/${key}`],
  [`https://eth.example/?token=${key}`, `the token ${key} is used up`],
  [`http://user:pass@10.0.0.5:8332`, 'wrong credentials user:pass'],
  ['http://user:p%40ss%21word@10.0.0.5', 'p@ss!word is wrong'],
  [
    `https://eth.example/${key.slice(0, 8)}%2F${key.slice(8)}`,
    `no app ${key.slice(0, 8)}/${key.slice(8)}`,
  ],
])('what %s holds is taken out of %s', (url, text) => {
  const left = redactWith([url])(text);
  expect(left).toContain('…');
  for (const secret of [key, 'user', 'pass', 'p@ss', key.slice(0, 8)])
    expect(left).not.toContain(secret);
});

test.each([
  'secret-word',
  '{"secret-word": secret-word}',
  `{"a":1,${' '.repeat(80)}secret-word${' '.repeat(80)}}`,
  '"secret-word',
  '["secret-word" "secret-word"]',
  '{"a":"secret-word\n"}',
])('what is no JSON is not quoted: %j', (text) => {
  try {
    JSON.parse(text);
    throw new Error('it is JSON');
  } catch (error) {
    expect(withoutUrls((error as Error).message)).toMatch(/JSON/);
    expect(withoutUrls(`x: ${(error as Error).message}`)).not.toMatch(/secr|word/);
  }
});

// biome-ignore format: columns are the point
test.each([
  ['an API key',            'the key dk_live_a1b2c3 is unknown',                          'the key … is unknown'],
  ['a secret of a webhook', 'signed by whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',          'signed by …'],
  ['a credential',          'authorization: Bearer abc.def-ghi~123 was refused',          'authorization: … was refused'],
  ['a password',            'Basic dXNlcjpwYXNzd29yZA== is wrong',                        '… is wrong'],
  ['a token',               'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl is old', '… is old'],
  ['a private key',         'a -----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY----- z', 'a … z'],
  ['signed bytes',          `could not replace 0x02f8${'b1'.repeat(80)} now`,             'could not replace … now'],
  ['a signature',           `0x${'c3'.repeat(65)}`,                                       '…'],
  ['a hash, which is none', `0x${'c3'.repeat(32)} ${'d4'.repeat(32)}`,                    `0x${'c3'.repeat(32)} ${'d4'.repeat(32)}`],
  ['an id, which is none',  `wd_${'a'.repeat(26)} del_${'b'.repeat(26)}_wd_${'c'.repeat(26)}_1`, `wd_${'a'.repeat(26)} del_${'b'.repeat(26)}_wd_${'c'.repeat(26)}_1`],
])('%s', (_what, text, left) => {
  expect(withoutUrls(text)).toBe(left);
});

test('a secret that a function was given is taken out wherever it stands, and a short word is not', () => {
  const redact = redactWith([], ['s3cret+of(ours)', 'local']);
  expect(redact('it says "s3cret+of(ours)" to local')).toBe('it says "…" to local');
});

test('an error tells its name and words, and those of its causes', () => {
  const cause = Object.assign(new TypeError(`Failed to parse https://a.example/${key}`), {
    url: key,
  });
  const error = new Error(`no answer of https://a.example/${key}`, {
    cause: new Error('x', { cause }),
  });
  error.name = 'UnavailableError';
  const told = redactedError(error, withoutUrls) as Error;
  expect(told).toMatchObject({
    name: 'UnavailableError',
    message: 'no answer of https://a.example/…',
  });
  const all = [told, told.cause as Error, (told.cause as Error).cause as Error];
  expect(all[2]).toMatchObject({
    name: 'TypeError',
    message: 'Failed to parse https://a.example/…',
  });
  for (const one of all) {
    expect(JSON.stringify(one)).not.toContain(key);
    expect(`${one.stack}`).not.toContain(key);
  }
});

test('a long text takes no time', () => {
  const started = performance.now();
  for (const part of [
    'https://',
    'https://a@',
    'http:',
    'a.b-c+',
    '@',
    'https%3A%2F%2F',
    'https:\\/\\/',
  ])
    withoutUrls(part.repeat((256 * 1024) / part.length));
  expect(performance.now() - started).toBeLessThan(1_500);
});

test('the log names a key by its id, and whoever a token names by a digest that stays the same', () => {
  expect(loggedAs('key_1')).toBe('key_1');
  const ada = loggedAs('token:ada@example.com');
  expect(ada).toMatch(/^token:[0-9a-f]{12}$/);
  expect([loggedAs('token:ada@example.com'), loggedAs('token:bob@example.com')]).toEqual([
    ada,
    expect.not.stringMatching(ada),
  ]);
});
