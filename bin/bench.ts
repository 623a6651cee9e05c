/** `npm run bench`: measures how fast `npm start` carries withdrawals on this machine, and what each one costs. `-- webhooks`: events. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type System, startSystem } from '../local/child.ts';
import { totalOf, usageIn } from '../local/lambda/usage.ts';
import { paymentsOn } from '../local/payments.ts';
import { benchOptions } from './bench-options.ts';
import { benchStart } from './bench-start.ts';
import { benchWebhooks } from './bench-webhooks.ts';

const { what, count, rate, clients, walletCounts, currency, keep } = benchOptions();
const amountCents = 1_000;
/** If no withdrawal has ended for so long, none will any more. */
const patienceMs = 120_000;
const agent = new Agent({ keepAlive: true, maxSockets: clients });

type Wallet = { available: string; held: string };
type Withdrawal = {
  status: string;
  createdAt: string;
  completedAt: string;
  payout: { amount: string } | null;
};

/** An amount in millionths, however many decimals it is written with. */
function millionths(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(6, '0'));
}
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

type Call = <T>(method: string, path: string, body?: object, key?: string) => Promise<T>;

const callerOf =
  ({ outputs }: System): Call =>
  (method, at, body, key = randomUUID()) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: 'Bearer dk_local_alice',
        'content-type': 'application/json',
        'idempotency-key': key,
      };
      const sent = request(outputs.apiUrl + at, { method, agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(text));
          else reject(new Error(`${method} ${at}: ${response.statusCode} ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });

/** The resident memory, in MiB, of the system's process group and of the chains that it started. */
function memoryMib(group: number, dataDir: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  let pages = 0;
  for (const pid of pids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const processGroup = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (processGroup !== group && !command.includes(dataDir)) continue;
      pages += Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    } catch {
      // The process has ended in between.
    }
  }
  return (pages * 4_096) / 2 ** 20;
}

const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

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

async function run(walletCount: number): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'drawbridge-bench-'));
  const system = await startSystem({ dataDir, env: { LOG_LEVEL: 'warn' } });
  const call = callerOf(system);
  const atRest = memoryMib(system.pid, dataDir);
  let peak = atRest;
  const watch = setInterval(() => {
    peak = Math.max(peak, memoryMib(system.pid, dataDir));
  }, 500);
  try {
    const perWallet = Math.ceil(count / walletCount);
    const credit = { type: 'CREDIT', amount: `${(perWallet * amountCents) / 100}.00` };
    const wallets: string[] = [];
    await closedLoop(walletCount, async () => {
      const { id } = await call<{ id: string }>('POST', '/v1/wallets', {
        currency,
      });
      await call('POST', `/v1/wallets/${id}/transactions`, credit);
      wallets.push(id);
    });
    await sleep(2_000);
    const before = totalOf(usageIn(dataDir));

    const accepting: number[] = [];
    const ids: string[] = [];
    const addresses: string[] = [];
    const start = performance.now();
    await closedLoop(count, async (index) => {
      const destinationAddress = `0x${'b'.repeat(28)}${String(index).padStart(12, '0')}`;
      const began = performance.now();
      const { id } = await call<{ id: string }>('POST', '/v1/withdrawals', {
        walletId: wallets[index % walletCount],
        amount: '10.00',
        asset: 'USDC',
        network: 'ethereum',
        destinationAddress,
      });
      accepting.push(performance.now() - began);
      ids.push(id);
      addresses.push(destinationAddress);
    });
    const acceptedSeconds = (performance.now() - start) / 1_000;

    const amount = millionths('10.00');
    const credited = BigInt(perWallet) * amount;
    const leftOn = (id: string): bigint => {
      const at = wallets.indexOf(id);
      return (
        credited - BigInt(ids.filter((_, index) => index % walletCount === at).length) * amount
      );
    };
    const open = new Set(wallets);
    let [seen, movedAt] = ['', performance.now()];
    while (open.size > 0 && performance.now() - movedAt < patienceMs) {
      for (const id of [...open].slice(0, 10)) {
        const { available, held } = await call<Wallet>('GET', `/v1/wallets/${id}`);
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
    const completedSeconds = (performance.now() - start) / 1_000;
    clearInterval(watch);

    const after = totalOf(usageIn(dataDir));
    const completing: number[] = [];
    const payouts: bigint[] = [];
    let lost = 0;
    await closedLoop(count, async (index) => {
      const end = await call<Withdrawal>('GET', `/v1/withdrawals/${ids[index]}`);
      if (end.status === 'COMPLETED') payouts.push(millionths(end.payout?.amount ?? '0'));
      else lost += 1;
      completing.push(Date.parse(end.completedAt) - Date.parse(end.createdAt));
    });
    const balances: bigint[] = [];
    await closedLoop(walletCount, async (index) => {
      const { available, held } = await call<Wallet>('GET', `/v1/wallets/${wallets[index]}`);
      balances.push(millionths(available) + millionths(held));
    });
    const payments = await paymentsOn(system.outputs, 'ethereum');
    const onChain = addresses.flatMap((address) => (payments.get(address) ?? []).map(BigInt));
    const offInWallets =
      sum(balances) - credited * BigInt(walletCount) + amount * BigInt(payouts.length);
    const offOnChain = sum(onChain) - sum(payouts);
    const exact = offInWallets === 0n && offOnChain === 0n;
    const paidOnce = addresses.filter((address) => payments.get(address)?.length === 1).length;
    const sort = (list: number[]): number[] => list.sort((a, b) => a - b);
    const [accept, complete] = [sort(accepting), sort(completing)];
    const each = (name: keyof typeof after): string =>
      ((after[name] - before[name]) / count).toFixed(2);
    console.table({
      [`${count} withdrawals of a ${currency} wallet over ${walletCount} wallet(s), ${clients} clients`]:
        {
          'accepted/s': (count / acceptedSeconds).toFixed(1),
          'completed/s': (count / completedSeconds).toFixed(1),
          'accept p50 ms': percentile(accept, 0.5).toFixed(1),
          'accept p99 ms': percentile(accept, 0.99).toFixed(1),
          'complete p50 s': (percentile(complete, 0.5) / 1_000).toFixed(1),
          'complete p99 s': (percentile(complete, 0.99) / 1_000).toFixed(1),
          'write units': each('writeUnits'),
          'SDK calls': each('awsCalls'),
          invocations: each('invocations'),
          'rest MiB': atRest.toFixed(0),
          'peak MiB': peak.toFixed(0),
          'not completed': lost,
          'paid once': paidOnce,
          sums: exact ? 'exact' : `off by ${offInWallets} in wallets, ${offOnChain} on chain`,
        },
    });
    if (lost > 0 || paidOnce !== count || !exact) process.exitCode = 1;
  } finally {
    clearInterval(watch);
    await system.stop();
    if (keep) console.log(`data and logs are in ${dataDir}`);
    else rmSync(dataDir, { recursive: true });
  }
}

if (what === 'start') await benchStart();
else if (what === 'webhooks') await benchWebhooks(count, rate);
else for (const walletCount of walletCounts) await run(walletCount);
