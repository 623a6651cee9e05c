/**
 * A world in which bitcoin is paid: the product's steps and rail, books in memory, and a chain with a node that anything may happen to.
 * Every call that leaves the product can be its last, or be lost. The auditor reads the chain and the saved bytes, and asks whether
 * each destination was paid exactly once or never, and whether the books say the same.
 */
import { createHash } from 'node:crypto';
import { askThrough } from '../../../lambdas/adapters/bitcoin/ask.ts';
import { parsedJson } from '../../../lambdas/adapters/bitcoin/json.ts';
import {
  type BitcoinPayoutConfig,
  connectBitcoin,
} from '../../../lambdas/adapters/bitcoin/payouts.ts';
import { bitcoinSigner, treasuryOf } from '../../../lambdas/adapters/bitcoin/signer.ts';
import { localKey } from '../../../lambdas/adapters/bitcoin/signer-local.ts';
import { UnavailableError } from '../../../lambdas/core/kernel/errors.ts';
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import { makeBroadcast } from '../../../lambdas/core/payout/broadcast.ts';
import { makeConfirm } from '../../../lambdas/core/payout/confirm.ts';
import { cancelledByUs, ending } from '../../../lambdas/core/payout/ending.ts';
import { scriptOf, toHex } from '../../../lambdas/core/rails/bitcoin/address.ts';
import { bitcoinAttemptOf } from '../../../lambdas/core/rails/bitcoin/attempt.ts';
import { bitcoinRail } from '../../../lambdas/core/rails/bitcoin/rail.ts';
import type { Store } from '../../../lambdas/core/store/store.ts';
import { moveTo } from '../../../lambdas/core/withdrawal/withdrawal.ts';
import { type Engine, makeEngine } from '../../../local/chains/bitcoin/engine.ts';
import { answerTo, rpcMethods } from '../../../local/chains/bitcoin/rpc.ts';
import { openChain } from '../../../local/chains/bitcoin/service.ts';
import { allOn, testGates } from '../../support/gates.ts';
import {
  at,
  evenDice,
  minorOf,
  plenty,
  requestedOf,
  testClock,
  walletOf,
} from '../../support/things.ts';
import { memoryBooks } from './books.ts';

export const faults = ['crash-before', 'crash-after', 'lost-before', 'lost-after'] as const;
export type Fault = (typeof faults)[number];
/** The function has died: whatever it was about to do is not done. */
class Crash extends Error {
  override readonly name = 'Crash';
}

const key = localKey(new Uint8Array(createHash('sha256').update('treasury of a world').digest()));
const treasury = treasuryOf(key, 'regtest');
const miner = scriptOf('bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080', 'regtest');
const cap = 200_000n;
const depth = 6;
const payeeOf = (name: string): string =>
  treasuryOf(localKey(new Uint8Array(createHash('sha256').update(name).digest())), 'regtest');

/** The blocks with the treasury's float, which are the same in every world. */
const first = openChain(treasury, null, () => 1_700_000_000_000);
const firstBlocks = Array.from({ length: first.head().height }, (_, index) => {
  const block = first.blockAt(index + 1);
  if (block === undefined) throw new Error('a chain has no gaps');
  return block;
});

export type Violation = string;
export type BitcoinWorld = ReturnType<typeof bitcoinWorld>;

