/** Each payment of the simulator arrives on a real chain once, whatever dies in between, and makes its events. */
import { spawn } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Address, type Hex, hexToBigInt, keccak256, pad, toHex } from 'viem';
import { type Chain, startChain } from '../../local/chains/chain.ts';
import { onRampLiquidity, tokenDeployer } from '../../local/chains/dev-accounts.ts';
import { rpc } from '../../local/chains/json-rpc.ts';
import type { DueSimulator } from '../../local/simulators/due/due.ts';
import {
  ask,
  control,
  convert,
  dueBeside,
  link,
  listen,
  type Received,
  reaches,
  read,
  type TransferBody,
  truthAbout,
  until,
} from './due-client.ts';

const dataDir = mkdtempSync(path.join(tmpdir(), 'due-'));
const chainOptions = { network: 'ethereum', chainId: 31_337, dataDir, blockSeconds: 0 };
let chain: Chain;
beforeAll(async () => {
  chain = await startChain(chainOptions);
});
afterAll(async () => {
  await chain.stop();
  rmSync(dataDir, { recursive: true });
});

/** The folder of a new Due. All pay from the same account, so only one runs at a time. */
const freshDir = (): string => mkdtempSync(path.join(dataDir, 'due-'));
const onChain = () => ({ ethereum: { rpcUrl: chain.rpcUrl, token: chain.token } });
const start = (dir: string, eventsUrl: string | null = null): Promise<DueSimulator> =>
  dueBeside({ dataDir: dir, chains: onChain(), eventsUrl, fundingDelayMs: 0 });
/** An address that nobody has paid before. */
const newAddress = (): Address => `0x${keccak256(toHex(freshDir())).slice(-40)}`;

const mine = (): Promise<unknown> => rpc(chain.rpcUrl, 'evm_mine');
/** Mines until the transfer has this status. */
const reachesMining = (due: DueSimulator, id: string, status: string): Promise<TransferBody> =>
  until(async () => {
    await mine();
    const transfer = await read(due, id);
    return transfer.status === status && transfer;
  });

type Log = { transactionHash: Hex; logIndex: Hex; data: Hex; topics: Hex[] };
/** The transfers to this address in the token's logs. */
const receivedBy = (to: Address): Promise<Log[]> =>
  rpc(chain.rpcUrl, 'eth_getLogs', {
    address: chain.token,
    topics: [null, null, pad(to)],
    fromBlock: '0x0',
    toBlock: 'latest',
  });

test('a transfer ends in USDC at the linked address, less the fee, and its confirmation points there', async () => {
  const due = await start(freshDir());
  const to = newAddress();
  const { id } = await convert(due, '100.00', await link(due, to));
  const submitted = await reaches(due, id, 'payment_submitted');
  expect(submitted.destination).not.toHaveProperty('confirmation');
  const { destination } = await reachesMining(due, id, 'payment_processed');
  const logs = await receivedBy(to);
  expect(logs).toHaveLength(1);
  expect(logs[0]?.topics[1]).toBe(pad(onRampLiquidity.address).toLowerCase());
  expect(hexToBigInt(logs[0]?.data ?? '0x')).toBe(99_500_000n);
  expect(destination.confirmation).toEqual({
    kind: 'transaction_hash',
    network: 'ethereum',
    hash: logs[0]?.transactionHash,
    eventIdx: Number(logs[0]?.logIndex),
  });
  await due.stop();
});

const signedBy = (pem: string, { text, signature }: Received): boolean =>
  verify(null, Buffer.from(text), createPublicKey(pem), Buffer.from(signature, 'hex'));

test('each endpoint is told, signed with its own key, and again until it says 2xx', async () => {
  const configured = await listen();
  const registered = await listen(500);
  const dir = freshDir();
  const due = await start(dir, configured.url);
  const endpoint = { url: registered.url, events: ['transfer.status_changed'], description: '' };
  const { body } = await ask(due, 'POST', '/v1/webhook_endpoints', endpoint);
  const { id } = await convert(due, '50.00', await link(due, newAddress()));
  const transfer = await reachesMining(due, id, 'payment_processed');
  await until(async () => configured.received.length >= 1 && registered.received.length >= 2);
  const told = [...configured.received, ...registered.received];
  expect(told.map(({ text }) => JSON.parse(text) as unknown)).toEqual(
    told.map(() => ({
      id: expect.stringMatching(/^wh_evt_/),
      type: 'transfer.status_changed',
      data: transfer,
      occurredAt: expect.stringMatching(/\.\d{9}Z$/),
      attemptedAt: expect.stringMatching(/\.\d{9}Z$/),
    })),
  );
  expect(new Set(told.map(({ text }) => (JSON.parse(text) as { id: string }).id)).size).toBe(1);
  expect(configured.received.every((one) => signedBy(due.webhookPublicKey, one))).toBe(true);
  expect(registered.received.every((one) => signedBy(String(body['publicKey']), one))).toBe(true);
  await due.stop();

  const again = await start(dir, configured.url);
  expect(again.webhookPublicKey).toBe(due.webhookPublicKey);
  await again.stop();
  configured.stop();
  registered.stop();
});

