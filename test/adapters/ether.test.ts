import { beforeAll, expect, test } from '@jest/globals';
import { getAddress } from 'viem';
import { connectEther } from '../../lambdas/adapters/evm/ether.ts';
import { recordEther } from '../../lambdas/adapters/evm/ether-record.ts';
import { evmEtherSigner } from '../../lambdas/adapters/evm/ether-signer.ts';
import { localSigner } from '../../lambdas/adapters/evm/signer-local.ts';
import { detailsOf, etherAttemptOf } from '../../lambdas/core/rails/ether/attempt.ts';
import type { EtherCarrier, EtherChain, Transfer } from '../../lambdas/core/rails/ether/chain.ts';
import type { Address, Hex } from '../../lambdas/core/rails/evm/hex.ts';
import { transferGas } from '../../lambdas/core/rails/evm/limits.ts';
import { tokenDeployer, treasury } from '../../local/chains/dev-accounts.ts';
import { rpc } from '../../local/chains/json-rpc.ts';
import { startAnvil } from '../support/anvil.ts';
import { shared } from '../support/shared.ts';

const anvil = shared(startAnvil);
const signer = evmEtherSigner(localSigner(treasury.privateKey));
const payer = treasury.address.toLowerCase() as Address;
const value = 123_456_789_012_345_678n;
let chain: EtherChain;
const configOf = () =>
  ({
    network: 'ethereum',
    rpcUrl: anvil.rpcUrl,
    token: anvil.token,
    treasury: treasury.address,
  }) as const;
beforeAll(async () => {
  chain = await connectEther(configOf());
});

const mine = (blocks = 1): Promise<unknown> =>
  Promise.all(Array.from({ length: blocks }, () => rpc(anvil.rpcUrl, 'evm_mine')));

let customers = 0;
const customer = (code?: Hex): Promise<Address> | Address => {
  customers += 1;
  const to = getAddress(`0x${'c'.repeat(30)}${String(customers).padStart(10, '0')}`);
  return code === undefined ? to : rpc(anvil.rpcUrl, 'anvil_setCode', to, code).then(() => to);
};
const reverting = '0x60006000fd';
/** It spins until its gas is used up. */
const endless = '0x5b600056';

async function carrierNow(given: Partial<EtherCarrier> = {}): Promise<EtherCarrier> {
  const { maxFeePerGas, maxPriorityFeePerGas } = await chain.fees();
  return {
    from: payer,
    nonce: await chain.transactionCount(payer),
    fees: { maxFeePerGas, maxPriorityFeePerGas },
    gas: transferGas,
    ...given,
  };
}
async function signed(transfer: Transfer, given: Partial<EtherCarrier> = {}) {
  const carrier = await carrierNow(given);
  return { carrier, transfer, ...(await signer.sign(chain, carrier, transfer)) };
}
const raised = ({ fees }: EtherCarrier) => ({
  fees: {
    maxFeePerGas: fees.maxFeePerGas * 2n,
    maxPriorityFeePerGas: fees.maxPriorityFeePerGas * 2n,
  },
});
const balanceOf = async (address: Address): Promise<bigint> =>
  BigInt(await rpc<Hex>(anvil.rpcUrl, 'eth_getBalance', address, 'latest'));

test('a payout is paid once, and its receipt says where, as often as its bytes are sent', async () => {
  const to = await customer();
  const one = await signed({ to, value });
  expect(await chain.send(one.raw, one.carrier.nonce)).toBe('accepted');
  expect(await chain.send(one.raw, one.carrier.nonce)).toBe('already-known');
  expect(await chain.receipt(one.hash)).toBeNull();
  await mine();
  expect(await chain.send(one.raw, one.carrier.nonce)).toBe('nonce-used');
  const receipt = await chain.receipt(one.hash);
  expect(receipt).toMatchObject({ hash: one.hash, succeeded: true, index: 0 });
  expect(await balanceOf(to)).toBe(value);
  const height = receipt?.height ?? 0;
  expect(await chain.countAt(payer, height)).toBe(one.carrier.nonce + 1);
  expect(await chain.countAt(payer, height - 1)).toBe(one.carrier.nonce);
  await mine(2);
  expect((await chain.head()).final).toBeGreaterThanOrEqual(height);
});

