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
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import { makeBroadcast } from '../../../lambdas/core/payout/broadcast.ts';
import { makeConfirm } from '../../../lambdas/core/payout/confirm.ts';
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
import { Crash, type FaultAt, makeCalls } from '../rails/calls.ts';
import type { Violation } from '../rails/scripts.ts';
import { memoryBooks } from './books.ts';

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

export type BitcoinWorld = ReturnType<typeof bitcoinWorld>;

export function bitcoinWorld(faultAt: FaultAt | null = null) {
  const clock = testClock(1_800_000_000_000);
  const engine: Engine = makeEngine(clock.now);
  engine.load(firstBlocks, []);
  const methods = rpcMethods(engine, [treasury]);
  const books = memoryBooks();
  const { crossing, visit, count } = makeCalls(faultAt);
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
  return {
    ...{ engine, clock, books, mine, saved, ids: books.ids },
    calls: count,
    visit: (step: keyof typeof steps, some = books.ids()) => visit(() => steps[step](some)),
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
    forget: books.forget,
    end: (id: WithdrawalId): void => books.end(id, clock.now()),
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
      for (let round = 0; round < 60 && books.isOpen(); round += 1) {
        await visit(() => steps.broadcast(books.ids()));
        mine(1);
        await visit(() => steps.confirm(books.ids()));
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
