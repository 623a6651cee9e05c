/**
 * `npm run bench`: how fast `npm start` carries withdrawals on this machine and what each one costs, beside the last run.
 * `-- webhooks` measures events, `-- start` what functions take to start.
 */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../local/child.ts';
import { totalOf, usageIn } from '../local/lambda/usage.ts';
import { paymentsOn } from '../local/payments.ts';
import { aimsOf } from './bench-aims.ts';
import { callerOf } from './bench-client.ts';
import { completions, percentile } from './bench-figures.ts';
import { show } from './bench-kept.ts';
import { memoryMib, usedBetween, watchCpu } from './bench-machine.ts';
import { benchOptions } from './bench-options.ts';
import { benchStart } from './bench-start.ts';
import { withSystem } from './bench-system.ts';
import { benchWebhooks } from './bench-webhooks.ts';

const { what, count, rate, clients, walletCounts, currencies, keep } = benchOptions();
/** Requests a second that are sent whether others have been answered or not; `null`: each client waits for its answer. */
const offered = what === 'withdrawals' ? rate : null;
const amountCents = 1_000;
const webhookRate = 100;
/** If no withdrawal has ended for so long, none will any more. */
const patienceMs = 120_000;
const agent = new Agent({ keepAlive: true, ...(offered === null && { maxSockets: clients }) });

type Wallet = { available: string; held: string };
type Withdrawal = {
  status: string;
  createdAt: string;
  completedAt: string | null;
  payout: { amount: string } | null;
};

/** An amount in millionths, however many decimals it is written with. */
function millionths(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(6, '0'));
}
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

