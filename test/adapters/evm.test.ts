import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeAll, expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1';
import { mockClient } from 'aws-sdk-client-mock';
import { encodeFunctionData, type Hex, hexToBytes } from 'viem';
import { readArtifact } from '../../contracts/compile.ts';
import { chainOfToken } from '../../lambdas/adapters/evm/estimate.ts';
import { connectEvm, type EvmChain } from '../../lambdas/adapters/evm/payouts.ts';
import { evmSigner } from '../../lambdas/adapters/evm/signer.ts';
import { localSigner } from '../../lambdas/adapters/evm/signer-local.ts';
import { recordEvm, viewEvm } from '../../lambdas/adapters/evm/view.ts';
import {
  type Authorization,
  detailsOf,
  evmAttemptOf,
} from '../../lambdas/core/rails/evm/attempt.ts';
import { feeBlocks, tipMin } from '../../lambdas/core/rails/evm/limits.ts';
import { payoutNonce } from '../../lambdas/core/rails/evm/nonce.ts';
import type { Saved } from '../../lambdas/core/store/attempt.ts';
import { gasPayers, tokenDeployer, treasury } from '../../local/chains/dev-accounts.ts';
import { rpc } from '../../local/chains/json-rpc.ts';
import { startAnvil } from '../support/anvil.ts';
import { shared } from '../support/shared.ts';
import { at, minorOf } from '../support/things.ts';

const signer = evmSigner(
  localSigner(treasury.privateKey),
  gasPayers.map(({ privateKey }) => localSigner(privateKey)),
);
const anvil = shared(startAnvil);
let chain: EvmChain;

const configOf = () =>
  ({
    network: 'ethereum',
    rpcUrl: anvil.rpcUrl,
    token: anvil.token,
    treasury: treasury.address,
  }) as const;

beforeAll(async () => {
  chain = await connectEvm(configOf());
});

const mine = (blocks = 1): Promise<unknown> =>
  Promise.all(Array.from({ length: blocks }, () => rpc(anvil.rpcUrl, 'evm_mine')));

let customers = 0;
/** A payout of 1.50 USDC to a new address, signed, and its carrier on the next nonce of a lane. */
async function payout(
  given: Partial<Authorization> & { lane?: number; nonceAhead?: number } = {},
  by = signer,
) {
  customers += 1;
  const to = `0x${'c'.repeat(30)}${String(customers).padStart(10, '0')}` as const;
  const authorization: Authorization = {
    from: treasury.address.toLowerCase() as Hex,
    to,
    value: minorOf(1_500_000n),
    validBefore: Math.floor(Date.now() / 1_000) + 3_600,
    nonce: payoutNonce(chain.chainId, chain.token, `wd_${customers}`),
    ...given,
  };
  const signature = await by.authorize(chain, authorization);
  const lane = gasPayers[given.lane ?? 0]?.address ?? treasury.address;
  const pending = (await chain.pendingCount(lane)) ?? 0;
  const carrier = {
    from: lane,
    nonce: pending + (given.nonceAhead ?? 0),
    fees: await chain.fees(),
  };
  return {
    authorization,
    signature,
    carrier,
    ...(await by.carry(chain, carrier, authorization, signature)),
  };
}

const verdict = async (nonce: Hex) => {
  const { final } = await chain.head();
  const [event] = await chain.authorizations(treasury.address, [nonce], 0, final);
  return event;
};

const asOwner = async (functionName: string, ...args: unknown[]): Promise<void> => {
  const { abi } = readArtifact();
  const data = encodeFunctionData({ abi, functionName, args });
  await rpc(anvil.rpcUrl, 'eth_sendTransaction', {
    from: tokenDeployer.address,
    to: anvil.token,
    data,
  });
  await mine();
};

