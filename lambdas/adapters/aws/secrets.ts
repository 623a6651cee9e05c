/** Reads secrets: from the environment on one machine, from AWS Secrets Manager when deployed. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { callTimeoutMs } from '../../core/kernel/limits.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of `name`, or of the secret whose ARN is in `name_SECRET_ARN`. Throws when neither is set or it is empty, and without an answer. */
export async function secret(environment: Environment, name: string): Promise<string> {
  const direct = environment[name];
  if (direct !== undefined && direct !== '') return direct;
  const arn = environment[`${name}_SECRET_ARN`];
  if (arn === undefined || arn === '')
    throw new Error(`Set ${name}, or ${name}_SECRET_ARN to the ARN of a Secrets Manager secret.`);
  return secretAt(arn, name);
}

/** The value of the secret with this ARN; `name` says in errors what it is. */
export async function secretAt(arn: string, name: string): Promise<string> {
  const { SecretString } = await new SecretsManagerClient({}).send(
    new GetSecretValueCommand({ SecretId: arn }),
    { abortSignal: AbortSignal.timeout(callTimeoutMs) },
  );
  if (SecretString === undefined || SecretString === '')
    throw new Error(`The secret of ${name} is empty: put its value into ${arn}.`);
  return SecretString;
}