/** `faultAt`: the call, counted from 0, that fails, and how. */
export function bitcoinWorld(faultAt: { call: number; fault: Fault } | null = null) {
  const clock = testClock(1_800_000_000_000);
  const engine: Engine = makeEngine(clock.now);
  engine.load(firstBlocks, []);
  const methods = rpcMethods(engine, [treasury]);
  const books = memoryBooks();
  let calls = 0;
  let isCalm = true;
  const crossing = async <T>(apply: () => Promise<T>): Promise<T> => {
    const number = calls;
    if (!isCalm) calls += 1;
    const fault = !isCalm && faultAt?.call === number ? faultAt.fault : null;
    if (fault === 'crash-before') throw new Crash();
    if (fault === 'lost-before') throw new UnavailableError('lost');
    const answer = await apply();
    if (fault === 'crash-after') throw new Crash();
    if (fault === 'lost-after') throw new UnavailableError('lost');
    return answer;
  };
  const store: Store = {
    ...books.store,
    commit: (changes) => crossing(() => books.store.commit(changes)),
  };
  const ask = askThrough(async (asked) => {
    try {
      return await crossing(async () =>
        asked.map(([method, ...params]) => {
          const said = answerTo(methods, { id: 1, method, params });
          const read = parsedJson(JSON.stringify(said)) as { result: unknown } & {
            error?: { code: string; message: string };
          };
          return read.error === undefined
            ? { result: read.result }
            : { error: { code: Number(read.error.code), message: read.error.message } };
        }),
      );
    } catch (lost) {
      if (lost instanceof Crash) throw lost;
      return asked.map(() => ({ lost: lost as Error }));
    }
  });
  const config: BitcoinPayoutConfig = {
    network: 'bitcoin',
    net: 'regtest',
    treasury,
    rpcUrl: 'http://node.invalid',
    feeCap: cap,
    finalityMs: 60_000,
  };
  const rails = async () => {
    const signer = bitcoinSigner(key, 'regtest', cap);
    return bitcoinRail(connectBitcoin(config, ask), { ...books, store, signer, clock });
  };
  const world = {
    ...{ store, clock, rails, gates: testGates(clock).gates, switches: allOn, dice: evenDice },
    ...{ budget: plenty, brokerage: null },
  };
  const steps = {
    broadcast: makeBroadcast(world as unknown as Parameters<typeof makeBroadcast>[0]),
    confirm: makeConfirm(world),
  };
  const ids = (): WithdrawalId[] => [...books.withdrawals.keys()];
  const visit = async (step: keyof typeof steps, some = ids()): Promise<void> => {
    isCalm = false;
    try {
      await steps[step](some);
    } catch (error) {
      // It is rung for again: what a step throws is never the end of anything.
      if (!(error instanceof Crash) && !(error instanceof UnavailableError)) throw error;
    } finally {
      isCalm = true;
    }
  };
  const mine = (many = 1, raws?: readonly string[]): void => {
    for (let count = 0; count < many; count += 1) {
      clock.advance(600_000);
      engine.mine([{ script: miner, amount: engine.subsidy() }], count === 0 ? raws : undefined);
    }
  };
  const saved = () =>
    [...books.attempts.values()].map((attempt) => ({
      ...{ id: attempt.withdrawalId, number: attempt.number, ends: attempt.ends === true },
      ...bitcoinAttemptOf(attempt),
    }));
  const hexOf = (raw: Uint8Array): string => toHex(raw);
  const open = (): boolean =>
    [...books.withdrawals.values()].some(({ stage }) => ['signed', 'broadcast'].includes(stage));
  return {
    ...{ engine, clock, books, visit, mine, saved, ids },
    calls: () => calls,
    ask: (name: string, amount: bigint): WithdrawalId => {
      const wallet = walletOf({ currency: 'BTC' });
      const requested = requestedOf(wallet, {
        ...{ asset: 'BTC', network: 'bitcoin', amount: minorOf(amount) },
        ...{ destination: payeeOf(name), createdAt: clock.now() },
      });
      const reserved = moveTo(requested, 'reserved', {}, at(clock.now()));
      books.withdrawals.set(reserved.id, reserved);
      return reserved.id;
    },
    /** The books are of an earlier time again: they have forgotten what was signed. What outputs are bound to is kept elsewhere. */
    forget: (): void => {
      for (const [id, one] of books.withdrawals) {
        const { history } = one;
        const reserved = { ...one, stage: 'reserved', history: history.slice(0, 2) } as typeof one;
        books.withdrawals.set(id, reserved);
      }
      books.attempts.clear();
    },
    /** As an operator does it. */
    end: (id: WithdrawalId): void => {
      const from = books.withdrawals.get(id);
      if (from?.stage !== 'signed' && from?.stage !== 'broadcast') return;
      books.withdrawals.set(id, ending(from, cancelledByUs, at(clock.now())));
    },
    /** Somebody hands these bytes to the node once more, as they may at any time. */
    replay: (number: number): void => {
      const one = saved()[number % Math.max(1, saved().length)];
      if (one !== undefined) engine.offer(hexOf(one.raw));
    },
    /** A miner who has only these bytes takes them, if they fit on the chain. */
    minedAlone: (number: number): void => {
      const one = saved()[number % Math.max(1, saved().length)];
      const fits = one?.inputs.every(({ outpoint }) => engine.coins.has(outpoint));
      if (one !== undefined && fits) mine(1, [hexOf(one.raw)]);
    },
    /** Somebody who has our key spends an input of this payout for himself. */
    steal: async (id: WithdrawalId): Promise<void> => {
      const input = saved().find((one) => one.id === id)?.inputs[0];
      if (input === undefined || !engine.coins.has(input.outpoint)) return;
      const thief = await bitcoinSigner(key, 'regtest', 10n ** 9n).sign({
        ...{ inputs: [input], change: [], fee: 10_000n },
        payment: { to: payeeOf('thief'), value: input.amount - 10_000n },
      });
      mine(1, [hexOf(thief.raw)]);
    },
    reorganise: (blocks: number): void => {
      const { height } = engine.head();
      engine.undo(engine.blockAt(height - blocks + 1)?.hash ?? '');
      for (let count = 0; count < blocks; count += 1) mine(1, []);
    },
    evict: (): void => {
      for (const id of engine.pool.entries.keys()) engine.evict(id);
    },
    fees: (rate: bigint): void => {
      engine.policy.poolFee = rate;
    },
    /** Nothing fails any more, and everything comes to its end. */
    settle: async (): Promise<void> => {
      engine.policy.poolFee = 1_000n;
      for (let round = 0; round < 60 && open(); round += 1) {
        await visit('broadcast');
        mine(1);
        await visit('confirm');
        clock.advance(1_200_000);
      }
    },
    /** All that was ever signed is let loose, and buried. */
    ghosts: (): void => {
      for (const { raw } of saved()) engine.offer(hexOf(raw));
      mine(depth + 1);
    },
    audit: (isOver: boolean): Violation[] => violationsIn(books, saved(), engine, isOver),
  };
}

