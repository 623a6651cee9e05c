/** The local chain of bitcoin over HTTP: what it keeps, how it fails as it is told, and what it refuses. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { satoshiIn } from '../../lambdas/adapters/bitcoin/json.ts';
import { bitcoinSigner, treasuryOf } from '../../lambdas/adapters/bitcoin/signer.ts';
import { outpointOf } from '../../lambdas/core/rails/bitcoin/wire.ts';
import { runBitcoin } from '../../local/chains/bitcoin/service.ts';
import { customer, newKey } from '../support/bitcoin.ts';

const key = newKey();
const treasury = treasuryOf(key, 'regtest');
const signer = bitcoinSigner(key, 'regtest', 1_000_000n);
const dataDir = mkdtempSync(path.join(tmpdir(), 'bitcoin-'));
let chain: Awaited<ReturnType<typeof runBitcoin>>;
const start = async (blockSeconds = 0) => {
  chain = await runBitcoin({ dataDir, treasury, blockSeconds });
};
beforeAll(() => start());
afterAll(async () => {
  await chain.stop();
  rmSync(dataDir, { recursive: true });
});

type Listed = { txid: string; vout: number; amount: number };
type Reply = { result?: unknown; error?: { code: number; message: string } };
async function call(method: string, ...params: unknown[]): Promise<Reply> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(chain.identity.rpcUrl, { method: 'POST', body });
  return (await response.json()) as Reply;
}
const told = async (method: string, ...params: unknown[]) => (await call(method, ...params)).result;
const coins = async (): Promise<Listed[]> => (await told('listunspent')) as Listed[];
const head = async () =>
  (await told('getblockchaininfo')) as { blocks: number; bestblockhash: string };

/** A payment of this output, all but the fee, or with the rest back. */
async function payment({ txid, vout, amount }: Listed, value: bigint, fee: bigint) {
  const has = satoshiIn(String(amount)) ?? 0n;
  const { raw, txId } = await signer.sign({
    ...{ inputs: [{ outpoint: outpointOf(txid, vout), amount: has }], fee },
    ...{ payment: { to: customer, value }, change: [has - value - fee] },
  });
  return { raw: Buffer.from(raw).toString('hex'), txId };
}

test('the treasury has its float, and what is paid, waits or is mined survives a restart', async () => {
  const before = await coins();
  expect(before).toHaveLength(40);
  const [one, other] = before;
  if (one === undefined || other === undefined) throw new Error('no float');
  const [first, second] = [await payment(one, 10_000n, 500n), await payment(other, 20_000n, 500n)];
  expect(await told('sendrawtransaction', first.raw)).toBe(first.txId);
  await told('generatetoaddress', 2, treasury);
  expect(await told('sendrawtransaction', second.raw)).toBe(second.txId);
  const at = await head();
  await chain.stop();
  await start();
  expect(await head()).toEqual(at);
  expect(await told('getrawmempool')).toEqual([second.txId]);
  expect(await told('gettxout', first.txId, 0)).toMatchObject({ confirmations: 2, value: 0.0001 });
  expect(await coins()).toHaveLength(39);
});

test('what a block that is undone had comes back to the pool, and a conflict that is mined pushes it out', async () => {
  const [one] = await coins();
  if (one === undefined) throw new Error('no float');
  const [paid, rival] = [await payment(one, 30_000n, 500n), await payment(one, 40_000n, 600n)];
  await told('sendrawtransaction', paid.raw);
  await told('generatetoaddress', 1, treasury);
  await told('invalidateblock', (await head()).bestblockhash);
  expect(await told('getrawmempool')).toContain(paid.txId);
  expect(await told('generateblock', treasury, [rival.raw])).toMatchObject({
    hash: expect.stringMatching(/^[\da-f]{64}$/),
  });
  expect(await told('getrawmempool')).not.toContain(paid.txId);
  expect(await call('sendrawtransaction', paid.raw)).toMatchObject({
    error: { code: -25, message: 'bad-txns-inputs-missingorspent' },
  });
  expect(await call('sendrawtransaction', rival.raw)).toMatchObject({ error: { code: -27 } });
});

test('it refuses what Bitcoin Core refuses', async () => {
  const [one] = (await coins()).slice(-1);
  if (one === undefined) throw new Error('no float');
  const refusal = async (raw: string) => (await call('sendrawtransaction', raw)).error;
  const good = await payment(one, 50_000n, 1_000n);
  expect(await refusal('00')).toMatchObject({ code: -22 });
  expect(await refusal((await payment(one, 200n, 1_000n)).raw)).toMatchObject({
    code: -26,
    message: 'dust',
  });
  expect(await refusal((await payment(one, 50_000n, 100n)).raw)).toMatchObject({
    code: -26,
    message: expect.stringMatching(/^min relay fee not met, 100 < \d+$/),
  });
  const flipped = `${good.raw.slice(0, 300)}${good.raw[300] === '0' ? '1' : '0'}${good.raw.slice(301)}`;
  expect(await refusal(flipped)).toMatchObject({ code: expect.any(Number) });
  expect(await told('sendrawtransaction', good.raw)).toBe(good.txId);
  expect(await told('sendrawtransaction', good.raw)).toBe(good.txId);
  expect(await refusal((await payment(one, 60_000n, 1_000n)).raw)).toMatchObject({
    code: -26,
    message: expect.stringContaining('insufficient fee, rejecting replacement'),
  });
  expect(await refusal((await payment(one, 60_000n, 1_100n)).raw)).toMatchObject({
    code: -26,
    message: expect.stringContaining('not enough additional fees'),
  });
  const better = await payment(one, 60_000n, 1_300n);
  expect(await told('sendrawtransaction', better.raw)).toBe(better.txId);
  expect(await told('getrawmempool')).not.toContain(good.txId);
  expect(await call('getnothing')).toMatchObject({ error: { code: -32601 } });
});

/** How deep a transaction is once it is final, or after ten seconds. */
async function depthOnceBuried(txId: string): Promise<number> {
  const depth = async () =>
    ((await told('gettxout', txId, 0)) as { confirmations: number } | null)?.confirmations ?? 0;
  const deadline = Date.now() + 10_000;
  while ((await depth()) < 6 && Date.now() < deadline) await delay(50);
  return depth();
}

test('it fails as it is told, and mines by itself until what it mined is buried', async () => {
  const rule = { operation: 'sendrawtransaction', kind: 'applied-then-timeout', times: 1 };
  await fetch(`${chain.identity.rpcUrl}/_faults`, { method: 'POST', body: JSON.stringify(rule) });
  const [one] = (await coins()).slice(-2);
  if (one === undefined) throw new Error('no float');
  const { raw, txId } = await payment(one, 70_000n, 2_000n);
  await expect(call('sendrawtransaction', raw)).rejects.toThrow();
  expect(await told('getrawmempool')).toContain(txId);
  await chain.stop();
  await start(0.05);
  expect(await depthOnceBuried(txId)).toBe(6);
  const { blocks } = await head();
  await delay(200);
  expect((await head()).blocks).toBe(blocks);
});

test('what was mined and is not final when the run ends is buried by the next one, though nothing waits', async () => {
  await chain.stop();
  await start();
  const [one] = await coins();
  if (one === undefined) throw new Error('no float');
  const { raw, txId } = await payment(one, 50_000n, 500n);
  expect(await told('sendrawtransaction', raw)).toBe(txId);
  await told('generatetoaddress', 1, treasury);
  await chain.stop();
  await start(0.05);
  expect(await depthOnceBuried(txId)).toBeGreaterThanOrEqual(6);
});
