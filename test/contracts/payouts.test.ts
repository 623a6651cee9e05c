/** The contract that carries payouts together, on a real chain, and what the product makes of what it does. */
import { beforeAll, expect, test } from '@jest/globals';
import { type Address, encodeFunctionData, type Hex, keccak256, pad } from 'viem';
import { deployPayouts, isPayouts } from '../../bin/payout-contract.ts';
import { compilePayouts, readArtifact, readPayouts } from '../../contracts/compile.ts';
import { payoutsAbi, payoutsCodeHash } from '../../lambdas/adapters/evm/abi.ts';
import { connectEvm, type EvmChain } from '../../lambdas/adapters/evm/payouts.ts';
import { evmSigner } from '../../lambdas/adapters/evm/signer.ts';
import { localSigner } from '../../lambdas/adapters/evm/signer-local.ts';
import { recordEvm } from '../../lambdas/adapters/evm/view.ts';
import type { Authorized } from '../../lambdas/core/rails/evm/attempt.ts';
import { authorizedIn, batchDetailsOf } from '../../lambdas/core/rails/evm/batch.ts';
import { payoutGasLimit } from '../../lambdas/core/rails/evm/limits.ts';
import { payoutNonce } from '../../lambdas/core/rails/evm/nonce.ts';
import { gasPayers, tokenDeployer, treasury } from '../../local/chains/dev-accounts.ts';
import { rpc } from '../../local/chains/json-rpc.ts';
import { startAnvil } from '../support/anvil.ts';
import { shared } from '../support/shared.ts';
import { minorOf } from '../support/things.ts';

const signer = evmSigner(
  localSigner(treasury.privateKey),
  gasPayers.map(({ privateKey }) => localSigner(privateKey)),
);
const anvil = shared(startAnvil);
const lane = gasPayers[0]?.address ?? treasury.address;
const payer = treasury.address.toLowerCase() as Address;
let chain: EvmChain;
const configOf = (payoutContract?: Address) =>
  ({
    ...({ network: 'ethereum' } as const),
    ...{ rpcUrl: anvil.rpcUrl, token: anvil.token },
    ...{ treasury: treasury.address, ...(payoutContract && { payoutContract }) },
  }) as const;
beforeAll(async () => {
  chain = await connectEvm(configOf(anvil.payouts));
});

let made = 0;
const freshAddress = (): Address => {
  made += 1;
  return `0x${'e'.repeat(30)}${String(made).padStart(10, '0')}`;
};
async function authorized(to = freshAddress(), value = 1_000_000n): Promise<Authorized> {
  made += 1;
  const authorization = {
    ...{ from: payer, to, value: minorOf(value) },
    validBefore: Math.floor(Date.now() / 1_000) + 36_000,
    nonce: payoutNonce(chain.chainId, chain.token, `wd_${made}`),
  };
  return { authorization, signature: await signer.authorize(chain, authorization) };
}
const many = (count: number): Promise<Authorized[]> =>
  Promise.all(Array.from({ length: count }, () => authorized()));

type Receipt = { status: Hex; gasUsed: Hex; logs: { address: Address; topics: Hex[] }[] };
const mine = async (blocks = 1): Promise<void> => {
  for (let left = blocks; left > 0; left -= 1) await rpc(anvil.rpcUrl, 'evm_mine');
};
async function carried(members: readonly Authorized[], gas?: bigint): Promise<Receipt> {
  const nonce = await chain.transactionCount(lane);
  const fees = await chain.fees();
  const carrier = { from: lane, nonce, fees, ...(gas === undefined ? {} : { gas }) };
  const { raw, hash } = await signer.carryAll(chain, carrier, anvil.payouts, members);
  expect(await chain.send(raw)).toBe('accepted');
  await mine();
  return await rpc<Receipt>(anvil.rpcUrl, 'eth_getTransactionReceipt', hash);
}
const noncesOf = (members: readonly Authorized[]) =>
  members.map(({ authorization }) => authorization.nonce);
/** Which of them are used up at the head. */
const spentOf = async (members: readonly Authorized[]) => {
  const spent = await chain.spent(payer, noncesOf(members));
  return noncesOf(members).map((nonce) => spent.get(nonce));
};
const skipped = ({ logs }: Receipt) =>
  logs.filter(({ address }) => address.toLowerCase() === anvil.payouts.toLowerCase());
async function asOwner(functionName: string, ...args: unknown[]): Promise<void> {
  const data = encodeFunctionData({ abi: readArtifact().abi, functionName, args });
  const from = tokenDeployer.address;
  await rpc(anvil.rpcUrl, 'eth_sendTransaction', { from, to: anvil.token, data });
  await mine();
}

test('the artefact is what the source compiles to with that compiler, and its code is the pinned one', async () => {
  const artifact = await compilePayouts();
  expect(artifact).toEqual(readPayouts());
  expect(artifact.compiler).toContain('0.8.37+commit.');
  expect(keccak256(artifact.deployed)).toBe(payoutsCodeHash);
  expect(artifact.abi).toMatchObject([
    { type: 'event', name: 'Skipped' },
    { ...payoutsAbi[0], inputs: payoutsAbi[0].inputs.map(({ name, type }) => ({ name, type })) },
  ]);
}, 60_000);

