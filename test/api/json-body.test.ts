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
