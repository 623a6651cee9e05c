/** What is signed with the treasury's key of bitcoin, and what never is. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { beforeEach, expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1';
import { mockClient } from 'aws-sdk-client-mock';
import { bitcoinSigner, treasuryOf } from '../../lambdas/adapters/bitcoin/signer.ts';
import { kmsKey } from '../../lambdas/adapters/bitcoin/signer-kms.ts';
import { localKey, privateKeyIn } from '../../lambdas/adapters/bitcoin/signer-local.ts';
import { scriptOf } from '../../lambdas/core/rails/bitcoin/address.ts';
import type { Spending } from '../../lambdas/core/rails/bitcoin/chain.ts';
import { bytesOf } from '../../lambdas/core/rails/bitcoin/plan.ts';
import {
  outpointOf,
  readTransaction,
  virtualBytes,
} from '../../lambdas/core/rails/bitcoin/wire.ts';
import { maySpend } from '../../local/chains/bitcoin/coins.ts';
import { customer, newKey } from '../support/bitcoin.ts';

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

const spending = (given: Partial<Spending> = {}): Spending => ({
  inputs: [
    { outpoint: outpointOf('ab'.repeat(32), 1), amount: 60_000n },
    { outpoint: outpointOf('cd'.repeat(32), 0), amount: 50_000n },
  ],
  payment: { to: customer, value: 70_000n },
  change: [39_000n],
  fee: 1_000n,
  ...given,
});

test.each([
  ['low', false],
  ['high', true],
])(
  'what KMS signs with a %s s is taken by a node, which checks it with other code',
  async (_name, flip) => {
    answer(flip);
    const key = await kmsKey(new KMSClient({}), 'key-1');
    const wanted = spending();
    const { raw, txId } = await bitcoinSigner(key, 'regtest', 200_000n).sign(wanted);
    const read = readTransaction(raw);
    expect(read.txId).toBe(txId);
    const own = scriptOf(treasuryOf(key, 'regtest'), 'regtest');
    for (const [index, { amount }] of wanted.inputs.entries()) {
      const coin = { script: own, height: 1, isMined: false };
      expect(maySpend(read, index, { ...coin, amount })).toBe(true);
      expect(maySpend(read, index, { ...coin, amount: amount + 1n })).toBe(false);
    }
    expect(read.inputs.map(({ sequence }) => sequence)).toEqual([0xffff_fffd, 0xffff_fffd]);
    expect(read.outputs.map(({ amount }) => amount)).toEqual([70_000n, 39_000n]);
    expect(kms.commandCalls(SignCommand)[0]?.args[0].input).toMatchObject({
      ...{ KeyId: 'key-1', MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' },
    });
  },
);

test('a signature of another key is refused', async () => {
  answer(false);
  kms.on(SignCommand).callsFake(({ Message }: { Message: Uint8Array }) => ({
    Signature: secp256k1.sign(Message, secp256k1.utils.randomPrivateKey()).toDERRawBytes(),
  }));
  const key = await kmsKey(new KMSClient({}), 'key-1');
  await expect(key.sign(new Uint8Array(32).fill(1))).rejects.toThrow('another key');
});

const key = newKey();
test.each<[string, Partial<Spending>]>([
  ['does not add up', { fee: 999n }],
  ['has no input', { inputs: [] }],
  ['pays a fee above the cap', { change: [], fee: 40_000n }],
  ['pays a negative amount', { change: [40_001n], fee: -1n }],
  ['pays ourselves', { payment: { to: treasuryOf(key, 'regtest'), value: 70_000n } }],
])('what %s is not signed', async (_name, given) => {
  const signer = bitcoinSigner(key, 'regtest', 100_000n);
  await expect(signer.sign(spending(given))).rejects.toThrow('a payout');
});

test('what is reckoned for a transaction is never less than its virtual bytes, and a few more at most', async () => {
  const signer = bitcoinSigner(key, 'regtest', 100_000n);
  for (let count = 1; count <= 20; count += 1) {
    const inputs = Array.from({ length: count }, (_, index) => ({
      ...{ outpoint: outpointOf('ef'.repeat(32), index), amount: 100_000n },
    }));
    const all = BigInt(count) * 100_000n;
    const { raw } = await signer.sign({
      ...{ inputs, payment: { to: customer, value: 50_000n } },
      ...{ change: [all - 52_000n], fee: 2_000n },
    });
    const real = virtualBytes(readTransaction(raw));
    const reckoned = bytesOf(count, [34, 22]);
    expect(reckoned).toBeGreaterThanOrEqual(real);
    expect(reckoned - real).toBeLessThanOrEqual(count + 1);
  }
});

test('a key is read in both of its forms, and nothing else is one', () => {
  // https://en.bitcoin.it/wiki/Wallet_import_format has this key, and what it is with a compressed public key.
  const digits = '0c28fca386c7a227600b2fe50b7cae11ec86d3bf1fbe471be89827e19d72aa1d';
  const key = privateKeyIn(digits) ?? new Uint8Array();
  expect(privateKeyIn('KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617')).toEqual(key);
  expect(privateKeyIn('5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ')).toBeNull();
  expect(privateKeyIn(digits.slice(1))).toBeNull();
  expect(privateKeyIn('00'.repeat(32))).toBeNull();
  expect(treasuryOf(localKey(key), 'main')).toMatch(/^bc1q/);
});

test('the key of a former treasury signs only what takes the place of what it has signed itself', async () => {
  const [now, old, other] = [newKey(), newKey(), newKey()];
  const signer = bitcoinSigner(now, 'regtest', 200_000n, [old]);
  const payer = treasuryOf(old, 'regtest');
  const addresses = [now, old, other].map((key) => treasuryOf(key, 'regtest'));
  expect(addresses.map(signer.signs)).toEqual([true, true, false]);
  const { raw } = await bitcoinSigner(old, 'regtest', 200_000n).sign(spending());
  const dearer = spending({ change: [38_000n], fee: 2_000n });
  const ended = spending({ payment: null, change: [108_000n], fee: 2_000n });
  for (const wanted of [dearer, ended]) {
    const read = readTransaction((await signer.sign(wanted, { payer, raw })).raw);
    // What comes back comes back to whose outputs they were.
    const own = Buffer.from(scriptOf(payer, 'regtest'));
    const back = read.outputs.filter(({ script }) => own.equals(script));
    expect(back.map(({ amount }) => amount)).toEqual(wanted.change);
    const coin = { script: scriptOf(payer, 'regtest'), height: 1, isMined: false };
    expect(maySpend(read, 0, { ...coin, amount: 60_000n })).toBe(true);
  }
  const [first, second] = spending().inputs;
  if (first === undefined || second === undefined) throw new Error('there are two inputs');
  const elsewhere = treasuryOf(other, 'regtest');
  const ending = (await signer.sign(ended, { payer, raw })).raw;
  const strangers = (await bitcoinSigner(other, 'regtest', 200_000n).sign(spending())).raw;
  const forged = raw.with(raw.length - 50, (raw.at(-50) ?? 0) ^ 1);
  const refused: [Spending, Uint8Array][] = [
    [spending({ payment: { to: elsewhere, value: 70_000n }, fee: 1_000n }), raw],
    [spending({ payment: { to: customer, value: 70_001n }, change: [38_999n] }), raw],
    [spending({ inputs: [first], change: [], payment: { to: customer, value: 59_000n } }), raw],
    [spending({ inputs: [first, { ...second, outpoint: outpointOf('ef'.repeat(32), 0) }] }), raw],
    // It said that it would never pay any more; somebody else has signed; nobody has.
    [dearer, ending],
    [dearer, strangers],
    [dearer, forged],
  ];
  for (const [wanted, before] of refused)
    await expect(signer.sign(wanted, { payer, raw: before })).rejects.toThrow(/former treasury/);
  await expect(signer.sign(dearer, { payer: elsewhere, raw })).rejects.toThrow(/no key of/);
  // Without anything before it is the treasury of now that pays.
  const { inputs } = readTransaction((await signer.sign(spending())).raw);
  expect(Buffer.from(inputs[0]?.witness[1] ?? []).equals(now.publicKey)).toBe(true);
});