test('only the very code that we know is used, and it is asked for until it is there', async () => {
  expect(await chain.payoutContract()).toEqual({ is: 'ready', address: anvil.payouts });
  expect(await (await connectEvm(configOf())).payoutContract()).toEqual({ is: 'not-set' });
  const other = await connectEvm(configOf(anvil.token));
  expect(await other.payoutContract()).toEqual({ is: 'other-code', address: anvil.token });
  const address = freshAddress();
  const later = await connectEvm(configOf(address));
  expect(await later.payoutContract()).toEqual({ is: 'absent', address });
  await rpc(anvil.rpcUrl, 'anvil_setCode', address, readPayouts().deployed);
  expect(await later.payoutContract()).toEqual({ is: 'ready', address });
});

test('who deploys it by the command is told where it stands, and who names another place is told no', async () => {
  const mining = setInterval(() => void mine(), 100);
  try {
    const address = await deployPayouts(anvil.rpcUrl, gasPayers[1]?.privateKey ?? '0x');
    expect(await isPayouts(anvil.rpcUrl, address)).toBe(true);
    expect(await (await connectEvm(configOf(address))).payoutContract()).toEqual({
      ...{ is: 'ready', address: expect.stringMatching(new RegExp(address, 'i')) },
    });
    expect(await isPayouts(anvil.rpcUrl, anvil.token)).toBe(false);
    expect(await isPayouts(anvil.rpcUrl, freshAddress())).toBe(false);
  } finally {
    clearInterval(mining);
  }
});

test('45 that nobody has paid before fit into what is reckoned for them', async () => {
  const members = await many(45);
  const receipt = await carried(members, payoutGasLimit * 45n);
  expect([receipt.status, skipped(receipt).length]).toEqual(['0x1', 0]);
  expect(await spentOf(members)).toEqual(members.map(() => true));
  // The whole costs less than two thirds of 45 alone, which take 89,000 each with Circle's token.
  expect(Number(receipt.gasUsed) / 45).toBeLessThan(66_000);
});

test('one that the token refuses is named and stays as it was; the others are paid', async () => {
  const refused = await authorized();
  const again = await authorized();
  await carried([again, await authorized()]);
  await asOwner('blacklist', refused.authorization.to);
  const members = [await authorized(), refused, await authorized(), again, await authorized()];
  const receipt = await carried(members);
  expect(receipt.status).toBe('0x1');
  expect(skipped(receipt).map(({ topics }) => topics[1])).toEqual(noncesOf([refused, again]));
  expect(await spentOf(members)).toEqual([true, false, true, true, true]);
  await asOwner('unBlacklist', refused.authorization.to);
  await carried([refused, await authorized()]);
  expect(await spentOf([refused])).toEqual([true]);
});

test('with too little gas nothing happens to any of them, whatever the limit', async () => {
  const members = await many(12);
  const needed = 12n * 66_000n;
  for (let gas = 250_000n; gas < needed; gas += 61_000n) {
    const receipt = await carried(members, gas);
    expect([gas, receipt.status, receipt.logs]).toEqual([gas, '0x0', []]);
  }
  const spent = await spentOf(members);
  expect(spent).toEqual(members.map(() => false));
  const receipt = await carried(members);
  expect([receipt.status, skipped(receipt).length]).toEqual(['0x1', 0]);
});

test('what is signed is what stands in the bytes', async () => {
  const members = await many(3);
  const carrier = { from: lane, nonce: 7, fees: { maxFeePerGas: 2n, maxPriorityFeePerGas: 1n } };
  const { raw, hash } = await signer.carryAll(chain, carrier, anvil.payouts, members);
  const read = authorizedIn(raw);
  expect(read.map(({ signature }) => signature)).toEqual(members.map(({ signature }) => signature));
  expect(
    read.map(({ authorization }) => ({ ...authorization, to: authorization.to.toLowerCase() })),
  ).toEqual(members.map(({ authorization }) => authorization));
  const { chainId, token } = chain;
  const details = batchDetailsOf({ chainId, token, contract: anvil.payouts, carrier, raw, hash });
  expect(details).toMatchObject({ contract: anvil.payouts, carrier: { nonce: 7n } });
  const [first] = members;
  if (first === undefined) throw new Error('there is none');
  const ends = { ...first, authorization: { ...first.authorization, ends: true as const } };
  await expect(signer.carryAll(chain, carrier, anvil.payouts, [first, ends])).rejects.toThrow(
    'a cancellation goes alone',
  );
  const other = { ...first.authorization, from: pad('0x1', { size: 20 }) };
  await expect(
    signer.carryAll(chain, carrier, anvil.payouts, [first, { ...first, authorization: other }]),
  ).rejects.toThrow('a batch has one payer');
});

test('payments that are alike are told apart: each nonce has the transfer right after it, and no log serves two', async () => {
  const to = freshAddress();
  const members = [await authorized(to), await authorized(to), await authorized(to)];
  await carried(members);
  await mine(2);
  const { final } = await chain.head();
  const events = await chain.authorizations(payer, noncesOf(members), 0, final);
  expect(events.map(({ nonce }) => nonce)).toEqual(noncesOf(members));
  for (const { transfer, logIndex } of events) {
    expect(transfer?.to.toLowerCase()).toBe(to);
    expect(transfer).toMatchObject({ value: 1_000_000n, logIndex: logIndex + 1 });
  }
  expect(new Set(events.map(({ transfer }) => transfer?.logIndex)).size).toBe(3);
  const record = await recordEvm(configOf());
  const outgoing = await record.outgoing(payer, final, final);
  expect(outgoing.map(({ key }) => key)).toEqual(noncesOf(members));
});
