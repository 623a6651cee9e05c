import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { beforeEach, expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1';
import { mockClient } from 'aws-sdk-client-mock';
import { hexToBytes, keccak256, recoverAddress, toHex } from 'viem';
import { kmsSigner } from '../../lambdas/adapters/evm/signer-kms.ts';

const kms = mockClient(KMSClient);
beforeEach(() => {
  kms.reset();
});

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
const { d = '' } = privateKey.export({ format: 'jwk' });
const spki = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' });

/** Makes KMS sign the digest as it is and answer in DER, with a high s if `flip`. */
function answer(flip: boolean): void {
  kms.on(GetPublicKeyCommand).resolves({ PublicKey: spki(publicKey) });
  kms.on(SignCommand).callsFake(({ Message }: { Message: Uint8Array }) => {
    const { r, s } = secp256k1.sign(Message, Buffer.from(d, 'base64url'), { lowS: true });
    const high = flip ? secp256k1.CURVE.n - s : s;
    return { Signature: new secp256k1.Signature(r, high).toDERRawBytes() };
  });
}

test.each([
  ['low', false],
  ['high', true],
])('a signature with a %s s comes out low and recovers to the key', async (_name, flip) => {
  answer(flip);
  const signer = await kmsSigner(new KMSClient({}), 'key-1');
  for (let count = 0; count < 40; count += 1) {
    const digest = keccak256(toHex(`message ${count}`));
    const signature = await signer.sign(digest);
    expect(BigInt(signature.s) <= secp256k1.CURVE.n / 2n).toBe(true);
    expect(await recoverAddress({ hash: digest, signature })).toBe(signer.address);
  }
});

test('KMS is asked to sign the digest itself', async () => {
  answer(false);
  const signer = await kmsSigner(new KMSClient({}), 'key-1');
  const digest = keccak256(toHex('x'));
  await signer.sign(digest);
  expect(kms.commandCalls(SignCommand)[0]?.args[0].input).toEqual({
    KeyId: 'key-1',
    Message: hexToBytes(digest),
    MessageType: 'DIGEST',
    SigningAlgorithm: 'ECDSA_SHA_256',
  });
});

test('a signature of another key is refused', async () => {
  answer(false);
  const signer = await kmsSigner(new KMSClient({}), 'key-1');
  kms.on(SignCommand).callsFake(({ Message }: { Message: Uint8Array }) => ({
    Signature: secp256k1.sign(Message, secp256k1.utils.randomPrivateKey()).toDERRawBytes(),
  }));
  await expect(signer.sign(keccak256(toHex('x')))).rejects.toThrow('another key');
});

test('what KMS does instead of signing says that the keys are away, and why', async () => {
  answer(false);
  const signer = await kmsSigner(new KMSClient({}), 'key-1');
  const refusal = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
  kms.on(SignCommand).rejects(refusal);
  await expect(signer.sign(keccak256(toHex('x')))).rejects.toMatchObject({
    name: 'KeysAwayError',
    message: 'KMS did not answer: ThrottlingException',
    cause: refusal,
  });
  kms.on(GetPublicKeyCommand).rejects(refusal);
  await expect(kmsSigner(new KMSClient({}), 'key-1')).rejects.toMatchObject({
    name: 'KeysAwayError',
  });
});

test('KMS is not waited for longer than a call may take', async () => {
  answer(false);
  const signer = await kmsSigner(new KMSClient({}), 'key-1');
  await signer.sign(keccak256(toHex('x')));
  for (const call of kms.calls()) {
    const [, options] = call.args as unknown as [unknown, { abortSignal?: AbortSignal }?];
    expect(options?.abortSignal).toBeInstanceOf(AbortSignal);
  }
});
