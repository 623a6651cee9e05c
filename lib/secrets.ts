/** Makes the secrets that functions read from Secrets Manager. No value is ever in an environment or the template. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { explain } from './explain.ts';
import type { SecretName } from './function-spec.ts';

const idSecretLength = 64;

/** The ARNs of secrets that exist already. */
export type GivenSecretArns = Partial<Record<SecretName, string>>;

export class Secrets extends Construct {
  readonly arnOf: Record<SecretName, string>;

  /** Where `given` has no ARN of what a provider issues, an empty secret is made, and a person puts the value in. */
  constructor(
    scope: Construct,
    id: string,
    nameOf: (word: string) => string,
    given: GivenSecretArns,
  ) {
    super(scope, id);
    this.arnOf = {
      ID_SECRET: given.ID_SECRET ?? this.idSecret(nameOf),
      DUE_API_KEY: given.DUE_API_KEY ?? this.emptySecret(nameOf, 'due-api-key', 'on-ramp (Due)'),
      ALPACA_SECRET_KEY:
        given.ALPACA_SECRET_KEY ??
        this.emptySecret(nameOf, 'alpaca-secret-key', 'brokerage (Alpaca)'),
    };
  }

  /** Made once: a stack that is built again must be given the secret of the one before it (docs/runbook.md). */
  private idSecret(nameOf: (word: string) => string): string {
    const secret = new Secret(this, 'id-secret', {
      secretName: nameOf('id-secret'),
      description:
        'Keys the ids that idempotency keys mean. Never change it: replays would pay again.',
      generateSecretString: { passwordLength: idSecretLength, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    explain(secret, {
      'AwsSolutions-SMG4':
        'Must never rotate: the ids of withdrawals are derived from it, and another secret would turn every replay into a new payment.',
    });
    return secret.secretArn;
  }

  /** The secret has no value, so that a forgotten key fails as such and no wrong key is sent to the provider. */
  private emptySecret(nameOf: (word: string) => string, word: string, issuer: string): string {
    const secret = new CfnSecret(this, word, {
      name: nameOf(word),
      description: `API key of the ${issuer}. Put the value in by hand.`,
    });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    explain(secret, {
      'AwsSolutions-SMG4': `Issued by the ${issuer}, which offers no way to rotate it by program; a person replaces it (docs/runbook.md).`,
    });
    return secret.ref;
  }
}
