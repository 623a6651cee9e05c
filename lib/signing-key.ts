/** Makes the keys that move money. They never leave KMS, and only 4-broadcast can have them sign. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  type IRole,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Shared } from './function.ts';
import { functionNames, functions } from './functions.ts';

/** What the account may do with a key: everything but signing and giving others the right to sign. */
const administration = [
  'kms:CancelKeyDeletion',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:GetPublicKey',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateKeyDescription',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:UpdateAlias',
];
/** Ethereum signs keccak256 digests, which KMS must not hash again. A key may sign nothing else. */
const onlyDigests = {
  'kms:SigningAlgorithm': 'ECDSA_SHA_256',
  'kms:MessageType': 'DIGEST',
};
const deletionWindowDays = 30;

/** The treasury's key, those of former treasuries and the gas keys, and the right of the functions marked `signs` to use them. */
export class SigningKeys extends Construct {
  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    const signers = functionNames.flatMap((name) => {
      const { signs } = { signs: false, ...functions[name] };
      const made = shared.functions.get(name);
      return signs && made !== undefined ? [made] : [];
    });
    const roles = signers.flatMap(({ role }) => role ?? []);
    const { keyArns, gasKeys } = shared.settings;
    // A key that is there already keeps its alias and its policy, which has to name the new role (docs/runbook.md).
    const treasury: IKey =
      keyArns.treasury === undefined
        ? this.makeKey('treasury', shared.nameOf('treasury'), roles)
        : Key.fromKeyArn(this, 'treasury', keyArns.treasury);
    const gas: IKey[] =
      keyArns.gas?.map((arn, lane) => Key.fromKeyArn(this, `gas-${lane + 1}`, arn)) ??
      Array.from({ length: gasKeys }, (_, lane) =>
        this.makeKey(`gas-${lane + 1}`, shared.nameOf(`gas-${lane + 1}`), roles),
      );
    const former = keyArns.former.map((arn, index) =>
      Key.fromKeyArn(this, `former-treasury-${index + 1}`, arn),
    );
    const arns = [treasury, ...gas, ...former].map(({ keyArn }) => keyArn);
    for (const one of shared.functions.values()) {
      if (!one.spec.lanes) continue;
      one.addEnvironment('GAS_LANES', gas.map(({ keyId }) => keyId).join(','));
      one.allow(
        'kms',
        ['GetPublicKey'],
        gas.map(({ keyArn }) => keyArn),
      );
    }
    for (const signer of signers) {
      signer.addEnvironment('TREASURY_KEY_ID', treasury.keyId);
      signer.addEnvironment('GAS_KEY_IDS', gas.map(({ keyId }) => keyId).join(','));
      if (former.length > 0)
        signer.addEnvironment('FORMER_KEY_IDS', former.map(({ keyId }) => keyId).join(','));
      signer.allow('kms', ['GetPublicKey'], arns);
      signer.addToRolePolicy(
        new PolicyStatement({
          actions: ['kms:Sign'],
          resources: arns,
          conditions: { StringEquals: onlyDigests },
        }),
      );
    }
  }

  private makeKey(id: string, alias: string, signers: readonly IRole[]): Key {
    return new Key(this, id, {
      alias,
      description: `Drawbridge: ${id}`,
      keySpec: KeySpec.ECC_SECG_P256K1,
      keyUsage: KeyUsage.SIGN_VERIFY,
      policy: keyPolicy(signers),
      pendingWindow: Duration.days(deletionWindowDays),
      // Without the key its funds are lost.
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

/** The whole policy: CDK's default would let everybody sign to whom an IAM policy of the account allows it. */
function keyPolicy(signers: readonly IRole[]): PolicyDocument {
  const arns = signers.map(({ roleArn }) => roleArn);
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'TheAccountAdministers',
        principals: [new AccountRootPrincipal()],
        actions: administration,
        resources: ['*'],
      }),
      new PolicyStatement({
        sid: 'SignersSign',
        principals: [...signers],
        actions: ['kms:Sign'],
        resources: ['*'],
        conditions: { StringEquals: onlyDigests },
      }),
      new PolicyStatement({
        sid: 'SignersReadThePublicKey',
        principals: [...signers],
        actions: ['kms:GetPublicKey'],
        resources: ['*'],
      }),
      new PolicyStatement({
        sid: 'NobodyElseSigns',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:Sign'],
        resources: ['*'],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': arns } },
      }),
      new PolicyStatement({
        sid: 'NobodyPassesTheRightOn',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:CreateGrant'],
        resources: ['*'],
      }),
    ],
  });
}