test('a payout that was sent is paid once, and its verdict is there when it is final', async () => {
  const { authorization, raw, hash } = await payout();
  expect(await chain.send(raw)).toBe('accepted');
  expect(await chain.send(raw)).toBe('already-known');
  await mine();
  expect(
    (await chain.spent(treasury.address, [authorization.nonce])).get(authorization.nonce),
  ).toBe(true);
  expect(await verdict(authorization.nonce)).toBeUndefined(); // It is on the chain, but not final.
  await mine(2);
  const event = await verdict(authorization.nonce);
  expect(event).toMatchObject({
    kind: 'used',
    txHash: hash,
    transfer: { to: expect.any(String), value: 1_500_000n },
  });
  expect(event?.transfer?.to.toLowerCase()).toBe(authorization.to.toLowerCase());
  expect(await chain.send(raw)).toBe('nonce-used');
});

test('a payout goes through whose treasury signs in KMS and whose gas key is a secret', async () => {
  const [kms, vault] = [mockClient(KMSClient), mockClient(SecretsManagerClient)];
  const key = hexToBytes(treasury.privateKey);
  kms.on(GetPublicKeyCommand).resolves({ PublicKey: secp256k1.getPublicKey(key, false) });
  kms.on(SignCommand).callsFake(({ Message }: { Message: Uint8Array }) => ({
    Signature: secp256k1.sign(Message, key).toDERRawBytes(),
  }));
  const SecretString = String(gasPayers[0]?.privateKey).slice(2);
  vault.on(GetSecretValueCommand).resolves({ SecretString });
  const settings = { AWS_REGION: 'eu-west-1', TREASURY_KEY_ID: 't', GAS_KEY_SECRET_ARNS: 'arn:1' };
  Object.assign(process.env, settings);
  const { bootSigner } = await import('../../lambdas/boot/signer.ts');
  const { authorization, raw, hash } = await payout({}, await bootSigner());
  expect(await chain.send(raw)).toBe('accepted');
  await mine(3);
  expect(await verdict(authorization.nonce)).toMatchObject({ kind: 'used', txHash: hash });
  // The treasury has signed the payout in KMS; its carrier was signed by the secret.
  expect(kms.commandCalls(SignCommand)).toHaveLength(1);
});

test('of two carriers of one payout the second reverts, and the verdict is the first', async () => {
  const first = await payout();
  const carrier = { ...first.carrier, from: gasPayers[1]?.address ?? treasury.address, nonce: 0 };
  const copy = await signer.carry(chain, carrier, first.authorization, first.signature);
  expect(await chain.send(first.raw)).toBe('accepted');
  await mine();
  expect(await chain.send(copy.raw)).toBe('accepted');
  await mine(3);
  const receipt = await rpc<{ status: Hex }>(anvil.rpcUrl, 'eth_getTransactionReceipt', copy.hash);
  expect(receipt.status).toBe('0x0');
  expect(await verdict(first.authorization.nonce)).toMatchObject({
    kind: 'used',
    txHash: first.hash,
  });
});

test('what was signed before payers were kept says in its bytes who pays', async () => {
  const { authorization, signature, carrier, raw, hash } = await payout();
  const { chainId, token } = chain;
  const details = detailsOf({ chainId, token, authorization, signature, carrier, raw, hash });
  const { from: _, ...kept } = details['authorization'] as Record<string, Saved>;
  const attempt = { withdrawalId: 'wd_1', number: 1, createdAt: at(1) } as const;
  const old = evmAttemptOf({ ...attempt, details: { ...details, authorization: kept } });
  expect(old.authorization).toEqual(authorization);
});

test('an authorization is dead when a final block is past its time and its nonce is unused there', async () => {
  const validBefore = (await chain.head()).latestAt / 1_000 + 30;
  const [used, unused] = [await payout({ validBefore }), await payout({ validBefore })];
  expect(await chain.send(used.raw)).toBe('accepted');
  await mine(3);
  const dead = () =>
    Promise.all([used, unused].map(({ authorization }) => chain.isDead(authorization)));
  expect(await dead()).toEqual([false, false]);
  await rpc(anvil.rpcUrl, 'evm_increaseTime', 60);
  await mine();
  // The head is past its time, and the final block is not.
  expect(await dead()).toEqual([false, false]);
  await mine(3);
  expect(await dead()).toEqual([false, true]);
});