/** Runs `work` for each index with so many clients at a time. Each starts the next index when its last is done. */
async function closedLoop(total: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < total) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/** Runs `work` for each index, so many a second. */
async function openLoop(
  total: number,
  perSecond: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const sent: Promise<void>[] = [];
  for (let index = 0; index < total; index += 1) {
    const wait = began + (index * 1_000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    sent.push(work(index));
  }
  await Promise.all(sent);
}

async function run(
  currency: string,
  walletCount: number,
  system: System,
  dataDir: string,
): Promise<void> {
  const { call } = callerOf(system.outputs.apiUrl, agent);
  const cpu = watchCpu(system.pid, dataDir);
  // What runs once at the start has run by then.
  await sleep(2_000);
  const atRest = memoryMib(system.pid, dataDir);
  let peak = atRest;
  // The kernel walks through all pages to tell what is used, for 50 ms, and gives the process no memory meanwhile.
  const look = () => {
    peak = Math.max(peak, memoryMib(system.pid, dataDir));
  };
  const watches = [setInterval(look, 2_000), setInterval(cpu.read, 500)];
  try {
    const perWallet = Math.ceil(count / walletCount);
    const credit = { type: 'CREDIT', amount: `${(perWallet * amountCents) / 100}.00` };
    const wallets: string[] = [];
    const walletOf = (id: string | undefined) => call<Wallet>('GET', `/v1/wallets/${id}`);
    await closedLoop(walletCount, async () => {
      const { id } = await call<{ id: string }>('POST', '/v1/wallets', {
        currency,
      });
      await call('POST', `/v1/wallets/${id}/transactions`, credit);
      wallets.push(id);
    });
    const amount = millionths('10.00');
    const credited = BigInt(perWallet) * amount;
    // A wallet that has no credit yet looks like one that has paid all of it.
    const creditedBy = performance.now() + patienceMs;
    await closedLoop(walletCount, async (index) => {
      while (millionths((await walletOf(wallets[index])).available) !== credited) {
        if (performance.now() > creditedBy) throw new Error('a wallet got no credit');
        await sleep(100);
      }
    });
    const before = totalOf(usageIn(dataDir));
    const cpuBefore = cpu.read();

    const client = callerOf(system.outputs.apiUrl, agent);
    const accepting: number[] = [];
    const ids: string[] = [];
    const addresses: string[] = [];
    const taken = new Map<string, number>();
    const notAccepted = new Map<string, number>();
    const withdraw = async (index: number): Promise<void> => {
      const destinationAddress = `0x${'b'.repeat(28)}${String(index).padStart(12, '0')}`;
      const walletId = String(wallets[index % walletCount]);
      const began = performance.now();
      try {
        const { id } = await client.call<{ id: string }>('POST', '/v1/withdrawals', {
          walletId,
          amount: '10.00',
          asset: 'USDC',
          network: 'ethereum',
          destinationAddress,
        });
        accepting.push(performance.now() - began);
        ids.push(id);
        addresses.push(destinationAddress);
        taken.set(walletId, (taken.get(walletId) ?? 0) + 1);
      } catch (error) {
        const why = String(error);
        notAccepted.set(why, (notAccepted.get(why) ?? 0) + 1);
      }
    };
    const [start, startedAt] = [performance.now(), Date.now()];
    await (offered === null ? closedLoop(count, withdraw) : openLoop(count, offered, withdraw));
    const acceptedSeconds = (performance.now() - start) / 1_000;
    for (const [why, times] of [...notAccepted].slice(0, 5)) console.log(`${times} times ${why}`);

    const leftOn = (id: string): bigint => credited - BigInt(taken.get(id) ?? 0) * amount;
    const open = new Set(wallets);
    let [seen, movedAt] = ['', performance.now()];
    while (open.size > 0 && performance.now() - movedAt < patienceMs) {
      for (const id of [...open].slice(0, 10)) {
        const { available, held } = await walletOf(id);
        if (`${id} ${available} ${held}` !== seen) movedAt = performance.now();
        seen = `${id} ${available} ${held}`;
        if (millionths(available) === leftOn(id) && millionths(held) === 0n) open.delete(id);
        else break;
      }
      if (process.stdout.isTTY)
        process.stdout.write(
          `\r  ${Math.round((performance.now() - start) / 1_000)} s, ${open.size} wallets not empty   `,
        );
      if (open.size > 0) await sleep(250);
    }
    process.stdout.write('\r');
    for (const watch of watches) clearInterval(watch);
    look();

    const after = totalOf(usageIn(dataDir));
    const used = usedBetween(cpuBefore, cpu.read());
    const ends: Withdrawal[] = [];
    const payouts: bigint[] = [];
    await closedLoop(ids.length, async (index) => {
      const end = await call<Withdrawal>('GET', `/v1/withdrawals/${ids[index]}`);
      ends.push(end);
      if (end.status === 'COMPLETED') payouts.push(millionths(end.payout?.amount ?? '0'));
    });
    const balances: bigint[] = [];
    await closedLoop(walletCount, async (index) => {
      const { available, held } = await walletOf(wallets[index]);
      balances.push(millionths(available) + millionths(held));
    });
    const payments = await paymentsOn(system.outputs, 'ethereum');
    const onChain = addresses.flatMap((address) => (payments.get(address) ?? []).map(BigInt));
    const offInWallets =
      sum(balances) - credited * BigInt(walletCount) + amount * BigInt(payouts.length);
    const offOnChain = sum(onChain) - sum(payouts);
    const exact = offInWallets === 0n && offOnChain === 0n;
    const paidOnce = addresses.filter((address) => payments.get(address)?.length === 1).length;
    const lost = ids.length - payouts.length;
    const { tookMs, perSecond } = completions(ends, startedAt);
    const rounded = (value: number, decimals = 1): number => Number(value.toFixed(decimals));
    const each = (name: keyof typeof after): number =>
      rounded((after[name] - before[name]) / ids.length, 2);
    const cpuMs = used.reduce((total, [, ms]) => total + ms, 0);
    const sender = offered === null ? `${clients} clients` : `${offered}/s offered`;
    show(
      `${count} withdrawals of ${currency} over ${walletCount} wallet(s), ${sender}`,
      {
        'accepted/s': rounded(ids.length / acceptedSeconds),
        'completed/s': rounded(perSecond),
        'accept p50 ms': rounded(percentile(accepting, 0.5)),
        'accept p99 ms': rounded(percentile(accepting, 0.99)),
        'complete p50 s': rounded(percentile(tookMs, 0.5) / 1_000),
        'complete p99 s': rounded(percentile(tookMs, 0.99) / 1_000),
        'write units': each('writeUnits'),
        'SDK calls': each('awsCalls'),
        invocations: each('invocations'),
        'CPU ms each': rounded(cpuMs / ids.length, 2),
        ...Object.fromEntries(
          used.map(([part, ms]) => [`  of ${part}`, rounded(ms / ids.length, 2)]),
        ),
        'rest MiB': rounded(atRest, 0),
        'peak MiB': rounded(peak, 0),
        refused: client.troubles.refused,
        'answers lost': client.troubles.lost,
        'not accepted': count - ids.length,
        'not completed': lost,
        'paid once': paidOnce,
        sums: exact ? 'exact' : `off by ${offInWallets} in wallets, ${offOnChain} on chain`,
      },
      aimsOf({ currency, walletCount, count, clients, offered }),
    );
    if (ids.length < count || lost > 0 || paidOnce !== ids.length || !exact) process.exitCode = 1;
  } finally {
    for (const watch of watches) clearInterval(watch);
  }
}

if (what === 'start') await benchStart();
else if (what === 'webhooks') await benchWebhooks(count, rate ?? webhookRate);
else
  for (const currency of currencies)
    for (const walletCount of walletCounts)
      await withSystem((system, dataDir) => run(currency, walletCount, system, dataDir), keep);
