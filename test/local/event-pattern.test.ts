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

/** The example event of Event Ruler's README, with lists of objects beside it. */
const ruled = {
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  time: '2017-10-02T16:24:49Z',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000', 'other'],
  detail: {
    'c-count': 5,
    'd-count': 3,
    'x-limit': 301.8,
    'source-ip': '10.0.0.33',
    'instance-id': 'i-000000aaaaaa00000',
    state: 'running',
    nothing: null,
    none: [],
    fees: [
      { type: 'on-ramp', amount: '0.50' },
      { type: 'network', amount: '1.00' },
    ],
  },
};
const detail = (name: string, ...tests: unknown[]) => ({ detail: { [name]: tests } });

test.each<[string, unknown, boolean]>([
  ['one of several', { detail: { state: ['initializing', 'running'] } }, true],
  ['a list with one of several', { resources: ['other', 'another'] }, true],
  ['a prefix', { time: [{ prefix: '2017-10-02' }] }, true],
  ['a prefix of any case', { source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, true],
  ['a suffix of any case', { source: [{ suffix: { 'equals-ignore-case': 'EC2' } }] }, true],
  ['another suffix', { source: [{ suffix: 'EC2' }] }, false],
  ['equal ignoring case', { source: [{ 'equals-ignore-case': 'AWS.EC2' }] }, true],
  ['a wildcard', { resources: [{ wildcard: 'arn:*:instance/*' }] }, true],
  ['a wildcard for nothing', { source: [{ wildcard: 'aws*.ec2*' }] }, true],
  ['a wildcard alone', { source: [{ wildcard: '*' }] }, true],
  ['a wildcard that must not overlap', { source: [{ wildcard: 'aws.e*ec2' }] }, false],
  ['an asterisk that is meant', { source: [{ wildcard: 'aws\\*' }] }, false],
  ['anything but texts', detail('state', { 'anything-but': ['stopped', 'overloaded'] }), true],
  ['anything but this text', detail('state', { 'anything-but': 'running' }), false],
  ['anything but numbers', detail('x-limit', { 'anything-but': [100, 200, 301.8] }), false],
  ['anything but a prefix', detail('state', { 'anything-but': { prefix: 'init' } }), true],
  ['anything but prefixes', detail('state', { 'anything-but': { prefix: ['a', 'run'] } }), false],
  ['anything but a suffix', detail('state', { 'anything-but': { suffix: 'ing' } }), false],
  [
    'anything but a case',
    detail('state', { 'anything-but': { 'equals-ignore-case': ['RUNNING'] } }),
    false,
  ],
  ['anything but a wildcard', detail('state', { 'anything-but': { wildcard: 'r*g' } }), false],
  ['anything but, where nothing is', detail('gone', { 'anything-but': 'x' }), false],
  ['a range', detail('c-count', { numeric: ['>', 0, '<=', 5] }), true],
  ['an equal number', detail('x-limit', { numeric: ['=', 3.018e2] }), true],
  ['a network', detail('source-ip', { cidr: '10.0.0.0/24' }), true],
  ['another network', detail('source-ip', { cidr: '10.0.1.0/24' }), false],
  ['a network of the other kind', detail('source-ip', { cidr: '2001:db8::/32' }), false],
  ['what exists', detail('nothing', { exists: true }), true],
  ['an empty list, which is nothing', detail('none', { exists: false }), true],
  ['an object, which is no leaf', { detail: [{ exists: true }] }, false],
  ['null or nothing', detail('reference', null, { exists: false }), true],
  ['a field of an object in a list', { detail: { fees: { type: ['network'] } } }, true],
  ['fields of one object', { detail: { fees: { type: ['network'], amount: ['0.50'] } } }, false],
  [
    'either',
    { source: ['aws.ec2'], $or: [{ time: ['x'] }, { detail: { state: ['running'] } }] },
    true,
  ],
  ['either, inside', { detail: { $or: [{ state: ['x'] }, { 'd-count': [4] }] } }, false],
  ['a field of that name', { $or: { time: ['x'] } }, false],
])('a rule matches %s', (_, pattern, expected) => {
  expect(compilePattern(pattern, 'rule')(ruled)).toBe(expected);
});

test.each<[string, unknown]>([
  ['an empty pattern', {}],
  ['an empty list', { source: [] }],
  ['a list in a list', { source: [['a']] }],
  ['a value that is no list', { source: 'aws.ec2' }],
  ['an operator that is not known', { source: [{ like: 'a' }] }],
  ['two operators in one', { source: [{ prefix: 'a', suffix: 'b' }] }],
  ['a prefix that is no text', { source: [{ prefix: 1 }] }],
  ['exists of a text', { source: [{ exists: 'true' }] }],
  ['two wildcards together', { source: [{ wildcard: 'a**b' }] }],
  ['a backslash before a letter', { source: [{ wildcard: 'a\\b' }] }],
  ['texts and numbers together', { source: [{ 'anything-but': ['a', 1] }] }],
  ['a bound that is no number', { source: [{ numeric: ['>', '1'] }] }],
  ['no network', { source: [{ cidr: 'here' }] }],
])('a rule refuses %s', (_, pattern) => {
  expect(() => compilePattern(pattern, 'rule')).toThrow();
});
