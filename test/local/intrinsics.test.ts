import { afterAll, expect, test } from '@jest/globals';
import { makeResolver } from '../../local/template/intrinsics.ts';
import { readAssembly, type Template } from '../../local/template/template.ts';
import { lambda, removeDir, tempDir, writeAssembly } from './fixture.ts';

const directory = tempDir();
afterAll(() => removeDir(directory));

const template: Template = {
  Parameters: {
    Given: { Type: 'String' },
    Defaulted: { Type: 'String', Default: 'default' },
    Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/drawbridge/name' },
  },
  Conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    Either: { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] },
    Both: { 'Fn::And': [{ Condition: 'No' }, { Condition: 'Yes' }] },
  },
  Mappings: { Sizes: { small: { memory: '128' } } },
  Resources: {
    Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { TableName: 'money' } },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'debit.fifo', FifoQueue: true } },
    Unnamed: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
    Debit: lambda('debit'),
    Key: { Type: 'AWS::KMS::Key' },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'id' } },
    Never: { Type: 'AWS::SQS::Queue', Condition: 'No' },
  },
};
/** CloudFormation's own placeholders look like those of a template string. */
const placeholder = (name: string): string => `$\{${name}}`;
const resolver = makeResolver({
  template,
  stackName: 'Test',
  awsEndpoint: 'http://127.0.0.1:4566',
  parameters: { Given: 'given' },
});
const queueUrl = 'http://127.0.0.1:4566/000000000000/debit.fifo';

test.each<[string, unknown, unknown]>([
  ['a plain value', { a: [1, 'two', null] }, { a: [1, 'two', null] }],
  ['the region', { Ref: 'AWS::Region' }, 'us-east-1'],
  ['the account', { Ref: 'AWS::AccountId' }, '000000000000'],
  ['the partition', { Ref: 'AWS::Partition' }, 'aws'],
  ['the stack', { Ref: 'AWS::StackName' }, 'Test'],
  ['a parameter that is given', { Ref: 'Given' }, 'given'],
  ['a parameter with a default', { Ref: 'Defaulted' }, 'default'],
  ['a table', { Ref: 'Table' }, 'money'],
  [
    'the stream of a table',
    { 'Fn::GetAtt': ['Table', 'StreamArn'] },
    'arn:aws:dynamodb:us-east-1:000000000000:table/money/stream/local',
  ],
  ['a queue', { Ref: 'Queue' }, queueUrl],
  ['a queue by its dotted attribute', { 'Fn::GetAtt': 'Queue.QueueName' }, 'debit.fifo'],
  ['a FIFO queue without a name', { 'Fn::GetAtt': ['Unnamed', 'QueueName'] }, 'Test-Unnamed.fifo'],
  ['a function', { Ref: 'Debit' }, 'debit'],
  [
    'the ARN of a function',
    { 'Fn::GetAtt': ['Debit', 'Arn'] },
    'arn:aws:lambda:us-east-1:000000000000:function:debit',
  ],
  ['a resource that nothing runs', { Ref: 'Key' }, 'Key'],
  ['its ARN', { 'Fn::GetAtt': ['Key', 'Arn'] }, 'arn:aws:kms:us-east-1:000000000000:Key'],
  ['a secret', { Ref: 'Secret' }, 'arn:aws:secretsmanager:us-east-1:000000000000:secret:id'],
  ['join', { 'Fn::Join': ['-', ['a', { Ref: 'Given' }, { Ref: 'Table' }]] }, 'a-given-money'],
  ['select of split', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
  [
    'substitution',
    { 'Fn::Sub': ['Table', 'Queue.QueueName', '!literal'].map(placeholder).join('/') },
    `money/debit.fifo/${placeholder('literal')}`,
  ],
  [
    'substitution with values',
    { 'Fn::Sub': [`${placeholder('A')}-${placeholder('Given')}`, { A: { Ref: 'Table' } }] },
    'money-given',
  ],
  ['a map', { 'Fn::FindInMap': ['Sizes', 'small', 'memory'] }, '128'],
  ['base64', { 'Fn::Base64': 'a' }, 'YQ=='],
  ['if', { 'Fn::If': ['Yes', 'this', 'that'] }, 'this'],
  ['if or', { 'Fn::If': ['Either', 'this', 'that'] }, 'this'],
  ['if and', { 'Fn::If': ['Both', 'this', 'that'] }, 'that'],
  ['a property that is left out', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
  ['an element that is left out', ['a', { 'Fn::If': ['No', 'b', { Ref: 'AWS::NoValue' }] }], ['a']],
])('resolves %s', (_, value, expected) => {
  expect(resolver.resolve(value)).toEqual(expected);
});

test.each<[string, unknown, RegExp]>([
  ['a value in Parameter Store', { Ref: 'Stored' }, /Stored.*\/drawbridge\/name.*Give its value/],
  ['an unknown resource', { Ref: 'Nobody' }, /no resource Nobody/],
  [
    'an attribute nobody knows here',
    { 'Fn::GetAtt': ['Table', 'Tags'] },
    /Table\.Tags.*no meaning/,
  ],
  ['another stack', { 'Fn::ImportValue': 'x' }, /Fn::ImportValue is not supported/],
  ['a dynamic reference', '{{resolve:ssm:name}}', /no value on one machine/],
])('refuses %s', (_, value, message) => {
  expect(() => resolver.resolve(value)).toThrow(message);
});

test('a resource whose condition does not hold is not there', () => {
  const ids = resolver.resources('AWS::SQS::Queue').map(([id]) => id);
  expect(ids).toEqual(['Queue', 'Unnamed']);
});

test('an assembly gives the folder of each asset', () => {
  const assembly = writeAssembly(directory, template, { debit: 'export const handler = 1' });
  expect(assembly.stackName).toBe('Test');
  expect(assembly.assetFolder('debit.zip')).toBe(`${directory}/asset.debit`);
  expect(() => assembly.assetFolder('other.zip')).toThrow(/no asset other\.zip/);
});

test('a folder that is no assembly is refused', () => {
  expect(() => readAssembly(`${directory}/asset.debit`)).toThrow(/no cloud assembly/);
});
