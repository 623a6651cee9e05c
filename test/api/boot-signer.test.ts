/** The keys that a deployed 4-broadcast signs with: the treasury's in KMS, and gas keys there or in secrets. */
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1';
import { bytesToHex, hexToBytes, recoverTransactionAddress } from 'viem';
import { gasPayers, treasury } from '../../local/chains/dev-accounts.ts';
import { json, startProvider } from '../support/provider.ts';
import { shared } from '../support/shared.ts';

const aws = shared(startProvider);
const arnOf = (lane: number) =>
  `arn:aws:secretsmanager:eu-west-1:123456789012:secret:drawbridge-gas-${lane}-AbCdEf`;
const environment = process.env;
afterAll(() => {
  process.env = environment;
});
let held: Record<string, string>;
beforeEach(() => {
  process.env = {
    ...environment,
    AWS_ENDPOINT_URL: aws.baseUrl,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
    TREASURY_KEY_ID: 'treasury',
    GAS_KEY_SECRET_ARNS: `${arnOf(1)},${arnOf(2)}`,
  };
  const [first, second] = gasPayers.map(({ privateKey }) => privateKey);
  // One as the stack makes it, and one as a person may have put it in.
  held = { [arnOf(1)]: `${first}`.slice(2), [arnOf(2)]: `${second}\n` };
  aws.asked.splice(0);
  aws.answer(({ headers, body }) => answer(String(headers['x-amz-target']), JSON.parse(body)));
});

/** KMS with the treasury's key, and Secrets Manager with what is `held`. */
function answer(target: string, { SecretId, Message }: { SecretId: string; Message: string }) {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const key = hexToBytes(treasury.privateKey);
  if (target.endsWith('GetSecretValue')) return json(200, { SecretString: held[SecretId] ?? '' });
  if (target.endsWith('GetPublicKey'))
    return json(200, { PublicKey: base64(secp256k1.getPublicKey(key, false)) });
  const signature = secp256k1.sign(Buffer.from(Message, 'base64'), key);
  return json(200, { Signature: base64(signature.toDERRawBytes()) });
}

const boot = async () => (await import('../../lambdas/boot/signer.ts')).bootSigner();
const asked = (word: string) =>
  aws.asked.filter(({ headers }) => String(headers['x-amz-target']).endsWith(word)).length;

test('gas keys are read once, and sign for their lanes without KMS', async () => {
  const signer = await boot();
  const lanes = gasPayers.slice(0, 2).map(({ address }) => address);
  expect(await signer.lanes()).toEqual(lanes);
  const chain = { chainId: 1 } as never;
  for (const from of lanes) {
    const fees = { maxFeePerGas: 2n, maxPriorityFeePerGas: 1n };
    const { raw } = await signer.fill(chain, { from, nonce: 0, fees } as never);
    expect(await recoverTransactionAddress({ serializedTransaction: raw as never })).toBe(from);
  }
  expect([asked('GetSecretValue'), asked('GetPublicKey'), asked('Sign')]).toEqual([2, 1, 0]);
});

test.each<[string, string]>([
  ['nothing', ''],
  ['half a key', 'ab'.repeat(16)],
  ['the zero, which is no key', '0'.repeat(64)],
  ['more than the order of the curve', 'f'.repeat(64)],
  ['several keys', `${bytesToHex(new Uint8Array(32).fill(1))},${'1'.repeat(64)}`],
])(
  'a secret that holds %s is an error, which says which one and nothing of it',
  async (_, text) => {
    held[arnOf(2)] = text;
    const error = await boot().then(
      () => null,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toContain(arnOf(2));
    if (text !== '') expect(`${error?.message} ${error?.stack}`).not.toContain(text.slice(0, 12));
  },
);

test('a vault that does not answer is no lane less', async () => {
  aws.answer(({ headers, body }) => {
    const target = String(headers['x-amz-target']);
    return target.endsWith('GetSecretValue') && body.includes('gas-2')
      ? json(400, { __type: 'AccessDeniedException' })
      : answer(target, JSON.parse(body));
  });
  await expect(boot()).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
