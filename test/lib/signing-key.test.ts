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