test('a cheaper replacement is refused as underpriced, a dearer one replaces', async () => {
  const first = await payout();
  expect(await chain.send(first.raw)).toBe('accepted');
  const raised = (percent: bigint) => ({
    ...first.carrier,
    fees: {
      maxFeePerGas: (first.carrier.fees.maxFeePerGas * percent) / 100n,
      maxPriorityFeePerGas: (first.carrier.fees.maxPriorityFeePerGas * percent) / 100n,
    },
  });
  const little = await signer.carry(chain, raised(99n), first.authorization, first.signature);
  expect(await chain.send(little.raw)).toBe('underpriced');
  const enough = await signer.carry(chain, raised(130n), first.authorization, first.signature);
  expect(await chain.send(enough.raw)).toBe('accepted');
  await mine(3);
  expect(await verdict(first.authorization.nonce)).toMatchObject({ txHash: enough.hash });
});

test('a gap in a lane shows as pending below the nonce, and a filler closes it', async () => {
  const lane = gasPayers[2]?.address ?? treasury.address;
  const late = await payout({ lane: 2, nonceAhead: 1 });
  expect(await chain.send(late.raw)).toBe('accepted');
  await mine(3);
  expect([await chain.transactionCount(lane), await chain.pendingCount(lane)]).toEqual([0, 0]);
  const filler = await signer.fill(chain, { from: lane, nonce: 0, fees: await chain.fees() });
  expect(await chain.send(filler.raw)).toBe('accepted');
  await mine(3);
  expect(await verdict(late.authorization.nonce)).toMatchObject({ kind: 'used' });
});

test('a cancellation that takes the place of the payout in its lane is final, and the payout can come to nothing any more', async () => {
  const paid = await payout();
  expect(await chain.send(paid.raw)).toBe('accepted');
  const authorization = { ...paid.authorization, ends: true } as const;
  const signature = await signer.authorize(chain, authorization);
  expect(await chain.takes(paid.carrier.from, { authorization, signature })).toBe(true);
  const { maxFeePerGas, maxPriorityFeePerGas } = paid.carrier.fees;
  const fees = { maxFeePerGas: maxFeePerGas * 2n, maxPriorityFeePerGas: maxPriorityFeePerGas * 2n };
  const carrier = { ...paid.carrier, fees };
  const ended = await signer.carry(chain, carrier, authorization, signature);
  expect(await chain.send(ended.raw)).toBe('accepted');
  await mine(3);
  expect(await verdict(authorization.nonce)).toMatchObject({
    ...{ kind: 'canceled', txHash: ended.hash, transfer: null },
  });
  // The same bytes in another lane: the token pays nothing for what was cancelled.
  const copy = { ...paid.carrier, from: gasPayers[1]?.address ?? treasury.address };
  const nonce = await chain.transactionCount(copy.from);
  const again = await signer.carry(chain, { ...copy, nonce }, paid.authorization, paid.signature);
  expect(await chain.send(again.raw)).toBe('accepted');
  await mine(3);
  const receipt = await rpc<{ status: Hex }>(anvil.rpcUrl, 'eth_getTransactionReceipt', again.hash);
  expect(receipt.status).toBe('0x0');
});

test('a former treasury cancels what it has signed, and signs no payment', async () => {
  const [other] = gasPayers;
  if (other === undefined) throw new Error('there is no other key');
  const now = evmSigner(
    localSigner(other.privateKey),
    [localSigner(other.privateKey)],
    [localSigner(treasury.privateKey)],
  );
  const { authorization } = await payout();
  const ending = { ...authorization, ends: true } as const;
  expect([now.signs(authorization), now.signs(ending)]).toEqual([false, true]);
  expect(await now.authorize(chain, ending)).toBe(await signer.authorize(chain, ending));
  await expect(now.authorize(chain, authorization)).rejects.toThrow('no key of payer');
});

