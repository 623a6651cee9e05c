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
import { bitcoinRail } from '../../../lambdas/core/rails/bitcoin/rail.ts';
import { commitsOfOne, type Store } from '../../../lambdas/core/store/store.ts';
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
import { type Moment, silentIn } from '../rails/audit.ts';
import { Crash, type FaultAt, type Happening, makeCalls } from '../rails/calls.ts';
import type { Violation } from '../rails/scripts.ts';
import { bitcoinViolations, savedOf } from './audit.ts';
import { memoryBooks } from './books.ts';

const keyOf = (name: string) =>
  localKey(new Uint8Array(createHash('sha256').update(name).digest()));
const payeeOf = (name: string): string => treasuryOf(keyOf(name), 'regtest');
/** The treasury of now, and the one that takes its place when it is changed. */
const keys = ['treasury of a world', 'another treasury'].map(keyOf);
const treasuries = keys.map((key) => treasuryOf(key, 'regtest'));
const scriptTo = (address: string): Uint8Array => scriptOf(address, 'regtest');
const miner = scriptTo('bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080');
const cap = 200_000n;
const depth = 6;
const blockMs = 600_000;
const finalityMs = depth * blockMs;
/** Newly mined money is spent a hundred blocks later. */
const ripeAfter = 100;

/** The blocks with the float of both, which are the same in every world. */
const first = openChain(treasuries[0] ?? '', null, () => 1_700_000_000_000);
const float = { script: scriptTo(treasuries[1] ?? ''), amount: 250_000_000n };
first.mine(Array.from({ length: 20 }, () => float));
for (let count = 0; count < ripeAfter; count += 1)
  first.mine([{ script: miner, amount: first.subsidy() }]);
const firstHeight = first.head().height;
const firstBlocks = Array.from({ length: firstHeight }, (_, index) => {
  const block = first.blockAt(index + 1);
  if (block === undefined) throw new Error('a chain has no gaps');
  return block;
});

export type BitcoinWorld = ReturnType<typeof bitcoinWorld>;

