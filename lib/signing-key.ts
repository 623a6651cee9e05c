/**
 * Makes the keys that move money. A treasury's never leaves KMS, and only 4-broadcast can have it sign. Gas keys live in KMS, too,
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
import type { RailKey } from './settings.ts';

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

type Algorithm = Readonly<Record<string, string>>;
type SigningKey = {
  /** Its name in the stack and, for a key that the stack makes, in its alias. */
  id: string;
  spec: KeySpec;
  /** What it signs, and nothing else. */
  only: Algorithm;
};
const secp256k1 = (id: string): SigningKey => ({
  ...{ id, spec: KeySpec.ECC_SECG_P256K1, only: onlyDigests },
});
const ed25519 = (id: string): SigningKey => ({
  ...{ id, spec: KeySpec.ECC_NIST_EDWARDS25519, only: onlyMessages },
});

/** The treasuries' keys, those of former treasuries and the gas keys, and the right of the functions marked `signs` to use them. */
export class SigningKeys extends Construct {
  /** Of the treasuries' keys, by the names of outputs. Their addresses are read of them (docs/runbook.md#treasury-address). */
  readonly treasuries: Readonly<Record<string, string>>;

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
    const key = (of: SigningKey, arn: string | undefined): IKey =>
      arn === undefined
        ? this.makeKey(of, shared.nameOf(of.id), roles)
        : Key.fromKeyArn(this, of.id, arn);
    const former = (of: (id: string) => SigningKey, name: string, arns: readonly string[]) =>
      arns.map((arn, index) => key(of(`${name}-${index + 1}`), arn));
    const railKey = (of: SigningKey, given: RailKey): IKey | null =>
      given.is === 'none' ? null : key(of, given.arn);

    const treasury = key(secp256k1('treasury'), keyArns.treasury);
    const lanes = Array.from({ length: gasKeys }, (_, lane) => `gas-${lane + 1}`);
    const gas: IKey[] =
      gasSigner === 'secret'
        ? []
        : (keyArns.gas?.map((arn, lane) => key(secp256k1(`gas-${lane + 1}`), arn)) ??
          lanes.map((lane) => key(secp256k1(lane), undefined)));
    const gasSecrets =
      gasSigner === 'kms'
        ? []
        : (keyArns.gas ?? lanes.map((lane) => this.makeSecret(lane, shared.nameOf(lane))));
    const formerEvm = former(secp256k1, 'former-treasury', keyArns.former.evm);
    const formerBitcoin = former(secp256k1, 'former-bitcoin', keyArns.former.bitcoin);
    const formerSolana = former(ed25519, 'former-solana', keyArns.former.solana);
    const bitcoin = railKey(secp256k1('bitcoin-treasury'), keyArns.bitcoin);
    const solana = railKey(ed25519('solana-treasury'), keyArns.solana);
    for (const one of shared.functions.values()) {
      if (!one.spec.lanes || gas.length === 0) continue;
      one.addEnvironment('GAS_LANES', idsOf(gas));
      one.allow('kms', ['GetPublicKey'], arnsOf(gas));
    }
    for (const signer of signers) {
      signer.addEnvironment('TREASURY_KEY_ID', treasury.keyId);
      if (gasSigner === 'kms') signer.addEnvironment('GAS_KEY_IDS', idsOf(gas));
      else {
        signer.addEnvironment('GAS_KEY_SECRET_ARNS', gasSecrets.join(','));
        signer.allow('secretsmanager', ['GetSecretValue'], [...gasSecrets]);
      }
      const told = (name: string, keys: readonly IKey[]): void => {
        if (keys.length > 0) signer.addEnvironment(name, idsOf(keys));
      };
      told('FORMER_KEY_IDS', formerEvm);
      told('BITCOIN_TREASURY_KEY_ID', present(bitcoin));
      told('BITCOIN_FORMER_KEY_IDS', formerBitcoin);
      told('SOLANA_TREASURY_KEY_ID', present(solana));
      told('SOLANA_FORMER_KEY_IDS', formerSolana);
      const ofDigests = [treasury, ...gas, ...formerEvm, ...present(bitcoin), ...formerBitcoin];
      allowSigning(signer, ofDigests, onlyDigests);
      allowSigning(signer, [...present(solana), ...formerSolana], onlyMessages);
    }
    this.treasuries = {
      TreasuryKeyArn: treasury.keyArn,
      ...(bitcoin === null ? {} : { BitcoinTreasuryKeyArn: bitcoin.keyArn }),
      ...(solana === null ? {} : { SolanaTreasuryKeyArn: solana.keyArn }),
    };
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

  private makeKey({ id, spec, only }: SigningKey, alias: string, signers: readonly IRole[]): Key {
    return new Key(this, id, {
      alias,
      description: `Drawbridge: ${id}`,
      keySpec: spec,
      keyUsage: KeyUsage.SIGN_VERIFY,
      policy: keyPolicy(signers, only),
      pendingWindow: Duration.days(deletionWindowDays),
      // Without the key its funds are lost.
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

/** The whole policy: CDK's default would let everybody sign to whom an IAM policy of the account allows it. */
function keyPolicy(signers: readonly IRole[], only: Algorithm): PolicyDocument {
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
        conditions: { StringEquals: only },
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

const idsOf = (keys: readonly IKey[]): string => keys.map(({ keyId }) => keyId).join(',');
const arnsOf = (keys: readonly IKey[]): string[] => keys.map(({ keyArn }) => keyArn);
const present = (key: IKey | null): IKey[] => (key === null ? [] : [key]);

/** Only what these keys sign, and only with them. The policy of a key that the stack has not made has to name the role, too. */
function allowSigning(signer: DrawbridgeFunction, keys: readonly IKey[], only: Algorithm): void {
  if (keys.length === 0) return;
  signer.allow('kms', ['GetPublicKey'], arnsOf(keys));
  signer.addToRolePolicy(
    new PolicyStatement({
      actions: ['kms:Sign'],
      resources: arnsOf(keys),
      conditions: { StringEquals: only },
    }),
  );
}