test('what the treasury has is read at a final block', async () => {
  const { balance, height } = await chain.finalBalance(treasury.address);
  const { raw, authorization } = await payout();
  expect(await chain.send(raw)).toBe('accepted');
  await mine();
  expect((await chain.finalBalance(treasury.address)).balance).toBe(balance);
  await mine(2);
  const final = await chain.finalBalance(treasury.address);
  expect([final.balance, final.height]).toEqual([balance - authorization.value, height + 3]);
});

test('what the token refuses is told before anything is signed', async () => {
  const blocked = '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB';
  expect(await chain.refusal(chain.treasury, blocked, minorOf(1n))).toBeNull();
  await asOwner('blacklist', blocked);
  expect(await chain.refusal(chain.treasury, blocked, minorOf(1n))).toEqual({ by: 'payee' });
  const { balance } = await chain.finalBalance(chain.treasury);
  const someone = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359';
  expect(await chain.refusal(chain.treasury, someone, minorOf(balance + 1n))).toEqual({
    ...{ by: 'us', waits: 'treasury-short' },
  });
  await asOwner('pause');
  const { authorization } = await payout();
  const ending = { ...authorization, ends: true } as const;
  const signature = await signer.authorize(chain, ending);
  const lane = gasPayers[0]?.address ?? treasury.address;
  expect(await chain.takes(lane, { authorization: ending, signature })).toBe(false);
  expect(await chain.refusal(chain.treasury, someone, minorOf(1n))).toEqual({
    ...{ by: 'us', waits: 'transfers-refused' },
  });
  await asOwner('unpause');
});

test('every payment of the treasury is on record, each with the nonce that allowed it, or none', async () => {
  const record = await recordEvm(configOf());
  const before = (await chain.head()).latest;
  const [one, other] = [await payout(), await payout({ lane: 1 })];
  for (const { raw } of [one, other]) expect(await chain.send(raw)).toBe('accepted');
  await mine();
  const to = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359';
  const { abi } = readArtifact();
  const data = encodeFunctionData({ abi, functionName: 'transfer', args: [to, 7n] });
  await rpc(anvil.rpcUrl, 'eth_sendTransaction', {
    from: treasury.address,
    to: anvil.token,
    data,
  });
  await mine();
  const after = (await chain.head()).latest;
  const outgoing = await record.outgoing(treasury.address, before + 1, after);
  const nonces = [one, other].map(({ authorization }) => authorization.nonce);
  expect(outgoing.map(({ key }) => key)).toEqual([expect.any(String), expect.any(String), null]);
  expect(new Set(outgoing.map(({ key }) => key))).toEqual(new Set([...nonces, null]));
  expect(outgoing.map(({ value }) => value)).toEqual([1_500_000n, 1_500_000n, 7n]);
  expect(outgoing.at(-1)?.to).toBe(to);
  expect(outgoing.find(({ key }) => key === one.authorization.nonce)).toMatchObject({
    txId: one.hash,
    height: before + 1,
  });
});

test('every payment to the treasury is on record', async () => {
  const record = await recordEvm(configOf());
  const before = (await chain.head()).latest;
  const { abi } = readArtifact();
  const data = encodeFunctionData({
    abi,
    functionName: 'transfer',
    args: [treasury.address, 11n],
  });
  const from = treasury.address;
  const txId = await rpc<Hex>(anvil.rpcUrl, 'eth_sendTransaction', {
    from,
    to: anvil.token,
    data,
  });
  await mine();
  const one = { txId, height: before + 1, index: 0, value: 11n };
  expect(await record.incoming(treasury.address, before + 1, before + 1)).toEqual([one]);
});

