import { expect, test } from '@jest/globals';
import { jsonBody } from '../../lambdas/api/json-body.ts';

const json = 'application/json';
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

// biome-ignore format: columns are the point
test.each<[string, string | Buffer, string | null, string]>([
  ['a duplicate key',         '{"a":1,"a":2}',                 json,               'INVALID_REQUEST'],
  ['the same value twice',    '{"a":1,"a":1}',                 json,               'INVALID_REQUEST'],
  ['a nested duplicate',      '{"a":{"b":1,"b":2}}',           json,               'INVALID_REQUEST'],
  ['an escaped duplicate',    '{"a":1,"\\u0061":2}',           json,               'INVALID_REQUEST'],
  ['__proto__',               '{"__proto__":{"x":1}}',         json,               'INVALID_REQUEST'],
  ['constructor',             '{"a":{"constructor":1}}',       json,               'INVALID_REQUEST'],
  ['invalid UTF-8',           Buffer.from([0x22, 0xff, 0x22]), json,               'INVALID_REQUEST'],
  ['NaN',                     '{"a":NaN}',                     json,               'INVALID_REQUEST'],
  ['a trailing comma',        '{"a":1,}',                      json,               'INVALID_REQUEST'],
  ['two values',              '{} {}',                         json,               'INVALID_REQUEST'],
  ['nothing',                 '',                              json,               'INVALID_REQUEST'],
  ['a depth bomb',            deep(30_000),                    json,               'INVALID_REQUEST'],
  ['33 levels',               deep(33),                        json,               'INVALID_REQUEST'],
  ['more than 64 KiB',        `"${'x'.repeat(65_536)}"`,       json,               'PAYLOAD_TOO_LARGE'],
  ['a form',                  'a=1',                           'application/x-www-form-urlencoded', 'UNSUPPORTED_MEDIA_TYPE'],
  ['no content type',         '{}',                            null,               'UNSUPPORTED_MEDIA_TYPE'],
  ['another kind of JSON',    '{}',                            'application/jsonx', 'UNSUPPORTED_MEDIA_TYPE'],
])('refused: %s', (_name, body, contentType, problem) => {
  expect(jsonBody(Buffer.from(body), contentType)).toMatchObject({ problem });
});

test.each([
  ['with a charset', 'application/json; charset=utf-8'],
  ['in other case', 'Application/JSON'],
])('taken: %s', (_name, contentType) => {
  expect(jsonBody(Buffer.from('{"a":["}",{"b":"[["}]}'), contentType)).toEqual({
    value: { a: ['}', { b: '[[' }] },
  });
});

/** Bodies at which a pattern, a recursion or a comparison of each with each would take its time. */
// biome-ignore format: columns are the point
const heavy: [string, string][] = [
  ['escaped quotes, never closed',     `"${'\\"'.repeat(32_000)}`],
  ['escaped quotes without a string',  '\\"'.repeat(32_000)],
  ['quotes',                           '"'.repeat(65_000)],
  ['backslashes',                      `"${'\\'.repeat(65_000)}`],
  ['half strings on lines',            '"\n'.repeat(32_000)],
  ['strings with an escape each',      `["${'\\u0041","'.repeat(7_000)}`],
  ['blanks',                           `{${' '.repeat(65_000)}`],
  ['a number without an end',          '1'.repeat(65_000)],
  ['comments, never closed',           '/*'.repeat(32_000)],
  ['an open brace after another',      '{"a":'.repeat(13_000)],
  ['brackets, never closed',           '['.repeat(65_000)],
  ['brackets, never opened',           ']'.repeat(65_000)],
  ['different keys',                   `{${Array.from({ length: 6_000 }, (_, at) => `"k${at}":1`).join(',')}}`],
  ['one key with an escape for each',  `{"${'\\u0061'.repeat(10_000)}":1}`],
];
test.each(heavy)('64 KiB of %s are read in no time', (_name, body) => {
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(65_536);
  const started = process.cpuUsage();
  jsonBody(Buffer.from(body), json);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1_000).toBeLessThan(250);
});
