/**
 * A world in which Solana is paid on: the product's steps, rail and adapter, books in memory, and a chain with a node that anything may
 * happen to. Every call that leaves the product can be its last, or be lost. The auditor reads the chain and the saved bytes, and asks
 * whether each destination was paid exactly once or never, and whether the books say the same.
 */
import { createHash } from 'node:crypto';
import { connectSolana } from '../../../lambdas/adapters/solana/payouts.ts';
import {
  type Call,
  RefusedCallError,
  type Rpc,
  readAs,
  type Said,
} from '../../../lambdas/adapters/solana/rpc.ts';
import { solanaSigner } from '../../../lambdas/adapters/solana/signer.ts';
import { localMessageSigner } from '../../../lambdas/adapters/solana/signer-local.ts';
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import { makeBroadcast } from '../../../lambdas/core/payout/broadcast.ts';
import { makeConfirm } from '../../../lambdas/core/payout/confirm.ts';
import { solanaAttemptOf } from '../../../lambdas/core/rails/solana/attempt.ts';
import { tokenAccountOf, tokenProgram } from '../../../lambdas/core/rails/solana/programs.ts';
import { solanaRail } from '../../../lambdas/core/rails/solana/rail.ts';
import type { Store } from '../../../lambdas/core/store/store.ts';
import { moveTo } from '../../../lambdas/core/withdrawal/withdrawal.ts';
import { startEngine } from '../../../local/chains/solana/engine.ts';
import { endow, tokensOf } from '../../../local/chains/solana/genesis.ts';
import { methodsOf } from '../../../local/chains/solana/methods.ts';
import { testMint } from '../../../local/chains/solana/mint.ts';
import { allOn, testGates } from '../../support/gates.ts';
import { at, minorOf, plenty, requestedOf, testClock, walletOf } from '../../support/things.ts';
import { Crash, type FaultAt, makeCalls } from '../rails/calls.ts';
import type { Violation } from '../rails/scripts.ts';
import { memoryBooks } from './books.ts';

const keyOf = (name: string) => localMessageSigner(createHash('sha256').update(name).digest());
const treasury = keyOf('treasury of a world');
const slotMs = 400;
const finalSlots = 33;

export type SolanaWorld = ReturnType<typeof solanaWorld>;