type Saved = ReturnType<ReturnType<typeof bitcoinWorld>['saved']>;

function violationsIn(
  { withdrawals }: ReturnType<typeof memoryBooks>,
  saved: Saved,
  engine: Engine,
  isOver: boolean,
): Violation[] {
  const found: Violation[] = [];
  const paid = new Map<string, bigint[]>();
  for (let height = 1; height <= engine.head().height; height += 1)
    for (const { transaction } of engine.blockAt(height)?.transactions ?? [])
      for (const { script, amount } of transaction.outputs)
        paid.set(toHex(script), [...(paid.get(toHex(script)) ?? []), amount]);
  const owners = new Map<string, WithdrawalId>();
  for (const { id, inputs, fee, change } of saved) {
    for (const { outpoint } of inputs) {
      const owner = owners.get(outpoint) ?? id;
      owners.set(outpoint, owner);
      if (owner !== id) found.push(`${outpoint} is spent by ${owner} and by ${id}`);
    }
    const others = saved.filter((one) => one.id === id);
    const own = JSON.stringify(inputs.map(({ outpoint }) => outpoint).toSorted());
    if (
      others.some(
        (one) => JSON.stringify(one.inputs.map(({ outpoint }) => outpoint).toSorted()) !== own,
      )
    )
      found.push(`the attempts of ${id} spend other inputs`);
    if (fee * 1_000n > cap * BigInt(68 * inputs.length + 60 + 31 * (change.length + 1)) + 400_000n)
      found.push(`${id} pays a fee above the cap: ${fee}`);
  }
  for (const { id, stage, destination, amount } of withdrawals.values()) {
    const got = paid.get(toHex(scriptOf(destination, 'regtest'))) ?? [];
    if (got.length > 1) found.push(`${id} was paid ${got.length} times`);
    if (got.some((one) => one !== amount)) found.push(`${id} was paid ${got.join()} of ${amount}`);
    if (stage === 'confirmed' && got.length !== 1) found.push(`${id} is confirmed and not paid`);
    if (stage === 'refunding' && got.length > 0) found.push(`${id} is given back and paid`);
    const isEnd = ['confirmed', 'refunding', 'review', 'reserved'].includes(stage);
    if (isOver && !isEnd) found.push(`${id} stands still in ${stage}`);
  }
  return found;
}