test('it may pay less than it says, and the truth knows', async () => {
  const due = await start(freshDir());
  const to = newAddress();
  await control(due, '/_courses', { payout: '98.00', times: 1 });
  const { id } = await convert(due, '100.00', await link(due, to));
  const { destination } = await reachesMining(due, id, 'payment_processed');
  const [log] = await receivedBy(to);
  expect(destination.amount).toBe('99.50');
  expect(hexToBigInt(log?.data ?? '0x')).toBe(98_000_000n);
  expect(await truthAbout(due, id)).toMatchObject({
    payout: '99.50',
    consumed: '100.00',
    paid: { rail: 'ethereum', to, amount: '98.00', hash: log?.transactionHash },
  });
  await due.stop();
});

test('a payment that reverts is a failed transfer', async () => {
  const due = await start(freshDir());
  const [pause, unpause] = ['0x8456cb59', '0x3f4ba83a'];
  const asOwner = (data: string | undefined) =>
    rpc(chain.rpcUrl, 'eth_sendTransaction', {
      from: tokenDeployer.address,
      to: chain.token,
      data,
    });
  await asOwner(pause);
  await mine();
  const to = newAddress();
  const { id } = await convert(due, '10.00', await link(due, to));
  const failed = await reachesMining(due, id, 'failed');
  expect(failed.destination).not.toHaveProperty('confirmation');
  await asOwner(unpause);
  await mine();
  expect(await receivedBy(to)).toEqual([]);
  await due.stop();
});

/** Expects that exactly one log has paid each transfer, and that the transfer names it. */
async function expectPaidOnce(due: DueSimulator, ids: string[], to: Address): Promise<void> {
  const hashes = new Set<Hex | undefined>();
  for (const id of ids) {
    const { destination } = await reachesMining(due, id, 'payment_processed');
    hashes.add(destination.confirmation?.hash);
  }
  const logs = await receivedBy(to);
  expect(hashes.size).toBe(ids.length);
  expect(new Set(logs.map(({ transactionHash }) => transactionHash))).toEqual(hashes);
  expect(logs).toHaveLength(ids.length);
}

test.each([
  ['before it has paid', 'awaiting_funds', 5],
  ['when some payments are sent and none is mined', 'payment_submitted', 60],
  ['when some payments are mined', 'payment_processed', 60],
])(
  'killed %s, it pays each transfer once all the same',
  async (_, status, count) => {
    const dir = freshDir();
    const to = newAddress();
    const options = { dataDir: dir, chains: onChain(), eventsUrl: null, fundingDelayMs: 0 };
    const program = path.join(import.meta.dirname, 'hold-due.ts');
    const holder = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(holder.stdout, 'data')) as [Buffer];
    const killed = JSON.parse(said.toString()) as DueSimulator;
    const wallet = await link(killed, to);
    const making = Array.from({ length: count }, () => convert(killed, '10.00', wallet));
    const ids = (await Promise.all(making)).map(({ id }) => id);
    if (status === 'payment_submitted') await reaches(killed, ids[0] ?? '', status);
    if (status === 'payment_processed') await reachesMining(killed, ids[0] ?? '', status);
    holder.kill('SIGKILL');
    await once(holder, 'exit');

    const due = await start(dir);
    await expectPaidOnce(due, ids, to);
    await due.stop();
  },
  30_000,
);

test('payments that the chain has forgotten are sent again, the same', async () => {
  const dir = freshDir();
  const to = newAddress();
  const before = await start(dir);
  const wallet = await link(before, to);
  const mined = await convert(before, '10.00', wallet);
  const checkpoint = await rpc<Hex>(chain.rpcUrl, 'evm_snapshot');
  const { destination } = await reachesMining(before, mined.id, 'payment_processed');
  const waiting = await convert(before, '10.00', wallet);
  await reaches(before, waiting.id, 'payment_submitted');
  await before.stop();
  await rpc(chain.rpcUrl, 'evm_revert', checkpoint); // Blocks are undone …
  await chain.stop(); // … and so is the pool.
  chain = await startChain(chainOptions);
  expect(await receivedBy(to)).toEqual([]);

  const after = await start(dir);
  await until(async () => {
    await mine();
    return (await receivedBy(to)).length === 2;
  });
  await expectPaidOnce(after, [mined.id, waiting.id], to);
  expect((await read(after, mined.id)).destination).toEqual(destination);
  await after.stop();
});

test('when the chain goes back under its feet, it pays again what was undone, and goes on', async () => {
  const due = await start(freshDir());
  const to = newAddress();
  const wallet = await link(due, to);
  const checkpoint = await rpc<Hex>(chain.rpcUrl, 'evm_snapshot');
  const undone = await convert(due, '10.00', wallet);
  await reachesMining(due, undone.id, 'payment_processed');
  await rpc(chain.rpcUrl, 'evm_revert', checkpoint);
  const next = await convert(due, '10.00', wallet);
  await reachesMining(due, next.id, 'payment_processed');
  await expectPaidOnce(due, [undone.id, next.id], to);
  await due.stop();
});