export function bitcoinWorld(faultAt: FaultAt | null = null) {
  const clock = testClock(1_800_000_000_000);
  const engine: Engine = makeEngine(clock.now);
  engine.load(firstBlocks, []);
  const methods = rpcMethods(engine, treasuries);
  const books = memoryBooks();
  let changes = 0;
  const sent: string[] = [];
  const thefts = new Set<string>();

  const mine = (many = 1, raws?: readonly string[]): void => {
    for (let count = 0; count < many; count += 1) {
      clock.advance(blockMs);
      engine.mine([{ script: miner, amount: engine.subsidy() }], count === 0 ? raws : undefined);
    }
  };
  const reorganise = (blocks: number): void => {
    const { height } = engine.head();
    if (height - blocks < firstHeight) return;
    engine.undo(engine.blockAt(height - blocks + 1)?.hash ?? '');
    for (let count = 0; count < blocks; count += 1) mine(1, []);
  };
  const end = (id: WithdrawalId): void => books.end(id, clock.now());
  const others: Record<Happening, () => void> = {
    ended: () => books.ids().slice(0, 1).forEach(end),
    'treasury-changed': () => {
      changes += 1;
    },
    undone: () => reorganise(3),
  };
  const calls = makeCalls(faultAt, (what) => others[what]());
  const commit: Store['commit'] = (some) => calls.saving(() => books.store.commit(some));
  const store: Store = { ...books.store, commit, commitEach: commitsOfOne(commit) };
  const ask = askThrough(async (asked) => {
    try {
      return await calls.asking(async () =>
        asked.map(([method, ...params]) => {
          if (method === 'sendrawtransaction') sent.push(String(params[0]));
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
  const config: Omit<BitcoinPayoutConfig, 'treasury'> = {
    ...{ network: 'bitcoin', net: 'regtest', rpcUrl: 'http://node.invalid' },
    ...{ feeCap: cap, finalityMs },
  };
  const rails = async () => {
    const [key, other] = changes % 2 === 0 ? keys : keys.toReversed();
    if (key === undefined || other === undefined) throw new Error('there are two treasuries');
    const signer = bitcoinSigner(key, 'regtest', cap, changes === 0 ? [] : [other]);
    const chain = connectBitcoin({ ...config, treasury: await signer.treasury() }, ask);
    return bitcoinRail(chain, { ...books, store, signer, clock });
  };
  const world = {
    ...{ store, clock, rails, gates: testGates(clock).gates, switches: allOn, dice: evenDice },
    ...{ budget: plenty, brokerage: null },
  };
  const steps = {
    broadcast: makeBroadcast(world as unknown as Parameters<typeof makeBroadcast>[0]),
    confirm: makeConfirm(world),
  };
  const visit = (step: keyof typeof steps, some = books.ids()) =>
    calls.visit(async () => {
      await steps[step](some);
    });
  /** Any of the bytes that were ever signed. */
  const anyRaw = (number: number) => {
    const all = books.written.map(savedOf);
    return all[number % Math.max(1, all.length)];
  };
  const fund = (): void => {
    clock.advance(blockMs);
    for (const treasury of treasuries)
      engine.mine([{ script: scriptTo(treasury), amount: 40_000_000_000n }], []);
    mine(ripeAfter);
  };
  const audit = (moment: Moment): Violation[] => {
    const watched = { books, engine, sent, thefts, firstHeight, finalityBlocks: depth, cap };
    return bitcoinViolations(watched, moment);
  };
  const silent = () => silentIn(books.withdrawals.values(), finalityMs, clock.now());
  /** What was wrong after any visit of a script. */
  const onTheWay: Violation[] = [];
  return {
    ...{ engine, clock, books, mine, reorganise, end, fund, audit, ids: books.ids },
    calls: calls.count,
    visit: async (step: keyof typeof steps, some = books.ids()): Promise<void> => {
      const isDone = await visit(step, some);
      onTheWay.push(...audit('under-way'));
      if (isDone && step === 'broadcast') onTheWay.push(...silent());
    },
    changeTreasury: others['treasury-changed'],
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
    /** Somebody hands these bytes to the node once more, as they may at any time. */
    replay: (number: number): void => {
      const one = anyRaw(number);
      if (one !== undefined) engine.offer(toHex(one.raw));
    },
    /** A miner who has only these bytes takes them, if they fit on the chain. */
    minedAlone: (number: number): void => {
      const one = anyRaw(number);
      const fits = one?.inputs.every(({ outpoint }) => engine.coins.has(outpoint));
      if (one !== undefined && fits) mine(1, [toHex(one.raw)]);
    },
    /** Somebody who has our key spends an input of this payout for himself. */
    steal: async (id: WithdrawalId): Promise<void> => {
      const one = books.written.map(savedOf).find((attempt) => attempt.id === id);
      const [input] = one?.inputs ?? [];
      const key = keys.find((some) => treasuryOf(some, 'regtest') === one?.payer);
      if (input === undefined || key === undefined || !engine.coins.has(input.outpoint)) return;
      const theft = await bitcoinSigner(key, 'regtest', 10n ** 9n).sign({
        ...{ inputs: [input], change: [], fee: 10_000n },
        payment: { to: payeeOf('thief'), value: input.amount - 10_000n },
      });
      thefts.add(theft.txId);
      mine(1, [toHex(theft.raw)]);
    },
    evict: (): void => {
      for (const id of engine.pool.entries.keys()) engine.evict(id);
    },
    fees: (rate: bigint): void => {
      engine.policy.poolFee = rate;
    },
    /** Nothing fails any more, and everything comes to its end. */
    settle: async (): Promise<Violation[]> => {
      engine.policy.poolFee = 1_000n;
      for (let round = 0; round < 60 && books.isOpen(); round += 1) {
        if (round === 20) fund();
        const isDone = (await visit('broadcast')) && (await visit('confirm'));
        if (isDone) onTheWay.push(...silent());
        mine(1);
        clock.advance(2 * blockMs);
      }
      return onTheWay;
    },
    /** All that was ever signed is let loose, and buried. */
    ghosts: (): void => {
      for (const attempt of books.written) engine.offer(toHex(savedOf(attempt).raw));
      mine(depth + 1);
    },
    stop: (): void => {},
  };
}
