import { expect, test } from '@jest/globals';
import { compilePattern } from '../../local/template/event-pattern.ts';

const event = {
  eventName: 'MODIFY',
  count: 5,
  tags: ['a', 'b'],
  dynamodb: { Keys: { pk: { S: 'WD#1' }, sk: { S: 'META' } }, NewImage: { paid: null } },
};

test.each<[string, unknown, boolean]>([
  ['nothing', {}, true],
  ['an equal value', { eventName: ['INSERT', 'MODIFY'] }, true],
  ['another value', { eventName: ['INSERT'] }, false],
  ['a nested value', { dynamodb: { Keys: { sk: { S: ['META'] } } } }, true],
  ['a nested value that is missing', { dynamodb: { OldImage: { sk: { S: ['META'] } } } }, false],
  ['all fields', { eventName: ['MODIFY'], count: [6] }, false],
  ['null', { dynamodb: { NewImage: { paid: [null] } } }, true],
  ['null where nothing is', { dynamodb: { NewImage: { other: [null] } } }, false],
  ['one of a list', { tags: ['b'] }, true],
  ['none of a list', { tags: ['c'] }, false],
  ['prefix', { dynamodb: { Keys: { pk: { S: [{ prefix: 'WD#' }] } } } }, true],
  ['another prefix', { dynamodb: { Keys: { pk: { S: [{ prefix: 'TXN#' }] } } } }, false],
  ['suffix', { eventName: [{ suffix: 'IFY' }] }, true],
  ['equals ignoring case', { eventName: [{ 'equals-ignore-case': 'modify' }] }, true],
  ['exists', { dynamodb: { NewImage: { paid: [{ exists: true }] } } }, true],
  ['does not exist', { dynamodb: { NewImage: { gone: [{ exists: false }] } } }, true],
  ['does not exist but does', { eventName: [{ exists: false }] }, false],
  ['anything but', { eventName: [{ 'anything-but': ['INSERT'] }] }, true],
  ['anything but this', { eventName: [{ 'anything-but': ['MODIFY'] }] }, false],
  ['anything but a prefix', { eventName: [{ 'anything-but': { prefix: 'MOD' } }] }, false],
  ['numeric', { count: [{ numeric: ['>', 4, '<=', 5] }] }, true],
  ['numeric out of range', { count: [{ numeric: ['<', 5] }] }, false],
  ['or', { $or: [{ count: [6] }, { eventName: ['MODIFY'] }] }, true],
  ['or none', { $or: [{ count: [6] }, { eventName: ['INSERT'] }] }, false],
])('matches %s', (_, pattern, expected) => {
  expect(compilePattern(pattern)(event)).toBe(expected);
});

test.each([
  [{ count: [{ cidr: '10.0.0.0/8' }] }],
  [{ count: [{ wildcard: '*' }] }],
  [{ count: [{ numeric: ['!', 1] }] }],
  [{ count: [{ numeric: [] }] }],
  [['list']],
])('refuses what it does not know: %j', (pattern) => {
  expect(() => compilePattern(pattern)).toThrow();
});
