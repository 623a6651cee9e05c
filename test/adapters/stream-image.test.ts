/** The image of a stream's event is the same row as a read of the table gives, and what is no image is never half a row. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from '@jest/globals';
import { type Image, rowOf } from '../../lambdas/adapters/dynamo/stream-image.ts';

const row = {
  text: 'ä€😀 "quoted"',
  empty: '',
  amount: 10_000_000_000_000_000_000_001n,
  below: -1n,
  yes: true,
  no: false,
  none: null,
  bytes: new Uint8Array([0, 255, 7]),
  noBytes: new Uint8Array(),
  lines: [['requested', 0n], ['signed', 40n, { detail: 'why' }], []],
  map: { inner: { '': 'a key without a name', bytes: new Uint8Array([1]) } },
  words: new Set(['a', 'b']),
  numbers: new Set([1n, 2n ** 70n]),
  blobs: new Set([new Uint8Array([1, 2]), new Uint8Array([3])]),
};
/** In the event bytes are text. */
const imageOf = (given: Record<string, unknown>): Image =>
  JSON.parse(
    JSON.stringify(marshall(given), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ),
  );

test('an image is read as the SDK reads the item', () => {
  expect(rowOf(imageOf(row))).toEqual(row);
  const bySdk = unmarshall(marshall(row), { wrapNumbers: (text) => BigInt(text) });
  expect(rowOf(imageOf(row))).toEqual(bySdk);
});

test.each<[string, string]>([
  ['a type that is new', '{"a":{"Z":"1"}}'],
  ['no type', '{"a":{}}'],
  ['two types', '{"a":{"S":"1","N":"1"}}'],
  ['a number that is no text', '{"a":{"N":1}}'],
  ['a number with a fraction', '{"a":{"N":"1.5"}}'],
  ['a text that is none', '{"a":{"S":null}}'],
  ['a null that is none', '{"a":{"NULL":false}}'],
  ['a truth that is none', '{"a":{"BOOL":"true"}}'],
  ['bytes that are none', '{"a":{"B":"*AB="}}'],
  ['bytes that are cut', '{"a":{"B":"AP8"}}'],
  ['a list that is none', '{"a":{"L":{"S":"1"}}}'],
  ['a map that is none', '{"a":{"M":[]}}'],
  ['a value that is none', '{"a":"1"}'],
  ['an odd value deep in it', '{"a":{"L":[{"M":{"b":{"Z":"1"}}}]}}'],
  ['a key that is no key', '{"__proto__":{"S":"x"}}'],
  ['a key of a map that is no key', '{"a":{"M":{"__proto__":{"S":"x"}}}}'],
])('an image with %s is not read', (_, image) => {
  expect(() => rowOf(JSON.parse(image))).toThrow();
});
