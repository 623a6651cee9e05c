/**
 * Makes the keys that move money. The treasury's never leaves KMS, and only 4-broadcast can have it sign. Gas keys live in KMS, too,
 * or are secrets that only 4-broadcast may read (docs/decisions/0040-gas-keys-as-secrets.md).
 */
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
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { explain } from './explain.ts';
import type { DrawbridgeFunction, Shared } from './function.ts';
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
/** Solana's signatures are Ed25519 over the message itself. */
const onlyMessages = {
  'kms:SigningAlgorithm': 'ED25519_SHA_512',
  'kms:MessageType': 'RAW',
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
    const { keyArns, gasKeys, gasSigner } = shared.settings;
    // A key that is there already keeps its alias and its policy, which has to name the new role (docs/runbook.md).
    const treasury: IKey =
      keyArns.treasury === undefined
        ? this.makeKey('treasury', shared.nameOf('treasury'), roles)
        : Key.fromKeyArn(this, 'treasury', keyArns.treasury);
    const lanes = Array.from({ length: gasKeys }, (_, lane) => `gas-${lane + 1}`);
    const gas: IKey[] =
      gasSigner === 'secret'
        ? []
        : (keyArns.gas?.map((arn, lane) => Key.fromKeyArn(this, `gas-${lane + 1}`, arn)) ??
          lanes.map((lane) => this.makeKey(lane, shared.nameOf(lane), roles)));
    const gasSecrets =
      gasSigner === 'kms'
        ? []
        : (keyArns.gas ?? lanes.map((lane) => this.makeSecret(lane, shared.nameOf(lane))));
    const former = keyArns.former.map((arn, index) =>
      Key.fromKeyArn(this, `former-treasury-${index + 1}`, arn),
    );
    const bitcoin =
      keyArns.bitcoin === undefined
        ? null
        : Key.fromKeyArn(this, 'bitcoin-treasury', keyArns.bitcoin);
    const arns = [treasury, ...gas, ...former, ...(bitcoin === null ? [] : [bitcoin])].map(
      ({ keyArn }) => keyArn,
    );
    const { solana } = keyArns;
    for (const one of shared.functions.values()) {
      if (!one.spec.lanes || gas.length === 0) continue;
      one.addEnvironment('GAS_LANES', gas.map(({ keyId }) => keyId).join(','));
      one.allow(
        'kms',
        ['GetPublicKey'],
        gas.map(({ keyArn }) => keyArn),
      );
    }
    for (const signer of signers) {
      signer.addEnvironment('TREASURY_KEY_ID', treasury.keyId);
      if (gasSigner === 'kms')
        signer.addEnvironment('GAS_KEY_IDS', gas.map(({ keyId }) => keyId).join(','));
      else {
        signer.addEnvironment('GAS_KEY_SECRET_ARNS', gasSecrets.join(','));
        signer.allow('secretsmanager', ['GetSecretValue'], [...gasSecrets]);
      }
      if (bitcoin !== null) signer.addEnvironment('BITCOIN_TREASURY_KEY_ID', bitcoin.keyId);
      if (former.length > 0)
        signer.addEnvironment('FORMER_KEY_IDS', former.map(({ keyId }) => keyId).join(','));
      if (solana !== undefined) allowSolana(signer, solana);
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

  /**
   * A key that nobody has seen: 64 hex digits, made by Secrets Manager. How it is made must never change, for CloudFormation
   * would make another one: so each lane has a secret of its own.
   */
  private makeSecret(lane: string, secretName: string): string {
    const secret = new Secret(this, `${lane}-secret`, {
      secretName,
      description: `The key of Drawbridge's ${lane}. Never change it: its address holds gas money.`,
      generateSecretString: {
        passwordLength: 64,
        excludePunctuation: true,
        excludeUppercase: true,
        excludeCharacters: 'ghijklmnopqrstuvwxyz',
        requireEachIncludedType: false,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    explain(secret, {
      'AwsSolutions-SMG4':
        'Another value is another lane: the gas money on the address of this one would be out of reach.',
    });
    return secret.secretArn;
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

/** Only what Solana signs, and only with this key. Its own policy has to name the role, too (docs/runbook.md#pay-on-solana). */
function allowSolana(signer: DrawbridgeFunction, arn: string): void {
  signer.addEnvironment('SOLANA_TREASURY_KEY_ID', arn);
  signer.allow('kms', ['GetPublicKey'], [arn]);
  signer.addToRolePolicy(
    new PolicyStatement({
      actions: ['kms:Sign'],
      resources: [arn],
      conditions: { StringEquals: onlyMessages },
    }),
  );
}
