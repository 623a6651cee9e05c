/** The PayoutRecord port on JSON-RPC: all that a treasury paid and received in final blocks, for reconciliation. */
import * as z from 'zod';
import { callsMax } from '../../core/rails/solana/limits.ts';
import { memoProgram, tokenAccountOf } from '../../core/rails/solana/programs.ts';
import type { Outgoing } from '../../core/reconcile/books.ts';
import type { PayoutRecord } from '../../core/reconcile/run.ts';
import { openRpc, type Rpc, readAs } from './rpc.ts';
import { count } from './shapes.ts';
import { pagesOf } from './signatures.ts';
import { type TransactionRead, transaction, transfersIn } from './transfers.ts';
import { type SolanaConfig, viewSolana } from './view.ts';

const slots = z.array(count);
const finalized = { commitment: 'finalized' } as const;

export async function recordSolana(
  config: SolanaConfig,
  asset: 'USDC' | 'SOL',
): Promise<PayoutRecord> {
  const { treasury, mint } = config;
  const rpc = openRpc(config);
  // Throws on another chain than ours.
  await viewSolana(config, rpc);
  /** Where the asset of this wallet is: its token account, or itself. */
  const placeOf = (wallet: string): string =>
    asset === 'SOL' ? wallet : tokenAccountOf(wallet, mint);
  const kind = asset === 'SOL' ? 'lamports' : 'tokens';
  const read = once(async (wallet: string, from: number, to: number) => {
    const signatures = await signaturesOf(rpc, placeOf(wallet), from, to);
    return readAll(rpc, signatures);
  });
  return {
    ...{ network: 'solana', asset, treasury },
    // A payout names its withdrawal in its memo.
    keyOf: (id) => id,
    head: async () => ({ final: await rpc.ask(count, 'getSlot', finalized) }),
    outgoing: async (payer, from, to) => {
      const own = placeOf(payer);
      return (await read(payer, from, to)).flatMap((one) =>
        transfersIn(one)
          .filter((moved) => moved.kind === kind && moved.from === own && moved.to !== own)
          .map(({ index, value, to: paid }): Outgoing => {
            const [txId = ''] = one.transaction.signatures;
            return {
              txId,
              height: one.slot,
              index,
              value,
              to: walletOf(one, paid),
              key: memoIn(one),
            };
          }),
      );
    },
    incoming: async (receiver, from, to) => {
      const own = placeOf(receiver);
      return (await read(receiver, from, to)).flatMap((one) =>
        transfersIn(one)
          .filter((moved) => moved.kind === kind && moved.to === own && moved.from !== own)
          .map(({ index, value }) => {
            const [txId = ''] = one.transaction.signatures;
            return { txId, height: one.slot, index, value };
          }),
      );
    },
    firstBlockSince: async (at, head) => {
      // A node knows nothing of what was before its first block, and says so of each slot there.
      const first = await rpc.ask(count, 'getFirstAvailableBlock');
      let [before, since] = [first - 1, head + 1];
      while (since - before > 1) {
        const middle = Math.floor((before + since) / 2);
        const time = await timeFrom(rpc, middle);
        if (time === null || time * 1_000 >= at) since = middle;
        else before = middle;
      }
      return since;
    },
  };

  /** The wallet that a token account belongs to, as the payout says that opened it; otherwise the account itself. */
  function walletOf({ transaction: { message } }: TransactionRead, account: string): string {
    if (asset === 'SOL') return account;
    return message.accountKeys.find((key) => isWalletOf(key, account)) ?? account;
  }
  function isWalletOf(key: string, account: string): boolean {
    return tokenAccountOf(key, mint) === account;
  }
}

/** The time of the first block from this slot on: not every slot has one. `null`: there is none. */
async function timeFrom(rpc: Rpc, slot: number): Promise<number | null> {
  const [block] = await rpc.ask(slots, 'getBlocksWithLimit', slot, 1, finalized);
  return block === undefined ? null : rpc.ask(count, 'getBlockTime', block);
}

/** Of those that were carried out without an error, in these blocks. They are told newest first. */
async function signaturesOf(
  rpc: Rpc,
  address: string,
  from: number,
  to: number,
): Promise<string[]> {
  const all: string[] = [];
  for await (const page of pagesOf(rpc, address, 'finalized')) {
    const those = page.filter(({ slot, err }) => err === null && slot >= from && slot <= to);
    all.push(...those.map(({ signature }) => signature));
    if ((page.at(-1)?.slot ?? 0) < from) break;
  }
  return all;
}

async function readAll(rpc: Rpc, signatures: readonly string[]): Promise<TransactionRead[]> {
  const all: TransactionRead[] = [];
  const options = { ...finalized, encoding: 'json', maxSupportedTransactionVersion: 0 };
  const method = 'getTransaction';
  for (let start = 0; start < signatures.length; start += callsMax) {
    const some = signatures.slice(start, start + callsMax);
    const read = await rpc.all(some.map((one) => ({ method, params: [one, options] })));
    // What a node has just listed it must show: half a list would lie.
    all.push(...read.map((one) => readAs(transaction, method, one)));
  }
  return all;
}

function memoIn({ transaction: { message } }: TransactionRead): string | null {
  const memos = message.instructions.filter(
    ({ programIdIndex }) => message.accountKeys[programIdIndex] === memoProgram,
  );
  const [memo] = memos;
  return memo === undefined ? null : Buffer.from(memo.data).toString('utf8');
}

/** Outgoing and incoming are read of the same transactions. */
function once<T>(read: (wallet: string, from: number, to: number) => Promise<T>) {
  const known = new Map<string, Promise<T>>();
  return (wallet: string, from: number, to: number): Promise<T> => {
    const key = `${wallet} ${from} ${to}`;
    const reading = known.get(key) ?? read(wallet, from, to);
    known.set(key, reading);
    return reading;
  };
}
