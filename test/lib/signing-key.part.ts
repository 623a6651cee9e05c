import { expect, test } from '@jest/globals';
import { ofType, resources, statementsOf } from './template.ts';

const keys = ofType(resources(), 'AWS::KMS::Key');
const signer = 'broadcast/broadcast-role.Arn';

test('one treasury key and as many gas keys as are asked for, kept when the stack goes', () => {
  expect(keys.map(({ path }) => path)).toEqual([
    'signing-key/treasury',
    'signing-key/gas-1',
    'signing-key/gas-2',
  ]);
  expect(ofType(resources({ gasKeys: 4 }), 'AWS::KMS::Key')).toHaveLength(5);
  for (const { properties, attributes } of keys) {
    expect(properties).toMatchObject({
      KeySpec: 'ECC_SECG_P256K1',
      KeyUsage: 'SIGN_VERIFY',
      PendingWindowInDays: 30,
    });
    expect(attributes).toMatchObject({ DeletionPolicy: 'Retain' });
  }
});

test('the account administers a key and cannot sign with it or give the right away', () => {
  for (const { properties } of keys) {
    const statements = statementsOf(properties['KeyPolicy']);
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    const maySign = allowed.filter(({ Action }) =>
      Action.some((action) => action === 'kms:Sign' || action.includes('*')),
    );
    expect(maySign.map(({ Principal }) => Principal)).toEqual([{ AWS: signer }]);
    expect(allowed.flatMap(({ Action }) => Action)).not.toContain('kms:CreateGrant');
    // KMS refuses a policy that nobody could change any more.
    expect(allowed.flatMap(({ Action }) => Action)).toContain('kms:PutKeyPolicy');
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: ['kms:Sign'],
        Condition: { ArnNotEquals: { 'aws:PrincipalArn': [signer] } },
      }),
    );
  }
});

test('a stack that is built again is given the keys and the secret of the one before, and makes none', () => {
  const arn = (id: string) => `arn:aws:kms:eu-west-1:123456789012:key/${id}`;
  const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:drawbridge-id-secret-a1B2c3';
  const all = resources({
    EVM_TREASURY_KEY_ARN: arn('treasury'),
    EVM_GAS_KEY_ARNS: `${arn('gas-a')},${arn('gas-b')},${arn('gas-c')}`,
    ID_SECRET_SECRET_ARN: secret,
  });
  expect(ofType(all, 'AWS::KMS::Key')).toEqual([]);
  expect(ofType(all, 'AWS::KMS::Alias')).toEqual([]);
  expect(ofType(all, 'AWS::SecretsManager::Secret').map(({ path }) => path)).toEqual([
    'secrets/due-api-key',
    'secrets/alpaca-secret-key',
  ]);
  const environment = (name: string) =>
    JSON.stringify(
      ofType(all, 'AWS::Lambda::Function').find(({ path }) => path.endsWith(`/${name}`))
        ?.properties['Environment'],
    );
  expect(environment('broadcast')).toContain('"TREASURY_KEY_ID":"treasury"');
  expect(environment('broadcast')).toContain('"GAS_KEY_IDS":"gas-a,gas-b,gas-c"');
  expect(environment('create-withdrawal')).toContain(`"ID_SECRET_SECRET_ARN":"${secret}"`);
  const policies = JSON.stringify(ofType(all, 'AWS::IAM::Policy'));
  for (const id of ['treasury', 'gas-a', 'gas-b', 'gas-c']) expect(policies).toContain(arn(id));
  expect(policies).toContain(secret);
});

test.each([
  ['EVM_TREASURY_KEY_ARN', 'alias/drawbridge-treasury'],
  [
    'EVM_GAS_KEY_ARNS',
    'arn:aws:kms:eu-west-1:123456789012:key/a,arn:aws:kms:eu-west-1:123456789012:key/a',
  ],
  ['ID_SECRET_SECRET_ARN', 'drawbridge-id-secret'],
])('%s is not taken as %s', (name, value) => {
  expect(() => resources({ [name]: value })).toThrow(name);
});

test('only broadcast is told of the keys of former treasuries, and may sign with them', () => {
  const arn = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-4111-8111-111111111111';
  const all = resources({ EVM_FORMER_TREASURY_KEYS: arn });
  const naming = (type: string, text: string): string[] =>
    ofType(all, type)
      .filter(({ properties }) => JSON.stringify(properties).includes(text))
      .map(({ path }) => path.split('/')[0] ?? '');
  expect(naming('AWS::Lambda::Function', 'FORMER_KEY_IDS')).toEqual(['broadcast']);
  expect(naming('AWS::IAM::Policy', arn)).toEqual(['broadcast']);
  expect(naming('AWS::Lambda::Function', arn.split('/')[1] ?? '')).toEqual(['broadcast']);
});