test('the first block since a moment is found by the times of blocks', async () => {
  const record = await recordEvm(configOf());
  // Blocks of the same second have the same time. These must be later than all before them.
  await rpc(anvil.rpcUrl, 'evm_increaseTime', 60);
  await mine(3);
  const { latest, latestAt } = await chain.head();
  const timeOf = async (block: number): Promise<number> => {
    const { timestamp } = await rpc<{ timestamp: Hex }>(
      anvil.rpcUrl,
      'eth_getBlockByNumber',
      `0x${block.toString(16)}`,
      false,
    );
    return Number(timestamp) * 1_000;
  };
  const found = await record.firstBlockSince(latestAt, latest);
  expect(await timeOf(found)).toBe(latestAt);
  expect(await timeOf(found - 1)).toBeLessThan(latestAt);
  expect(await record.firstBlockSince(at(0), latest)).toBe(0);
  expect(await record.firstBlockSince(at(latestAt + 1), latest)).toBe(latest + 1);
});

test('a token that is not USDC is refused, and says why', async () => {
  const { bytecode } = readArtifact();
  const from = tokenDeployer.address;
  const hash = await rpc<Hex>(anvil.rpcUrl, 'eth_sendTransaction', { from, data: bytecode });
  await mine();
  const { contractAddress } = await rpc<{ contractAddress: Hex }>(
    anvil.rpcUrl,
    'eth_getTransactionReceipt',
    hash,
  );
  await expect(connectEvm({ ...configOf(), token: contractAddress })).resolves.toMatchObject({
    chainId: 31_337,
  });
  // A node that answers, of an address without code: that is no outage.
  const none = { name: 'SettingError', message: 'EVM_TOKEN_ETHEREUM is no token on this chain.' };
  const wrong = { ...configOf(), token: from };
  await expect(connectEvm(wrong)).rejects.toMatchObject(none);
  await expect(chainOfToken(wrong)).rejects.toMatchObject(none);
  expect(await chainOfToken(configOf())).toBe(31_337);
});

test('a node that does not answer is unavailable, and changed bytes are of a sender who has nothing', async () => {
  const { raw } = await payout();
  const rpcUrl = anvil.rpcUrl.replace(/\d+$/, '1');
  await expect(viewEvm({ ...configOf(), rpcUrl })).rejects.toMatchObject({
    name: 'UnavailableError',
  });
  const gone = { ...chain, ...(await connectEvm(configOf())) };
  expect(await gone.send(`${raw.slice(0, -2)}00` as Hex)).toBe('unfunded');
});

test('a node that suggests no tip and whose gas price is the base fee: a tip is offered all the same', async () => {
  type Call = { id: number; method: string };
  const answer = async (call: Call) => {
    if (call.method === 'eth_maxPriorityFeePerGas')
      return { id: call.id, jsonrpc: '2.0', error: { code: -32_601, message: 'no such method' } };
    const { baseFeePerGas } = await rpc<{ baseFeePerGas: Hex }>(
      anvil.rpcUrl,
      'eth_getBlockByNumber',
      'latest',
      false,
    );
    if (call.method === 'eth_gasPrice')
      return { id: call.id, jsonrpc: '2.0', result: baseFeePerGas };
    const reply = await fetch(anvil.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call),
    });
    return reply.json();
  };
  const node = createServer(async (request, response) => {
    const calls = (await json(request)) as Call | Call[];
    const answers = Array.isArray(calls)
      ? await Promise.all(calls.map(answer))
      : await answer(calls);
    response.end(JSON.stringify(answers));
  });
  await once(node.listen(0, '127.0.0.1'), 'listening');
  // Nobody has paid a tip lately.
  await mine(feeBlocks);
  try {
    const { port } = node.address() as AddressInfo;
    const poor = await connectEvm({ ...configOf(), rpcUrl: `http://127.0.0.1:${port}` });
    const fees = await poor.fees();
    expect(fees.maxPriorityFeePerGas).toBe(tipMin);
    expect(fees.maxFeePerGas).toBeGreaterThanOrEqual(tipMin);
  } finally {
    node.closeAllConnections();
    node.close();
  }
});
