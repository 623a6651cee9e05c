/** A wallet whose withdrawals are in a list, and its writer: what that reads, writes and hands on. */
import { expect } from '@jest/globals';
import type { OperationId } from '../../lambdas/core/kernel/ids.ts';
import { waitingIn } from '../../lambdas/core/kernel/ids.ts';
import type { Wallet } from '../../lambdas/core/ledger/wallet.ts';
import type { Change } from '../../lambdas/core/store/change.ts';
import { commitsOfOne, type Store } from '../../lambdas/core/store/store.ts';
import type { InboxMemory } from '../../lambdas/core/wallet/known.ts';
import { makeWriter } from '../../lambdas/core/wallet/writer.ts';
import { type In, moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { allOn } from './gates.ts';
import { minorOf, requestedOf, testClock, transactionOf, walletOf } from './things.ts';
import { move, stepWorld, type TestWorld } from './world.ts';

export type Given = [amount?: bigint, given?: Partial<Wallet>];

/** A wallet with this much, whose writer has been there; what it read, and what it applied in order. */
export async function listedWalletIn(it: TestWorld, ...[amount = 1_000_000n, given = {}]: Given) {
  const clock = testClock();
  const wallet = walletOf({ currency: 'USDC', ...given });
  await it.requests.createWallet(wallet);
  const calls = { accepted: 0, inbox: 0, items: 0, reads: 0, commits: 0 };
  const applied: string[] = [];
  let isHeld = false;
  /** What the index shows; `null`: all. */
  let shown: readonly OperationId[] | null = null;
  const commit = async (changes: readonly Change[]) => {
    calls.commits += 1;
    const refused = await it.store.commit(changes);
    if (refused.length === 0)
      for (const one of changes) {
        if (one.change === 'transaction') applied.push(one.to.id);
        if (one.change === 'withdrawal' && one.to.stage !== 'requested') applied.push(one.to.id);
      }
    return refused;
  };
  const store: Store = {
    ...it.store,
    accepted: (...args) => {
      calls.accepted += 1;
      return it.store
        .accepted(...args)
        .then((all) => all.filter(({ id }) => shown === null || shown.includes(id)));
    },
    inbox: (...args) => {
      calls.inbox += 1;
      return it.store.inbox(...args);
    },
    walletWith: (id, ids) => {
      calls.reads += 1;
      calls.items += ids.length;
      return it.store.walletWith(id, ids);
    },
    commit,
    commitEach: commitsOfOne(commit),
  };
  const switches = {
    ...allOn,
    held: async () => (isHeld ? ('switch' as const) : null),
  };
  let memory: InboxMemory = new Map();
  let handedOn = 0;
  const handOn = async () => {
    handedOn += 1;
    return true;
  };
  const ring = (ids: readonly string[], rungAt = clock.now(), rungFrom = rungAt) =>
    makeWriter({ ...stepWorld(store, clock), switches, handOn }, memory)(ids, rungAt, rungFrom);
  const credit = transactionOf(wallet, 'CREDIT', amount, clock.now());
  await it.requests.createTransaction(credit);
  await ring([wallet.id]);
  applied.length = 0;
  const accept = async (of: Partial<In<'requested'>> = {}) => {
    const createdAt = of.createdAt ?? clock.now();
    const one = requestedOf(wallet, { asset: 'USDC', amount: minorOf(1n), ...of, createdAt });
    const found = await it.requests.wallet(wallet.id);
    const { listed, listShards = 1 } = found?.wallet ?? {};
    await it.requests.createWithdrawal(one, [], { inbox: listed ? null : 1, list: listShards });
    return one;
  };
  return {
    ...{ wallet, clock, calls, applied, ring, accept },
    handedOn: () => handedOn,
    /** Its hold is to end, for it was never sent. */
    giveBack: async ({ id }: Withdrawal) => {
      const from = await it.now(id);
      const failure = { code: 'ON_RAMP_REJECTED', message: '', retryable: false } as const;
      const facts = { failure, proof: { proof: 'never-sent' } } as const;
      await move(it.store, from, moveTo(from, 'refunding', facts, clock.now()));
    },
    hold: (to: boolean) => {
      isHeld = to;
    },
    /** The index has nothing of what was accepted but these. */
    fallBehind: (...but: readonly OperationId[]) => {
      shown = but;
    },
    /** Another worker comes, which remembers nothing. */
    forget: () => {
      memory = new Map();
    },
    suspend: async (status: Wallet['status']) => {
      const found = await it.requests.wallet(wallet.id);
      if (found === null) throw new Error('no wallet');
      await it.requests.updateWallet(found.wallet, { ...found.wallet, status });
    },
    grow: async (from: number, to: number) => {
      const change = { change: 'more-shards', walletId: wallet.id, of: 'listShards' } as const;
      expect(await it.store.commit([{ ...change, from, to }])).toEqual([]);
    },
    inbox: async () => (await it.store.inbox(wallet.id, 1, 1_000)).map(({ id }) => id),
    reset: () => {
      for (const name of Object.keys(calls) as (keyof typeof calls)[]) calls[name] = 0;
      applied.length = 0;
    },
  };
}

export const nameOf = ({ walletId, id, createdAt }: Withdrawal): string =>
  waitingIn(walletId, id, createdAt);
export const idsOf = (all: readonly { id: OperationId }[]) => all.map(({ id }) => id);

export async function many<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let index = 0; index < count; index += 1) made.push(await make(index));
  return made;
}
