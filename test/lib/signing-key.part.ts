import { expect, test } from '@jest/globals';
import { ofType, outputs, resources, statementsOf, variablesOf } from './template.ts';

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
  ['EVM_GAS_KEY_ARNS', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:gas-a1B2c3'],
  ['EVM_GAS_SIGNER', 'local'],
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

test('gas keys may be secrets, which broadcast alone may read, beside a treasury that stays in KMS', () => {
  const all = resources({ EVM_GAS_SIGNER: 'secret', gasKeys: 3 });
  expect(ofType(all, 'AWS::KMS::Key').map(({ path }) => path)).toEqual(['signing-key/treasury']);
  const secrets = ofType(all, 'AWS::SecretsManager::Secret').filter(({ path }) =>
    path.startsWith('signing-key/'),
  );
  const paths = [1, 2, 3].map((lane) => `signing-key/gas-${lane}-secret`);
  expect(secrets.map(({ path }) => path)).toEqual(paths);
  for (const [lane, { properties, attributes }] of secrets.entries()) {
    expect(properties).toMatchObject({
      Name: `drawbridge-gas-${lane + 1}`,
      // Another way to make it would be another key, without the money of this one.
      GenerateSecretString: {
        PasswordLength: 64,
        ExcludePunctuation: true,
        ExcludeUppercase: true,
        ExcludeCharacters: 'ghijklmnopqrstuvwxyz',
        RequireEachIncludedType: false,
      },
    });
    expect(attributes).toMatchObject({ DeletionPolicy: 'Retain' });
  }
  const variables = variablesOf(all, 'broadcast/broadcast');
  expect(variables['GAS_KEY_SECRET_ARNS']).toBe(paths.join(','));
  expect(variables).not.toHaveProperty('GAS_KEY_IDS');
  const reading = ofType(all, 'AWS::IAM::Policy').flatMap(({ path, properties }) =>
    statementsOf(properties['PolicyDocument'])
      .filter(({ Resource }) => Resource.some((arn) => paths.includes(arn)))
      .map(({ Action, Resource }) => [
        ...[path.split('/')[0], Action],
        Resource.filter((arn) => paths.includes(arn)),
      ]),
  );
  expect(reading).toEqual([['broadcast', ['secretsmanager:GetSecretValue'], paths]]);
});

test('gas keys of a former stack are named by what they are', () => {
  const arn = (id: string) =>
    `arn:aws:secretsmanager:eu-west-1:123456789012:secret:gas-${id}-a1B2c3`;
  const given = { EVM_GAS_KEY_ARNS: `${arn('1')},${arn('2')}`, EVM_GAS_SIGNER: 'secret' };
  const all = resources(given);
  expect(variablesOf(all, 'broadcast/broadcast')['GAS_KEY_SECRET_ARNS']).toBe(
    given.EVM_GAS_KEY_ARNS,
  );
  expect(
    ofType(all, 'AWS::SecretsManager::Secret').filter(({ path }) => path.includes('gas')),
  ).toEqual([]);
  const inKms = 'arn:aws:kms:eu-west-1:123456789012:key/gas-a';
  expect(() => resources({ ...given, EVM_GAS_KEY_ARNS: inKms })).toThrow(
    'EVM_GAS_KEY_ARNS must be of the kind that EVM_GAS_SIGNER says: "secret"',
  );
});

const rails = [
  {
    rail: 'BITCOIN',
    address: 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    made: {
      path: 'signing-key/bitcoin-treasury',
      spec: 'ECC_SECG_P256K1',
      output: 'BitcoinTreasuryKeyArn',
    },
    signs: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' },
  },
  {
    rail: 'SOLANA',
    address: '6yF3cdwMbk6Tq8LVox9EBNhze3DMM9ShX3PLBWMiQenV',
    made: {
      path: 'signing-key/solana-treasury',
      spec: 'ECC_NIST_EDWARDS25519',
      output: 'SolanaTreasuryKeyArn',
    },
    signs: { 'kms:SigningAlgorithm': 'ED25519_SHA_512', 'kms:MessageType': 'RAW' },
  },
] as const;
const keyArn = (id: string) => `arn:aws:kms:eu-west-1:123456789012:key/${id}`;
const nodeOf = (rail: string) => ({
  [`${rail}_RPC_URL_SECRET_ARN`]: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:node-${rail}-a1B2c3`,
});
/** The functions whose environment has this variable. */
const having = (all: ReturnType<typeof resources>, name: string): string[] =>
  ofType(all, 'AWS::Lambda::Function')
    .filter(({ path }) => name in variablesOf(all, path))
    .map(({ path }) => path.split('/')[0] ?? '');
/** Who may sign with this key by its own permissions, and what. */
const signing = (all: ReturnType<typeof resources>, key: string) =>
  ofType(all, 'AWS::IAM::Policy').flatMap(({ path, properties }) =>
    statementsOf(properties['PolicyDocument'])
      .filter(
        ({ Action, Resource }) =>
          Action.includes('kms:Sign') && JSON.stringify(Resource).includes(key),
      )
      .map(({ Condition }) => [path.split('/')[0], Condition]),
  );

test.each(rails)(
  '$rail is off unless it is configured; with a node only, it has a key and pays nothing yet',
  ({ rail, made: { path, spec, output }, signs }) => {
    expect(JSON.stringify(resources())).not.toContain(`${rail}_`);
    expect(ofType(resources(), 'AWS::KMS::Key').map((one) => one.path)).not.toContain(path);
    const all = resources(nodeOf(rail));
    const key = ofType(all, 'AWS::KMS::Key').find((one) => one.path === path);
    expect(key?.properties).toMatchObject({ KeySpec: spec, KeyUsage: 'SIGN_VERIFY' });
    expect(key?.attributes).toMatchObject({ DeletionPolicy: 'Retain' });
    const statements = statementsOf(key?.properties['KeyPolicy'] ?? {});
    const maySign = statements.filter(
      ({ Effect, Action }) => Effect === 'Allow' && Action.includes('kms:Sign'),
    );
    expect(maySign).toMatchObject([
      { Principal: { AWS: signer }, Condition: { StringEquals: signs } },
    ]);
    expect(signing(all, path)).toEqual([['broadcast', { StringEquals: signs }]]);
    expect(having(all, `${rail}_RPC_URL_SECRET_ARN`)).toEqual([]);
    expect(having(all, 'SOLANA_USDC_MINT')).toEqual([]);
    expect(outputs(nodeOf(rail))).toHaveProperty(output);
    expect(outputs()).not.toHaveProperty(output);
    expect(outputs()).toHaveProperty('TreasuryKeyArn');
  },
);

test.each(rails)(
  '$rail pays when the address of its key is known; whose key that is, only broadcast signs with it',
  ({ rail, address, made: { path }, signs }) => {
    const context = { ...nodeOf(rail), [`${rail}_TREASURY_ADDRESS`]: address };
    const own = resources(context);
    expect(having(own, `${rail}_TREASURY_KEY_ID`)).toEqual(['broadcast']);
    expect(having(own, `${rail}_RPC_URL_SECRET_ARN`)).toEqual(
      expect.arrayContaining(['broadcast', 'confirm', 'reconcile', 'gauge']),
    );
    expect(having(own, `${rail}_RPC_URL_SECRET_ARN`)).not.toContain('debit');
    const given = resources({ ...context, [`${rail}_TREASURY_KEY_ARN`]: keyArn('mine') });
    expect(ofType(given, 'AWS::KMS::Key').map((one) => one.path)).not.toContain(path);
    expect(signing(given, keyArn('mine'))).toEqual([['broadcast', { StringEquals: signs }]]);
    const nowhere = { [`${rail}_TREASURY_ADDRESS`]: address };
    expect(() => resources(nowhere)).toThrow(`${rail}_RPC_URL_SECRET_ARN`);
    const unknown = { ...nodeOf(rail), [`${rail}_TREASURY_KEY_ARN`]: keyArn('mine') };
    expect(() => resources(unknown)).toThrow(`${rail}_TREASURY_ADDRESS`);
  },
);

test.each(rails)(
  'broadcast alone is told of former keys of $rail, and may sign with them',
  ({ rail, address, signs }) => {
    const all = resources({
      ...{ ...nodeOf(rail), [`${rail}_TREASURY_ADDRESS`]: address },
      [`${rail}_FORMER_TREASURY_KEYS`]: `${keyArn('old')},${keyArn('older')}`,
    });
    expect(having(all, `${rail}_FORMER_KEY_IDS`)).toEqual(['broadcast']);
    expect(variablesOf(all, 'broadcast/broadcast')[`${rail}_FORMER_KEY_IDS`]).toBe('old,older');
    expect(signing(all, keyArn('old'))).toEqual([['broadcast', { StringEquals: signs }]]);
  },
);
