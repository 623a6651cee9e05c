/** The keys that a deployed 4-broadcast signs with: the treasury's in KMS, and gas keys there or in secrets. */
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeEach, expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1';
import { mockClient } from 'aws-sdk-client-mock';
import { bytesToHex, hexToBytes, recoverTransactionAddress } from 'viem';
import { gasPayers, treasury } from '../../local/chains/dev-accounts.ts';

const [kms, vault] = [mockClient(KMSClient), mockClient(SecretsManagerClient)];
const arnOf = (lane: number) =>
  `arn:aws:secretsmanager:eu-west-1:123456789012:secret:drawbridge-gas-${lane}-AbCdEf`;
Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  TREASURY_KEY_ID: 'treasury',
  GAS_KEY_SECRET_ARNS: `${arnOf(1)},${arnOf(2)}`,
});
const { bootSigner } = await import('../../lambdas/boot/signer.ts');

const holds = (lane: number, SecretString: string) =>
  vault.on(GetSecretValueCommand, { SecretId: arnOf(lane) }).resolves({ SecretString });
beforeEach(() => {
  kms.reset();
  vault.reset();
  const PublicKey = secp256k1.getPublicKey(hexToBytes(treasury.privateKey), false);
  kms.on(GetPublicKeyCommand).resolves({ PublicKey });
  const [first, second] = gasPayers.map(({ privateKey }) => privateKey);
  // One as the stack makes it, and one as a person may have put it in.
  holds(1, `${first}`.slice(2));
  holds(2, `${second}\n`);
});

// Keys are kept as soon as all are read, and a failure is not: so what cannot be read comes first.
test.each<[string, string]>([
  ['nothing', ''],
  ['half a key', 'ab'.repeat(16)],
  ['the zero, which is no key', '0'.repeat(64)],
  ['more than the order of the curve', 'f'.repeat(64)],
  ['several keys', `${bytesToHex(new Uint8Array(32).fill(1))},${'1'.repeat(64)}`],
])(
  'a secret that holds %s is an error, which says which one and nothing of it',
  async (_, text) => {
    holds(2, text);
    const error = await bootSigner().then(
      () => null,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toContain(arnOf(2));
    if (text !== '') expect(`${error?.message} ${error?.stack}`).not.toContain(text.slice(0, 12));
  },
);

test('a vault that does not answer is no lane less', async () => {
  const refused = Object.assign(new Error('No.'), { name: 'AccessDeniedException' });
  vault.on(GetSecretValueCommand, { SecretId: arnOf(2) }).rejects(refused);
  await expect(bootSigner()).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('gas keys are read once, and sign for their lanes without KMS', async () => {
  const signer = await bootSigner();
  const lanes = gasPayers.slice(0, 2).map(({ address }) => address);
  expect(await signer.lanes()).toEqual(lanes);
  const chain = { chainId: 1 } as never;
  for (const from of lanes) {
    const fees = { maxFeePerGas: 2n, maxPriorityFeePerGas: 1n };
    const { raw } = await signer.fill(chain, { from, nonce: 0, fees } as never);
    expect(await recoverTransactionAddress({ serializedTransaction: raw as never })).toBe(from);
  }
  expect(vault.commandCalls(GetSecretValueCommand)).toHaveLength(2);
  expect(kms.commandCalls(GetPublicKeyCommand)).toHaveLength(1);
  expect(kms.commandCalls(SignCommand)).toEqual([]);
});