export function solanaWorld(faultAt: FaultAt | null = null) {
  const clock = testClock(1_800_000_000_000);
  const engine = startEngine({ dataDir: null, slotMs, now: clock.now, salt: 'a world' });
  const owners = { treasury: treasury.address, liquidity: keyOf('liquidity').address };
  endow(engine, keyOf('issuer').address, owners);
  const methods = methodsOf(engine);
  const books = memoryBooks();
  const pass = (slots: number): void => clock.advance(slots * slotMs);
  const { crossing, visit, count } = makeCalls(faultAt);
  /** What the node takes and no block does. */
  let drops = 0;
  /** The node tries nothing before it passes it on. */
  let isRash = false;
  const store: Store = {
    ...books.store,
    commit: (changes) => crossing(() => books.store.commit(changes)),
  };
  const answer = ({ method, params = [] }: Call): unknown => {
    try {
      // What is no JSON is no answer.
      return JSON.parse(JSON.stringify(methods[method]?.(params) ?? null));
    } catch (error) {
      const { code, message, data } = error as { code: number; message: string; data?: unknown };
      if (typeof code !== 'number') throw error;
      throw new RefusedCallError(method, { code, message, data });
    }
  };
  const sent: Uint8Array[] = [];
  const rpc: Rpc = {
    all: (some) => crossing(async () => some.map(answer)),
    ask: async (shape, method, ...params) => {
      const [result] = await rpc.all([{ method, params }]);
      return readAs(shape, method, result);
    },
    send: async ({ method, params = [] }): Promise<Said> => {
      const [wire] = params;
      sent.push(Uint8Array.from(Buffer.from(String(wire), 'base64')));
      try {
        return await crossing(async () => {
          if (drops > 0) {
            drops -= 1;
            return { result: 'taken' };
          }
          const options = { encoding: 'base64', skipPreflight: isRash };
          return { result: answer({ method, params: [wire, options] }) };
        });
      } catch (error) {
        if (error instanceof RefusedCallError) return { error: error.said };
        if (error instanceof Crash) throw error;
        return { lost: error as Error };
      }
    },
  };
  const config = { rpcUrl: 'http://node.invalid', mint: testMint, treasury: treasury.address };
  const rails = async ({ asset }: { asset: string }) => {
    const chain = await connectSolana(config, 13_000, rpc);
    const signer = solanaSigner(treasury, [testMint]);
    const dice = { roll: () => 0 };
    return solanaRail(chain, asset === 'SOL' ? 'SOL' : 'USDC', { store, signer, clock, dice });
  };
  const world = {
    ...{ store, clock, rails, gates: testGates(clock).gates, switches: allOn },
    ...{ dice: { roll: () => 0.5 }, budget: plenty, brokerage: null },
  };
  const steps = {
    broadcast: makeBroadcast(world as unknown as Parameters<typeof makeBroadcast>[0]),
    confirm: makeConfirm(world),
  };
  const saved = () =>
    [...books.attempts.values()].map((attempt) => ({
      ...{ id: attempt.withdrawalId, number: attempt.number, ends: attempt.ends === true },
      ...solanaAttemptOf(attempt),
    }));
  const heldBy = (wallet: string, asset: string): bigint => {
    if (asset === 'SOL') return engine.account(wallet)?.lamports ?? 0n;
    const account = engine.account(tokenAccountOf(wallet, testMint));
    return account === null ? 0n : Buffer.from(account.data).readBigUInt64LE(64);
  };
  return {
    ...{ engine, clock, books, saved, pass, ids: books.ids },
    calls: count,
    visit: (step: keyof typeof steps, some = books.ids()) => visit(() => steps[step](some)),
    ask: (name: string, amount: bigint, asset: 'USDC' | 'SOL' = 'USDC'): WithdrawalId => {
      const requested = requestedOf(walletOf({ currency: asset }), {
        ...{ asset, network: 'solana', amount: minorOf(amount) },
        ...{ destination: keyOf(name).address, createdAt: clock.now() },
      });
      const reserved = moveTo(requested, 'reserved', {}, at(clock.now()));
      books.withdrawals.set(reserved.id, reserved);
      return reserved.id;
    },
    /** The destination has a token account already. */
    open: (id: WithdrawalId): void => {
      const to = books.withdrawals.get(id)?.destination ?? '';
      const [data, lamports] = [tokensOf(to, 0n), BigInt(engine.rent(165))];
      const account = { lamports, data, owner: tokenProgram, executable: false };
      engine.setAccount(tokenAccountOf(to, testMint), account);
      pass(2);
    },
    drop: (many: number): void => {
      drops = many;
    },
    rash: (is: boolean): void => {
      isRash = is;
    },
    forget: books.forget,
    end: (id: WithdrawalId): void => books.end(id, clock.now()),
    /** Somebody hands these bytes to the chain once more, as they may at any time. */
    replay: (number: number): void => {
      const raw = sent[number % Math.max(1, sent.length)];
      if (raw !== undefined) engine.execute(raw);
    },
    /** Somebody who has our key advances the nonce of this payout. */
    advance: async (id: WithdrawalId): Promise<void> => {
      const one = saved().find((attempt) => attempt.id === id);
      if (one === undefined) return;
      const asked = { ...one.asked, transfer: null, unitPrice: 77n };
      engine.execute((await solanaSigner(treasury, []).sign(asked)).raw);
    },
    /** The destination's account is frozen, or let go, as the issuer of the token may at any time. */
    freeze: (id: WithdrawalId, isFrozen: boolean): void => {
      const one = books.withdrawals.get(id);
      const address = one === undefined ? '' : tokenAccountOf(one.destination, testMint);
      const account = engine.account(address);
      if (account === null || account.data.length !== 165) return;
      engine.setAccount(address, { ...account, data: account.data.with(108, isFrozen ? 2 : 1) });
    },
    /** Nothing fails any more, and everything comes to its end. */
    settle: async (): Promise<void> => {
      drops = 0;
      isRash = false;
      for (let round = 0; round < 40 && books.isOpen(); round += 1) {
        await visit(() => steps.broadcast(books.ids()));
        pass(finalSlots);
        await visit(() => steps.confirm(books.ids()));
        clock.advance(600_000);
      }
    },
    /** All that was ever signed is let loose. */
    ghosts: (): void => {
      for (const { raw } of saved()) engine.execute(raw);
      for (const raw of sent) engine.execute(raw);
      pass(finalSlots);
    },
    audit: (isOver: boolean): Violation[] => violationsIn(books, saved(), sent, heldBy, isOver),
    stop: () => engine.stop(),
  };
}

type Saved = ReturnType<ReturnType<typeof solanaWorld>['saved']>;

function violationsIn(
  { withdrawals }: ReturnType<typeof memoryBooks>,
  saved: Saved,
  sent: readonly Uint8Array[],
  heldBy: (wallet: string, asset: string) => bigint,
  isOver: boolean,
): Violation[] {
  const found: Violation[] = [];
  const owners = new Map<string, WithdrawalId>();
  for (const { id, asked } of saved) {
    const value = `${asked.nonceAccount} ${asked.nonce}`;
    const owner = owners.get(value) ?? id;
    owners.set(value, owner);
    if (owner !== id) found.push(`${value} is bound to ${owner} and to ${id}`);
    if (asked.transfer !== null && asked.transfer.memo !== id)
      found.push(`${id} is paid under the name ${asked.transfer.memo}`);
    if (asked.unitPrice * BigInt(asked.unitLimit) > 1_000_000n * 1_000_000n)
      found.push(`${id} offers more than the cap`);
  }
  const known = new Set(saved.map(({ raw }) => Buffer.from(raw).toString('hex')));
  for (const raw of sent)
    if (
      saved.length > 0 &&
      !known.has(Buffer.from(raw).toString('hex')) &&
      !isForgotten(raw, saved)
    )
      found.push('bytes were sent that were not saved');
  for (const { id, stage, destination, amount, asset } of withdrawals.values()) {
    const got = heldBy(destination, asset);
    if (got !== 0n && got !== amount) found.push(`${id} was paid ${got} of ${amount}`);
    if (stage === 'confirmed' && got !== amount) found.push(`${id} is confirmed and not paid`);
    if (stage === 'refunding' && got > 0n) found.push(`${id} is given back and paid`);
    const isEnd = ['confirmed', 'refunding', 'review', 'reserved'].includes(stage);
    if (isOver && !isEnd) found.push(`${id} stands still in ${stage}`);
  }
  return found;
}

/** Books of an earlier time do not know what was saved after it. */
const isForgotten = (raw: Uint8Array, saved: Saved): boolean =>
  !saved.some(({ asked }) =>
    Buffer.from(raw).includes(Buffer.from(asked.transfer?.memo ?? 'nothing', 'utf8')),
  );