test('of two transactions on one nonce one acts, and which one is found by the nonce', async () => {
  const [to, nobody] = [await customer(), await customer()];
  const one = await signed({ to: nobody, value });
  await chain.send(one.raw);
  const other = await signed({ to, value }, { ...raised(one.carrier), nonce: one.carrier.nonce });
  expect(await chain.send(other.raw)).toBe('accepted');
  await mine();
  const { latest } = await chain.head();
  const found = { hash: other.hash, height: latest, index: 0 };
  expect(await chain.spender(payer, one.carrier.nonce, 0, latest)).toMatchObject(found);
  expect(await chain.spender(payer, one.carrier.nonce, latest, latest)).toMatchObject(found);
  expect([await chain.receipt(one.hash), await balanceOf(nobody)]).toEqual([null, 0n]);
  expect(await chain.spender(payer, one.carrier.nonce + 1, 0, latest)).toBeNull();
});

test('a reorganisation takes a receipt away', async () => {
  const one = await signed({ to: await customer(), value });
  await chain.send(one.raw);
  await mine();
  expect(await chain.receipt(one.hash)).not.toBeNull();
  await rpc(anvil.rpcUrl, 'anvil_reorg', 1, []);
  expect(await chain.receipt(one.hash)).toBeNull();
  await chain.send(one.raw);
  await mine();
  expect(await chain.receipt(one.hash)).toMatchObject({ succeeded: true });
});

test('a destination that takes no ether is refused before, and fails on chain', async () => {
  const to = await customer(reverting);
  expect(await chain.refusal(payer, to, value)).toEqual({ by: 'payee', why: 'receiver' });
  const one = await signed({ to, value }, { gas: 50_000n });
  await chain.send(one.raw);
  await mine();
  expect(await chain.receipt(one.hash)).toMatchObject({ succeeded: false });
  expect(await balanceOf(to)).toBe(0n);
});

test('a destination that uses up whatever it is given is refused', async () => {
  expect(await chain.refusal(payer, await customer(endless), value)).toEqual({
    by: 'payee',
    why: 'receiver',
  });
});

test('a customer is not refused', async () => {
  const to = await customer();
  expect(await chain.refusal(payer, to, value)).toBeNull();
  expect(await chain.gasFor(payer, to, value)).toBe(transferGas);
});

test('what the treasury finally has is told with its height', async () => {
  await mine(2);
  const { height } = await chain.finalBalance(payer);
  expect(height).toBe((await chain.head()).final);
  expect((await chain.finalBalance(await customer())).balance).toBe(0n);
});

test('the record has every payment of the treasury, and neither what failed nor what only used a nonce up', async () => {
  const before = await chain.head();
  const [first, second] = [await customer(), await customer()];
  const nonce = await chain.transactionCount(payer);
  const all = [
    await signed({ to: first, value }, { nonce }),
    await signed({ to: await customer(reverting), value }, { nonce: nonce + 1, gas: 50_000n }),
    await signed({ to: payer, value: 0n }, { nonce: nonce + 2 }),
    await signed({ to: second, value: 2n * value }, { nonce: nonce + 3 }),
  ];
  for (const one of all) {
    await chain.send(one.raw, one.carrier.nonce);
    await mine();
  }
  await rpc(anvil.rpcUrl, 'eth_sendTransaction', {
    from: tokenDeployer.address,
    to: payer,
    value: '0x1',
  });
  await mine(3);
  const record = await recordEther(configOf());
  const { final } = await record.head();
  const paid = await record.outgoing(treasury.address, before.latest + 1, final);
  expect(paid.map(({ to, value: wei }) => [to, wei])).toEqual([
    [first, value],
    [second, 2n * value],
  ]);
  const attempt = (one: (typeof all)[number]) => ({
    ...{ withdrawalId: 'wd_1', number: 1, createdAt: 1 },
    details: detailsOf({ chainId: chain.chainId, ...one }),
  });
  expect(paid.map(({ key }) => key)).toEqual(
    [all[0], all[3]].map((one) => record.keyOf('wd_1', one ? (attempt(one) as never) : null)),
  );
  expect(record.keyOf('wd_1', null)).toBe('wd_1');
});

test('a former treasury uses its nonces up, and pays nothing', async () => {
  const before = localSigner(tokenDeployer.privateKey);
  const former = evmEtherSigner(localSigner(treasury.privateKey), [before]);
  const from = before.address.toLowerCase() as Address;
  expect(former.signs(from, { to: from, value: 0n })).toBe(true);
  for (const transfer of [
    { to: from, value: 1n },
    { to: await customer(), value: 0n },
  ])
    await expect(former.sign(chain, await carrierNow({ from }), transfer)).rejects.toThrow(
      /no key/,
    );
});

test('what is saved of an attempt is read as it was', async () => {
  const { carrier, transfer, raw, hash } = await signed({ to: await customer(), value });
  const attempt = { chainId: chain.chainId, carrier, transfer, raw, hash };
  expect(etherAttemptOf({ details: detailsOf(attempt) })).toEqual(attempt);
});
